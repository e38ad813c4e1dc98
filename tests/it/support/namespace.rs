//! One test's part of a cluster.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use coffer::api::{ConditionType, Reason, Secret, SecretStore};
use k8s_openapi::api::core::v1 as core;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams,
};
use kube::{Api, ResourceExt as _};
use serde::Deserialize as _;
use serde_json::{Value as Json, json};

use super::{Cluster, Sealer, bytes, condition, eventually, manifest, settled, status, within};

/// Parameters of a write by the test, as an author's tool would make it.
fn author() -> PatchParams {
    PatchParams::apply("author").force()
}

/// A namespace on a cluster.
///
/// It goes with the control plane, not with the test: the deletion of a hundred namespaces would keep
/// the API server busy while other tests wait.
pub(crate) struct Namespace {
    pub(crate) cluster: Cluster,
    pub(crate) name: String,
}

impl Namespace {
    pub(crate) async fn create(cluster: Cluster, prefix: &str) -> Self {
        let namespace = Self::new(cluster, prefix);
        namespace.create_again().await;
        namespace
    }

    /// One that does without the advising webhook.
    pub(crate) async fn create_unadvised(cluster: Cluster, prefix: &str) -> Self {
        let namespace = Self::new(cluster, prefix);
        let labels = json!({ "coffer.dev/advise": "disabled" });
        namespace.create_labelled(&labels).await;
        namespace
    }

    /// One that is there, or is made by what follows.
    pub(crate) fn existing(cluster: Cluster, name: &str) -> Self {
        let name = name.to_owned();
        Self { cluster, name }
    }

    fn new(cluster: Cluster, prefix: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}-{}-{count}", std::process::id());
        Self { cluster, name }
    }

    /// Makes it anew, after it was deleted.
    pub(crate) async fn create_again(&self) {
        self.create_labelled(&json!({})).await;
    }

    async fn create_labelled(&self, labels: &Json) {
        let object = json!({ "metadata": { "name": self.name, "labels": labels } });
        self.namespaces()
            .create(
                &PostParams::default(),
                &serde_json::from_value(object).unwrap(),
            )
            .await
            .unwrap();
    }

    /// Deletes it, and waits until it is gone.
    pub(crate) async fn delete_whole(&self) {
        let namespaces = self.namespaces();
        namespaces
            .delete(&self.name, &DeleteParams::default())
            .await
            .unwrap();
        // Kubernetes asks every kind twice, and takes its time in between.
        let limit = Duration::from_mins(2);
        within(limit, "the namespace is gone", async || {
            match namespaces.get_opt(&self.name).await.unwrap() {
                None => Ok(()),
                Some(left) => Err(json!(left.status).to_string()),
            }
        })
        .await;
    }

    pub(crate) fn namespaces(&self) -> Api<core::Namespace> {
        Api::all(self.cluster.client.clone())
    }

    /// Coffer's Secrets.
    pub(crate) fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.cluster.client.clone(), &self.name)
    }

    /// `SecretStores`.
    pub(crate) fn stores(&self) -> Api<SecretStore> {
        Api::namespaced(self.cluster.client.clone(), &self.name)
    }

    /// Native Secrets.
    pub(crate) fn natives(&self) -> Api<core::Secret> {
        Api::namespaced(self.cluster.client.clone(), &self.name)
    }

    /// Any kind, from the object itself.
    fn dynamic(&self, object: &DynamicObject) -> Api<DynamicObject> {
        let types = object.types.as_ref().unwrap();
        let kind = GroupVersionKind::try_from(types).unwrap();
        Api::namespaced_with(
            self.cluster.client.clone(),
            &self.name,
            &ApiResource::from_gvk(&kind),
        )
    }

    /// Applies every document of a YAML stream, server-side, in the order in which they stand.
    pub(crate) async fn apply(&self, yaml: &str) {
        self.try_apply(yaml).await.unwrap();
    }

    /// The same; an error is the API server's message.
    pub(crate) async fn try_apply(&self, yaml: &str) -> Result<(), String> {
        for document in serde_yaml::Deserializer::from_str(yaml) {
            let json = Json::deserialize(document).unwrap();
            let object: DynamicObject = serde_json::from_value(json).unwrap();
            self.dynamic(&object)
                .patch(&object.name_any(), &author(), &Patch::Apply(&object))
                .await
                .map_err(message)?;
        }
        Ok(())
    }

    /// Creates one object; an error is the API server's message.
    pub(crate) async fn try_create(&self, object: Json) -> Result<DynamicObject, String> {
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        self.dynamic(&object)
            .create(&PostParams::default(), &object)
            .await
            .map_err(message)
    }

    /// Lets the API server judge an object without creating it; an error is its message.
    pub(crate) async fn judge(&self, object: &Json) -> Result<(), String> {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let params = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let judged = self.dynamic(&object).create(&params, &object).await;
        judged.map(drop).map_err(message)
    }

    /// Runs kubectl in this namespace; fails where kubectl does.
    pub(crate) async fn kubectl(&self, arguments: &[&str], stdin: &str) -> String {
        self.try_kubectl(arguments, stdin).await.unwrap()
    }

    /// Runs kubectl in this namespace: what it printed, or what it complained about.
    pub(crate) async fn try_kubectl(
        &self,
        arguments: &[&str],
        stdin: &str,
    ) -> Result<String, String> {
        let arguments = [&["--namespace", &self.name], arguments].concat();
        let output = self.cluster.kubectl(&arguments, stdin).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(text(output.stderr))
        }
    }

    /// Makes a store with this spec (in YAML flow style, `{}` for none), and waits for its keys.
    pub(crate) async fn store(&self, name: &str, spec: &str) -> SecretStore {
        self.apply(&manifest::store(name, spec)).await;
        self.store_ready(name).await
    }

    /// Waits until the store is ready.
    pub(crate) async fn store_ready(&self, name: &str) -> SecretStore {
        let stores = self.stores();
        eventually(&format!("store {name} is ready"), async || {
            let store = stores.get(name).await.unwrap();
            let conditions = store.status.iter().flat_map(|status| &status.conditions);
            let observed = store
                .status
                .as_ref()
                .and_then(|status| status.observed_generation);
            status::is_ready(store.metadata.generation, observed, conditions).map(|()| store)
        })
        .await
    }

    /// Waits until the store counts so many Secrets.
    pub(crate) async fn usage(&self, store: &str, secrets: i64) {
        let stores = self.stores();
        eventually(&format!("store {store} counts {secrets}"), async || {
            let usage = stores.get(store).await.unwrap().status.unwrap().usage;
            let counted = usage.map(|usage| usage.secrets);
            (counted == Some(secrets))
                .then_some(())
                .ok_or_else(|| format!("{counted:?}"))
        })
        .await;
    }

    /// Seals for a store, as an author does.
    pub(crate) async fn sealer(&self, store: &str) -> Sealer {
        Sealer::of(&self.store_ready(store).await)
    }

    /// Makes a store, and seals for it.
    pub(crate) async fn sealer_of_new_store(&self, name: &str) -> Sealer {
        Sealer::of(&self.store(name, "{}").await)
    }

    /// Makes a store named `vault`, and a Secret of it with one sealed value (key `value`) that is
    /// delivered under its own name. Returns when it is delivered.
    pub(crate) async fn delivered(&self, name: &str, value: &[u8]) -> Secret {
        let sealer = Sealer::of(&self.store("vault", "{}").await);
        self.apply(&manifest::secret(
            name,
            &sealer.strict(name, "value", value),
        ))
        .await;
        self.ready(name).await
    }

    /// Waits until a Secret is ready in its present generation.
    pub(crate) async fn ready(&self, name: &str) -> Secret {
        let secrets = self.secrets();
        eventually(&format!("Secret {name} is ready"), async || {
            let secret = secrets.get(name).await.unwrap();
            settled(&secret).map(|()| secret)
        })
        .await
    }

    /// Waits until a Secret has a problem for this reason in its present generation; checks that
    /// its status has the form that kstatus reads; returns the message.
    pub(crate) async fn problem(&self, name: &str, reason: Reason) -> String {
        let secrets = self.secrets();
        let (secret, ready) = eventually(&format!("Secret {name} says {reason}"), async || {
            let secret = secrets.get(name).await.unwrap();
            let ready = condition(&secret, ConditionType::Ready)
                .filter(|ready| ready.observed_generation == secret.metadata.generation)
                .filter(|ready| ready.status == "False" && ready.reason == reason.as_str());
            match ready.cloned() {
                Some(ready) => Ok((secret, ready)),
                None => Err(json!(secret.status).to_string()),
            }
        })
        .await;
        status::assert_not_ready(&secret, &ready);
        ready.message
    }

    /// Waits until a store has a problem for this reason; returns the message.
    pub(crate) async fn store_problem(&self, name: &str, reason: Reason) -> String {
        let stores = self.stores();
        eventually(&format!("store {name} says {reason}"), async || {
            let status = stores.get(name).await.unwrap().status;
            let ready = status
                .iter()
                .flat_map(|status| &status.conditions)
                .find(|condition| {
                    condition.type_ == ConditionType::Ready.as_str() && condition.status == "False"
                });
            match ready.filter(|ready| ready.reason == reason.as_str()) {
                Some(ready) => Ok(ready.message.clone()),
                None => Err(json!(status).to_string()),
            }
        })
        .await
    }

    /// Waits until a native Secret exists and is as asked.
    pub(crate) async fn native(
        &self,
        name: &str,
        what: &str,
        is_so: impl Fn(&core::Secret) -> bool,
    ) -> core::Secret {
        let natives = self.natives();
        eventually(
            &format!("native secret {name} {what}"),
            async || match natives.get_opt(name).await.unwrap() {
                Some(native) if is_so(&native) => Ok(native),
                other => Err(json!(other).to_string()),
            },
        )
        .await
    }

    /// The bytes under a key of a native Secret.
    pub(crate) async fn bytes(&self, native: &str, key: &str) -> Vec<u8> {
        bytes(&self.natives().get(native).await.unwrap(), key)
    }

    /// Waits until a native Secret is gone.
    pub(crate) async fn native_gone(&self, name: &str) {
        let natives = self.natives();
        eventually(
            &format!("native secret {name} is gone"),
            async || match natives.get_metadata_opt(name).await.unwrap() {
                None => Ok(()),
                Some(_) => Err("it is there"),
            },
        )
        .await;
    }

    /// Waits until a Secret is gone.
    pub(crate) async fn gone(&self, name: &str) {
        let secrets = self.secrets();
        eventually(&format!("Secret {name} is gone"), async || {
            match secrets.get_metadata_opt(name).await.unwrap() {
                None => Ok(()),
                Some(_) => Err("it is there"),
            }
        })
        .await;
    }

    /// Changes a native Secret behind Coffer's back (JSON merge patch).
    pub(crate) async fn edit_native(&self, name: &str, patch: Json) -> core::Secret {
        self.natives()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap()
    }

    /// Changes a Secret (JSON merge patch).
    pub(crate) async fn edit(&self, name: &str, patch: Json) -> Secret {
        self.secrets()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .unwrap()
    }

    /// Waits until Coffer has seen everything up to now: a Secret made now is served.
    ///
    /// Watches deliver in order, so what the operator would do about anything earlier it has begun. Each
    /// kind has a watch of its own: a native Secret that is edited and put back shows that one.
    pub(crate) async fn operator_caught_up(&self) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("probe-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.store("probes", "{}").await;
        self.apply(&manifest::secret_with(
            &name,
            "probes",
            "{ value: { value: probe } }",
            "{}",
        ))
        .await;
        self.ready(&name).await;
        self.edit_native(&name, json!({ "data": { "value": null } }))
            .await;
        self.native(&name, "was put back", |native| {
            native.data.iter().any(|data| data.contains_key("value"))
        })
        .await;
        self.delete(&name).await;
    }

    /// Deletes a Secret.
    pub(crate) async fn delete(&self, name: &str) {
        self.secrets()
            .delete(name, &DeleteParams::default())
            .await
            .unwrap();
    }
}

/// What the API server says to the user.
fn message(error: kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message,
        other => panic!("no answer of the API server: {other}"),
    }
}
