//! Files that open, and files that must not, by name.

use super::lock::Described;
use super::passphrase::Argon2id;
use super::{CHUNK_BYTES, Error, FileSecretKey, Header, Lock, Reader, Unlock, Writer};
use crate::crypto::rng::{self, fixed::FixedRng};
use crate::crypto::symmetric::TAG_BYTES;
use crate::crypto::{Plaintext, Suite};

const SEALED_CHUNK: usize = CHUNK_BYTES + TAG_BYTES;
/// Two chunks and a bit: no part of one is like that of another.
const LENGTH: usize = 2 * CHUNK_BYTES + 1000;

/// `abc` sealed to the passphrase `hunter2` with a salt of nines: the header, and the one chunk in hex.
/// They change only when what was written can no longer be read.
const STORED_HEADER: &str = "coffer.file.v1
{\"content\":\"vector\",\"lock\":{\"argon2id\":{\"memoryKib\":32,\"passes\":1,\"lanes\":4,\"salt\":\"CQkJCQkJCQkJCQkJCQkJCQ\"}}}
Tjm74HCdNlDOyoZVkoZMdCnFFGC9_u7jlLmLNuycskU
";
const STORED_CHUNK: &str = "1e2f14b6fbda235e6904f0457e7e64545ef4a3";

fn plaintext(length: usize) -> Vec<u8> {
    (0..251).cycle().take(length).collect()
}

fn passphrase(text: &str) -> Plaintext {
    Plaintext::from(text.as_bytes().to_vec())
}

/// Sealed to the passphrase `hunter2`, cheaply.
fn sealed(plaintext: &[u8]) -> Vec<u8> {
    let kdf = Argon2id::new(32, 1, 4, &mut FixedRng(vec![9; 16]));
    let secret = kdf.derive(&passphrase("hunter2")).unwrap();
    let mut writer =
        Writer::begin(Vec::new(), "vector", Described::Argon2id(kdf), &secret).unwrap();
    writer.write(plaintext).unwrap();
    writer.finish().unwrap()
}

fn open_with(file: &[u8], unlock: &Unlock) -> Result<Vec<u8>, Error> {
    let mut from = file;
    let key = Header::read(&mut from)?.unlock(unlock)?;
    let mut reader = Reader::new(from, &key)?;
    let mut out = Vec::new();
    while let Some(chunk) = reader.next_chunk()? {
        out.extend_from_slice(&chunk);
    }
    Ok(out)
}

fn open(file: &[u8]) -> Result<Vec<u8>, Error> {
    open_with(file, &Unlock::Passphrase(passphrase("hunter2")))
}

fn header_length(file: &[u8]) -> usize {
    usize::try_from(Header::read(&mut &*file).unwrap().length()).unwrap()
}

/// A file with something in its header put in the place of something else.
fn with_header(from: &str, to: &str) -> Vec<u8> {
    let file = sealed(b"abc");
    let (header, chunks) = file.split_at(header_length(&file));
    let header = str::from_utf8(header).unwrap();
    assert!(header.contains(from), "{header}");
    [header.replacen(from, to, 1).as_bytes(), chunks].concat()
}

#[test]
fn a_file_of_any_length_opens_as_it_was() {
    for length in [
        0,
        1,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        2 * CHUNK_BYTES,
        LENGTH,
    ] {
        let file = sealed(&plaintext(length));
        assert_eq!(open(&file).unwrap(), plaintext(length), "{length} bytes");
    }
}

#[test]
fn the_pieces_in_which_it_is_written_do_not_matter() {
    let whole = sealed(&plaintext(LENGTH));
    let kdf = Argon2id::new(32, 1, 4, &mut FixedRng(vec![9; 16]));
    let secret = kdf.derive(&passphrase("hunter2")).unwrap();
    let mut writer =
        Writer::begin(Vec::new(), "vector", Described::Argon2id(kdf), &secret).unwrap();
    for piece in plaintext(LENGTH).chunks(4097) {
        writer.write(piece).unwrap();
    }
    assert!(writer.finish().unwrap() == whole);
}

#[test]
fn what_was_written_by_the_first_release_still_opens() {
    let file = sealed(b"abc");
    let (header, chunk) = file.split_at(header_length(&file));
    let chunk = chunk
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(
        (str::from_utf8(header).unwrap(), &*chunk),
        (STORED_HEADER, STORED_CHUNK)
    );
}

#[test]
fn what_is_written_today_is_sealed_as_recommended() {
    let lock = Lock::Passphrase(passphrase("hunter2"));
    let file = Writer::create(Vec::new(), "backup", &lock)
        .unwrap()
        .finish()
        .unwrap();
    let line = file.split(|byte| *byte == b'\n').nth(1).unwrap();
    let json: serde_json::Value = serde_json::from_slice(line).unwrap();
    let kdf = &json["lock"]["argon2id"];
    assert_eq!(
        (&json["content"], &kdf["memoryKib"]),
        (&"backup".into(), &262_144.into())
    );
    assert_eq!((&kdf["passes"], &kdf["lanes"]), (&3.into(), &4.into()));
    assert_eq!(open(&file).unwrap(), b"");
}

#[test]
fn a_file_for_a_public_key_opens_with_its_secret_half_only() {
    for suite in [Suite::XWing, Suite::X25519] {
        let key = FileSecretKey::generate(suite).unwrap();
        let lock = Lock::PublicKey(key.public());
        let mut writer = Writer::create(Vec::new(), "keys", &lock).unwrap();
        writer.write(b"abc").unwrap();
        let file = writer.finish().unwrap();
        assert_eq!(
            Header::read(&mut &*file).unwrap().key(),
            Some(key.public().id())
        );
        assert!(matches!(open(&file), Err(Error::NeedsKey { .. })));
        let other = Unlock::SecretKey(FileSecretKey::generate(suite).unwrap());
        assert!(matches!(
            open_with(&file, &other),
            Err(Error::OtherKey { .. })
        ));
        assert_eq!(open_with(&file, &Unlock::SecretKey(key)).unwrap(), b"abc");
    }
}

#[test]
fn a_changed_bit_in_the_header_of_a_file_for_a_public_key_is_noticed() {
    let key = FileSecretKey::generate(Suite::X25519).unwrap();
    let file = Writer::create(Vec::new(), "keys", &Lock::PublicKey(key.public()))
        .unwrap()
        .finish()
        .unwrap();
    let unlock = Unlock::SecretKey(key);
    for at in 0..header_length(&file) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(open_with(&changed, &unlock).is_err(), "byte {at}");
    }
}

#[test]
fn a_wrong_passphrase_is_told_from_a_damaged_file() {
    let file = sealed(b"abc");
    for text in ["", "hunter", "hunter2 ", "Hunter2"] {
        let refused = open_with(&file, &Unlock::Passphrase(passphrase(text)));
        assert!(matches!(refused, Err(Error::WrongPassphrase)), "{text}");
    }
    let key = FileSecretKey::generate(Suite::X25519).unwrap();
    let refused = open_with(&file, &Unlock::SecretKey(key));
    assert!(matches!(refused, Err(Error::NeedsPassphrase)));
}

#[test]
fn a_file_that_is_cut_at_a_border_or_beside_it_does_not_open() {
    for length in [LENGTH, 2 * CHUNK_BYTES] {
        let file = sealed(&plaintext(length));
        let start = header_length(&file);
        let borders = (start..file.len()).step_by(SEALED_CHUNK);
        let beside = |at: usize| [at.saturating_sub(1).max(start), at, at + 1, at + TAG_BYTES];
        for end in borders.flat_map(beside).chain([file.len() - 1]) {
            assert!(matches!(open(&file[..end]), Err(Error::Damaged)), "{end}");
        }
    }
}

#[test]
fn a_file_with_chunks_swapped_left_out_or_doubled_does_not_open() {
    let file = sealed(&plaintext(LENGTH));
    let (header, chunks) = file.split_at(header_length(&file));
    let [one, two, last] = chunks.chunks(SEALED_CHUNK).collect::<Vec<_>>()[..] else {
        panic!("three chunks");
    };
    for (name, order) in [
        ("swapped", vec![two, one, last]),
        ("first left out", vec![two, last]),
        ("second left out", vec![one, last]),
        ("last left out", vec![one, two]),
        ("only the last", vec![last]),
        ("doubled", vec![one, one, two, last]),
        ("last doubled", vec![one, two, last, last]),
        ("last first", vec![last, one, two]),
        ("none", vec![]),
    ] {
        let changed = [header.to_vec(), order.concat()].concat();
        assert!(matches!(open(&changed), Err(Error::Damaged)), "{name}");
    }
}

#[test]
fn a_file_with_more_behind_it_or_a_changed_byte_does_not_open() {
    let file = sealed(&plaintext(LENGTH));
    let start = header_length(&file);
    for at in [
        start,
        start + SEALED_CHUNK - 1,
        start + SEALED_CHUNK,
        file.len() - 1,
    ] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(matches!(open(&changed), Err(Error::Damaged)), "byte {at}");
    }
    let more = [file.as_slice(), b"\n"].concat();
    assert!(matches!(open(&more), Err(Error::Damaged)));
}

#[test]
fn chunks_of_another_file_of_the_same_passphrase_do_not_open() {
    let other = sealed(&plaintext(LENGTH));
    let kdf = Argon2id::new(32, 1, 4, &mut rng::system());
    let secret = kdf.derive(&passphrase("hunter2")).unwrap();
    let file = Writer::begin(Vec::new(), "vector", Described::Argon2id(kdf), &secret)
        .unwrap()
        .finish()
        .unwrap();
    let (header, _) = file.split_at(header_length(&file));
    let (_, chunks) = other.split_at(header_length(&other));
    assert!(matches!(
        open(&[header, chunks].concat()),
        Err(Error::Damaged)
    ));
}

#[test]
fn a_changed_header_is_noticed_even_where_it_changes_nothing() {
    for (from, to) in [
        ("\"vector\"", "\"backup\""),
        ("{\"content\"", "{ \"content\""),
        ("\"passes\":1", "\"passes\":2"),
        ("\"memoryKib\":32", "\"memoryKib\":64"),
        ("CQkJ", "CQkK"),
    ] {
        let refused = open(&with_header(from, to));
        assert!(matches!(refused, Err(Error::WrongPassphrase)), "{to}");
    }
}

#[test]
fn a_header_of_another_shape_is_refused() {
    for (from, to) in [
        ("\"argon2id\":", "\"scrypt\":"),
        ("\"passes\":1", "\"passes\":-1"),
        ("\"passes\":1", "\"passes\":1,\"more\":1"),
        ("\"content\":", "\"more\":1,\"content\":"),
        ("\"salt\":\"CQ", "\"salt\":\""),
        ("\"salt\":\"CQ", "\"salt\":\"!!"),
        ("}}}\n", "}}}"),
    ] {
        let refused = open(&with_header(from, to));
        assert!(matches!(refused, Err(Error::MalformedHeader)), "{to}");
    }
}

#[test]
fn absurd_parameters_are_refused_before_anything_is_derived() {
    for (from, to) in [
        ("\"memoryKib\":32", "\"memoryKib\":1048577"),
        ("\"memoryKib\":32", "\"memoryKib\":4294967295"),
        ("\"memoryKib\":32", "\"memoryKib\":0"),
        ("\"memoryKib\":32", "\"memoryKib\":31"),
        ("\"passes\":1", "\"passes\":0"),
        ("\"passes\":1", "\"passes\":17"),
        ("\"passes\":1", "\"passes\":4294967295"),
        ("\"lanes\":4", "\"lanes\":0"),
        ("\"lanes\":4", "\"lanes\":500000000"),
    ] {
        let refused = Header::read(&mut &*with_header(from, to));
        assert!(matches!(refused, Err(Error::AbsurdKdf(_))), "{to}");
    }
}

#[test]
fn another_version_and_what_is_no_container_are_told_apart() {
    for version in ["coffer.file.v2", "coffer.file.v10", "coffer.file.v1 "] {
        let refused = open(&with_header("coffer.file.v1", version));
        assert!(matches!(refused, Err(Error::UnknownVersion)), "{version}");
    }
    for file in [
        "",
        "coffer",
        "coffer.file.",
        "apiVersion: v1\nkind: Secret\n",
        "\n\n\n",
    ] {
        let refused = open(file.as_bytes());
        assert!(matches!(refused, Err(Error::NotAContainer)), "{file}");
    }
    let endless = [b"coffer.file.v1\n".to_vec(), vec![b'x'; 100_000]].concat();
    assert!(matches!(open(&endless), Err(Error::MalformedHeader)));
}

#[test]
fn nothing_of_the_content_shows_in_the_file() {
    let file = sealed(&b"hunter2-canary".repeat(10_000));
    assert!(!file.windows(7).any(|window| window == b"hunter2"));
}
