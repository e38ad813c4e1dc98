//! The public key that authors seal with.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::Signed;
use super::problem::Problem;
use crate::facade::Facade;

/// The active one of a store.
pub(super) async fn get(
    State(facade): State<Facade>,
    Signed(holder): Signed,
    Path((namespace, store)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let account = facade.operations.account(&namespace);
    let key = facade
        .operations
        .sealing_key(&holder.caller, &account, &store)
        .await?;
    Ok(Json(json!({
        "id": key.id,
        "suite": key.suite,
        "publicKey": key.public_key,
    })))
}
