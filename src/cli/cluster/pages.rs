//! All objects of a kind, one after the other: a page is in memory, not all of them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::api::{DynamicObject, ListParams};

use super::objects::request;
use super::{Cluster, Error};

/// Objects of one answer, as kubectl has it.
const PAGE: u32 = 500;

/// What to ask for after a page; `None` after the last one.
pub(in crate::cli) fn next_page(params: ListParams, page: &ListMeta) -> Option<ListParams> {
    let token = page
        .continue_
        .as_deref()
        .filter(|token| !token.is_empty())?;
    Some(params.continue_token(token))
}

impl Cluster {
    /// Shows each object of a kind, in all namespaces, in the order of namespace and name.
    ///
    /// All pages are of one moment, as long as they are asked for within minutes.
    ///
    /// # Errors
    /// What the API server refuses, and what `each` errs with.
    pub(in crate::cli) fn each(
        &self,
        kind: &'static str,
        mut each: impl FnMut(DynamicObject) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let api = self.api(kind, None);
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = self.ask(request("list", kind, None), api.list(&params));
            let page = page.map_err(|error| match error {
                Error::Refused(_) if params.continue_token.is_some() => anyhow::anyhow!(
                    "the list of {kind} objects took too long and is no longer of one moment; run this again"
                ),
                error => error.into(),
            })?;
            page.items.into_iter().try_for_each(&mut each)?;
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(()),
            }
        }
    }
}
