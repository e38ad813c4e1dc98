//! The `OpenAPI` document, made from the handlers, and a page to read it, whose assets are in this program.

use axum::Router;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use super::Facade;

/// Where the document is.
const ADDRESS: &str = "/openapi.json";

/// Where the page is.
const PAGE: &str = "/docs";

/// What it says before any handler is added.
pub(super) fn begin() -> OpenApi {
    let mut info = Info::new("Coffer", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Secrets of a Kubernetes cluster. Whoever calls shows a token of a service account, and may do what the rules of \
         the cluster let it."
            .to_owned(),
    );
    let mut components = Components::new();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", bearer);
    let mut document = OpenApi::new(info, utoipa::openapi::Paths::new());
    document.components = Some(components);
    document.security = Some(vec![SecurityRequirement::new(
        "token",
        Vec::<String>::new(),
    )]);
    document
}

/// The document and the page, for whoever asks.
pub(super) fn routes(document: OpenApi) -> Router<Facade> {
    SwaggerUi::new(PAGE).url(ADDRESS, document).into()
}
