//! What is made is what other programs take it for.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;

use super::*;

fn every_kind() -> Vec<Generator> {
    let classes = vec![b"abc".to_vec(), b"0123456789".to_vec()];
    vec![
        Generator::Password {
            length: 32,
            classes,
        },
        Generator::Bytes(32),
        Generator::Uuid,
        Generator::SshKey,
        Generator::KeyPair(Curve::Ed25519),
        Generator::KeyPair(Curve::X25519),
    ]
}

/// What a program says of a value; none where it is not installed.
fn said(program: &str, arguments: &[&str], value: &Plaintext) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("value");
    // ssh-keygen refuses what others can read.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    file.write_all(value.expose()).unwrap();
    let arguments = arguments.iter().map(|it| match *it {
        "FILE" => path.as_os_str(),
        other => OsStr::new(other),
    });
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{program}: {complaint}");
            Some(output.stdout)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{program}: {error}"),
    }
}

#[test]
fn no_two_values_are_alike() {
    for generator in every_kind() {
        let values: HashSet<_> = (0..100)
            .map(|_| generator.draw().expose().to_vec())
            .collect();
        assert_eq!(values.len(), 100, "{generator:?}");
    }
}

#[test]
fn bytes_are_as_many_as_asked_for() {
    for length in [1, 32, 4096] {
        assert_eq!(Generator::Bytes(length).draw().len(), length);
    }
}

#[test]
fn a_uuid_is_one_of_version_4() {
    let value = Generator::Uuid.draw();
    let text = std::str::from_utf8(value.expose()).unwrap();
    let uuid = uuid::Uuid::parse_str(text).unwrap();
    assert_eq!(
        (uuid.get_version_num(), uuid.get_variant()),
        (4, uuid::Variant::RFC4122)
    );
    assert_eq!(uuid.to_string(), text);
}

#[test]
fn ssh_keygen_reads_the_private_half_and_finds_the_same_public_half() {
    for _ in 0..5 {
        let value = Generator::SshKey.draw();
        let public = Generator::SshKey.public_half(&value).unwrap();
        if let Some(found) = said("ssh-keygen", &["-y", "-f", "FILE"], &value) {
            assert_eq!(found, public.expose());
        }
        if let Some(shown) = said("ssh-keygen", &["-l", "-f", "FILE"], &public) {
            assert!(String::from_utf8(shown).unwrap().starts_with("256 SHA256:"));
        }
    }
}

#[test]
fn openssl_reads_the_private_half_and_finds_the_same_public_half() {
    for curve in [Curve::Ed25519, Curve::X25519] {
        let generator = Generator::KeyPair(curve);
        let value = generator.draw();
        let public = generator.public_half(&value).unwrap();
        if let Some(found) = said("openssl", &["pkey", "-in", "FILE", "-pubout"], &value) {
            assert_eq!(found, public.expose(), "{curve:?}");
        }
    }
}

#[test]
fn a_value_of_another_kind_has_no_public_half() {
    for made in every_kind() {
        for read in every_kind() {
            let has_one = read.public_half(&made.draw()).is_some();
            assert_eq!(
                has_one,
                made == read && made.has_public_half(),
                "{made:?} as {read:?}"
            );
        }
    }
}
