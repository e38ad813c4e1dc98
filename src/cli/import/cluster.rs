//! Native Secrets of the cluster.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::ListParams;

use super::args::SecretArgs;
use super::found::Found;
use super::native::Native;
use super::skip::Skip;
use crate::cli::cluster::{Cluster, next_page};
use crate::policy::names;

/// How long a person waits for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

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
    let natives = Api::<core::Secret>::namespaced(cluster.client(), namespace);
    let asked = async {
        if args.names.is_empty() {
            list(&natives, args.selector.as_deref()).await
        } else {
            named(&natives, &args.names).await
        }
    };
    cluster.block_on(asked).with_context(|| {
        format!("cannot read the native Secrets of namespace {namespace}; ask for the right to get and list secrets, or for their manifests and use --file")
    })
}

async fn list(natives: &Api<core::Secret>, selector: Option<&str>) -> anyhow::Result<Vec<Found>> {
    let mut params = ListParams::default().limit(PAGE);
    params.label_selector = selector.map(str::to_owned);
    let mut found = Vec::new();
    loop {
        let page = in_time(natives.list(&params)).await?;
        found.extend(page.items.into_iter().map(|native| of(Native::of(native))));
        match next_page(params, &page.metadata) {
            Some(next) => params = next,
            None => return Ok(found),
        }
    }
}

async fn named(natives: &Api<core::Secret>, all: &[String]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::with_capacity(all.len());
    for name in all {
        if !names::is_subdomain(name) {
            bail!("`{}` is no name of a Secret", name.escape_debug());
        }
        found.push(match in_time(natives.get_opt(name)).await? {
            Some(native) => of(Native::of(native)),
            None => Found {
                place: format!("{name} in the cluster"),
                native: Err(Skip::Missing),
            },
        });
    }
    Ok(found)
}

fn of(native: Native) -> Found {
    Found {
        place: "the cluster".to_owned(),
        native: Ok(native),
    }
}

async fn in_time<T>(answer: impl Future<Output = kube::Result<T>>) -> anyhow::Result<T> {
    let answer = tokio::time::timeout(PATIENCE, answer).await;
    let answer = answer.map_err(|_| anyhow!("the cluster did not answer within {PATIENCE:?}"))?;
    Ok(answer?)
}
