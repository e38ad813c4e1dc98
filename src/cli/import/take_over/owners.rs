//! Which owner references of a native Secret go.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::refusal::Refusal;
use crate::api::wellknown::GROUP;

/// The kinds whose tools leave a native Secret alone once it is not theirs any more, or which their
/// users stop before; docs/import.md says how.
const KNOWN: [&str; 2] = [
    "SealedSecret.bitnami.com",
    "ExternalSecret.external-secrets.io",
];

/// The kinds whose references may be taken away, as `Kind.group`.
pub(super) struct Kinds<'a>(Vec<&'a str>);

impl<'a> Kinds<'a> {
    /// The known ones, and those that the user names.
    pub(super) fn with(more: &'a [String]) -> Self {
        Self(
            KNOWN
                .into_iter()
                .chain(more.iter().map(String::as_str))
                .collect(),
        )
    }

    /// Those that go and those that stay, in their order.
    ///
    /// # Errors
    /// [`Refusal::Owner`] for a reference that may not be taken away: its tool would go on writing.
    pub(super) fn split(
        &self,
        all: &[OwnerReference],
    ) -> Result<(Vec<OwnerReference>, Vec<OwnerReference>), Refusal> {
        let (kept, gone): (Vec<_>, Vec<_>) = all.iter().cloned().partition(is_coffers);
        match gone.iter().find(|owner| !self.0.contains(&&*kind(owner))) {
            Some(owner) => Err(Refusal::Owner {
                owner: described(owner),
                kind: kind(owner),
            }),
            None => Ok((gone, kept)),
        }
    }
}

/// For messages.
pub(super) fn described(owner: &OwnerReference) -> String {
    format!("{} {}", owner.kind, owner.name)
}

/// `Kind.group`; only the kind for those of Kubernetes itself.
fn kind(owner: &OwnerReference) -> String {
    let kind = &owner.kind;
    group(owner).map_or_else(|| kind.clone(), |group| format!("{kind}.{group}"))
}

/// How kubectl deletes the owner, and nothing that belongs to it.
pub(super) fn deletion(owner: &OwnerReference, namespace: &str) -> String {
    let (kind, name) = (kind(owner).to_lowercase(), &owner.name);
    format!("kubectl delete {kind} {name} -n {namespace} --cascade=orphan")
}

fn group(owner: &OwnerReference) -> Option<&str> {
    owner.api_version.split_once('/').map(|(group, _)| group)
}

fn is_coffers(owner: &OwnerReference) -> bool {
    owner.kind == "Secret" && group(owner) == Some(GROUP)
}
