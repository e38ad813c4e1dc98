//! `coffer reseal`: manifests in Git renewed after a rotation.
//!
//! The operator has the retired keys, and authors have not: so the API server is asked, in a dry run, what
//! it would store, and the operator's webhook answers with envelopes of the active keys. No value is ever in
//! clear outside the operator.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`envelopes`] | which values of a manifest are looked at |
//! | [`check`] | `--check`: which of them a retired key has sealed |
//! | [`question`] | what is sent, and what comes back. No client |
//! | [`renew`] | asks, and splices the answers in |

pub(super) mod args;
mod check;
mod envelopes;
mod question;
mod renew;

use std::process::ExitCode;

use anyhow::bail;

use super::output::NO;
use super::seal::files::Input;
use args::ResealArgs;
use check::Check;
use renew::Renew;

pub(super) fn run(args: &ResealArgs) -> anyhow::Result<ExitCode> {
    let inputs = Input::all(&args.files)?;
    if args.check {
        check(&inputs, args)
    } else {
        renew(&inputs, args)
    }
}

/// Reads everything, asks everything, and only then writes: one bad file leaves all as they were.
fn renew(inputs: &[Input], args: &ResealArgs) -> anyhow::Result<ExitCode> {
    let mut renew = Renew::new(args)?;
    let mut outputs = Vec::with_capacity(inputs.len());
    for input in inputs {
        outputs.extend(renew.file(input)?.map(|text| (input, text)));
    }
    if outputs.len() < inputs.len() {
        bail!("nothing was written");
    }
    for (input, text) in &outputs {
        input.write(text, true)?;
    }
    if !args.quiet {
        eprintln!("coffer: {}", renew.summary());
    }
    Ok(ExitCode::SUCCESS)
}

fn check(inputs: &[Input], args: &ResealArgs) -> anyhow::Result<ExitCode> {
    let mut check = Check::new(args)?;
    let mut found = 0;
    let mut failed = false;
    for input in inputs {
        match check.file(input)? {
            Some(count) => found += count,
            None => failed = true,
        }
    }
    if failed {
        bail!("not everything could be checked");
    }
    Ok(if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NO)
    })
}
