//! Native Secrets of the cluster.

use anyhow::{anyhow, bail};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::ListParams;

use super::args::SecretArgs;
use super::found::Found;
use super::native::Native;
use super::skip::Skip;
use crate::cli::cluster::{Cluster, CoreError, next_page};
use crate::policy::names;

/// Secrets of one answer: each may have a megabyte.
const PAGE: u32 = 50;

/// What the arguments name, in the namespace.
///
/// # Errors
/// Where the cluster cannot be asked.
pub(super) fn read(args: &SecretArgs, namespace: Option<&str>) -> anyhow::Result<Vec<Found>> {
    let key = &args.to.key;
    let cluster = Cluster::connect(&key.connection)?;
    let namespace = namespace.unwrap_or_else(|| cluster.default_namespace());
    let natives = Natives {
        cluster: &cluster,
        namespace,
    };
    if args.names.is_empty() {
        natives.list(args.selector.as_deref())
    } else {
        natives.named(&args.names)
    }
}

/// The native Secrets of a namespace.
struct Natives<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
}

impl Natives<'_> {
    fn list(&self, selector: Option<&str>) -> anyhow::Result<Vec<Found>> {
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = selector.map(str::to_owned);
        let (api, mut found) = (self.api(), Vec::new());
        loop {
            let page = self.ask("list", api.list(&params))?;
            found.extend(page.items.into_iter().map(|native| of(Native::of(native))));
            match next_page(params, &page.metadata) {
                Some(next) => params = next,
                None => return Ok(found),
            }
        }
    }

    fn named(&self, all: &[String]) -> anyhow::Result<Vec<Found>> {
        let (api, mut found) = (self.api(), Vec::with_capacity(all.len()));
        for name in all {
            if !names::is_subdomain(name) {
                bail!("`{}` is no name of a Secret", name.escape_debug());
            }
            found.push(match self.ask("get", api.get_opt(name))? {
                Some(native) => of(Native::of(native)),
                None => Found {
                    place: format!("{name} in the cluster"),
                    native: Err(Skip::Missing),
                },
            });
        }
        Ok(found)
    }

    fn api(&self) -> Api<core::Secret> {
        Api::namespaced(self.cluster.client(), self.namespace)
    }

    fn ask<T>(
        &self,
        verb: &'static str,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> anyhow::Result<T> {
        let asked = self
            .cluster
            .ask_core((verb, "secrets"), Some(self.namespace), answer);
        asked.map_err(|error| match error {
            CoreError::Forbidden { .. } => {
                anyhow!("{error}; or ask for their manifests and use --file")
            }
            error => error.into(),
        })
    }
}

fn of(native: Native) -> Found {
    Found {
        place: "the cluster".to_owned(),
        native: Ok(native),
    }
}
