//! The controllers, one folder for each kind: dereference, validate, build, apply, status.

mod access;
mod backoff;
mod context;
mod error;
mod in_flight;
mod in_place;
mod keyring;
mod pages;
mod patience;
mod pods;
mod repairs;
mod reseal;
mod rewrap;
mod run;
mod secret;
mod status;
mod store;
mod unmet;
mod usage_writes;

pub use context::{Config, SealedBy};
pub use run::{Parts, run};
