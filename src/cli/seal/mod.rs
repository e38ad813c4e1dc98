//! `coffer seal`: values sealed on the author's machine, before they reach Git or a cluster.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`files`] | manifests in, manifests out, whole or not at all |
//! | [`manifest`] | which scalars of a manifest are values; [`reader`], [`mapping`] and [`data`] find out |
//! | [`splice`] | envelopes in, every other byte as it was |
//! | [`problem`] | what can be wrong with a manifest |
//! | [`yaml`] | YAML with positions |
//! | [`store`] | the sealing key of a SecretStore |
//! | [`source`] | where stores come from: a file or the cluster |
//! | [`job`] | one manifest: each value sealed for its place |
//! | [`report`] | what was done, for stderr |
//! | [`value`] | `coffer seal value`: one value, no manifest |

pub(super) mod args;
mod data;
pub(super) mod files;
mod job;
pub(super) mod manifest;
mod mapping;
pub(super) mod problem;
mod reader;
mod report;
pub(super) mod source;
mod splice;
pub(super) mod store;
mod value;
pub(super) mod yaml;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::bail;

use args::{SealArgs, SealCommand};
use files::Input;
use job::Job;
use report::Report;
use source::Source;

/// The answer of `--check` when something is in clear.
const IN_CLEAR: u8 = 1;

pub(super) fn run(args: &SealArgs) -> anyhow::Result<ExitCode> {
    if let Some(SealCommand::Value(args)) = &args.command {
        return value::run(args);
    }
    let inputs = files::read(args)?;
    if args.check {
        check(&inputs, args)
    } else {
        seal(&inputs, args)
    }
}

/// Reads everything, seals everything, and only then writes: one bad file leaves all as they were.
fn seal(inputs: &[Input], args: &SealArgs) -> anyhow::Result<ExitCode> {
    let mut source = Source::new(&args.key)?;
    let mut report = Report::default();
    let mut outputs = Vec::with_capacity(inputs.len());
    let mut failed = false;
    for input in inputs {
        let job = Job {
            input,
            namespace: args.namespace.as_deref(),
            binding: args.key.binding(),
        };
        match job.seal(&mut source, &mut report)? {
            Some(text) => outputs.push((input, text)),
            None => failed = true,
        }
    }
    if failed {
        bail!("nothing was written");
    }
    for (input, text) in &outputs {
        input.write(text, args.in_place)?;
    }
    if !args.quiet {
        report.print();
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what is in clear; needs no key.
fn check(inputs: &[Input], args: &SealArgs) -> anyhow::Result<ExitCode> {
    let mut in_clear = 0;
    let mut failed = false;
    for input in inputs {
        let job = Job {
            input,
            namespace: args.namespace.as_deref(),
            binding: args.key.binding(),
        };
        match job.check()? {
            Some(count) => in_clear += count,
            None => failed = true,
        }
    }
    if failed {
        bail!("not everything could be checked");
    }
    Ok(if in_clear == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(IN_CLEAR)
    })
}
