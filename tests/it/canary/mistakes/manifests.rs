//! Manifests that are wrong.

use serde_json::{Value as Json, json};

use crate::support::manifest;

/// The manifest of a mistake: of this name, with this value.
pub(super) type Manifest = fn(&str, &str) -> String;

pub(super) struct Mistake {
    pub(super) what: &'static str,
    pub(super) kind: Kind,
    pub(super) codes: Codes,
    /// The ways of `coffer` that do not mind.
    pub(super) passes: &'static [&'static str],
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

/// What the API server answers to each of the ways of kubectl, and to `create --validate=false` where nobody
/// judges before the controller; 0 where kubectl does not ask.
pub(super) type Codes = [u16; 8];

const REFUSED: Codes = [422; 8];
/// Nobody but the webhook that advises minds, and where that is too slow, nobody does.
pub(super) const ADVISED: Codes = [422, 422, 422, 422, 422, 422, 422, 201];
const TAKEN: Codes = [201, 201, 201, 201, 201, 201, 200, 201];
/// A field is not known, which only the strict mind.
const UNKNOWN: Codes = [400, 201, 400, 201, 500, 500, 200, 201];
/// A field is of the wrong type.
const MISTYPED: Codes = [422, 422, 422, 422, 500, 500, 422, 422];
const UNSENT: Codes = [0; 8];

const NOWHERE: &[&str] = &[];
const SEALED: &[&str] = &["seal -"];
const VERIFIED: &[&str] = &["verify --server --allow-plaintext -"];
const BOTH: &[&str] = &["seal -", "verify --server --allow-plaintext -"];

macro_rules! kinds {
    ($($name:ident: $kind:ident),*) => { $(
        const fn $name(
            what: &'static str,
            codes: Codes,
            passes: &'static [&'static str],
            manifest: Manifest,
        ) -> Mistake {
            Mistake { what, kind: Kind::$kind, codes, passes, manifest }
        }
    )* };
}

kinds!(wrong: Wrong, mistyped: Mistyped, reserved: Reserved);

pub(super) const MISTAKES: [Mistake; 34] = [
    wrong("not base64", REFUSED, NOWHERE, |name, value| {
        data(
            name,
            &json!({ "token": { "value": value, "encoding": "Base64" } }),
        )
    }),
    wrong("an unknown encoding", REFUSED, NOWHERE, |name, value| {
        data(
            name,
            &json!({ "token": { "value": value, "encoding": "Hex" } }),
        )
    }),
    wrong("a misspelt value", UNKNOWN, NOWHERE, |name, value| {
        data(name, &json!({ "token": { "vaule": value } }))
    }),
    wrong(
        "a misspelt field beside a value",
        UNKNOWN,
        NOWHERE,
        |name, value| {
            data(
                name,
                &json!({ "token": { "value": "v", "password": value } }),
            )
        },
    ),
    wrong("misspelt data", UNKNOWN, NOWHERE, |name, value| {
        spec(name, json!({ "dta": { "token": { "value": value } } }))
    }),
    wrong(
        "stringData, as native Secrets have it",
        UNKNOWN,
        NOWHERE,
        |name, value| {
            let mut object = object(name, &json!({ "token": { "value": "v" } }));
            object["stringData"] = json!({ "token": value });
            object.to_string()
        },
    ),
    wrong("a value in storeRef", UNKNOWN, NOWHERE, |name, value| {
        spec(
            name,
            json!({ "storeRef": { "name": "vault", "key": value } }),
        )
    }),
    wrong("a value in a source", UNKNOWN, NOWHERE, |name, value| {
        let source = json!({ "name": "a", "key": "b", "value": value });
        data(name, &json!({ "token": { "fromSecret": source } }))
    }),
    wrong("too large", REFUSED, NOWHERE, |name, value| {
        data(name, &json!({ "token": { "value": value.repeat(2000) } }))
    }),
    wrong("too many that are large", ADVISED, SEALED, |name, value| {
        let large = value.repeat(1500);
        let all = (0..12).map(|n| (format!("k{n}"), json!({ "value": large })));
        data(name, &Json::Object(all.collect()))
    }),
    wrong("a key that is a path", REFUSED, SEALED, |name, value| {
        data(name, &json!({ "a/b~1": { "value": value } }))
    }),
    wrong("a key that is none", REFUSED, SEALED, |name, value| {
        data(name, &json!({ "..": { "value": value } }))
    }),
    wrong("a value and a source", REFUSED, SEALED, |name, value| {
        let source = json!({ "name": "a", "key": "b" });
        data(
            name,
            &json!({ "token": { "value": value, "fromSecret": source } }),
        )
    }),
    wrong(
        "a value and a generator",
        REFUSED,
        NOWHERE,
        |name, value| {
            let generate = json!({ "kind": "Password" });
            data(
                name,
                &json!({ "token": { "value": value, "generate": generate } }),
            )
        },
    ),
    reserved(
        "a value as if it were generated",
        TAKEN,
        NOWHERE,
        |name, value| {
            let generated = json!({ "at": "2026-01-01T00:00:00Z", "previous": {
            "value": value, "until": "2036-01-01T00:00:00Z",
        } });
            let data = json!({ "token": { "value": value, "generated": generated } });
            spec(name, json!({ "data": data, "target": null }))
        },
    ),
    wrong("no such store", TAKEN, VERIFIED, |name, value| {
        let data = json!({ "token": { "value": value } });
        spec(
            name,
            json!({ "storeRef": { "name": "nowhere" }, "data": data }),
        )
    }),
    wrong("no store", REFUSED, NOWHERE, |name, value| {
        let data = json!({ "token": { "value": value } });
        spec(name, json!({ "storeRef": null, "data": data }))
    }),
    wrong(
        "a template that does not parse",
        ADVISED,
        SEALED,
        |name, value| template(name, value, "{{ token | }}"),
    ),
    wrong(
        "a template that fails on the value",
        ADVISED,
        BOTH,
        |name, value| template(name, value, "{{ token | int }}{{ token.a.b }}"),
    ),
    // What the engine itself says of it quotes the number.
    wrong(
        "a template that fails on a number",
        ADVISED,
        BOTH,
        |name, value| template(name, value, "{{ token | int % 0 }}"),
    ),
    wrong(
        "a template that takes the value for a word",
        ADVISED,
        SEALED,
        |name, value| {
            template(
                name,
                value,
                "{{ data[token] }}{{ token() }}{% include token %}",
            )
        },
    ),
    wrong(
        "a target of a forbidden type",
        REFUSED,
        SEALED,
        |name, value| {
            let type_ = "kubernetes.io/service-account-token";
            let target = json!({ "type": type_ });
            spec(
                name,
                json!({ "data": { "token": { "value": value } }, "target": target }),
            )
        },
    ),
    wrong(
        "a target with forbidden labels",
        REFUSED,
        SEALED,
        |name, value| {
            let target = json!({ "labels": { "example.com/x": "y" } });
            spec(
                name,
                json!({ "data": { "token": { "value": value } }, "target": target }),
            )
        },
    ),
    reserved("a status", UNKNOWN, VERIFIED, |name, value| {
        let mut object = object(name, &json!({ "token": { "value": "v" } }));
        object["status"] = json!({ "value": value, "title": value });
        object.to_string()
    }),
    wrong("the same key twice", TAKEN, VERIFIED, |name, value| {
        let twice = format!("{{ token: {{ value: v }}, token: {{ value: {value} }} }}");
        manifest::secret_with(name, "vault", &twice, "null")
    }),
    wrong("another version", UNSENT, NOWHERE, |name, value| {
        data(name, &json!({ "token": { "value": value } })).replace("v1alpha1", "v9")
    }),
    wrong(
        "a quote that is not closed",
        UNSENT,
        NOWHERE,
        |name, value| {
            let open = format!("{{ token: {{ value: \"{value} }} }}");
            manifest::secret_with(name, "vault", &open, "{}")
        },
    ),
    wrong(
        "a name that is none",
        [422, 422, 422, 422, 422, 422, 404, 422],
        SEALED,
        |name, value| data(&format!("{name}_"), &json!({ "token": { "value": value } })),
    ),
    wrong(
        "a name that is yet to be made",
        [422, 422, 0, 0, 0, 0, 0, 422],
        VERIFIED,
        |name, value| {
            let mut object = object(name, &json!({ "token": { "value": value } }));
            object["metadata"] = json!({ "generateName": name });
            object.to_string()
        },
    ),
    mistyped("an unquoted number", MISTYPED, NOWHERE, |name, value| {
        manifest::secret_with(
            name,
            "vault",
            &format!("{{ token: {{ value: {value} }} }}"),
            "{}",
        )
    }),
    mistyped("a list", MISTYPED, NOWHERE, |name, value| {
        data(name, &json!({ "token": { "value": [value] } }))
    }),
    mistyped(
        "an object",
        [400, 422, 400, 422, 500, 500, 422, 422],
        NOWHERE,
        |name, value| data(name, &json!({ "token": { "value": { "secret": value } } })),
    ),
    mistyped(
        "without the object around it",
        MISTYPED,
        NOWHERE,
        |name, value| data(name, &json!({ "token": value })),
    ),
    mistyped("a text for all data", MISTYPED, NOWHERE, |name, value| {
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
