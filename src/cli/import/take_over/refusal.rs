//! Why a native Secret is not taken over. Each message ends with the remedy.

/// What kept one from being taken over.
#[derive(Debug)]
pub(super) enum Failure {
    /// About this one; others go on.
    Refusal(Refusal),
    /// The cluster does not answer, or not us.
    Cluster(anyhow::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        Self::Cluster(error.into())
    }
}

/// About one native Secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("there is no such native Secret; once the Coffer Secret is there, Coffer makes it")]
    NoNative,
    #[error("no Coffer Secret has it as its target; apply the imported manifest first")]
    NoSecret,
    #[error("several Coffer Secrets have it as their target ({0}); leave one of them")]
    Several(String),
    #[error(
        "the name of Coffer Secret `{0}` is longer than the 63 characters of a label, in which consent is given; give it a shorter name, and this one as spec.target.name"
    )]
    NameTooLong(String),
    #[error(
        "its type is `{native}`, that of the target `{target}`, so Coffer would delete it and make it anew; set spec.target.type to `{native}`"
    )]
    OtherType { native: String, target: String },
    #[error(
        "it is immutable, so Coffer would delete it and make it anew; if that may be, label it yourself: `kubectl label secret {native} coffer.dev/adopt={secret}`"
    )]
    Immutable { native: String, secret: String },
    #[error(
        "it is being deleted; run this again once it is gone or see what its finalizers wait for"
    )]
    Terminating,
    #[error(
        "another Coffer Secret delivers it, or did; choose another spec.target.name, or take the label coffer.dev/origin off"
    )]
    DeliveredByAnother,
    #[error(
        "it belongs to {owner}, which may go on writing it; if it does not, run this again with `--from {kind}`"
    )]
    Owner { owner: String, kind: String },
    #[error("Coffer cannot deliver Coffer Secret `{secret}` yet ({reason}): {message}")]
    NotDeliverable {
        secret: String,
        reason: String,
        message: String,
    },
    #[error(
        "Coffer has not looked at Coffer Secret `{0}` within {1} s; see that the operator runs"
    )]
    NotSeen(String, u64),
    #[error("someone changed it in the meantime; run this again")]
    Changed,
    #[error(
        "it was handed over, but Coffer has not taken it within {0} s; nothing deletes it now. See `kubectl describe csec {1}`, and run this again"
    )]
    NotTaken(u64, String),
    #[error(
        "its owner reference to {0} was put back; stop that tool, run this again, and delete nothing before"
    )]
    PutBack(String),
    #[error("nothing deletes it now, and Coffer waits: {0}; then run this again")]
    Another(String),
    #[error("Coffer has it, but it was made anew in between; run this again to see that it stays")]
    MadeAnew,
    #[error(
        "Coffer has it, but its content changed to what the Coffer Secret holds, in {0}; if that is not what you want, import it again"
    )]
    Differs(String),
}
