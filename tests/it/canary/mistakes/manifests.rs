//! Manifests that are wrong.

use serde_json::{Value as Json, json};

use crate::support::manifest;

/// The manifest of a mistake: of this name, with this value.
pub(super) type Manifest = fn(&str, &str) -> String;

pub(super) struct Mistake {
    pub(super) what: &'static str,
    pub(super) kind: Kind,
    pub(super) manifest: Manifest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

pub(super) const MISTAKES: [Mistake; 33] = [
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

pub(super) fn data(name: &str, data: &Json) -> String {
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
