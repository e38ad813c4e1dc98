//! A Secret as the memory holds it: whole until its status says what became of it, without its values
//! after that.

use std::sync::Arc;

use kube::ResourceExt as _;

use crate::api::wellknown::LAST_APPLIED_ANNOTATION;
use crate::api::{Secret, Value};
use crate::policy::{conditions, scrub, values};

/// A cached Secret. Which of the two it is follows from the object alone, so that a value is never
/// taken for missing only because the memory let go of it.
#[derive(Clone, Debug)]
pub enum View {
    /// New or changed: everything is there.
    Whole(Arc<Secret>),
    /// Its own status says what became of it; its values were dropped from memory. Read the object again
    /// before building from it.
    Settled(Arc<Secret>),
}

impl View {
    /// Of a cached object.
    #[must_use]
    pub fn of(secret: Arc<Secret>) -> Self {
        if is_droppable(&secret) {
            Self::Settled(secret)
        } else {
            Self::Whole(secret)
        }
    }
}

/// Drops from a watched object what the memory has no use for.
pub fn slim(secret: &mut Secret) {
    if is_droppable(secret) {
        secret.metadata.annotations = None;
        for value in secret.spec.data.values_mut() {
            value.value = None;
            let generated = value.generated.as_mut();
            if let Some(previous) = generated.and_then(|it| it.previous.as_mut()) {
                previous.value = Value::from(String::new());
            }
        }
        if let Some(target) = &mut secret.spec.target {
            target.template.clear();
            target.labels.clear();
            target.annotations.clear();
        }
    }
}

/// Whether nothing of the values is needed: the status says what became of them, and there is no plaintext
/// to be sealed, or to be scrubbed from the copy that `kubectl apply` keeps. There a value can come without
/// a new generation, under a misspelt field.
fn is_droppable(secret: &Secret) -> bool {
    let copy = secret.annotations().get(LAST_APPLIED_ANNOTATION);
    told(secret).is_some()
        && values::plaintexts(secret).next().is_none()
        && !copy.is_some_and(|copy| scrub::holds_plaintext(copy))
}

/// Whether the status says that this generation of the spec is done.
#[must_use]
pub fn is_settled(secret: &Secret) -> bool {
    told(secret) == Some(true)
}

/// What the status says of this generation of the spec, if anything yet: is it done?
fn told(secret: &Secret) -> Option<bool> {
    let status = secret.status.as_ref()?;
    let is_of_this = status.observed_generation.is_some()
        && status.observed_generation == secret.metadata.generation;
    let (ready, _) = conditions::ready_reason(&status.conditions)?;
    is_of_this.then_some(ready)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::policy::generate;

    fn secret(status: &str) -> Secret {
        serde_yaml::from_str(&format!(
            "metadata: {{name: a, namespace: b, generation: 2}}\nspec:\n  storeRef: {{name: s}}\n  data: {{k: {{value: coffer.v1.0123456789abcdef.AAAA}}, f: {{fromSecret: {{name: n, key: k}}}}}}\nstatus: {status}\n"
        ))
        .unwrap()
    }

    const CONDITION: &str =
        "type: Ready, reason: Delivered, message: '', lastTransitionTime: '2026-01-01T00:00:00Z'";

    #[test]
    fn values_are_kept_until_the_status_says_what_became_of_this_generation() {
        for status in [
            "{}".to_owned(),
            "{observedGeneration: 2}".to_owned(),
            format!("{{observedGeneration: 1, conditions: [{{status: 'True', {CONDITION}}}]}}"),
            format!("{{observedGeneration: 1, conditions: [{{status: 'False', {CONDITION}}}]}}"),
        ] {
            let mut secret = secret(&status);
            slim(&mut secret);
            assert!(secret.spec.data["k"].value.is_some(), "{status}");
            assert!(matches!(View::of(Arc::new(secret)), View::Whole(_)));
        }
    }

    /// A tenant can have any number of Secrets that wait for something.
    #[test]
    fn the_values_of_a_secret_with_a_problem_go_but_plaintext_stays() {
        let status =
            format!("{{observedGeneration: 2, conditions: [{{status: 'False', {CONDITION}}}]}}");
        let mut sealed = secret(&status);
        slim(&mut sealed);
        assert!(sealed.spec.data["k"].value.is_none() && !is_settled(&sealed));
        assert!(matches!(View::of(Arc::new(sealed)), View::Settled(_)));
        let mut plain = secret(&status);
        plain.spec.data.get_mut("k").unwrap().value = Some("hunter2".to_owned().into());
        slim(&mut plain);
        assert!(plain.spec.data["k"].value.is_some());
        assert!(matches!(View::of(Arc::new(plain)), View::Whole(_)));
    }

    /// When it is due is known without its values.
    #[test]
    fn of_a_generated_value_the_times_stay() {
        let status =
            format!("{{observedGeneration: 2, conditions: [{{status: 'True', {CONDITION}}}]}}");
        let mut secret = secret(&status);
        let generated = "{generate: {kind: Uuid, rotate: 1h}, value: coffer.v1.0123456789abcdef.AAAA, generated: {at: '2026-01-01T00:00:00Z', previous: {value: coffer.v1.0123456789abcdef.BBBB, until: '2026-01-01T02:00:00Z'}}}";
        let item = serde_yaml::from_str(generated).unwrap();
        secret.spec.data.insert("k".to_owned(), item);
        slim(&mut secret);
        let slimmed = format!("{:?}", serde_json::json!(secret));
        assert!(!slimmed.contains("coffer.v1."), "{slimmed}");
        let noon = "2026-01-01T00:30:00Z".parse().unwrap();
        assert_eq!(generate::wait(&secret, noon), Some(Duration::from_mins(30)));
    }

    #[test]
    fn in_sync_the_values_go_and_what_is_followed_stays() {
        let status =
            format!("{{observedGeneration: 2, conditions: [{{status: 'True', {CONDITION}}}]}}");
        let mut secret = secret(&status);
        slim(&mut secret);
        assert!(secret.spec.data["k"].value.is_none());
        assert!(secret.spec.data["f"].from_secret.is_some());
        assert!(matches!(View::of(Arc::new(secret)), View::Settled(_)));
    }
}
