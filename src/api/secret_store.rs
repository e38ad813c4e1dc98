//! SecretStore (`cstore`): a set of secrets with keys of its own.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Period, Scope, Target};

/// How a store seals, and what happens when it is deleted.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "coffer.dev",
    version = "v1alpha1",
    kind = "SecretStore",
    plural = "secretstores",
    singular = "secretstore",
    shortname = "cstore",
    category = "coffer",
    namespaced,
    status = "SecretStoreStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "A SecretStore is a set of Secrets of its namespace with keys of its own. Coffer makes the \
           keys and shows the public one in the status; authors seal values with it, outside the \
           cluster.",
    selectable = ".spec.deletionPolicy",
    printcolumn(
        name = "Secrets",
        type_ = "integer",
        json_path = ".status.usage.secrets"
    ),
    printcolumn(name = "Quota", type_ = "integer", json_path = ".status.quota.secrets"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    printcolumn(
        name = "Description",
        type_ = "string",
        json_path = ".spec.description",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    )
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.name) || self.name.matches('^[!-~]{1,255}$')")
        .message("a name has 1 to 255 letters, digits and signs of ASCII, and no spaces")
        .field_path(".name"),
    validation = Rule::new("!has(self.defaultTarget) || !has(self.defaultTarget.name)")
        .message("a native Secret that comes by the default target has the name of its Secret: remove name")
        .field_path(".defaultTarget"),
    validation = Rule::new("!has(self.keyRetention) || self.keyRetention.matches('^(0|[0-9]{1,5}[dhms])$')")
        .message("keyRetention is a number and a unit (d, h, m or s), as in 30d, or 0 for none")
)]
pub struct SecretStoreSpec {
    /// Name on the REST interfaces, unique in the namespace: of several stores the oldest has it, and the others say so.
    /// 1 to 255 letters, digits and signs of ASCII. Default: the name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,

    /// What the store is for, at most 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,

    /// What the store may hold. Absent: any number of Secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<StoreQuota>,

    /// The services that Secrets of this store may be given to, at most 64. A Secret names those that are to have it
    /// under `spec.scopes`. Default: the names that the operator is set to, for nobody: `workers`, `ai_gateway`, `dex`,
    /// `access`, `containers` and `websearch` where it is not set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub scopes: Vec<Scope>,

    /// The target of those Secrets that name none; the native Secret has the name of the Secret. Default: a Secret
    /// without a target is not delivered here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_target: Option<Target>,

    /// How authors seal values for this store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<SealingSpec>,

    /// `Refuse` (default) or `Cascade`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<StoreDeletionPolicy>,

    /// When the store gets new keys. Default: only on request, by a new value of the annotation
    /// `coffer.dev/rotate-keys`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_rotation: Option<KeyRotation>,

    /// How long the keys outlive the store, as in `30d`; units `d`, `h`, `m`, `s`. A store of the same name
    /// that is made before then takes them up again; after it nothing that was sealed for the store can be
    /// opened. `0`: they go with the store. Default: the operator's, which is `30d` where nobody set another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_retention: Option<Period>,
}

/// What a store may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreQuota {
    /// Number of Secrets. Of more than that, the oldest are served, and the others wait (`QuotaExceeded`) until
    /// there is a place. Lowering it withdraws nothing. Absent: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub secrets: Option<i64>,
}

/// When a store gets new keys. What Coffer sealed is then sealed again with them; what authors sealed still
/// opens, and stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.interval.matches('^[0-9]{1,5}[dhms]$') && int(self.interval.substring(0, size(self.interval) - 1)) * {'d': 86400, 'h': 3600, 'm': 60, 's': 1}[self.interval.substring(size(self.interval) - 1)] >= 86400")
        .message("interval is a number and a unit (d, h, m or s), at least 1d, as in 90d")
)]
pub struct KeyRotation {
    /// After this time new keys take the place of the present ones, as in `90d`; units `d`, `h`, `m`, `s`.
    /// At least `1d`, because the former keys stay until they are pruned, and a store has at most 128.
    pub interval: Period,
}

/// How authors seal values for a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SealingSpec {
    /// `XWing` (default) or `X25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<SealingSuite>,

    /// What an envelope may be bound to. `Strict` (default): it opens only in the Secret, and under
    /// the key, that it was sealed for. `Store`: in any Secret of the store, which name prefixes of
    /// Kustomize and preview copies need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub bindings: Vec<EnvelopeBinding>,
}

/// The suite of the public key: `XWing` (default; a hybrid of ML-KEM-768 and X25519, so that
/// what is in Git today stays closed to quantum computers; 1,136 bytes larger than the value)
/// or `X25519` (48 bytes larger). Another suite makes a new key; envelopes of the former key
/// still open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SealingSuite {
    #[default]
    /// ML-KEM-768 with X25519: safe against quantum computers.
    XWing,
    /// Small envelopes.
    X25519,
}

/// What an envelope is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EnvelopeBinding {
    /// To the object and the key.
    Strict,
    /// To the store.
    Store,
}

/// What a deletion of the store does while it has secrets: `Refuse` (default) refuses it;
/// `Cascade` deletes the secrets with it, and so what they delivered. Deleting the whole
/// namespace is always possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoreDeletionPolicy {
    #[default]
    /// Refuse the deletion.
    Refuse,
    /// Delete the secrets with the store.
    Cascade,
}

/// What Coffer made of a SecretStore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretStoreStatus {
    /// The generation of the spec that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Identifier of the store: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,

    /// Name on the REST interfaces, or the one that it would have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// When the store was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Time>,

    /// What the store holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,

    /// What it may hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<StoreQuota>,

    /// The store's keys. Authors seal with the active one that has a public key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["id".into()]))]
    pub sealing_keys: Vec<SealingKeyStatus>,

    /// `Ready`; `Reconciling` while Coffer waits for something; `Stalled` while someone has to act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// What a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Number of Secrets that name the store. Written at most once a second, however many change.
    #[schemars(range(min = 0))]
    pub secrets: i64,
}

/// A key of a store, as far as it is public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SealingKeyStatus {
    /// Identifier of the key: 16 hexadecimal digits. Envelopes carry it.
    pub id: String,
    /// What the key is for: `XWing` and `X25519` for authors, `XChaCha20Poly1305` for what Coffer
    /// seals itself.
    pub suite: String,
    /// The public key, in base64. The suite without one is Coffer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// `Active`: seals and opens. `Retired`: opens only.
    pub state: KeyState,
    /// When the key was made.
    pub created: Time,
    /// Number of Secrets of the store that hold something sealed with it. Written as the usage is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub secrets: Option<i64>,
}

/// Whether a key still seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyState {
    /// Seals and opens.
    Active,
    /// Opens only.
    Retired,
}
