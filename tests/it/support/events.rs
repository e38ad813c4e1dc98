//! The events about an object.

use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;

use super::{Namespace, eventually};

impl Namespace {
    /// Every event about the objects of this name: reason, note, and how often it was told.
    pub(crate) async fn events(&self, name: &str) -> Vec<(String, String, i32)> {
        let events: Api<Event> = Api::namespaced(self.cluster.client.clone(), &self.name);
        let events = events.list(&ListParams::default()).await.unwrap();
        events
            .into_iter()
            .filter(|event| {
                let about = event.regarding.as_ref();
                about.and_then(|about| about.name.as_deref()) == Some(name)
            })
            .map(|event| {
                let count = event.series.map_or(1, |series| series.count);
                let (reason, note) = (event.reason, event.note);
                (reason.unwrap_or_default(), note.unwrap_or_default(), count)
            })
            .collect()
    }

    /// Waits for an event; returns its note.
    pub(crate) async fn event(&self, name: &str, reason: &str) -> String {
        eventually(&format!("an event {reason} about {name}"), async || {
            let events = self.events(name).await;
            let found = events.iter().find(|(found, ..)| found == reason);
            found
                .map(|(_, note, _)| note.clone())
                .ok_or_else(|| format!("{events:?}"))
        })
        .await
    }
}
