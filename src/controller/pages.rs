//! The Secrets of a store as the API server has them, page by page: memory holds neither the envelopes of what
//! is in sync nor the owners of fields. A page costs the API server a fraction of as many single reads.

use std::fmt::Debug;

use futures::stream::{self, Stream, TryStreamExt as _};
use kube::api::ListParams;
use kube::core::{ObjectList, Request};
use kube::{Client, Resource as _};
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::api::Secret;
use crate::index::ObjectKey;

/// Objects in one page. Each has at most 0.8 MB of values.
const PAGE: u32 = 50;

/// Each in the form `T`, which has to read whatever an object may be.
///
/// # Errors
/// The API server does not answer; [`Error::Stale`] where it has forgotten the list meanwhile, some minutes
/// after its beginning.
pub(super) fn of_store<T>(
    client: &Client,
    store: &ObjectKey,
) -> impl Stream<Item = Result<T, Error>> + Send
where
    T: Clone + Debug + DeserializeOwned + Send + 'static,
{
    let first = ListParams::default()
        .fields(&format!("spec.storeRef.name={}", store.name))
        .limit(PAGE);
    let pages = stream::try_unfold(Some(first), move |params| async move {
        let Some(params) = params else {
            return Ok(None);
        };
        let page = page(client, store, &params).await?;
        let next = page.metadata.continue_.filter(|token| !token.is_empty());
        let next = next.map(|token| params.continue_token(&token));
        Ok(Some((page.items, next)))
    });
    pages
        .map_ok(|items| stream::iter(items.into_iter().map(Ok)))
        .try_flatten()
}

async fn page<T>(
    client: &Client,
    store: &ObjectKey,
    params: &ListParams,
) -> Result<ObjectList<T>, Error>
where
    T: Clone + Debug + DeserializeOwned,
{
    let request = Request::new(Secret::url_path(&(), Some(&store.namespace))).list(params);
    let listed = match request.map_err(kube::Error::BuildRequest) {
        Ok(request) => client.request(request).await,
        Err(error) => Err(error),
    };
    listed.map_err(|error| match &error {
        kube::Error::Api(status) if status.code == 410 => Error::Stale,
        _ => Error::api("list", format!("the Secrets of {store}"))(error),
    })
}
