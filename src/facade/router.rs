//! All routes.

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::guard::{self, Guard};
use super::trouble::Trouble;
use super::{Facade, cloudflare, docs, own};

/// All interfaces, each below its prefix.
pub(super) fn router(facade: &Facade) -> Router {
    let guard = Arc::new(Guard::new(facade.settings.limits));
    let (router, document) = interfaces().split_for_parts();
    router
        .merge(docs::routes(document))
        .fallback(async |uri: Uri| trouble(Trouble::NoRoute, &uri))
        .method_not_allowed_fallback(async |uri: Uri| trouble(Trouble::Method, &uri))
        .layer(from_fn_with_state(guard, guard::around))
        .with_state(facade.clone())
}

fn interfaces() -> OpenApiRouter<Facade> {
    OpenApiRouter::with_openapi(docs::begin())
        .nest("/client/v4", cloudflare::routes())
        .nest("/coffer/v1", own::routes())
}

/// The document of all interfaces.
#[must_use]
pub fn document() -> OpenApi {
    interfaces().split_for_parts().1
}

/// How the interface at a path says what went wrong.
pub(super) fn dialect(path: &str) -> fn(Trouble, &str) -> Response {
    if path.starts_with("/client/") {
        cloudflare::trouble
    } else {
        own::trouble
    }
}

fn trouble(trouble: Trouble, uri: &Uri) -> Response {
    let path = uri.path();
    dialect(path)(trouble, path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value as Json, json};

    use super::document;

    /// Each operation of the document with its path.
    fn operations(document: &Json) -> Vec<(String, &Json)> {
        let paths = document["paths"].as_object().unwrap().iter();
        paths
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().iter();
                methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
            })
            .collect()
    }

    #[test]
    fn every_operation_says_what_it_is_called_and_what_goes_wrong() {
        let document = json!(document());
        let all = operations(&document);
        assert_eq!(all.len(), 20);
        let mut names = BTreeSet::new();
        for (what, operation) in all {
            assert!(names.insert(operation["operationId"].to_string()), "{what}");
            assert!(operation["summary"].is_string(), "{what}");
            assert!(
                operation["responses"]["default"]["content"].is_object(),
                "{what}"
            );
        }
    }

    /// What is in braces in a path is described, and nothing else is.
    #[test]
    fn every_part_of_a_path_is_described() {
        let document = json!(document());
        for (what, operation) in operations(&document) {
            let braced = what.split('{').skip(1);
            let named: BTreeSet<_> = braced.filter_map(|part| part.split('}').next()).collect();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let of_path = parameters.filter(|it| it["in"] == "path");
            let described: BTreeSet<_> = of_path.filter_map(|it| it["name"].as_str()).collect();
            assert_eq!(named, described, "{what}");
        }
    }
}
