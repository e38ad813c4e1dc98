//! All routes.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::guard::{self, Guard};
use super::{Facade, cloudflare};

/// All interfaces, each below its prefix.
pub(super) fn router(facade: &Facade) -> Router {
    let guard = Arc::new(Guard::new(facade.settings.limits));
    Router::new()
        .nest("/client/v4", cloudflare::routes())
        .fallback(cloudflare::no_route)
        .layer(from_fn_with_state(guard, guard::around))
        .with_state(facade.clone())
}
