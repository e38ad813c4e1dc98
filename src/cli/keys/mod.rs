//! `coffer keys`: the keys of the stores, and the root keys that wrap them, for administrators.
//!
//! It is a client of the API server like any other: what it changes is an annotation of a store, a
//! record, or the keyring, each with a precondition; what follows from that the operator does. Only `export`
//! and `import` unwrap keys, into and out of a sealed file.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the command line and its help |
//! | [`list`], [`status`] | shows which keys there are, and how they are |
//! | [`rotate`] | asks for new keys of stores, or adds a root key |
//! | [`adopt`], [`shred`] | gives the keys of a former namespace to the new one, or destroys them |
//! | [`prune`] | removes keys that nothing needs any more |
//! | [`exchange`], [`export`], [`import`] | keys into a sealed file, and out of it |
//! | [`custody`] | asks the API server for records and keyring, and writes them |
//! | [`record`], [`roots`] | a store's record and the keyring, as they are changed. No client |
//! | [`references`] | which Secrets need which key |
//! | [`store_name`], [`progress`] | `NAMESPACE/STORE`; how far a wait is |

mod adopt;
pub(super) mod args;
mod custody;
mod exchange;
mod export;
mod import;
mod list;
mod progress;
mod prune;
mod record;
mod references;
mod roots;
mod rotate;
mod shred;
mod status;
mod store_name;

#[cfg(test)]
mod fixtures;

use std::process::ExitCode;

use args::{KeysArgs, KeysCommand, RotateCommand};

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        KeysCommand::List(args) => list::run(args),
        KeysCommand::Status(args) => status::run(args),
        KeysCommand::Rotate(args) => match &args.command {
            RotateCommand::Store(args) => rotate::stores(args),
            RotateCommand::Root(args) => rotate::root(args),
        },
        KeysCommand::Adopt(args) => adopt::run(args),
        KeysCommand::Shred(args) => shred::run(args),
        KeysCommand::Prune(args) => prune::run(args),
        KeysCommand::Export(args) => export::run(args),
        KeysCommand::Import(args) => import::run(args),
    }
}
