//! Whether a store is there, asked of the API server: before anything is destroyed because it is not.

use kube::api::Api;
use kube::core::PartialObjectMeta;

use crate::api::SecretStore;
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::{ObjectKey, Observed};

/// Whether it is there, read or not.
pub(super) async fn is_there(ctx: &Context, store: &ObjectKey) -> Result<bool, Error> {
    let client = ctx.client.clone();
    let api: Api<Observed<PartialObjectMeta<SecretStore>>> =
        Api::namespaced(client, &store.namespace);
    let living = api.get_opt(&store.name).await;
    let living = living.map_err(Error::api("look for", format!("SecretStore {store}")))?;
    Ok(living.is_some())
}
