//! Which values of a manifest are looked at: all that are sealed, those apart that Coffer makes itself.

use std::fmt::Display;

use crate::cli::seal::files::Input;
use crate::cli::seal::manifest::{Field, Manifest, Secret};
use crate::cli::seal::problem::{Problem, Reason};
use crate::crypto::Envelope;

/// An envelope, and where it stands.
pub(super) type Sealed<'m> = (&'m Field, Envelope);

/// The manifest of a file, or `None` after saying all that is wrong with it.
pub(super) fn read(input: &Input) -> Option<Manifest<'_>> {
    match Manifest::read(&input.text) {
        Ok(manifest) => {
            for (position, note) in manifest.notes() {
                say(input, &format_args!("{position}: note: {note}"));
            }
            Some(manifest)
        }
        Err(problems) => {
            for problem in &problems {
                say(input, problem);
            }
            None
        }
    }
}

/// Its envelopes, or `None` after saying which values are none.
pub(super) fn of<'m>(input: &Input, manifest: &'m Manifest<'_>) -> Option<Vec<Sealed<'m>>> {
    let mut found = Vec::new();
    let mut failed = false;
    for field in manifest.fields().iter().filter(|field| !field.generated) {
        let written = manifest.written(field);
        let reason = match Envelope::parse(written) {
            Ok(envelope) => {
                found.push((field, envelope));
                continue;
            }
            Err(error) if Envelope::is_sealed(written) => Reason::BrokenEnvelope(error),
            Err(_) => Reason::InClear,
        };
        failed = true;
        say(
            input,
            &Problem {
                position: field.position,
                reason,
            },
        );
    }
    (!failed).then_some(found)
}

/// The namespace of a Secret, or `None` after saying that it has none, or two.
pub(super) fn namespace_of(
    input: &Input,
    secret: &Secret,
    asked: Option<&str>,
    default: Option<&str>,
) -> Option<String> {
    let reason = match (secret.namespace.as_deref(), asked) {
        (Some(written), Some(asked)) if written != asked => {
            Reason::OtherNamespace(asked.to_owned())
        }
        (written, asked) => match written.or(asked).or(default) {
            Some(namespace) => return Some(namespace.to_owned()),
            None => Reason::NoNamespace,
        },
    };
    let position = secret.position;
    say(input, &Problem { position, reason });
    None
}

/// On stderr, the file's name first.
pub(super) fn say(input: &Input, what: &dyn Display) {
    eprintln!("{}:{what}", input.name);
}
