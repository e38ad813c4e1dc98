//! Kubernetes Events: what a user should know, once.

use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};

use super::{is_namespace_terminating, kube_error};
use crate::api::Reason;

/// The longest note of an event, in bytes (Kubernetes API, `events.k8s.io/v1`).
const MAX_NOTE: usize = 1024;

/// Publishes events about Coffer's objects.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Events(Recorder);

impl Events {
    /// Events reported by `coffer`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self(Recorder::new(client, Reporter::from("coffer")))
    }

    /// Something that needs attention.
    pub async fn warn<K: Resource<DynamicType = ()>>(&self, about: &K, reason: Reason, note: &str) {
        self.publish(about, EventType::Warning, "Sync", reason, note)
            .await;
    }

    /// Something that was put right. Repairs of different kinds are different `action`s: events that
    /// agree in all but the note count as one.
    pub async fn repaired<K: Resource<DynamicType = ()>>(
        &self,
        about: &K,
        action: &str,
        reason: Reason,
        note: &str,
    ) {
        self.publish(about, EventType::Warning, action, reason, note)
            .await;
    }

    /// Something good to know.
    pub async fn tell<K: Resource<DynamicType = ()>>(&self, about: &K, reason: Reason, note: &str) {
        self.publish(about, EventType::Normal, "Sync", reason, note)
            .await;
    }

    /// An event that cannot be published is logged and forgotten: the condition says the same.
    async fn publish<K: Resource<DynamicType = ()>>(
        &self,
        about: &K,
        type_: EventType,
        action: &str,
        reason: Reason,
        note: &str,
    ) {
        let event = Event {
            type_,
            reason: reason.as_str().to_owned(),
            note: Some(self::note(note)),
            action: action.to_owned(),
            secondary: None,
        };
        let reference = about.object_ref(&());
        if let Err(error) = self.0.publish(&event, &reference).await {
            // There is nothing to tell, and nobody to tell it to.
            if matches!(&error, kube::Error::Api(status) if is_namespace_terminating(status)) {
                return;
            }
            tracing::warn!(
                namespace = reference.namespace,
                name = reference.name,
                error = kube_error(&error),
                "cannot publish an event"
            );
        }
    }
}

/// As long as Kubernetes takes it.
fn note(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_NOTE)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_in_bytes_and_between_characters() {
        assert_eq!(note("short"), "short");
        assert_eq!(note(&"x".repeat(2000)).len(), MAX_NOTE);
        assert_eq!(note(&format!("x{}", "é".repeat(2000))).len(), MAX_NOTE - 1);
    }
}
