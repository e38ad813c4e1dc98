//! What is sealed arrives byte for byte.

use coffer::api::{ConditionType, Reason};
use kube::api::ListParams;
use serde_json::json;

use crate::support::{Cluster, Sealer, bytes, condition, manifest};

/// Values that are easily damaged on the way.
fn delicate() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", Vec::new()),
        ("every-byte", (0..=255).collect()),
        ("largest", vec![b'x'; 65_536]),
        ("unicode", "пароль 密码 🔑\u{0}\r\n".as_bytes().to_vec()),
        ("looks-sealed", b"coffer.v1.0123456789abcdef.AAAA".to_vec()),
        (".dot_and-dash", b" \n".to_vec()),
    ]
}

async fn arrive_byte_for_byte(suite: &str) {
    let ns = Cluster::namespace("values").await;
    let store = ns
        .store("vault", &format!("{{ sealing: {{ suite: {suite} }} }}"))
        .await;
    let author = Sealer::of(&store);
    assert_eq!(author.key.suite().as_str(), suite);
    let data: serde_json::Map<_, _> = delicate()
        .into_iter()
        .map(|(key, value)| {
            let sealed = author.strict("all", key, &value);
            (key.to_owned(), json!({ "value": sealed }))
        })
        .collect();
    ns.apply(&manifest::secret_with(
        "all",
        "vault",
        &json!(data).to_string(),
        "{}",
    ))
    .await;
    let secret = ns.ready("all").await;
    let native = ns.natives().get("all").await.unwrap();
    for (key, value) in delicate() {
        assert!(bytes(&native, key) == value, "{key}");
    }
    assert_eq!(native.data.unwrap().len(), delicate().len());
    let sealed = condition(&secret, ConditionType::Sealed).unwrap();
    assert_eq!(sealed.reason, Reason::SealedByAuthor.as_str());
}

#[tokio::test]
async fn values_sealed_with_x_wing_arrive_byte_for_byte() {
    arrive_byte_for_byte("XWing").await;
}

#[tokio::test]
async fn values_sealed_with_x25519_arrive_byte_for_byte() {
    arrive_byte_for_byte("X25519").await;
}

#[tokio::test]
async fn plaintext_arrives_byte_for_byte() {
    let ns = Cluster::namespace("values").await;
    ns.store("vault", "{}").await;
    let data = json!({
        "text": { "value": "пароль\n" },
        "empty": { "value": "" },
        "binary": { "value": "AP+A\n", "encoding": "Base64" },
        "not-decoded": { "value": "AP+A", "encoding": "Text" },
        "largest": { "value": "é".repeat(32_768) },
    });
    ns.apply(&manifest::secret_with(
        "all",
        "vault",
        &data.to_string(),
        "{}",
    ))
    .await;
    ns.ready("all").await;
    let native = ns.natives().get("all").await.unwrap();
    assert_eq!(bytes(&native, "text"), "пароль\n".as_bytes());
    assert_eq!(bytes(&native, "empty"), b"");
    assert_eq!(bytes(&native, "binary"), [0x00, 0xff, 0x80]);
    assert_eq!(bytes(&native, "not-decoded"), b"AP+A");
    assert_eq!(bytes(&native, "largest").len(), 65_536);
}

#[tokio::test]
async fn sixty_four_keys_arrive() {
    let ns = Cluster::namespace("values").await;
    let author = Sealer::of(&ns.store("vault", "{ sealing: { suite: X25519 } }").await);
    let data: serde_json::Map<_, _> = (0..64)
        .map(|n| format!("key-{n}"))
        .map(|key| {
            let sealed = author.strict("many", &key, key.as_bytes());
            (key, json!({ "value": sealed }))
        })
        .collect();
    ns.apply(&manifest::secret_with(
        "many",
        "vault",
        &json!(data).to_string(),
        "{}",
    ))
    .await;
    ns.ready("many").await;
    let native = ns.natives().get("many").await.unwrap();
    for (key, value) in native.data.unwrap() {
        assert_eq!(value.0, key.as_bytes());
    }
}

#[tokio::test]
async fn values_of_512_kib_together_arrive() {
    let ns = Cluster::namespace("values").await;
    let author = Sealer::of(&ns.store("vault", "{}").await);
    let data: serde_json::Map<_, _> = (0..8)
        .map(|n| format!("key-{n}"))
        .map(|key| {
            let sealed = author.strict("large", &key, &vec![b'x'; 65_536]);
            (key, json!({ "value": sealed }))
        })
        .collect();
    ns.apply(&manifest::secret_with(
        "large",
        "vault",
        &json!(data).to_string(),
        "{}",
    ))
    .await;
    ns.ready("large").await;
}

#[tokio::test]
async fn without_a_target_nothing_is_delivered() {
    let ns = Cluster::namespace("values").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::plain("kept", "vault", "v")).await;
    let secret = ns.ready("kept").await;
    let ready = condition(&secret, ConditionType::Ready).unwrap();
    assert_eq!(ready.reason, Reason::Kept.as_str());
    assert_eq!(
        ready.message,
        "the values are kept; there is no `spec.target`"
    );
    let natives = ns.natives().list(&ListParams::default()).await.unwrap();
    assert!(natives.items.is_empty());
}
