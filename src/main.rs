//! The `coffer` binary: crypto provider, arguments, dispatch.

use std::process::ExitCode;

use coffer::{cli, telemetry};

/// What went wrong is on stderr. 1 is an answer (`seal --check`), 2 is trouble, as with `diff`.
const TROUBLE: u8 = 2;

/// Why: docs/decisions/allocator.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(answered) => return answered,
    };
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("coffer: a TLS provider is installed already");
        return ExitCode::from(TROUBLE);
    }
    cli::run(cli).unwrap_or_else(|error| {
        eprintln!("coffer: {}", telemetry::chain(error.as_ref()));
        ExitCode::from(TROUBLE)
    })
}
