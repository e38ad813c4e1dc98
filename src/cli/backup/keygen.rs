//! `coffer backup keygen`: a key pair, its secret half for its owner alone.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use zeroize::Zeroizing;

use super::args::KeygenArgs;
use crate::cli::archive::SECRET_KEY;
use crate::cli::archive::output::Target;
use crate::cli::archive::passphrase;
use crate::crypto::container::{FileSecretKey, Lock};

/// Never over a key that is there: backups may be sealed to it.
pub(super) fn run(args: &KeygenArgs) -> anyhow::Result<ExitCode> {
    if args.output.as_os_str() == "-" {
        bail!("a secret half is not for stdout; name a file");
    }
    let mut public_path = OsString::from(&args.output);
    public_path.push(".pub");
    let public_path = PathBuf::from(public_path);
    let secret_target = Target::new(&args.output, false)?;
    let public_target = Target::new(&public_path, false)?;
    let lock = if args.passphrase || args.passphrase_file.is_some() {
        let passphrase = passphrase::new(args.passphrase_file.as_deref())?;
        Some(Lock::Passphrase(passphrase))
    } else {
        None
    };
    let key = FileSecretKey::generate(args.suite.suite())?;
    let text = with_line_break(&key.to_secret_text());
    match &lock {
        Some(lock) => secret_target.write_sealed(SECRET_KEY, lock, text.as_bytes())?,
        None => secret_target.write_plain(text.as_bytes())?,
    }
    public_target.write_plain(format!("{}\n", key.public()).as_bytes())?;
    eprintln!(
        "coffer: made key {}: the secret half is {}{}, the public half {}",
        key.public().id(),
        args.output.display(),
        if lock.is_some() {
            ", sealed to the passphrase"
        } else {
            ""
        },
        public_path.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn with_line_break(text: &str) -> Zeroizing<String> {
    let mut line = Zeroizing::new(String::with_capacity(text.len() + 1));
    line.push_str(text);
    line.push('\n');
    line
}
