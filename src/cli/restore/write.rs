//! The second reading of the file: stores, then Secrets, several at once.

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::PostParams;
use tokio::time::timeout;

use super::plan::{Plan, Step};
use crate::cli::archive::input::Unlocked;
use crate::cli::archive::object::{KINDS, Object};
use crate::cli::archive::progress::Progress;
use crate::cli::archive::{Entry, Error as FileError, count};
use crate::cli::cluster::{Cluster, Error, FIELD_MANAGER, PATIENCE, request};

/// Requests at once: enough that the way to the API server does not count, and few beside what others ask.
pub(super) const CONCURRENCY: usize = 16;

/// How the API server names the webhook whose refusals are advice.
const ADVICE: &str = "\"advise.secrets.coffer.dev\"";

/// Writes what the plan says. The file has the stores before the Secrets; each kind is done before the next
/// begins.
pub(super) fn all(cluster: &Cluster, file: &Unlocked, plan: &Plan) -> anyhow::Result<()> {
    let mut progress = Progress::new("objects written", Some(plan.len()));
    let mut refused = 0;
    let mut by_advice = 0;
    for kind in KINDS {
        let objects = file.entries()?.filter_map(|entry| step(entry, kind, plan));
        let written = stream::iter(objects)
            .map(|object| async {
                let (object, step) = object?;
                match write(cluster, kind, &object, step).await {
                    Err(error) if is_about_one(&error) => Ok(Some((object.label(), error))),
                    written => written
                        .map(|()| None)
                        .with_context(|| format!("cannot restore {}", object.label())),
                }
            })
            .buffer_unordered(CONCURRENCY)
            .try_for_each(|failed: Option<(String, Error)>| {
                progress.step();
                if let Some((object, error)) = failed {
                    refused += 1;
                    by_advice += usize::from(is_advice(&error));
                    progress.say(&format!("coffer: cannot restore {object}: {error}"));
                }
                std::future::ready(anyhow::Ok(()))
            });
        cluster.block_on(written)?;
    }
    drop(progress);
    if by_advice > 0 {
        eprintln!(
            "coffer: the operator that runs here advises against {}, as it would not serve it; to bring it in as it was \
             all the same, label its namespace coffer.dev/advise=disabled while this is run again",
            count(by_advice, "object")
        );
    }
    if refused > 0 {
        bail!("{} not restored", count(refused, "object"));
    }
    Ok(())
}

fn is_advice(error: &Error) -> bool {
    matches!(error, Error::Refused(message) if message.contains(ADVICE))
}

/// One object that does not fit does not keep the others from being written; anything else is not likely
/// to be better for the next one.
fn is_about_one(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused(_) | Error::AlreadyExists | Error::Conflict | Error::NotFound
    )
}

/// An object of this kind that is to be written.
fn step(
    entry: Result<Entry, FileError>,
    kind: &str,
    plan: &Plan,
) -> Option<anyhow::Result<(Object, Step)>> {
    match entry {
        Ok(Entry::Object(object)) if object.kind == kind => {
            let step = plan.step(&object)?;
            Some(Ok((object, step)))
        }
        Ok(_) => None,
        Err(error) => Some(Err(error.into())),
    }
}

async fn write(
    cluster: &Cluster,
    kind: &'static str,
    object: &Object,
    step: Step,
) -> Result<(), Error> {
    let namespace = Some(object.namespace.as_str());
    let api = cluster.api(kind, namespace);
    let params = PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    };
    let answer = match step {
        Step::Create => {
            let new = object.to_new();
            in_time("create", kind, namespace, api.create(&params, &new)).await
        }
        Step::Replace => {
            let there = in_time("get", kind, namespace, api.get(&object.name)).await?;
            let over = object.over(&there);
            let replaced = api.replace(&object.name, &params, &over);
            in_time("update", kind, namespace, replaced).await
        }
    };
    answer.map(drop)
}

pub(super) async fn in_time<T>(
    verb: &'static str,
    kind: &'static str,
    namespace: Option<&str>,
    answer: impl Future<Output = kube::Result<T>>,
) -> Result<T, Error> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| Error::of(request(verb, kind, namespace), error)),
        Err(_) => Err(Error::Silent),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, is_about_one};

    #[test]
    fn a_server_that_is_busy_is_not_asked_for_the_next_object() {
        assert!(is_about_one(&Error::Refused("no".into())));
        assert!(!is_about_one(&Error::Busy("later".into())));
        assert!(!is_about_one(&Error::Silent));
    }
}
