//! The Secrets of a namespace, whole: memory holds neither the envelopes of what is in sync nor the owners of
//! fields. Page by page, which costs the API server a fraction of a call to a webhook for each.

use futures::stream::{self, Stream, TryStreamExt as _};
use kube::api::ListParams;
use kube::core::{ObjectList, Request};
use kube::{Client, Resource as _};
use serde::Deserialize as _;
use serde_json::Value as Json;

use crate::api::Secret;
use crate::controller::error::Error;

/// Objects in one page. Each has at most 0.8 MB of values.
const PAGE: u32 = 50;

/// Without those that do not read.
///
/// # Errors
/// The API server does not answer; [`Error::Stale`] where it has forgotten the list meanwhile, some minutes
/// after its beginning.
pub(super) fn secrets(
    client: &Client,
    namespace: &str,
) -> impl Stream<Item = Result<Secret, Error>> + Send {
    let pages = stream::try_unfold(Some(None), move |token| async move {
        let Some(token) = token else {
            return Ok(None);
        };
        let page = page(client, namespace, token).await?;
        let token = page.metadata.continue_.filter(|token| !token.is_empty());
        Ok(Some((page.items, token.map(Some))))
    });
    pages
        .map_ok(|items| stream::iter(items.into_iter().filter_map(read).map(Ok)))
        .try_flatten()
}

/// By itself, so that one that does not read does not fail the page.
fn read(object: Json) -> Option<Secret> {
    Secret::deserialize(object).ok()
}

async fn page(
    client: &Client,
    namespace: &str,
    token: Option<String>,
) -> Result<ObjectList<Json>, Error> {
    let mut params = ListParams::default().limit(PAGE);
    params.continue_token = token;
    let request = Request::new(Secret::url_path(&(), Some(namespace))).list(&params);
    let request = request.map_err(kube::Error::BuildRequest);
    let listed = match request {
        Ok(request) => client.request(request).await,
        Err(error) => Err(error),
    };
    listed.map_err(|error| match &error {
        kube::Error::Api(status) if status.code == 410 => Error::Stale,
        _ => Error::api("list", format!("Secrets of {namespace}"))(error),
    })
}
