//! What an envelope is bound to, from the side of a tenant who wants a value that is not theirs.

use coffer::api::Reason;
use coffer::crypto::BindingKind;
use serde_json::json;

use crate::support::{Cluster, Namespace, Sealer, manifest};

async fn with_bindings(bindings: &str) -> (Namespace, Sealer) {
    let ns = Cluster::unadvised_namespace("bindings").await;
    let spec = format!("{{ sealing: {{ bindings: {bindings} }} }}");
    let author = Sealer::of(&ns.store("vault", &spec).await);
    (ns, author)
}

/// An envelope, put at `stolen/value` of store `vault` in `ns`, does not open.
async fn does_not_open(ns: &Namespace, envelope: &str, reason: Reason) {
    ns.apply(&manifest::secret("stolen", envelope)).await;
    ns.problem("stolen", reason).await;
    assert!(ns.natives().get_opt("stolen").await.unwrap().is_none());
}

fn mismatch(ns: &Namespace) -> String {
    format!(
        "`spec.data.value.value` does not open here: it was sealed for another namespace, store, name or \
         key, or was changed. Seal it for namespace `{}`, store `vault`, name `stolen`, key `value`",
        ns.name
    )
}

#[tokio::test]
async fn an_envelope_of_another_secret_does_not_open() {
    let (ns, author) = with_bindings("[]").await;
    does_not_open(
        &ns,
        &author.strict("theirs", "value", b"v"),
        Reason::EnvelopeMismatch,
    )
    .await;
    let message = ns.problem("stolen", Reason::EnvelopeMismatch).await;
    assert_eq!(message, mismatch(&ns));
}

#[tokio::test]
async fn an_envelope_of_another_key_does_not_open() {
    let (ns, author) = with_bindings("[Strict]").await;
    let envelope = author.strict("stolen", "other", b"v");
    does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
}

#[tokio::test]
async fn an_envelope_of_the_controller_does_not_open_elsewhere() {
    let (ns, _) = with_bindings("[Strict, Store]").await;
    ns.apply(&manifest::plain("theirs", "vault", "v")).await;
    let theirs = ns.ready("theirs").await;
    let envelope = theirs.spec.data["value"].value.as_ref().unwrap();
    does_not_open(&ns, envelope.expose(), Reason::EnvelopeMismatch).await;
}

#[tokio::test]
async fn an_envelope_of_another_store_does_not_open() {
    let (ns, _) = with_bindings("[Strict, Store]").await;
    let other = Sealer::of(&ns.store("other", "{}").await);
    for binding in BindingKind::ALL {
        let envelope = other.seal(binding, "stolen", "value", b"v");
        does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
    }
}

#[tokio::test]
async fn an_envelope_of_another_namespace_does_not_open() {
    let (theirs, author) = with_bindings("[Strict, Store]").await;
    let (ns, _) = with_bindings("[Strict, Store]").await;
    for binding in BindingKind::ALL {
        let envelope = author.seal(binding, "stolen", "value", b"v");
        does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
    }
    drop(theirs);
}

/// Public keys are public: a tenant can seal with that of another namespace, for their own.
#[tokio::test]
async fn an_envelope_sealed_with_the_key_of_another_place_opens_in_neither() {
    let (theirs, key) = with_bindings("[Strict, Store]").await;
    let (ns, own) = with_bindings("[Strict, Store]").await;
    let crossed = Sealer {
        key: key.key,
        ..own
    };
    let envelope = crossed.seal(BindingKind::Store, "stolen", "value", b"v");
    does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
    does_not_open(&theirs, &envelope, Reason::EnvelopeMismatch).await;
}

#[tokio::test]
async fn an_envelope_bound_to_the_store_opens_where_the_store_allows_it() {
    let (ns, author) = with_bindings("[Strict, Store]").await;
    let envelope = author.seal(BindingKind::Store, "any", "any", b"v");
    for name in ["one", "two"] {
        ns.apply(&manifest::secret(name, &envelope)).await;
        ns.ready(name).await;
        assert_eq!(ns.bytes(name, "value").await, b"v");
    }
}

#[tokio::test]
async fn an_envelope_bound_to_the_store_does_not_open_where_the_store_does_not_allow_it() {
    let (ns, author) = with_bindings("[Strict]").await;
    let envelope = author.seal(BindingKind::Store, "stolen", "value", b"v");
    does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
}

/// Strict is the narrower of the two.
#[tokio::test]
async fn a_strict_envelope_opens_also_where_only_the_other_binding_is_listed() {
    let (ns, author) = with_bindings("[Store]").await;
    let envelope = author.strict("own", "value", b"v");
    ns.apply(&manifest::secret("own", &envelope)).await;
    ns.ready("own").await;
    does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
}

#[tokio::test]
async fn allowing_the_other_binding_does_not_widen_a_strict_envelope() {
    let (ns, author) = with_bindings("[Strict, Store]").await;
    let envelope = author.strict("theirs", "value", b"v");
    does_not_open(&ns, &envelope, Reason::EnvelopeMismatch).await;
}

#[tokio::test]
async fn a_binding_that_the_store_allows_later_is_noticed_and_so_is_its_end() {
    let (ns, author) = with_bindings("[Strict]").await;
    let envelope = author.seal(BindingKind::Store, "any", "any", b"v");
    ns.apply(&manifest::secret("one", &envelope)).await;
    ns.problem("one", Reason::EnvelopeMismatch).await;
    ns.store("vault", "{ sealing: { bindings: [Store] } }")
        .await;
    ns.ready("one").await;
    ns.store("vault", "{ sealing: { bindings: [Strict] } }")
        .await;
    ns.problem("one", Reason::EnvelopeMismatch).await;
    assert_eq!(ns.bytes("one", "value").await, b"v");
}

#[tokio::test]
async fn plaintext_is_sealed_also_where_only_the_binding_to_the_store_is_allowed() {
    let (ns, _) = with_bindings("[Store]").await;
    ns.apply(&manifest::secret("plain", "v")).await;
    ns.ready("plain").await;
    assert_eq!(ns.bytes("plain", "value").await, b"v");
}

#[tokio::test]
async fn a_flipped_bit_does_not_open() {
    let (ns, author) = with_bindings("[Strict, Store]").await;
    let envelope = author.strict("stolen", "value", b"v");
    let mut letters: Vec<char> = envelope.chars().collect();
    let middle = letters.len() / 2;
    letters[middle] = if letters[middle] == 'A' { 'B' } else { 'A' };
    let changed: String = letters.into_iter().collect();
    does_not_open(&ns, &changed, Reason::EnvelopeMismatch).await;
    ns.edit(
        "stolen",
        json!({ "spec": { "data": { "value": { "value": envelope } } } }),
    )
    .await;
    ns.ready("stolen").await;
}
