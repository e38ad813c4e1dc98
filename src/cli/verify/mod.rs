//! `coffer verify`: would these manifests be admitted?
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`document`] | a text's objects as JSON, and where each field stands |
//! | [`object`] | one object: what it is, its metadata, its spec |
//! | [`schema`] | structure, by the schema of the definition |
//! | [`limits`] | how long, how many, how large |
//! | [`rules`] | the definition's rules |
//! | [`templates`] | templates that do not parse |
//! | [`values`], [`stores`] | envelopes, and the keys that stores have |
//! | [`server`] | what the API server says in a dry run |
//! | [`finding`] | where, what, and what to do about it |

pub(super) mod args;
mod document;
mod finding;
mod limits;
mod object;
mod rules;
mod schema;
mod server;
pub(super) mod stores;
mod templates;
mod values;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::bail;
use serde_json::{Value as Json, json};

use super::output::{self, Data, NO};
use super::seal::files::Input;
use args::{Form, VerifyArgs};
use document::Document;
use finding::{Finding, Level, Path, Remark};
use server::Server;
use stores::Stores;
use values::Judge;

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let mut stores = Stores::read(&args.store)?;
    let server = if args.server {
        Some(Server::connect(args, &mut stores)?)
    } else {
        None
    };
    let namespace = args.namespace.clone();
    let namespace = namespace.or_else(|| server.as_ref().map(Server::default_namespace));
    let verification = Verification {
        stores,
        server,
        namespace,
        allow_plaintext: args.allow_plaintext,
    };
    let mut findings = Vec::new();
    let mut objects = 0;
    let mut all_read = true;
    for input in &Input::all(&args.files)? {
        match verification.file(&input.name, &input.text, &mut findings)? {
            Some(ours) => objects += ours,
            None => all_read = false,
        }
    }
    report(args, objects, &findings)?;
    if !all_read {
        bail!("not everything could be checked");
    }
    let is_error = |finding: &Finding| finding.level == Level::Error;
    Ok(if findings.iter().any(is_error) {
        ExitCode::from(NO)
    } else {
        ExitCode::SUCCESS
    })
}

/// Checks an object that a command made itself.
///
/// # Errors
/// The first thing that is wrong with it.
pub(super) fn check_object(object: &Json) -> anyhow::Result<()> {
    match object::check(object).into_iter().next() {
        Some(Remark { at, message, .. }) => bail!("{at}: {message}"),
        None => Ok(()),
    }
}

/// What the objects of all files are checked with.
struct Verification {
    stores: Stores,
    server: Option<Server>,
    namespace: Option<String>,
    allow_plaintext: bool,
}

impl Verification {
    /// Checks the objects of a file; how many of coffer.dev it holds. `None` when it does not read.
    fn file(
        &self,
        name: &str,
        text: &str,
        findings: &mut Vec<Finding>,
    ) -> anyhow::Result<Option<usize>> {
        let documents = match document::read(text) {
            Ok(documents) => documents,
            Err((position, syntax)) => {
                findings.push(Finding {
                    level: Level::Error,
                    file: name.to_owned(),
                    position: Some(position.to_string()),
                    object: String::new(),
                    field: String::new(),
                    message: syntax.to_string(),
                });
                return Ok(None);
            }
        };
        let ours: Vec<&Document> = documents
            .iter()
            .filter(|document| object::is_ours(&document.json))
            .collect();
        for document in &ours {
            let mut remarks = self.object(&document.json)?;
            remarks.sort_by_key(|remark| document.position(&remark.at));
            for remark in remarks {
                findings.push(Finding {
                    level: remark.level,
                    file: name.to_owned(),
                    position: Some(document.position(&remark.at).to_string()),
                    object: object::name_of(&document.json, self.namespace.as_deref()),
                    field: remark.at.to_string(),
                    message: remark.message,
                });
            }
        }
        Ok(Some(ours.len()))
    }

    fn object(&self, object: &Json) -> anyhow::Result<Vec<Remark>> {
        let mut remarks = object::check(object);
        let of_manifest = object.pointer("/metadata/namespace").and_then(Json::as_str);
        if object["kind"] == "Secret" {
            let judge = Judge {
                stores: &self.stores,
                namespace: of_manifest.or(self.namespace.as_deref()),
                allow_plaintext: self.allow_plaintext,
            };
            remarks.extend(values::check(object, &judge));
            remarks.extend(templates::check(object));
        }
        let Some(server) = &self.server else {
            return Ok(remarks);
        };
        // An error of the API server quotes what is wrong: only what is well-formed is sent.
        if remarks.iter().any(|remark| remark.level == Level::Error) {
            return Ok(remarks);
        }
        let root = Path::default();
        if values::in_clear(object) {
            let message = "holds a value in clear, so it was not sent to the API server";
            remarks.push(Remark::note(&root, message));
        } else if let Some(refused) = server.judge(object, self.namespace.as_deref())? {
            remarks.push(Remark::error(&root, refused));
        }
        Ok(remarks)
    }
}

fn report(args: &VerifyArgs, objects: usize, findings: &[Finding]) -> anyhow::Result<()> {
    let data = json!({ "objects": objects, "findings": findings });
    output::print(&match args.output {
        Form::Text => output::lines(findings),
        Form::Json => Data::Json.text(&data)?,
        Form::Yaml => Data::Yaml.text(&data)?,
    })?;
    let is_error = |finding: &&Finding| finding.level == Level::Error;
    let errors = findings.iter().filter(is_error).count();
    if !args.quiet {
        eprintln!(
            "coffer: {} of coffer.dev, {}",
            output::count(objects, "object"),
            output::count(errors, "problem")
        );
    }
    Ok(())
}
