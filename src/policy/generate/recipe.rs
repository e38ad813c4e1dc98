//! From what the spec asks for to what can be made.

use crate::api::{CharacterClass, Characters, Generate, GeneratorKind, KeyAlgorithm, Reason};
use crate::crypto::{Curve, Generator};
use crate::policy::Problem;

/// The length of passwords and bytes where the spec does not say: 190 bits of a password's default
/// characters, 256 bits of bytes.
const LENGTH: u32 = 32;

/// The symbols where the spec does not say.
const SYMBOLS: &str = "!#%&*+-./:=?@^_~";

const AMBIGUOUS: &[u8] = b"0Oo1lI|";

/// What makes the value of `spec.data.<key>`. The definition's rules say the same as the errors here.
pub(super) fn generator(key: &str, generate: &Generate) -> Result<Generator, Problem> {
    let length = generate.length.unwrap_or(LENGTH);
    let within = |least, most| {
        if (least..=most).contains(&length) {
            Ok(usize::try_from(length).unwrap_or_default())
        } else {
            let what = format!("generate.length` is not {least} to {most}: correct it");
            Err(invalid(key, &what))
        }
    };
    Ok(match generate.kind {
        GeneratorKind::Password => Generator::Password {
            length: within(8, 1024)?,
            classes: classes(key, &generate.characters.clone().unwrap_or_default())?,
        },
        GeneratorKind::Bytes => Generator::Bytes(within(1, 4096)?),
        GeneratorKind::Uuid => Generator::Uuid,
        GeneratorKind::SshKey => Generator::SshKey,
        GeneratorKind::KeyPair => {
            Generator::KeyPair(match generate.algorithm.unwrap_or_default() {
                KeyAlgorithm::Ed25519 => Curve::Ed25519,
                KeyAlgorithm::X25519 => Curve::X25519,
            })
        }
    })
}

/// The characters of each class that is asked for.
fn classes(key: &str, characters: &Characters) -> Result<Vec<Vec<u8>>, Problem> {
    let default = [
        CharacterClass::Lower,
        CharacterClass::Upper,
        CharacterClass::Digits,
    ];
    let mut wanted = characters.classes.clone();
    if wanted.is_empty() {
        wanted.extend(default);
    }
    let symbols = characters.symbols.as_deref().unwrap_or(SYMBOLS);
    let excluded = if characters.exclude_ambiguous == Some(true) {
        AMBIGUOUS
    } else {
        b""
    };
    let mut classes = Vec::new();
    for class in wanted {
        let mut class: Vec<u8> = match class {
            CharacterClass::Lower => (b'a'..=b'z').collect(),
            CharacterClass::Upper => (b'A'..=b'Z').collect(),
            CharacterClass::Digits => (b'0'..=b'9').collect(),
            CharacterClass::Symbols => symbols.bytes().collect(),
        };
        // A character that stands there twice would be twice as likely.
        class.sort_unstable();
        class.dedup();
        class.retain(|byte| !excluded.contains(byte));
        if class.is_empty() {
            let what = "generate.characters` leaves nothing of the symbols: give others";
            return Err(invalid(key, what));
        }
        if !class.iter().all(u8::is_ascii_graphic) {
            let what = "generate.characters.symbols` has others than those of ASCII: remove them";
            return Err(invalid(key, what));
        }
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    Ok(classes)
}

/// `what` begins within the path of the field, and ends with the remedy.
pub(super) fn invalid(key: &str, what: &str) -> Problem {
    Problem::new(Reason::GeneratorInvalid, format!("`spec.data.{key}.{what}"))
}
