//! Condition types and reasons: the closed set of what Coffer says about an object.

use std::fmt;

/// Types of conditions, in the order in which a status lists them.
///
/// `Reconciling` and `Stalled` are present only while they are true, as kstatus expects of
/// conditions that tell of something abnormal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionType {
    /// Everything that the spec asks for is done.
    Ready,
    /// Not done, and Coffer goes on by itself once what it waits for is there.
    Reconciling,
    /// Not done, and someone has to act.
    Stalled,
    /// All values are sealed; the reason says by whom.
    Sealed,
    /// Those in other namespaces who may have the Secret, and ask for it, have their copies.
    Copied,
    /// It has its name on the REST interfaces; present only where it has not.
    Named,
    /// The workloads that the target names were restarted for the last change of its content.
    Restarted,
}

impl ConditionType {
    /// As it stands in a status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Sealed => "Sealed",
            Self::Copied => "Copied",
            Self::Named => "Named",
            Self::Restarted => "Restarted",
        }
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares the reasons with their names once.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why a condition is as it is. Also the reason of the event that tells of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// As it stands in a condition, an event or a metric.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

reasons! {
    /// The target has the values.
    Delivered,
    /// The values are there; the Secret names no target.
    Kept,
    /// The store has its keys.
    KeysReady,
    /// All envelopes were sealed by authors.
    SealedByAuthor,
    /// At least one value came as plaintext, and was sealed before it was stored.
    SealedAtAdmission,
    /// At least one value was stored as plaintext and then sealed by the controller.
    SealedByController,
    /// All values were generated, and sealed before they were stored.
    SealedAtGeneration,
    /// A value rests in plaintext, because it cannot be sealed yet.
    StoredInPlaintext,
    /// The store that the Secret names does not exist.
    StoreNotFound,
    /// The store has no keys yet.
    StoreNotReady,
    /// The store's keys belong to a namespace of the same name that was deleted.
    KeysOfFormerNamespace,
    /// The store's keys cannot be read or unwrapped.
    KeysUnusable,
    /// The store has as many keys as it can have, so it gets no new ones.
    TooManyKeys,
    /// The store has as many Secrets as its quota lets it have.
    QuotaExceeded,
    /// The Secret names a scope that its store does not have.
    ScopeUnknown,
    /// An older one has the name.
    NameTaken,
    /// A key has neither a value nor a source.
    ValueMissing,
    /// A value, or all together, is larger than allowed.
    ValueTooLarge,
    /// A value cannot be generated as asked.
    GeneratorInvalid,
    /// A plaintext value does not decode as its encoding says.
    EncodingInvalid,
    /// An envelope is not well-formed.
    EnvelopeMalformed,
    /// An envelope does not open here: it was sealed for another place, or was changed.
    EnvelopeMismatch,
    /// An envelope names a key that the store does not have.
    KeyUnknown,
    /// The native Secret that `fromSecret` names does not exist.
    SourceNotFound,
    /// The native Secret that `fromSecret` names has not that key.
    SourceKeyMissing,
    /// The native Secret that `fromSecret` names, or the workload that is to be restarted, does not carry the label of
    /// consent.
    ConsentMissing,
    /// The native Secret that `fromSecret` names is one that Coffer delivers.
    SourceDelivered,
    /// A template does not parse, or fails on these values.
    TemplateFailed,
    /// The native Secret would not have what its type asks for.
    TargetInvalid,
    /// The name of the target is taken by a native Secret that is not Coffer's.
    TargetConflict,
    /// The native Secret may be taken over with its present content only, and the Secret has another.
    TargetDiffers,
    /// The native Secret is being deleted, and something holds it up.
    TargetTerminating,
    /// Someone else changes or deletes the native Secret again and again.
    TargetContested,
    /// The API server refuses the native Secret.
    TargetRejected,
    /// A service account asks for what it is not given.
    RequestUnmet,
    /// A Role or RoleBinding that is not Coffer's has the name of a service account's own.
    AccessConflict,
    /// The API server refuses a service account's Role or RoleBinding.
    AccessRejected,
    /// The native Secret was changed or deleted by someone else, and was put back.
    TargetRepaired,
    /// Workloads were restarted, because the content changed.
    Restarted,
    /// Workloads are still to be restarted, because the API server did not do it.
    RestartPending,
    /// A workload that is to be restarted does not exist.
    WorkloadNotFound,
    /// The API server does not let a workload be restarted.
    WorkloadRejected,
    /// A PodPolicy has no place for all that it should list.
    PodPolicyFull,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
