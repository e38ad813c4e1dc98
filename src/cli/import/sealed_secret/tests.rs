//! Against what the real `kubeseal` sealed (tests/vectors/sealed-secrets).

use super::hybrid::{self, Closed};
use super::{keys, manifest};
use crate::cli::import::found::Found;
use crate::cli::import::native::Native;
use crate::cli::import::skip::Skip;

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/vectors/sealed-secrets/", $name))
    };
}

const KEY: &str = vector!("key-pkcs8.pem");
const OTHER_KEY: &str = vector!("other-key.pem");
const STRICT: &str = vector!("strict.yaml");
const NAMESPACE_WIDE: &str = vector!("namespace-wide.yaml");
const CLUSTER_WIDE: &str = vector!("cluster-wide.yaml");

const PASSWORD: &[u8] = "hunter2-canary größe\n".as_bytes();

#[expect(
    clippy::unwrap_in_result,
    reason = "a helper of a test fails as the test does"
)]
fn read(text: &str, keys: &str) -> Result<Native, Skip> {
    let keys = keys::read(keys).unwrap();
    let found = manifest::read("f", text, None, &keys).map_err(|(_, syntax)| syntax);
    let mut found: Vec<Found> = found.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0).native
}

fn refused(text: &str) -> Skip {
    let skip = read(text, KEY).err().unwrap();
    assert!(!skip.to_string().contains("hunter2"));
    skip
}

fn not_opened() -> Skip {
    Skip::NotOpened {
        key: "password".to_owned(),
        keys: 1,
    }
}

fn renamed(text: &str) -> String {
    text.replace("name: card", "name: other")
}

fn moved(text: &str) -> String {
    text.replace("namespace: shop", "namespace: elsewhere")
}

fn opens(text: &str) {
    let native = read(text, KEY).map_err(|skip| skip.to_string()).unwrap();
    assert_eq!(native.data["username"].expose(), b"ada");
    assert_eq!(native.data["password"].expose(), PASSWORD);
}

/// The first value of the strict vector with its bytes changed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let line = STRICT
        .lines()
        .find(|line| line.contains("password:"))
        .unwrap();
    let text = line.split_once(": ").unwrap().1;
    let mut bytes = STANDARD.decode(text).unwrap();
    change(&mut bytes);
    STRICT.replace(text, &STANDARD.encode(bytes))
}

#[test]
fn what_kubeseal_sealed_opens_in_each_scope() {
    for text in [STRICT, NAMESPACE_WIDE, CLUSTER_WIDE] {
        opens(text);
    }
}

#[test]
fn type_labels_and_annotations_come_from_the_template() {
    let native = read(NAMESPACE_WIDE, KEY)
        .map_err(|skip| skip.to_string())
        .unwrap();
    assert_eq!(native.name, "card");
    assert_eq!(native.namespace.as_deref(), Some("shop"));
    assert_eq!(native.type_.as_deref(), Some("kubernetes.io/basic-auth"));
    assert_eq!(native.labels["app"], "shop");
    let annotations: Vec<_> = native.annotations.keys().collect();
    assert_eq!(
        annotations,
        ["owner"],
        "those of Sealed Secrets are left out"
    );
}

#[test]
fn keys_come_in_every_form_that_people_keep() {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for keys in [
        KEY,
        vector!("key-pkcs1.pem"),
        vector!("keys.yaml"),
        &format!("{certificate}{OTHER_KEY}{KEY}"),
    ] {
        assert!(read(STRICT, keys).is_ok());
    }
}

#[test]
fn a_namespace_wide_one_opens_under_another_name_but_in_no_other_namespace() {
    opens(&renamed(NAMESPACE_WIDE));
    assert_eq!(refused(&moved(NAMESPACE_WIDE)), not_opened());
}

#[test]
fn a_cluster_wide_one_opens_everywhere() {
    opens(&moved(&renamed(CLUSTER_WIDE)));
}

#[test]
fn a_strict_one_opens_under_no_other_name_namespace_or_scope() {
    assert_eq!(refused(&renamed(STRICT)), not_opened());
    assert_eq!(refused(&moved(STRICT)), not_opened());
    for scope in ["namespace-wide", "cluster-wide"] {
        let annotations = format!("annotations: {{sealedsecrets.bitnami.com/{scope}: \"true\"}}");
        let text = STRICT.replacen("metadata:\n", &format!("metadata:\n  {annotations}\n"), 1);
        assert_eq!(refused(&text), not_opened(), "{scope}");
    }
}

#[test]
fn a_scope_that_was_lost_opens_nothing() {
    let line = "    sealedsecrets.bitnami.com/cluster-wide: \"true\"\n";
    let text = CLUSTER_WIDE.replacen(line, "    x: z\n", 1);
    assert_ne!(text, CLUSTER_WIDE);
    assert_eq!(refused(&text), not_opened());
}

#[test]
fn another_key_opens_nothing() {
    let skip = read(STRICT, OTHER_KEY).err().unwrap();
    assert_eq!(skip, not_opened());
    let said = skip.to_string();
    assert!(
        said.starts_with("none of the private keys given (1) opens `password`;"),
        "{said}"
    );
}

#[test]
fn a_value_that_is_cut_or_changed_is_not_opened() {
    let damaged = Skip::Damaged("password".to_owned());
    assert_eq!(refused(&changed(|bytes| bytes.truncate(1))), damaged);
    assert_eq!(refused(&changed(|bytes| bytes.truncate(100))), damaged);
    assert_eq!(refused(&changed(|bytes| bytes.truncate(2 + 256))), damaged);
    let last = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1);
    assert_eq!(refused(&changed(last)), damaged);
    let tag = |bytes: &mut Vec<u8>| *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&changed(tag)), damaged);
    assert_eq!(
        refused(&changed(|bytes| bytes[1] = 255)),
        damaged,
        "the length goes too far"
    );
    assert_eq!(
        refused(&changed(|bytes| bytes[0] = 0)),
        not_opened(),
        "the length is too short"
    );
    assert_eq!(refused(&changed(|bytes| bytes[2] ^= 1)), not_opened());
}

#[test]
fn two_values_that_change_places_open_and_are_the_authors_affair() {
    // Sealed Secrets binds no value to its key; Coffer does, once it is imported.
    let text = STRICT
        .replace("password:", "x:")
        .replace("username:", "password:");
    let native = read(&text, KEY).map_err(|skip| skip.to_string()).unwrap();
    assert_eq!(native.data["password"].expose(), b"ada");
}

#[test]
fn a_session_key_of_another_length_is_no_session_key() {
    use rsa::Oaep;
    let keys = keys::read(KEY).unwrap();
    let padding = Oaep::<sha2::Sha256>::new_with_label(&b"l"[..]);
    let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    let session = keys[0]
        .as_public_key()
        .encrypt(&mut rng, padding, &[7; 16])
        .unwrap();
    let sealed = [&[1, 0], &session[..], &[0; 16]].concat();
    assert_eq!(hybrid::open(&keys, b"l", &sealed), Err(Closed::Damaged));
}

#[test]
fn manifests_that_say_something_else_are_refused() {
    for (from, to, skip) in [
        ("encryptedData:", "data: AAAA\n  x:", Skip::OldFormat),
        (
            "  template:\n",
            "  template:\n    data: {a: b}\n",
            Skip::Template(1.try_into().unwrap()),
        ),
        ("  namespace: shop\nspec", "spec", Skip::NoNamespace),
        ("    password: A", "    pass word: A", Skip::InvalidKey),
        (
            "    password: A",
            "    password: '!'\n    x: A",
            Skip::NotBase64("spec.encryptedData"),
        ),
        (
            "encryptedData:\n",
            "encryptedData:\n    <<: {}\n",
            Skip::MergeKey("spec.encryptedData"),
        ),
    ] {
        let text = STRICT.replacen(from, to, 1);
        assert_ne!(text, STRICT);
        assert_eq!(refused(&text), skip);
    }
}

#[test]
fn what_is_no_private_key_of_rsa_is_refused() {
    let label = |name: &str| KEY.replace("PRIVATE KEY", name);
    for (text, error) in [
        ("", keys::Error::NoKey),
        ("hunter2", keys::Error::NoKey),
        (STRICT, keys::Error::NoKey),
        (&label("CERTIFICATE"), keys::Error::NoKey),
        (&label("ENCRYPTED PRIVATE KEY"), keys::Error::Passphrase),
        (&label("EC PRIVATE KEY"), keys::Error::Unusable),
        (&label("RSA PRIVATE KEY"), keys::Error::Unusable),
        (&KEY[..KEY.len() / 2], keys::Error::Unusable),
        (&KEY.replacen("MII", "MIJ", 1), keys::Error::Unusable),
    ] {
        assert_eq!(keys::read(text).err(), Some(error), "{error}");
    }
    let yaml = keys::read("a: 'hunter2").err().unwrap().to_string();
    assert!(!yaml.contains("hunter2"), "{yaml}");
}
