//! All that was found: carried over, sealed, and written once nothing is in the way any more.

use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use kube::core::ObjectMeta;

use super::args::ToArgs;
use super::carry::{self, Carried};
use super::found::Found;
use super::output::{self, Made};
use super::report::Report;
use super::skip::Skip;
use crate::api::{Secret, SecretSpec, SecretValue, StoreRef};
use crate::cli::seal::source::Source;
use crate::cli::seal::store::Store;
use crate::crypto::{BindingKind, Place};
use crate::policy::names;

/// What was asked for on the command line, and where keys come from.
pub(super) struct Job<'a> {
    pub(super) to: &'a ToArgs,
    pub(super) source: Source,
    /// That of secrets that name none; absent where only the key is known.
    pub(super) default_namespace: Option<String>,
}

impl<'a> Job<'a> {
    /// # Errors
    /// Where the arguments do not fit, or the file with the key cannot be read.
    pub(super) fn new(to: &'a ToArgs) -> anyhow::Result<Self> {
        if !names::is_subdomain(&to.store) {
            bail!(
                "--store is not a name that Kubernetes allows; give the SecretStore's metadata.name"
            );
        }
        if to
            .namespace
            .as_deref()
            .is_some_and(|name| !names::is_label(name))
        {
            bail!("--namespace is not a name that Kubernetes allows; correct it");
        }
        let mut source = Source::new(&to.key)?;
        let default_namespace = match &to.namespace {
            Some(namespace) => Some(namespace.clone()),
            None => source.default_namespace()?,
        };
        Ok(Self {
            to,
            source,
            default_namespace,
        })
    }

    /// Imports what was found. Nothing is written before all of it is sealed.
    ///
    /// # Errors
    /// What concerns the store or the output and not a single secret.
    pub(super) fn run(mut self, found: Vec<Found>) -> anyhow::Result<ExitCode> {
        let mut report = Report::new(self.to.quiet, found.len());
        let mut seen = HashSet::new();
        let mut all = Vec::with_capacity(found.len());
        for found in found {
            let label = found.label();
            report.begin(&label);
            let carried = self.place(found).and_then(|(namespace, carried)| {
                let is_new = seen.insert((namespace.clone(), carried.name.clone()));
                is_new.then_some((namespace, carried)).ok_or(Skip::Twice)
            });
            match carried {
                Ok((namespace, carried)) => {
                    report.losses(&label, &carried.losses);
                    all.push(self.seal(namespace, carried, &mut report)?);
                }
                Err(skip) => report.skipped(&label, &skip),
            }
        }
        report.end_progress();
        match &self.to.output_dir {
            Some(folder) => output::into_folder(folder, self.to.force, &all)?,
            None => output::to_stdout(&all)?,
        }
        Ok(report.finish())
    }

    /// The namespace that it is sealed for, and what is sealed.
    fn place(&self, found: Found) -> Result<(String, Carried), Skip> {
        let native = found.native?;
        let namespace = match (&native.namespace, &self.to.namespace) {
            (Some(written), Some(asked)) if written != asked => {
                return Err(Skip::OtherNamespace(asked.clone()));
            }
            (Some(written), _) => written.clone(),
            (None, _) => self.default_namespace.clone().ok_or(Skip::NoNamespace)?,
        };
        if !names::is_label(&namespace) {
            return Err(Skip::InvalidNamespace);
        }
        Ok((namespace, carry::run(native)?))
    }

    fn seal(
        &mut self,
        namespace: String,
        carried: Carried,
        report: &mut Report,
    ) -> anyhow::Result<Made> {
        let binding = self.to.key.binding();
        let store = self.source.store(&namespace, &self.to.store)?;
        report.imported(store, carried.data.len());
        let secret = sealed(store, binding, &namespace, carried)?;
        let name = secret.metadata.name.clone().unwrap_or_default();
        let yaml = serde_yaml::to_string(&secret)
            .with_context(|| format!("cannot write Secret {namespace}/{name} as YAML"))?;
        Ok(Made {
            namespace,
            name,
            yaml,
        })
    }
}

/// The Coffer Secret, each value sealed for its place.
fn sealed(
    store: &Store,
    binding: BindingKind,
    namespace: &str,
    carried: Carried,
) -> anyhow::Result<Secret> {
    let Carried {
        name,
        target,
        data: values,
        losses: _,
    } = carried;
    let mut data = BTreeMap::new();
    for (key, value) in values {
        let place = Place {
            kind: "Secret",
            namespace,
            store: &store.name,
            name: &name,
            key: &key,
        };
        let envelope = store.key.seal(binding, &place, value.expose())?;
        let value = SecretValue {
            value: Some(envelope.to_string().into()),
            ..SecretValue::default()
        };
        data.insert(key, value);
    }
    Ok(Secret {
        metadata: ObjectMeta {
            name: Some(name),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        spec: SecretSpec {
            store_ref: StoreRef {
                name: store.name.clone(),
            },
            name: None,
            comment: None,
            scopes: Vec::new(),
            data,
            target: Some(target),
        },
        status: None,
    })
}
