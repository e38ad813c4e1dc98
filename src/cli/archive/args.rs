//! What a file is sealed to, and what opens it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use zeroize::Zeroizing;

use super::{SECRET_KEY, input::Sealed, passphrase};
use crate::crypto::KeyId;
use crate::crypto::container::{FilePublicKey, FileSecretKey, Lock, Unlock};

/// What a file is sealed to.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct LockArgs {
    /// Seal to this public key, of `coffer backup keygen`: what writes the file then cannot read it
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    recipient: Option<PathBuf>,

    /// Seal to the passphrase in this file (`-`: stdin), less one line break at its end. Without this
    /// and --recipient it is asked for, twice
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// What opens a file.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct UnlockArgs {
    /// The secret half of the key that the file is sealed to
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// The passphrase of the file, or that of the --key, is in this file (`-`: stdin); without it, it is
    /// asked for
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl LockArgs {
    /// Reads the key, or the passphrase.
    pub(in crate::cli) fn lock(&self) -> anyhow::Result<Lock> {
        if let Some(path) = &self.recipient {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let key: FilePublicKey = text.parse().with_context(|| path.display().to_string())?;
            return Ok(Lock::PublicKey(key));
        }
        passphrase::new(self.passphrase_file.as_deref()).map(Lock::Passphrase)
    }
}

impl UnlockArgs {
    /// What opens a file that is sealed to this key, or to a passphrase.
    pub(in crate::cli) fn unlock(&self, key: Option<KeyId>) -> anyhow::Result<Unlock> {
        match (&self.key, key) {
            (Some(path), Some(_)) => self.secret_key(path).map(Unlock::SecretKey),
            (None, Some(key)) => bail!(
                "the file is sealed to key {key}; give the file of its secret half with --key"
            ),
            (Some(_), None) => {
                bail!("the file is sealed to a passphrase; leave --key out")
            }
            (None, None) => {
                let asked = passphrase::known(self.passphrase_file.as_deref(), "Passphrase");
                asked.map(Unlock::Passphrase)
            }
        }
    }

    /// From a file that holds it in clear, or sealed to a passphrase.
    fn secret_key(&self, path: &Path) -> anyhow::Result<FileSecretKey> {
        let name = path.display().to_string();
        let text = match Sealed::open(path) {
            Ok(sealed) => {
                if sealed.content() != SECRET_KEY {
                    bail!("{name} is no key; --key takes a file of `coffer backup keygen`");
                }
                let question = format!("Passphrase of {name}");
                let passphrase = passphrase::known(self.passphrase_file.as_deref(), &question)?;
                sealed
                    .unlock(&Unlock::Passphrase(passphrase))
                    .and_then(|file| file.whole())
                    .with_context(|| name.clone())?
            }
            Err(_) => {
                Zeroizing::new(fs::read(path).with_context(|| format!("cannot read {name}"))?)
            }
        };
        let text = std::str::from_utf8(&text).unwrap_or_default();
        FileSecretKey::parse(text).context(name)
    }
}
