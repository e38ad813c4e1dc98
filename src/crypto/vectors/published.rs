//! Other people's vectors: that the primitives are the ones they are called.

use hpke::{Deserializable, Kem, Serializable};

use super::{bytes, read};
use crate::crypto::{
    hpke_base::{self, X25519, XWing},
    key_bytes::KeyBytes,
    rng::fixed::FixedRng,
    symmetric,
};

#[test]
fn xchacha20_poly1305_is_that_of_the_draft() {
    let vector = read("published/xchacha20poly1305.json");
    let key = KeyBytes::try_from(bytes(&vector, "key").as_slice()).unwrap();
    let (aad, plaintext) = (
        bytes(&vector, "additionalData"),
        bytes(&vector, "plaintext"),
    );
    let parts = ["nonce", "ciphertext", "tag"].map(|part| bytes(&vector, part));
    let sealed = symmetric::seal(&key, &aad, &plaintext, &mut FixedRng(parts[0].clone()));
    assert_eq!(sealed, parts.concat());
    assert_eq!(
        symmetric::open(&key, &aad, &sealed).unwrap().expose(),
        plaintext
    );
}

#[test]
fn hpke_with_x25519_is_that_of_rfc_9180() {
    check_hpke::<X25519>("published/hpke-x25519.json");
}

#[test]
fn hpke_with_xwing_is_that_of_the_draft() {
    check_hpke::<XWing>("published/hpke-xwing.json");
}

#[test]
fn xwing_is_that_of_the_draft() {
    for vector in read("published/xwing-kem.json")["vectors"]
        .as_array()
        .unwrap()
    {
        let secret = <XWing as Kem>::PrivateKey::from_bytes(&bytes(vector, "secretKey")).unwrap();
        let public = XWing::sk_to_pk(&secret);
        assert_eq!(public.to_bytes().as_slice(), bytes(vector, "publicKey"));

        let mut seed = FixedRng(bytes(vector, "encapsulationSeed"));
        let (shared, enc) = XWing::encap_with_rng(&public, None, &mut seed).unwrap();
        assert_eq!(enc.to_bytes().as_slice(), bytes(vector, "ciphertext"));
        assert_eq!(shared.0.as_slice(), bytes(vector, "sharedSecret"));

        let shared = XWing::decap(&secret, None, &enc).unwrap();
        assert_eq!(shared.0.as_slice(), bytes(vector, "sharedSecret"));
    }
}

fn check_hpke<K: Kem>(path: &str) {
    let vector = read(path);
    let field = |name| bytes(&vector, name);
    let secret = hpke_base::generate::<K>(&mut FixedRng(field("keyGenerationRandomness")));
    // The RFC prints X25519 scalars before clamping, the crate writes them after: compare what
    // they stand for.
    let printed = KeyBytes::try_from(field("secretKey").as_slice()).unwrap();
    assert_eq!(hpke_base::public_key::<K>(&printed), field("publicKey"));
    assert_eq!(hpke_base::public_key::<K>(&secret), field("publicKey"));

    let (info, aad, plaintext) = (field("info"), field("additionalData"), field("plaintext"));
    let mut rng = FixedRng(field("encapsulationRandomness"));
    let sealed = hpke_base::seal::<K>(&field("publicKey"), &info, &aad, &plaintext, &mut rng);
    let sealed = sealed.unwrap();
    assert_eq!(sealed, [field("enc"), field("ciphertext")].concat());

    let (opened, tried) = hpke_base::open::<K>(&secret, &info, &sealed, &[vec![], aad]).unwrap();
    assert_eq!((opened.expose(), tried), (plaintext.as_slice(), 1));
}
