//! The controllers, one folder for each kind: dereference, validate, build, apply, status.

mod backoff;
mod context;
mod error;
mod keyring;
mod run;
mod secret;
mod status;
mod store;

pub use context::Config;
pub use run::run;
