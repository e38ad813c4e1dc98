//! Secret (`csec`): values, sealed, and where they are delivered.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Generate, Generated, Target, Value};

/// What a Secret holds and where it goes.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "coffer.dev",
    version = "v1alpha1",
    kind = "Secret",
    plural = "secrets",
    singular = "secret",
    shortname = "csec",
    category = "coffer",
    namespaced,
    status = "SecretStatus",
    derive = "PartialEq",
    doc = "A Secret keeps values sealed (encrypted) and delivers them, opened, to the native Secret \
           that its target names. The values belong to a SecretStore of the same namespace, whose \
           keys seal them.",
    selectable = ".spec.storeRef.name",
    selectable = ".status.state",
    printcolumn(name = "Store", type_ = "string", json_path = ".spec.storeRef.name"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(
        name = "Target",
        type_ = "string",
        json_path = ".status.deliveries[0].name"
    ),
    printcolumn(
        name = "Age",
        type_ = "date",
        json_path = ".metadata.creationTimestamp"
    ),
    printcolumn(
        name = "Version",
        type_ = "integer",
        json_path = ".status.version",
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
    validation = Rule::new("!has(self.data) || self.data.all(k, k.matches('^[-._a-zA-Z0-9]{1,253}$') && k != '.' && !k.startsWith('..'))")
        .message("a key has 1 to 253 letters, digits, '-', '_' or '.', and is not '.' nor begins with '..', as the keys of a native Secret")
        .field_path(".data"),
    validation = Rule::new("!has(self.data) || self.data.map(k, has(self.data[k].value) ? size(self.data[k].value) : 0).sum() <= 800000")
        .message("the values of a secret together have at most 512 KiB: split it into several secrets")
        .field_path(".data"),
    validation = Rule::new("!has(self.data) || self.data.all(k, !has(self.data[k].generate) || (size(k) <= 240 && !((k + '.previous') in self.data) && !((k + '.previous.pub') in self.data) && (!(self.data[k].generate.kind in ['SshKey', 'KeyPair']) || !((k + '.pub') in self.data))))")
        .message("a generated value may be delivered under its key with .pub, .previous and .previous.pub as well: give it at most 240 characters, and the others other keys")
        .field_path(".data")
)]
pub struct SecretSpec {
    /// The SecretStore of this namespace that the values belong to. It may be made later than the
    /// Secret: until then the Secret waits. The values are sealed for this store, so pointing to
    /// another one needs them sealed again.
    pub store_ref: StoreRef,

    /// Name on the REST interfaces, unique in the store: of several Secrets the oldest has it, and the others say so.
    /// 1 to 255 letters, digits and signs of ASCII. Default: the name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,

    /// A remark for people, at most 1,024 characters. Not a place for a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub comment: Option<String>,

    /// Scopes of the store whose service accounts may have this Secret, at most 64. Each that asks for it has a copy of
    /// the native Secret in its namespace. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub scopes: Vec<String>,

    /// The values by key, at most 64, together at most 512 KiB. The keys become the keys of the
    /// native Secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 64))]
    pub data: BTreeMap<String, SecretValue>,

    /// The native Secret to deliver to. Default: the store's `defaultTarget`; where it has none, the values are kept,
    /// and not delivered here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// Names a SecretStore of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')")
        .message("must be a DNS subdomain: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
        .field_path(".name")
)]
pub struct StoreRef {
    /// Name of the SecretStore.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// One value: given here (sealed, or plaintext that gets sealed), followed from a native Secret, or
/// generated.
//
// The size is a rule here, because a maxLength on `value` would print the value. It counts
// characters: bytes() of a string without maxLength goes beyond the API server's cost limit. Coffer
// itself counts bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(has(self.value) && has(self.fromSecret))")
        .message("give either value or fromSecret, not both"),
    validation = Rule::new("!has(self.encoding) || has(self.value)")
        .message("encoding says how value is written: remove it, or give a value"),
    validation = Rule::new("!has(self.generate) || !(has(self.fromSecret) || has(self.encoding))")
        .message("generate stands alone: remove fromSecret and encoding, or generate"),
    validation = Rule::new("!has(self.generate) || (has(self.value) ? has(self.generated) && self.value.startsWith('coffer.v') : !has(self.generated))")
        .message("a generated value is filled in by Coffer, together with generated: remove value and generated, or generate"),
    validation = Rule::new("!has(self.generate) || !has(oldSelf.generate) || !has(oldSelf.value) || has(self.value)")
        .message("this would lose the generated value: keep value and generated as they are, or remove the whole key to have a new one later"),
    validation = Rule::new("!has(self.generate) || !has(oldSelf.generate) || !has(oldSelf.value) || (self.generate.kind == oldSelf.generate.kind && (has(self.generate.algorithm) ? self.generate.algorithm : 'Ed25519') == (has(oldSelf.generate.algorithm) ? oldSelf.generate.algorithm : 'Ed25519'))")
        .message("a generated value keeps its kind and algorithm: generate the new one under another key"),
    validation = Rule::new("!has(self.value) || size(self.value) <= (self.value.startsWith('coffer.v') ? 90000 : has(self.encoding) && self.encoding == 'Base64' ? 87384 : 65536)")
        .message("a value has at most 65536 bytes: keep larger files elsewhere, and their key here")
)]
pub struct SecretValue {
    /// The value: an envelope (`coffer.v1.…`, made by `coffer seal`), or plaintext, which is replaced
    /// by an envelope in this same field. At most 65,536 bytes once decoded. Quote it in YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,

    /// `Text` (default) or `Base64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,

    /// A key of a native Secret of this namespace, whose changes are followed. That Secret must
    /// carry the label `coffer.dev/source: "true"`: with it, its owner agrees to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_secret: Option<SecretKeySource>,

    /// Lets Coffer make the value. `value` and `generated` are then filled in by Coffer, and an update
    /// that drops them is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate: Option<Generate>,

    /// Filled in by Coffer beside a generated value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
}

/// How a plaintext `value` is written: `Text` (default: the bytes of the string) or `Base64` (for
/// what is not text). An envelope already holds the decoded bytes, so the field has no effect
/// on it and may stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    #[default]
    /// The bytes of the string.
    Text,
    /// Standard base64, with padding.
    Base64,
}

/// A key of a native Secret of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')")
        .message("must be a DNS subdomain: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit")
        .field_path(".name")
)]
pub struct SecretKeySource {
    /// Name of the native Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The key in it.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// What Coffer made of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretStatus {
    /// The generation of the spec that this status is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Identifier of the secret: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,

    /// Identifier of the store: 32 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,

    /// Name on the REST interfaces, or the one that it would have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,

    /// The remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,

    /// The scopes, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub scopes: Vec<String>,

    /// In the words of the REST interfaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SecretState>,

    /// When the secret was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Time>,

    /// When a value last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Time>,

    /// Counts the changes of the values, from 1. Sealing the same value again does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub version: Option<i64>,

    /// A keyed fingerprint of the values: equal fingerprints, equal values. Without the operator's
    /// keys it tells nothing about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,

    /// The native Secrets made, as Coffer left them: the target, then the copies by namespace. The first 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub deliveries: Vec<Delivery>,

    /// Name of the current native Secret of an immutable target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,

    /// Its former versions that are kept, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub former_targets: Vec<FormerTarget>,

    /// A keyed digest of the content that the workloads of `spec.target.restart` have: that of the first
    /// delivery since they were named, or of the last change that they were restarted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted_for: Option<String>,

    /// How many native Secrets were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub delivery_count: Option<i64>,

    /// A digest of all copies, where there are more native Secrets than `deliveries` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_digest: Option<String>,

    /// A digest of what was looked at besides the spec (store, native Secrets that are followed).
    /// While it and the deliveries stay the same there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<String>,

    /// `Ready`; `Reconciling` while Coffer waits for something; `Stalled` while someone has to act;
    /// `Sealed`, which says who sealed the values; `Copied`, whether the copies in other namespaces are made; `Restarted`,
    /// whether workloads were restarted for the last change; `Named`, where an older one has the name. Each message ends
    /// with the remedy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// `active`: delivered as asked. `pending`: not yet; the conditions say why. `deleted`: on its way out, and held by finalizers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretState {
    /// Not delivered yet.
    Pending,
    /// Delivered as asked.
    Active,
    /// Deleted, and still there because of finalizers that are not Coffer's.
    Deleted,
}

/// A former version of an immutable target. What is done to it afterwards is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormerTarget {
    /// Name of the native Secret.
    pub name: String,
    /// UID of the native Secret.
    pub uid: String,
}

/// A native Secret that Coffer made, as it left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Namespace of the native Secret.
    pub namespace: String,
    /// Name of the native Secret.
    pub name: String,
    /// UID of the native Secret.
    pub uid: String,
    /// resourceVersion after Coffer's last write, or last look.
    pub resource_version: String,
}
