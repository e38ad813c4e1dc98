//! What people get wrong, by every way of kubectl, and as `coffer seal` and `coffer verify` are given it.
//!
//! Not in Coffer's hands: the API server looks at the types of fields before any webhook is asked. A
//! server-side apply of a field of the wrong type it refuses, and its answer quotes the field; of any other
//! write it quotes the field in its own log.

use futures::{StreamExt as _, stream};
use serde_json::{Value as Json, json};

use super::Proof;
use super::proof::Quoted;
use crate::support::{Namespace, manifest};

/// Runs at once.
const AT_ONCE: usize = 4;

/// The manifest of a mistake: of this name, with this value.
type Manifest = fn(&str, &str) -> String;

struct Mistake {
    what: &'static str,
    kind: Kind,
    manifest: Manifest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Wrong,
    /// Something has the type of something else.
    Mistyped,
    /// It stands where Coffer itself writes, and where `coffer seal` therefore lets everything stand.
    Reserved,
}

const fn wrong(what: &'static str, manifest: Manifest) -> Mistake {
    mistake(what, Kind::Wrong, manifest)
}

const fn mistyped(what: &'static str, manifest: Manifest) -> Mistake {
    mistake(what, Kind::Mistyped, manifest)
}

const fn reserved(what: &'static str, manifest: Manifest) -> Mistake {
    mistake(what, Kind::Reserved, manifest)
}

const fn mistake(what: &'static str, kind: Kind, manifest: Manifest) -> Mistake {
    Mistake {
        what,
        kind,
        manifest,
    }
}

const MISTAKES: [Mistake; 33] = [
    wrong("not base64", |name, value| {
        data(
            name,
            &json!({ "token": { "value": value, "encoding": "Base64" } }),
        )
    }),
    wrong("an unknown encoding", |name, value| {
        data(
            name,
            &json!({ "token": { "value": value, "encoding": "Hex" } }),
        )
    }),
    wrong("a misspelt value", |name, value| {
        data(name, &json!({ "token": { "vaule": value } }))
    }),
    wrong("a misspelt field beside a value", |name, value| {
        data(
            name,
            &json!({ "token": { "value": "v", "password": value } }),
        )
    }),
    wrong("misspelt data", |name, value| {
        spec(name, json!({ "dta": { "token": { "value": value } } }))
    }),
    wrong("stringData, as native Secrets have it", |name, value| {
        let mut object = object(name, &json!({ "token": { "value": "v" } }));
        object["stringData"] = json!({ "token": value });
        object.to_string()
    }),
    wrong("a value in storeRef", |name, value| {
        spec(
            name,
            json!({ "storeRef": { "name": "vault", "key": value } }),
        )
    }),
    wrong("a value in a source", |name, value| {
        let source = json!({ "name": "a", "key": "b", "value": value });
        data(name, &json!({ "token": { "fromSecret": source } }))
    }),
    wrong("too large", |name, value| {
        data(name, &json!({ "token": { "value": value.repeat(2000) } }))
    }),
    wrong("too many that are large", |name, value| {
        let large = value.repeat(1500);
        let all = (0..12).map(|n| (format!("k{n}"), json!({ "value": large })));
        data(name, &Json::Object(all.collect()))
    }),
    wrong("a key that is a path", |name, value| {
        data(name, &json!({ "a/b~1": { "value": value } }))
    }),
    wrong("a key that is none", |name, value| {
        data(name, &json!({ "..": { "value": value } }))
    }),
    wrong("a value and a source", |name, value| {
        let source = json!({ "name": "a", "key": "b" });
        data(
            name,
            &json!({ "token": { "value": value, "fromSecret": source } }),
        )
    }),
    wrong("a value and a generator", |name, value| {
        let generate = json!({ "kind": "Password" });
        data(
            name,
            &json!({ "token": { "value": value, "generate": generate } }),
        )
    }),
    reserved("a value as if it were generated", |name, value| {
        let generated = json!({ "at": "2026-01-01T00:00:00Z", "previous": {
            "value": value, "until": "2036-01-01T00:00:00Z",
        } });
        let data = json!({ "token": { "value": value, "generated": generated } });
        spec(name, json!({ "data": data, "target": null }))
    }),
    wrong("no such store", |name, value| {
        let data = json!({ "token": { "value": value } });
        spec(
            name,
            json!({ "storeRef": { "name": "nowhere" }, "data": data }),
        )
    }),
    wrong("no store", |name, value| {
        let data = json!({ "token": { "value": value } });
        spec(name, json!({ "storeRef": null, "data": data }))
    }),
    wrong("a template that does not parse", |name, value| {
        template(name, value, "{{ token | }}")
    }),
    wrong("a template that fails on the value", |name, value| {
        template(name, value, "{{ token | int }}{{ token.a.b }}")
    }),
    wrong(
        "a template that takes the value for a word",
        |name, value| {
            template(
                name,
                value,
                "{{ data[token] }}{{ token() }}{% include token %}",
            )
        },
    ),
    wrong("a target of a forbidden type", |name, value| {
        let type_ = "kubernetes.io/service-account-token";
        let target = json!({ "type": type_ });
        spec(
            name,
            json!({ "data": { "token": { "value": value } }, "target": target }),
        )
    }),
    wrong("a target with forbidden labels", |name, value| {
        let target = json!({ "labels": { "example.com/x": "y" } });
        spec(
            name,
            json!({ "data": { "token": { "value": value } }, "target": target }),
        )
    }),
    reserved("a status", |name, value| {
        let mut object = object(name, &json!({ "token": { "value": "v" } }));
        object["status"] = json!({ "value": value, "name": value });
        object.to_string()
    }),
    wrong("the same key twice", |name, value| {
        let twice = format!("{{ token: {{ value: v }}, token: {{ value: {value} }} }}");
        manifest::secret_with(name, "vault", &twice, "null")
    }),
    wrong("another version", |name, value| {
        data(name, &json!({ "token": { "value": value } })).replace("v1alpha1", "v9")
    }),
    wrong("a quote that is not closed", |name, value| {
        let open = format!("{{ token: {{ value: \"{value} }} }}");
        manifest::secret_with(name, "vault", &open, "{}")
    }),
    wrong("a name that is none", |name, value| {
        data(&format!("{name}_"), &json!({ "token": { "value": value } }))
    }),
    wrong("a name that is yet to be made", |name, value| {
        let mut object = object(name, &json!({ "token": { "value": value } }));
        object["metadata"] = json!({ "generateName": name });
        object.to_string()
    }),
    mistyped("an unquoted number", |name, value| {
        manifest::secret_with(
            name,
            "vault",
            &format!("{{ token: {{ value: {value} }} }}"),
            "{}",
        )
    }),
    mistyped("a list", |name, value| {
        data(name, &json!({ "token": { "value": [value] } }))
    }),
    mistyped("an object", |name, value| {
        data(name, &json!({ "token": { "value": { "secret": value } } }))
    }),
    mistyped("without the object around it", |name, value| {
        data(name, &json!({ "token": value }))
    }),
    mistyped("a text for all data", |name, value| {
        data(name, &json!(value))
    }),
];

fn object(name: &str, data: &Json) -> Json {
    json!({
        "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret", "metadata": { "name": name },
        "spec": { "storeRef": { "name": "vault" }, "data": data, "target": {} },
    })
}

fn data(name: &str, data: &Json) -> String {
    object(name, data).to_string()
}

/// With these fields in the spec, in the place of those that are there.
fn spec(name: &str, fields: Json) -> String {
    let mut object = object(name, &json!({ "token": { "value": "v" } }));
    let spec = object["spec"].as_object_mut().unwrap();
    if let Json::Object(fields) = fields {
        spec.extend(fields);
    }
    object.to_string()
}

fn template(name: &str, value: &str, template: &str) -> String {
    let target = json!({ "template": { "config": template } });
    let data = json!({ "token": { "value": value } });
    spec(name, json!({ "data": data, "target": target }))
}

/// How each is brought: by kubectl, or, where it begins with it, by `coffer`.
const WAYS: [&[&str]; 11] = [
    &["create", "-f", "-"],
    &["create", "--validate=false", "-f", "-"],
    &["apply", "-f", "-"],
    &["apply", "--validate=false", "-f", "-"],
    &["apply", "--server-side", "-f", "-"],
    &["apply", "--server-side", "--validate=false", "-f", "-"],
    &["replace", "--validate=false", "-f", "-"],
    &["coffer", "seal", "-"],
    &["coffer", "seal", "--check", "-"],
    &["coffer", "verify", "-"],
    &["coffer", "verify", "--server", "--allow-plaintext", "-"],
];

/// Each mistake by each way with a value of its own, and where nobody judges before the controller.
pub(super) async fn all(proof: &Proof) {
    let unadvised = Namespace::create_unadvised(proof.isolated.cluster.clone(), "unadvised").await;
    unadvised.store("vault", "{}").await;
    let unadvised = &unadvised;
    let mut runs = Vec::new();
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let ways = WAYS.iter().filter(|way| {
            let seals = way.starts_with(&["coffer", "seal"]);
            !seals || mistake.kind != Kind::Reserved
        });
        for (way, arguments) in ways.enumerate() {
            let name = format!("mistake-{number}-{way}");
            runs.push((&proof.ns, mistake, *arguments, name));
        }
        runs.push((unadvised, mistake, WAYS[1], format!("mistake-{number}")));
    }
    stream::iter(runs)
        .for_each_concurrent(AT_ONCE, |(ns, mistake, arguments, name)| async move {
            make(proof, ns, mistake, arguments, &name).await;
        })
        .await;
    patches(proof).await;
    unadvised.operator_caught_up().await;
    proof.ns.operator_caught_up().await;
}

async fn make(proof: &Proof, ns: &Namespace, mistake: &Mistake, arguments: &[&str], name: &str) {
    let Mistake {
        what,
        kind,
        manifest,
    } = mistake;
    let way = format!("{what}: {}", arguments.join(" "));
    let quoted = match kind {
        Kind::Mistyped if arguments.contains(&"--server-side") => Quoted::InTheAnswer,
        Kind::Mistyped => Quoted::InTheLog,
        Kind::Wrong | Kind::Reserved => Quoted::Nowhere,
    };
    let value = match *what {
        "an unquoted number" => proof.mark_number(&way, quoted),
        _ => proof.mark_quoted(&way, quoted),
    };
    let manifest = manifest(name, &value);
    if arguments[0] == "replace" {
        ns.apply(&data(name, &json!({ "token": { "value": "first" } })))
            .await;
    }
    match arguments {
        ["coffer", arguments @ ..] => drop(proof.coffer(arguments, &manifest).await),
        arguments => drop(proof.kubectl_in(ns, arguments, &manifest).await),
    }
}

/// Patches that fail, and one that does what it should not.
async fn patches(proof: &Proof) {
    proof
        .ns
        .apply(&manifest::plain("patched", "vault", "v"))
        .await;
    let path = "/spec/data/value/value";
    let patches: [(&str, fn(&str, &str) -> Json); 8] = [
        ("merge", |value, _| item(json!({ "value": [value] }))),
        ("merge", |value, _| item(json!(value))),
        ("merge", |value, _| {
            item(json!({ "value": value, "encoding": "Base64" }))
        }),
        ("merge", |value, _| json!({ "spec": { "data": value } })),
        (
            "json",
            |value, path| json!([{ "op": "test", "path": path, "value": value }]),
        ),
        (
            "json",
            |value, _| json!([{ "op": "add", "path": "/spec/nothing/here", "value": value }]),
        ),
        (
            "json",
            |value, path| json!([{ "op": "replace", "path": path, "value": { "a": value } }]),
        ),
        ("strategic", |value, _| item(json!({ "value": value }))),
    ];
    for (number, (type_, patch)) in patches.into_iter().enumerate() {
        let value = proof.mark(&format!("a wrong patch: {number}, {type_}"));
        let (type_, patch) = (format!("--type={type_}"), patch(&value, path).to_string());
        let arguments = ["patch", "csec", "patched", &type_, "-p", &patch];
        let (success, said) = proof.kubectl(&arguments, "").await;
        assert!(!success, "{number}: {said}");
    }
}

fn item(item: Json) -> Json {
    json!({ "spec": { "data": { "value": item } } })
}
