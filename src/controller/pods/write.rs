//! The requests on a PodPolicy, each onto what was looked at.

use json_patch::Patch as JsonPatch;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use serde_json::json;

use crate::api::wellknown::POD_POLICY_NAME;
use crate::api::{PodPolicy, PodPolicySpec, Reason};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::index::pods::{Wanted, Written};

const MANAGER: &str = "coffer/pods";

/// Makes what memory knows so. Looks again: in the meantime more may have come.
pub(super) async fn run(ctx: &Context, namespace: &str) -> Result<(), Error> {
    let policies = Api::<PodPolicy>::namespaced(ctx.client.clone(), namespace);
    let written = ctx.index.pod_policy(namespace);
    let spec = match (ctx.index.wanted_pod_policy(namespace), &written) {
        (Wanted::Nothing, _) | (Wanted::Off, None) => return Ok(()),
        (Wanted::Off, Some(written)) => {
            delete(&policies, namespace, written).await?;
            ctx.index.forget_pod_policy(namespace, &written.uid);
            return Ok(());
        }
        (Wanted::Policy(spec), _) => spec,
    };
    let closed_before = written.as_ref().map(|written| written.spec.closed.clone());
    let policy = match &written {
        None => create(&policies, namespace, spec).await?,
        Some(written) if written.spec == spec => return Ok(()),
        Some(written) => replace(&policies, namespace, written, &spec).await?,
    };
    ctx.index.put_pod_policy(namespace, Written::of(&policy));
    if closed_before.unwrap_or_default() != policy.spec.closed {
        tell_closed(ctx, namespace, &policy).await;
    }
    Ok(())
}

async fn create(
    policies: &Api<PodPolicy>,
    namespace: &str,
    spec: PodPolicySpec,
) -> Result<PodPolicy, Error> {
    let params = PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    };
    let created = policies
        .create(&params, &PodPolicy::new(POD_POLICY_NAME, spec))
        .await;
    created.map_err(|error| match &error {
        kube::Error::Api(status) if status.is_already_exists() => Error::Stale,
        _ => failed("create", namespace)(error),
    })
}

/// Whole: a map that is merged keeps what was to go.
async fn replace(
    policies: &Api<PodPolicy>,
    namespace: &str,
    written: &Written,
    spec: &PodPolicySpec,
) -> Result<PodPolicy, Error> {
    let patch = json!([
        { "op": "test", "path": "/metadata/uid", "value": written.uid },
        { "op": "test", "path": "/metadata/resourceVersion", "value": written.resource_version },
        { "op": "replace", "path": "/spec", "value": spec },
    ]);
    let patch: JsonPatch = serde_json::from_value(patch).expect("it is a patch");
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patch = Patch::Json::<()>(patch);
    let patched = policies.patch(POD_POLICY_NAME, &params, &patch).await;
    patched.map_err(failed("update", namespace))
}

async fn delete(
    policies: &Api<PodPolicy>,
    namespace: &str,
    written: &Written,
) -> Result<(), Error> {
    let params = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(written.uid.clone()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    match policies.delete(POD_POLICY_NAME, &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(failed("delete", namespace)(error)),
    }
}

fn failed(action: &'static str, namespace: &str) -> impl FnOnce(kube::Error) -> Error {
    Error::api(action, format!("the PodPolicy of namespace {namespace}"))
}

/// What is too much is told where it is seen, and to whoever runs the operator.
async fn tell_closed(ctx: &Context, namespace: &str, policy: &PodPolicy) {
    let closed = &policy.spec.closed;
    let Some(first) = closed.first() else {
        return;
    };
    let count = closed.len();
    tracing::warn!(
        namespace,
        count,
        first,
        "a PodPolicy has no place for all scoped Secrets: no pod may use those of the namespaces that take the most"
    );
    let note = format!(
        "the scoped Secrets of namespace `{first}` (of {count} in all) are too many to be listed, so no pod here may use \
         them: have fewer, with shorter names and scopes, or ask for fewer"
    );
    ctx.events.warn(policy, Reason::PodPolicyFull, &note).await;
}
