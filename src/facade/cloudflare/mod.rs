//! Cloudflare Secrets Store, and the account and token routes that its clients call. An account is a namespace.
//!
//! Request bodies are read whatever their Content-Type says: wrangler sends JSON as `text/plain`, and the Python client
//! announces JSON where there is no body.

mod accounts;
mod body;
mod call;
mod envelope;
mod list;
mod params;
mod secrets;
mod stores;

pub(super) use envelope::trouble;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Facade;

/// All routes of the interface.
pub(super) fn routes() -> OpenApiRouter<Facade> {
    OpenApiRouter::new()
        .routes(routes!(accounts::quota))
        .routes(routes!(stores::list, stores::create))
        .routes(routes!(stores::get, stores::delete))
        .routes(routes!(
            secrets::list,
            secrets::create,
            secrets::delete_several
        ))
        .routes(routes!(secrets::get, secrets::change, secrets::delete))
        .routes(routes!(secrets::duplicate))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::get))
        .routes(routes!(accounts::memberships))
        .routes(routes!(accounts::user))
        .routes(routes!(accounts::verify))
}
