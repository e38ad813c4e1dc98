//! Clients that do not stop applying.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use kube::api::{Patch, PatchParams};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::support::{Namespace, eventually};

/// How often each client applies something.
const PACE: Duration = Duration::from_millis(50);

/// Clients that apply values in clear, each another one every time, until they are told to stop or are refused.
pub(super) struct Stream {
    clients: JoinSet<Result<(), String>>,
    applied: Vec<Arc<AtomicUsize>>,
    is_over: Arc<AtomicBool>,
}

impl Stream {
    pub(super) fn start(ns: &Namespace) -> Self {
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
    pub(super) async fn goes_on(&mut self) {
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

    pub(super) async fn stop(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.clients.join_next().await {
            assert_eq!(ended.unwrap(), Ok(()));
        }
    }
}
