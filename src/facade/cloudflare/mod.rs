//! Cloudflare Secrets Store, and the account and token routes that its clients call. An account is a namespace.
//!
//! Request bodies are read whatever their Content-Type says: wrangler sends JSON as `text/plain`, and the Python client
//! announces JSON where there is no body.

mod accounts;
mod body;
mod call;
mod envelope;
mod list;
mod secrets;
mod stores;

pub(super) use envelope::trouble;

use axum::Router;
use axum::routing::{get, post};

use super::Facade;

/// All routes of the interface.
pub(super) fn routes() -> Router<Facade> {
    let store = Router::new()
        .route("/quota", get(accounts::quota))
        .route("/stores", get(stores::list).post(stores::create))
        .route("/stores/{store}", get(stores::get).delete(stores::delete))
        .route(
            "/stores/{store}/secrets",
            get(secrets::list)
                .post(secrets::create)
                .delete(secrets::delete_several),
        )
        .route(
            "/stores/{store}/secrets/{secret}",
            get(secrets::get)
                .patch(secrets::change)
                .delete(secrets::delete),
        )
        .route(
            "/stores/{store}/secrets/{secret}/duplicate",
            post(secrets::duplicate),
        );
    Router::new()
        .nest("/accounts/{account}/secrets_store", store)
        .route("/accounts", get(accounts::list))
        .route("/accounts/{account}", get(accounts::get))
        .route("/memberships", get(accounts::memberships))
        .route("/user", get(accounts::user))
        .route("/user/tokens/verify", get(accounts::verify))
        .method_not_allowed_fallback(call::no_method)
}
