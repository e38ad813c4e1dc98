//! SSH keys: Ed25519, as OpenSSH writes them (openssh-key-v1, PROTOCOL.key of OpenSSH).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::key_bytes::KeyBytes;
use super::{Plaintext, pem};

const LABEL: &str = "OPENSSH PRIVATE KEY";
const TYPE: &[u8] = b"ssh-ed25519";
/// As ssh-keygen breaks its lines.
const WIDTH: usize = 70;
/// The cipher that there is none of counts as one of blocks of eight.
const BLOCK: usize = 8;
/// More than any of it takes: a buffer that grows leaves copies behind.
const ROOM: usize = 512;

/// The private half, not encrypted, without a comment. `check` is what a reader compares with itself.
pub(crate) fn private(key: &KeyBytes, check: u32) -> Plaintext {
    let public = public_bytes(key);
    let mut inner = Zeroizing::new(Vec::with_capacity(ROOM));
    inner.extend_from_slice(&check.to_be_bytes());
    inner.extend_from_slice(&check.to_be_bytes());
    string(&mut inner, &[TYPE]);
    string(&mut inner, &[&public]);
    string(&mut inner, &[key.expose(), &public]);
    string(&mut inner, &[b"".as_slice()]);
    let padding = inner.len().next_multiple_of(BLOCK) - inner.len();
    inner.extend((1..).take(padding));

    let mut outer = Zeroizing::new(Vec::with_capacity(ROOM));
    outer.extend_from_slice(b"openssh-key-v1\0");
    string(&mut outer, &[b"none".as_slice()]);
    string(&mut outer, &[b"none".as_slice()]);
    string(&mut outer, &[b"".as_slice()]);
    outer.extend_from_slice(&1_u32.to_be_bytes());
    string(&mut outer, &[&public_blob(&public)]);
    string(&mut outer, &[&inner]);
    Plaintext::from(pem::encode(LABEL, WIDTH, &outer))
}

/// The public half of what [`private`] wrote, as a line for `authorized_keys`; `None` for anything
/// else.
pub(crate) fn public(written: &Plaintext) -> Option<Plaintext> {
    let outer = pem::decode(LABEL, written.expose())?;
    let (key, check) = parts(&outer)?;
    // There is one text for a key: what differs in anything was not written here.
    (private(&key, check) == *written).then_some(())?;
    let blob = BASE64_STANDARD.encode(public_blob(&public_bytes(&key)));
    Some(Plaintext::from(
        format!("ssh-ed25519 {blob}\n").into_bytes(),
    ))
}

/// The key and the check of what has the length of a key, wherever else it may differ.
fn parts(outer: &[u8]) -> Option<(KeyBytes, u32)> {
    // Magic, three strings, the number of keys, the public half; then the length of the inner part.
    let inner = outer.get(15 + 8 + 8 + 4 + 4 + 4 + 51 + 4..)?;
    let check = u32::from_be_bytes(*inner.first_chunk()?);
    // Twice the check, the type, the public half; then the length of the private half.
    let private = inner.get(8 + 15 + 36 + 4..)?;
    Some((KeyBytes::try_from(private.get(..32)?).ok()?, check))
}

fn public_bytes(key: &KeyBytes) -> [u8; 32] {
    SigningKey::from_bytes(key.expose())
        .verifying_key()
        .to_bytes()
}

fn public_blob(public: &[u8; 32]) -> Vec<u8> {
    let mut blob = Vec::new();
    string(&mut blob, &[TYPE]);
    string(&mut blob, &[public]);
    blob
}

/// A string of RFC 4251, section 5: its length, then its bytes.
fn string(to: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).expect("a key has less than 4 GiB");
    to.extend_from_slice(&length.to_be_bytes());
    for part in parts {
        to.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rng;

    #[test]
    fn what_was_not_written_here_has_no_public_half() {
        let key = private(&KeyBytes::random(&mut rng::system()), 7);
        assert!(public(&key).is_some());
        let text = key.expose();
        for changed in [
            text[..text.len() - 1].to_vec(),
            [text, b"\n"].concat(),
            [&text[..100], b"A", &text[101..]].concat(),
            text.to_ascii_lowercase(),
            b"hunter2".to_vec(),
            Vec::new(),
        ] {
            if changed != text {
                assert!(public(&Plaintext::from(changed)).is_none());
            }
        }
    }
}
