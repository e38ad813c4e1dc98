//! One manifest: each value sealed for its place.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::Context;
use zeroize::Zeroizing;

use super::files::Input;
use super::manifest::{Field, Manifest, Secret};
use super::problem::{Problem, Reason};
use super::report::Report;
use super::source::Source;
use crate::crypto::{BindingKind, Envelope, Place, Plaintext};

type InClear<'m> = (&'m Field, Plaintext);

/// A manifest and what was asked for on the command line.
pub(super) struct Job<'a> {
    pub(super) input: &'a Input,
    pub(super) namespace: Option<&'a str>,
    pub(super) binding: BindingKind,
}

impl Job<'_> {
    /// The sealed text; `None` when the manifest has problems, which are then on stderr.
    ///
    /// # Errors
    /// What concerns the store and not the manifest.
    pub(super) fn seal(
        &self,
        source: &mut Source,
        report: &mut Report,
    ) -> anyhow::Result<Option<Zeroizing<String>>> {
        let Some(manifest) = self.read() else {
            return Ok(None);
        };
        let Some(fields) = self.in_clear(&manifest) else {
            return Ok(None);
        };
        report.already(manifest.fields().len() - fields.len());
        let mut replacements = Vec::with_capacity(fields.len());
        for (field, bytes) in fields {
            let secret = &manifest.secrets()[field.secret];
            let namespace = match self.namespace_of(secret) {
                Some(namespace) => Some(namespace.to_owned()),
                None => source.default_namespace()?,
            };
            let Some(namespace) = namespace else {
                self.say(&Problem {
                    position: secret.position,
                    reason: Reason::NoNamespace,
                });
                return Ok(None);
            };
            let store = source
                .store(&namespace, &secret.store)
                .with_context(|| format!("{}:{}", self.input.name, secret.position))?;
            let place = Place {
                kind: "Secret",
                namespace: &namespace,
                store: &secret.store,
                name: secret.name.as_deref().unwrap_or_default(),
                key: &field.key,
            };
            let envelope = store.key.seal(self.binding, &place, bytes.expose())?;
            report.sealed(store, (&self.input.name, field.secret));
            replacements.push((field, envelope.to_string()));
        }
        match manifest.splice(&replacements) {
            Ok(text) => Ok(Some(text)),
            Err(problem) => {
                self.say(&problem);
                Ok(None)
            }
        }
    }

    /// Prints the place of each value in clear; how many there are, or `None` for problems.
    pub(super) fn check(&self) -> anyhow::Result<Option<usize>> {
        let Some(manifest) = self.read() else {
            return Ok(None);
        };
        let Some(fields) = self.in_clear(&manifest) else {
            return Ok(None);
        };
        let mut out = io::stdout().lock();
        for (field, _) in &fields {
            let (file, place) = (&self.input.name, field.position);
            writeln!(
                out,
                "{file}:{place}: a value is in clear; seal it with `coffer seal`"
            )?;
        }
        Ok(Some(fields.len()))
    }

    /// The manifest, or `None` after saying all that is wrong with it.
    fn read(&self) -> Option<Manifest<'_>> {
        match Manifest::read(&self.input.text) {
            Ok(manifest) => {
                for (position, note) in manifest.notes() {
                    self.say(&format_args!("{position}: note: {note}"));
                }
                Some(manifest)
            }
            Err(problems) => {
                for problem in &problems {
                    self.say(problem);
                }
                None
            }
        }
    }

    /// The values that are not sealed yet, or `None` after saying what is wrong with them.
    fn in_clear<'m>(&self, manifest: &'m Manifest<'_>) -> Option<Vec<InClear<'m>>> {
        let mut problems = Vec::new();
        let mut found = Vec::new();
        for field in manifest.fields() {
            match self.judge(manifest, field) {
                Ok(Some(bytes)) => found.push((field, bytes)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        for problem in &problems {
            self.say(problem);
        }
        problems.is_empty().then_some(found)
    }

    /// The bytes to seal; none when the value is an envelope.
    fn judge(&self, manifest: &Manifest<'_>, field: &Field) -> Result<Option<Plaintext>, Problem> {
        let written = manifest.written(field);
        let refused = |position, reason| Err(Problem { position, reason });
        if Envelope::is_sealed(written) {
            return match Envelope::parse(written) {
                Ok(_) => Ok(None),
                Err(error) => refused(field.position, Reason::BrokenEnvelope(error)),
            };
        }
        let secret = &manifest.secrets()[field.secret];
        match (secret.namespace.as_deref(), self.namespace) {
            (Some(written), Some(asked)) if written != asked => {
                return refused(secret.position, Reason::OtherNamespace(asked.to_owned()));
            }
            _ => {}
        }
        if secret.name.is_none() && self.binding == BindingKind::Strict {
            return refused(secret.position, Reason::NoName);
        }
        manifest.bytes(field).map(Some)
    }

    fn namespace_of<'s>(&'s self, secret: &'s Secret) -> Option<&'s str> {
        secret.namespace.as_deref().or(self.namespace)
    }

    fn say(&self, what: &dyn Display) {
        eprintln!("{}:{what}", self.input.name);
    }
}
