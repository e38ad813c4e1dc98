//! `coffer seal value`: one value from stdin, its envelope on stdout.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::args::ValueArgs;
use super::source::Source;
use crate::crypto::{BindingKind, Place};
use crate::policy::MAX_VALUE_BYTES;
use crate::policy::encoding::is_envelope;
use crate::policy::scrub::is_marker;

pub(super) fn run(args: &ValueArgs) -> anyhow::Result<ExitCode> {
    let binding = args.source.binding();
    if binding == BindingKind::Strict && (args.name.is_none() || args.key.is_none()) {
        bail!("a strict envelope fits one key of one Secret; give --name and --key");
    }
    let mut source = Source::new(&args.source)?;
    let namespace = match &args.namespace {
        Some(namespace) => namespace.clone(),
        None => source
            .default_namespace()?
            .context("a value is sealed for one namespace; give --namespace")?,
    };
    // Before the value is asked for: what is wrong with the store is said without it.
    let store = source.store(&namespace, &args.store)?;
    let value = read(args)?;
    let place = Place {
        kind: "Secret",
        namespace: &namespace,
        store: &args.store,
        name: args.name.as_deref().unwrap_or_default(),
        key: args.key.as_deref().unwrap_or_default(),
    };
    let envelope = store.key.seal(binding, &place, &value)?;
    writeln!(io::stdout(), "{envelope}").context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

fn read(args: &ValueArgs) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        eprintln!("coffer: type the value (it shows), then Enter and Ctrl-D");
    }
    let mut value = Zeroizing::new(Vec::with_capacity(MAX_VALUE_BYTES + 3));
    // With room for the line break that may be left out, and one to notice what is too long.
    let limit = u64::try_from(MAX_VALUE_BYTES + 3)?;
    stdin
        .lock()
        .take(limit)
        .read_to_end(&mut value)
        .context("cannot read stdin")?;
    if args.trim_newline {
        let kept = value
            .strip_suffix(b"\r\n")
            .or_else(|| value.strip_suffix(b"\n"));
        let kept = kept.map_or(value.len(), <[u8]>::len);
        value.truncate(kept);
    } else if value.ends_with(b"\n") && !args.quiet {
        eprintln!(
            "coffer: the value ends with a line break, which is sealed with it; --trim-newline leaves it out"
        );
    }
    if value.is_empty() {
        bail!("the value is empty; pipe it in, as in `printf %s \"$TOKEN\" | coffer seal value …`");
    }
    if value.len() > MAX_VALUE_BYTES {
        bail!(
            "the value has more than {MAX_VALUE_BYTES} bytes; split it over several keys or secrets"
        );
    }
    if is_envelope(&value) {
        bail!("the value is an envelope already; use it as it is");
    }
    if is_marker(&value) {
        bail!(
            "the value is what stands for a value in the copy that `kubectl apply` keeps; take the value from your manifest"
        );
    }
    Ok(value)
}
