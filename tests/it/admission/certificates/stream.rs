//! Everything that is rotated changes while values go on being applied: nobody notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use coffer::admission::identity::{Identity, SPREAD};
use jiff::SignedDuration;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::interval;

use super::wire::{Wire, first};
use super::{identity, pass, told};
use crate::support::{Isolated, Namespace, Options, eventually};

/// How often each client applies something.
const PACE: Duration = Duration::from_millis(50);

/// Clients that apply values in clear, each another one every time, until they are told to stop or are refused.
struct Stream {
    clients: JoinSet<Result<(), String>>,
    applied: Vec<Arc<AtomicUsize>>,
    is_over: Arc<AtomicBool>,
}

impl Stream {
    fn start(ns: &Namespace) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (mut clients, mut applied) = (JoinSet::new(), Vec::new());
        for client in 0..4 {
            let secrets = ns.secrets();
            let (count, is_over) = (Arc::<AtomicUsize>::default(), Arc::clone(&is_over));
            applied.push(Arc::clone(&count));
            clients.spawn(async move {
                let mut pace = interval(PACE);
                while !is_over.load(Ordering::Relaxed) {
                    pace.tick().await;
                    let value = format!("value {}", count.load(Ordering::Relaxed));
                    let name = format!("client-{client}");
                    let secret = Patch::Apply(json!({
                        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
                        "metadata": { "name": name },
                        "spec": { "storeRef": { "name": "vault" }, "data": { "value": { "value": value } } },
                    }));
                    let params = PatchParams::apply("author").force();
                    let applied = secrets.patch(&name, &params, &secret);
                    applied.await.map_err(|error| error.to_string())?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
        }
        Self {
            clients,
            applied,
            is_over,
        }
    }

    /// Waits until each client has applied three more, the last two of them begun after this.
    async fn goes_on(&mut self) {
        let counts = || {
            self.applied
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
        };
        let before: Vec<_> = counts().collect();
        let clients = &mut self.clients;
        eventually("each client applies more", async || {
            if let Some(ended) = clients.try_join_next() {
                panic!("a client is refused: {:?}", ended.unwrap());
            }
            let now: Vec<_> = counts().collect();
            let all = now
                .iter()
                .zip(&before)
                .all(|(now, before)| now - before >= 3);
            all.then_some(())
                .ok_or_else(|| format!("{before:?}, {now:?}"))
        })
        .await;
    }

    async fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clients.join_next().await {
            assert_eq!(ended.unwrap(), Ok(()));
        }
    }
}

/// Waits until the API server itself has heard of what its webhook configurations said until now: it calls another
/// webhook, of a configuration that was made later.
async fn heard(ns: &Namespace) {
    for kind in [
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ] {
        let name = format!("later.{}.test", kind.to_lowercase());
        let configuration = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": { "name": name },
            "webhooks": [{
                "name": name, "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "failurePolicy": "Fail", "clientConfig": { "url": "https://127.0.0.1:1/" },
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": ns.name } },
                "rules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                    "resources": ["configmaps"],
                }],
            }],
        });
        ns.kubectl(&["create", "-f", "-"], &configuration.to_string())
            .await;
        let object =
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "later" } });
        eventually("the API server has heard", async || {
            match ns.judge(&object).await {
                Err(said) if said.contains(&name) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
        ns.kubectl(&["delete", kind, &name], "").await;
    }
}

/// How often the API server went on without the answer of one of the webhooks that may be missed.
async fn missed(ns: &Namespace) -> String {
    let metrics = ns.kubectl(&["get", "--raw", "/metrics"], "").await;
    let missed = metrics
        .lines()
        .filter(|line| line.starts_with("apiserver_admission_webhook_fail_open_count"));
    missed.collect::<Vec<_>>().join("\n")
}

/// Waits until the API server is told of what is stored, has heard of it, and values have been applied by it.
async fn settled(
    isolated: &Isolated,
    ns: &Namespace,
    stream: &mut Stream,
    path: usize,
) -> Identity {
    let now = identity(isolated).await;
    eventually("the API server is told", async || {
        let (url, bundle) = told(isolated).await;
        let is_told = bundle == now.bundle() && url.contains(&now.paths[path].token);
        is_told.then_some(()).ok_or(url)
    })
    .await;
    heard(ns).await;
    stream.goes_on().await;
    now
}

/// Lets time pass, and waits until what is stored has become so.
async fn later(
    isolated: &Isolated,
    time: SignedDuration,
    what: &str,
    is_so: impl Fn(&Identity) -> bool,
) {
    pass(isolated, time).await;
    eventually(what, async || {
        let now = identity(isolated).await;
        is_so(&now).then_some(()).ok_or_else(|| format!("{now:?}"))
    })
    .await;
}

#[tokio::test]
async fn certificate_authority_and_path_change_under_a_stream_of_applies_and_nobody_notices() {
    let isolated = Isolated::start(Options::default()).await;
    let (ns, day) = (
        isolated.namespace("stream").await,
        SignedDuration::from_hours(24),
    );
    ns.store("vault", "{}").await;
    let operator = isolated.operator.as_ref().unwrap();
    let missed_before = missed(&ns).await;
    let mut stream = Stream::start(&ns);
    stream.goes_on().await;
    let made = identity(&isolated).await;
    let mut wire = Wire::open(operator, &made.bundle()).unwrap();
    wire.begin();

    // The certificate, and with it the path: told later, and the former one dropped later still.
    later(&isolated, day * 61, "the certificate is renewed", |now| {
        now.serving.certificate != made.serving.certificate && now.paths.len() == 2
    })
    .await;
    let renewed = settled(&isolated, &ns, &mut stream, 0).await;
    eventually("it is shown", async || {
        let shown = Wire::open(operator, &renewed.bundle())?;
        let is_new = *shown.shown() == *first(&renewed.serving.certificate);
        is_new
            .then_some(())
            .ok_or_else(|| "the former one is".to_owned())
    })
    .await;
    // What was under way goes on, and the connection stays.
    wire.finish();
    wire.begin();
    pass(&isolated, SPREAD).await;
    settled(&isolated, &ns, &mut stream, 1).await;
    wire.finish();
    wire.begin();
    later(&isolated, SPREAD, "the former path is dropped", |now| {
        now.paths.len() == 1
    })
    .await;
    settled(&isolated, &ns, &mut stream, 0).await;

    // The authority: trusted, then issuing, then alone.
    later(&isolated, day * 430, "there is another authority", |now| {
        now.authorities.len() == 2
    })
    .await;
    let both = settled(&isolated, &ns, &mut stream, 0).await;
    let newest = both.authorities[1].name.clone();
    wire.finish();
    wire.begin();
    later(&isolated, SPREAD, "the new authority issues", |now| {
        now.serving.authority == newest && now.authorities.len() == 2
    })
    .await;
    settled(&isolated, &ns, &mut stream, 1).await;
    later(&isolated, SPREAD, "the new authority is alone", |now| {
        now.authorities.len() == 1
    })
    .await;
    let alone = settled(&isolated, &ns, &mut stream, 1).await;
    assert!(
        Wire::open(operator, &made.bundle()).is_err(),
        "nothing of the former is shown"
    );
    Wire::open(operator, &alone.bundle()).unwrap();

    wire.finish();
    stream.stop().await;
    assert_eq!(missed(&ns).await, missed_before);
}
