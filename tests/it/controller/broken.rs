//! Ten and more kinds of broken object in one namespace: each says what is wrong and what to do, and
//! none of them disturbs another.

use coffer::api::{ConditionType, Reason};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Canary, Cluster, condition, manifest};

/// A kind of broken object.
struct Broken {
    name: &'static str,
    manifest: String,
    reason: Reason,
    /// Whether someone has to act; otherwise Coffer goes on by itself once something arrives.
    stalled: bool,
    message: String,
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
async fn each_says_what_is_wrong_and_what_to_do_and_disturbs_nobody() {
    let ns = Cluster::namespace_in_controller_mode("broken").await;
    let author = ns.sealer_of_new_store("vault").await;
    let canary = Canary::new();
    let secret = canary.value().as_bytes();
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: taken }\n")
        .await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: private }\nstringData: { k: x }\n")
        .await;
    ns.apply("apiVersion: v1\nkind: Secret\nmetadata: { name: shared, labels: { coffer.dev/source: \"true\" } }\nstringData: { k: x }\n")
        .await;
    let with = |name: &str, data: &str| manifest::secret_with(name, "vault", data, "{}");
    let place = |name: &str| {
        format!(
            "Seal it for namespace `{}`, store `vault`, name `{name}`, key `value`",
            ns.name
        )
    };
    let other_key = "coffer.v1.0123456789abcdef.".to_owned() + &"A".repeat(200);
    let cut = {
        let mut envelope = author.strict("cut", "value", secret);
        // Whole groups of base64, or it would be malformed.
        let payload = envelope.rfind('.').unwrap() + 1;
        envelope.truncate(payload + (envelope.len() - payload - 8) / 4 * 4);
        envelope
    };
    let broken = vec![
        Broken {
            name: "lost",
            manifest: manifest::secret_with(
                "lost",
                "nowhere",
                &json!({ "value": { "value": author.strict("lost", "value", secret) } }).to_string(),
                "{}",
            ),
            reason: Reason::StoreNotFound,
            stalled: false,
            message: "SecretStore `nowhere` does not exist in this namespace: create it, or correct \
                      `spec.storeRef.name`"
                .to_owned(),
        },
        Broken {
            name: "no-data",
            manifest: with("no-data", "{}"),
            reason: Reason::ValueMissing,
            stalled: false,
            message: "`spec.data` is empty: add a key with a `value`, `fromSecret` or `generate`".to_owned(),
        },
        Broken {
            name: "no-value",
            manifest: with("no-value", "{ value: {} }"),
            reason: Reason::ValueMissing,
            stalled: false,
            message: "`spec.data.value` has no value: give `value`, `fromSecret` or `generate`".to_owned(),
        },
        Broken {
            name: "moved",
            manifest: manifest::secret("moved", &author.strict("elsewhere", "value", secret)),
            reason: Reason::EnvelopeMismatch,
            stalled: true,
            message: format!(
                "`spec.data.value.value` does not open here: it was sealed for another namespace, store, \
                 name or key, or was changed. {}",
                place("moved")
            ),
        },
        Broken {
            name: "cut",
            manifest: manifest::secret("cut", &cut),
            reason: Reason::EnvelopeMismatch,
            stalled: true,
            message: format!(
                "`spec.data.value.value` does not open here: it was sealed for another namespace, store, \
                 name or key, or was changed. {}",
                place("cut")
            ),
        },
        Broken {
            name: "malformed",
            manifest: manifest::secret("malformed", "coffer.v1.what is this"),
            reason: Reason::EnvelopeMalformed,
            stalled: true,
            message: "`spec.data.value.value`: ".to_owned(),
        },
        Broken {
            name: "future",
            manifest: manifest::secret("future", "coffer.v2.0123456789abcdef.AAAA"),
            reason: Reason::EnvelopeMalformed,
            stalled: true,
            message: "`spec.data.value.value`: ".to_owned(),
        },
        Broken {
            name: "unknown-key",
            manifest: manifest::secret("unknown-key", &other_key),
            reason: Reason::KeyUnknown,
            stalled: true,
            message: "`spec.data.value.value` was sealed with key 0123456789abcdef, which store `vault` \
                      does not have: seal it again with `coffer seal`"
                .to_owned(),
        },
        Broken {
            name: "not-base64",
            manifest: with("not-base64", "{ value: { value: \"!!!!\", encoding: Base64 } }"),
            reason: Reason::EncodingInvalid,
            stalled: true,
            message: "`spec.data.value.value` is not base64: correct it, or set `encoding: Text`".to_owned(),
        },
        Broken {
            name: "too-large",
            manifest: manifest::secret("too-large", &"é".repeat(32_769)),
            reason: Reason::ValueTooLarge,
            stalled: true,
            message: "`spec.data.value` has more than 65536 bytes: keep the file elsewhere, and its key here"
                .to_owned(),
        },
        Broken {
            name: "no-source",
            manifest: with("no-source", "{ value: { fromSecret: { name: gone, key: k } } }"),
            reason: Reason::SourceNotFound,
            stalled: false,
            message: "native secret `gone` does not exist: create it with the label \
                      coffer.dev/source=true, or correct `fromSecret`"
                .to_owned(),
        },
        Broken {
            name: "no-source-key",
            manifest: with("no-source-key", "{ value: { fromSecret: { name: shared, key: gone } } }"),
            reason: Reason::SourceKeyMissing,
            stalled: false,
            message: "native secret `shared` has no key `gone`: add it, or correct `fromSecret`".to_owned(),
        },
        Broken {
            name: "no-consent",
            manifest: with("no-consent", "{ value: { fromSecret: { name: private, key: k } } }"),
            reason: Reason::ConsentMissing,
            stalled: true,
            message: "native secret `private` may not be read: its owner has to label it \
                      coffer.dev/source=true"
                .to_owned(),
        },
        Broken {
            name: "bad-template",
            manifest: manifest::secret_with(
                "bad-template",
                "vault",
                &json!({ "value": { "value": canary.value() } }).to_string(),
                &json!({ "template": { "out": "{{ valeu }}" } }).to_string(),
            ),
            reason: Reason::TemplateFailed,
            stalled: true,
            message: "`spec.target.template` of `out`, line 1 uses a name that is not a key of \
                      `spec.data`: correct the template; nothing was delivered"
                .to_owned(),
        },
        Broken {
            name: "taken",
            manifest: manifest::secret("taken", &author.strict("taken", "value", secret)),
            reason: Reason::TargetConflict,
            stalled: true,
            message: "native secret `taken` exists and is not Coffer's, so it is left alone: delete it, \
                      choose another `spec.target.name`, or let Coffer take it over with `kubectl label \
                      secret taken coffer.dev/adopt=taken`"
                .to_owned(),
        },
        Broken {
            name: "rejected",
            manifest: manifest::secret_with(
                "rejected",
                "vault",
                &json!({ "value": { "value": author.strict("rejected", "value", secret) } }).to_string(),
                "{ type: kubernetes.io/tls }",
            ),
            reason: Reason::TargetInvalid,
            stalled: true,
            message: "a native secret of type `kubernetes.io/tls` needs the keys `tls.crt` and `tls.key`: give it \
                      in `spec.data` or `spec.target.template`, or choose another `spec.target.type`"
                .to_owned(),
        },
    ];
    for Broken { manifest, .. } in &broken {
        ns.apply(manifest).await;
    }
    let begin = Instant::now();
    for n in 0..5 {
        let name = format!("healthy-{n}");
        let sealed = author.strict(&name, "value", secret);
        ns.apply(&manifest::secret(&name, &sealed)).await;
    }
    for n in 0..5 {
        ns.ready(&format!("healthy-{n}")).await;
    }
    let took = begin.elapsed();
    assert!(took.as_secs() < 5, "the healthy ones took {took:?}");

    for Broken {
        name,
        reason,
        stalled,
        message,
        ..
    } in &broken
    {
        let told = ns.problem(name, *reason).await;
        if message.ends_with(": ") {
            // The crypto room words these.
            assert!(told.starts_with(message), "{name}: {told}");
        } else {
            assert_eq!(told, *message, "{name}");
        }
        let secret = ns.secrets().get(name).await.unwrap();
        let is_stalled = condition(&secret, ConditionType::Stalled).is_some();
        assert_eq!(is_stalled, *stalled, "{name}");
        canary.assert_absent(name, &json!(secret).to_string());
        let delivered = ns.natives().get_opt(name).await.unwrap();
        assert!(delivered.is_none() || *name == "taken", "{name}");
        // Each was told once, with the words of the condition.
        assert_eq!(ns.event(name, reason.as_str()).await, told, "{name}");
        let events = ns.events(name).await;
        assert_eq!(events, [(reason.to_string(), told, 1)], "{name}");
    }
    for n in 0..5 {
        ns.ready(&format!("healthy-{n}")).await;
    }
    canary.assert_absent("the operator's log", &ns.cluster.operator_log());
}

#[tokio::test]
async fn several_problems_of_one_secret_are_told_together() {
    let ns = Cluster::namespace_in_controller_mode("broken").await;
    ns.store("vault", "{}").await;
    let data = "{ a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {} }";
    ns.apply(&manifest::secret_with("many", "vault", data, "{}"))
        .await;
    let message = ns.problem("many", Reason::ValueMissing).await;
    let one = |key: char| {
        format!("`spec.data.{key}` has no value: give `value`, `fromSecret` or `generate`")
    };
    let five: Vec<_> = "abcde".chars().map(one).collect();
    assert_eq!(message, format!("{}; and 2 more", five.join("; ")));
}

#[tokio::test]
async fn a_broken_secret_that_is_corrected_is_served() {
    let ns = Cluster::namespace_in_controller_mode("broken").await;
    ns.store("vault", "{}").await;
    ns.apply(&manifest::secret_with("fixed", "vault", "{}", "{}"))
        .await;
    ns.problem("fixed", Reason::ValueMissing).await;
    ns.apply(&manifest::secret("fixed", "v")).await;
    let secret = ns.ready("fixed").await;
    assert!(condition(&secret, ConditionType::Stalled).is_none());
    assert!(condition(&secret, ConditionType::Reconciling).is_none());
    assert_eq!(
        ns.event("fixed", "Delivered").await,
        "native secret `fixed` has the values"
    );
}

#[tokio::test]
async fn a_problem_that_comes_back_is_told_again_and_one_that_stays_is_not() {
    let ns = Cluster::namespace_in_controller_mode("broken").await;
    ns.delivered("stripe", b"v").await;
    let bad = json!({ "spec": { "data": { "bad": {} } } });
    ns.edit("stripe", bad.clone()).await;
    ns.problem("stripe", Reason::ValueMissing).await;
    for n in 0..5 {
        ns.edit("stripe", json!({ "spec": { "comment": n.to_string() } }))
            .await;
        ns.problem("stripe", Reason::ValueMissing).await;
    }
    let events = ns.events("stripe").await;
    let told: Vec<_> = events
        .iter()
        .map(|(reason, _, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(told, [("ValueMissing", 1)]);
}
