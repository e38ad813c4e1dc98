//! All routes.

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use super::guard::{self, Guard};
use super::trouble::Trouble;
use super::{Facade, cloudflare, own};

/// All interfaces, each below its prefix.
pub(super) fn router(facade: &Facade) -> Router {
    let guard = Arc::new(Guard::new(facade.settings.limits));
    Router::new()
        .nest("/client/v4", cloudflare::routes())
        .nest("/coffer/v1", own::routes())
        .fallback(no_route)
        .layer(from_fn_with_state(guard, guard::around))
        .with_state(facade.clone())
}

/// How the interface at a path says what went wrong.
pub(super) fn dialect(path: &str) -> fn(Trouble, &str) -> Response {
    if path.starts_with("/client/") {
        cloudflare::trouble
    } else {
        own::trouble
    }
}

async fn no_route(uri: Uri) -> Response {
    let path = uri.path();
    dialect(path)(Trouble::NoRoute, path)
}
