//! Asks about each Secret of a manifest, and splices the answers in.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kube::api::{DynamicObject, PostParams};
use zeroize::Zeroizing;

use super::args::ResealArgs;
use super::envelopes::{self, Sealed};
use super::question::Question;
use crate::cli::cluster::{Cluster, Error, FIELD_MANAGER, request};
use crate::cli::output;
use crate::cli::seal::files::Input;
use crate::cli::seal::manifest::{Field, Manifest};
use crate::cli::seal::problem::{Problem, Reason};

/// A connection, and what was done.
pub(super) struct Renew<'a> {
    args: &'a ResealArgs,
    cluster: Cluster,
    renewed: usize,
    left: usize,
}

impl<'a> Renew<'a> {
    pub(super) fn new(args: &'a ResealArgs) -> anyhow::Result<Self> {
        Ok(Self {
            args,
            cluster: Cluster::connect(&args.connection)?,
            renewed: 0,
            left: 0,
        })
    }

    /// The new text of a file; `None` when it has problems, which are then on stderr.
    ///
    /// # Errors
    /// What concerns the cluster and not the file.
    pub(super) fn file(&mut self, input: &Input) -> anyhow::Result<Option<Zeroizing<String>>> {
        let Some(manifest) = envelopes::read(input) else {
            return Ok(None);
        };
        let Some(sealed) = envelopes::of(input, &manifest) else {
            return Ok(None);
        };
        let mut replacements: Vec<(&Field, String)> = Vec::new();
        for number in 0..manifest.secrets().len() {
            let fields: Vec<_> = sealed
                .iter()
                .filter(|(field, _)| field.secret == number)
                .collect();
            if fields.is_empty() {
                continue;
            }
            let Some(mut new) = self.secret(input, &manifest, number, &fields)? else {
                return Ok(None);
            };
            self.left += fields.len() - new.len();
            self.renewed += new.len();
            let renewed = fields
                .iter()
                .filter_map(|(field, _)| Some((*field, new.remove(&field.key)?)));
            replacements.extend(renewed);
        }
        match manifest.splice(&replacements) {
            Ok(text) => Ok(Some(text)),
            Err(problem) => {
                envelopes::say(input, &problem);
                Ok(None)
            }
        }
    }

    pub(super) fn summary(&self) -> String {
        let left = match self.left {
            0 => String::new(),
            1 => "; 1 was left as it is".to_owned(),
            many => format!("; {many} were left as they are"),
        };
        format!("renewed {}{left}", output::count(self.renewed, "value"))
    }

    /// The new envelopes of one Secret by key.
    fn secret(
        &self,
        input: &Input,
        manifest: &Manifest<'_>,
        number: usize,
        fields: &[&Sealed<'_>],
    ) -> anyhow::Result<Option<BTreeMap<String, String>>> {
        let secret = &manifest.secrets()[number];
        let default = Some(self.cluster.default_namespace());
        let asked = self.args.namespace.as_deref();
        let Some(namespace) = envelopes::namespace_of(input, secret, asked, default) else {
            return Ok(None);
        };
        let Some(name) = &secret.name else {
            let (position, reason) = (secret.position, Reason::NoName);
            envelopes::say(input, &Problem { position, reason });
            return Ok(None);
        };
        let values = fields.iter();
        let values = values.map(|(field, _)| (field.key.as_str(), manifest.written(field)));
        let question = Question {
            namespace: &namespace,
            name,
            store: &secret.store,
            envelopes: values.collect(),
        };
        let place = || {
            format!(
                "{}:{}: Secret {namespace}/{name}",
                input.name, secret.position
            )
        };
        let answer = self.ask(&question).with_context(place)?;
        question.answer(&answer).map(Some).with_context(place)
    }

    /// What would be stored: over the Secret that is there, or as a new one.
    fn ask(&self, question: &Question<'_>) -> anyhow::Result<DynamicObject> {
        let namespace = Some(question.namespace);
        let api = self.cluster.api("Secret", namespace);
        let object: DynamicObject = serde_json::from_value(question.object())?;
        let params = PostParams {
            dry_run: true,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let there = self
            .cluster
            .get("Secret", question.namespace, question.name)?;
        let answer = if let Some(there) = there {
            let mut object = object;
            object.metadata.resource_version = there.metadata.resource_version;
            let asked = api.replace(question.name, &params, &object);
            self.cluster
                .ask(request("update", "Secret", namespace), asked)
        } else {
            let asked = api.create(&params, &object);
            self.cluster
                .ask(request("create", "Secret", namespace), asked)
        };
        answer.map_err(|error| match error {
            Error::Conflict => anyhow::anyhow!("someone changed it meanwhile; run this again"),
            error => error.into(),
        })
    }
}
