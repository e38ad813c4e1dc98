//! Labels, annotations and names that Coffer and its users agree on.

/// API group of the custom resources.
pub const GROUP: &str = "coffer.dev";

/// Annotation on a namespace: how many Secrets it may have, or `unlimited`. Only who holds the verb
/// `set-quota` on Secrets may write it.
pub const ACCOUNT_QUOTA_ANNOTATION: &str = "coffer.dev/secrets-quota";

/// Label on a native Secret whose owner lets `fromSecret` read it; the value must be `"true"`.
pub const SOURCE_LABEL: &str = "coffer.dev/source";

/// Label on a workload whose owner lets Coffer Secrets restart it; the value must be `"true"`.
pub const RESTART_LABEL: &str = "coffer.dev/restart";

/// Label on a native Secret that lets the Coffer Secret of that name (in the same namespace) take
/// it over.
pub const ADOPT_LABEL: &str = "coffer.dev/adopt";

/// Annotation beside [`ADOPT_LABEL`], with the value [`SAME_CONTENT`]: only where the content stays as it is.
pub const ADOPT_IF_ANNOTATION: &str = "coffer.dev/adopt-if";

/// The one condition of [`ADOPT_IF_ANNOTATION`]; any other word is taken for it.
pub const SAME_CONTENT: &str = "same-content";

/// Label on every native Secret that Coffer delivers: the UID of the Coffer Secret it came from.
/// It selects what Coffer watches. It proves nothing: anyone can write a label.
pub const ORIGIN_LABEL: &str = "coffer.dev/origin";

/// Annotation on every native Secret that Coffer delivers: the name of the Coffer Secret it came
/// from, for people and for the way back from a watch event. It proves nothing either.
pub const ORIGIN_NAME_ANNOTATION: &str = "coffer.dev/origin-name";

/// Annotation on a delivered native Secret: a keyed fingerprint of origin, place and content, by
/// which Coffer knows its own work again after a crash.
pub const FINGERPRINT_ANNOTATION: &str = "coffer.dev/fingerprint";

/// Annotation on a copy in another namespace: a keyed mark of its origin and place, by which Coffer knows it as its own
/// whatever was done to its content.
pub const MARK_ANNOTATION: &str = "coffer.dev/mark";

/// Annotation on a service account that asks for Secrets of other namespaces: `namespace/store` or
/// `namespace/store/secret`, several with commas.
pub const CONSUME_ANNOTATION: &str = "coffer.dev/consume";

/// Annotation on a service account: types that copies may have in its namespace besides `Opaque`, with commas.
pub const CONSUME_TYPES_ANNOTATION: &str = "coffer.dev/consume-types";

/// Label on the Roles and RoleBindings by which service accounts may read what they are given: it selects what Coffer
/// watches, and proves nothing.
pub const ACCESS_LABEL: &str = "coffer.dev/access";

/// Annotation on such a Role or RoleBinding: the service account that it is for.
pub const ACCOUNT_ANNOTATION: &str = "coffer.dev/account";
/// Label on a namespace: its pods may use a scoped Secret only where their service account is in the scope. `enforce`,
/// `warn` or `audit`; any other value but [`POD_POLICY_OFF`] is taken for `enforce`.
pub const POD_POLICY_LABEL: &str = "coffer.dev/pod-policy";

/// [`POD_POLICY_LABEL`]: as if it were not there.
pub const POD_POLICY_OFF: &str = "disabled";

/// Name of the PodPolicy of a namespace.
pub const POD_POLICY_NAME: &str = "coffer";

/// Label on the native Secrets in the operator's namespace that are Coffer's own: [`KEYRING_PART`],
/// [`STORE_KEYS_PART`] or [`WEBHOOK_IDENTITY_PART`].
pub const PART_LABEL: &str = "coffer.dev/part";

/// [`PART_LABEL`] of the root keyring.
pub const KEYRING_PART: &str = "keyring";

/// [`PART_LABEL`] of a store's wrapped keys.
pub const STORE_KEYS_PART: &str = "store-keys";

/// Annotation on a store's wrapped keys: `<namespace>/<name>` of the store, for people, and where the keys
/// themselves do not read.
pub const STORE_ANNOTATION: &str = "coffer.dev/store";

/// Name of the native Secret that holds the root keyring.
pub const KEYRING_NAME: &str = "coffer-keyring";

/// Where `kubectl apply` keeps a copy of the manifest, values included.
pub const LAST_APPLIED_ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Recommended label that names the tool in charge of an object.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

/// [`PART_LABEL`] of the webhooks' certificates.
pub const WEBHOOK_IDENTITY_PART: &str = "webhook-identity";

/// Name of the native Secret that holds the webhooks' certificates.
pub const WEBHOOK_IDENTITY_NAME: &str = "coffer-webhook-identity";

/// Name of both webhook configurations, the mutating and the validating one.
pub const WEBHOOKS_NAME: &str = "coffer";

/// Label with the identifier of a store or Secret: 32 hexadecimal digits, set once, at creation.
pub const ID_LABEL: &str = "coffer.dev/id";

/// Annotation on a SecretStore that asks for new keys: each new value, once.
pub const ROTATE_ANNOTATION: &str = "coffer.dev/rotate-keys";

/// Annotation on a Secret that asks the webhook to seal its values anew with the store's active keys. The
/// webhook takes it away. [`RESEAL_OWN`] or [`RESEAL_ALL`].
pub const RESEAL_ANNOTATION: &str = "coffer.dev/reseal";

/// [`RESEAL_ANNOTATION`]: what Coffer itself sealed.
pub const RESEAL_OWN: &str = "own";

/// [`RESEAL_ANNOTATION`]: also what authors sealed. For a dry run, whose answer goes back into Git.
pub const RESEAL_ALL: &str = "all";

/// Field manager of the requests that carry [`RESEAL_ANNOTATION`] for Coffer itself.
pub const RESEAL_MANAGER: &str = "coffer/reseal";

/// Annotation on what was made or changed through a REST interface: the user who asked for it.
pub const REQUESTER_ANNOTATION: &str = "coffer.dev/requested-by";
