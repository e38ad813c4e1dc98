//! Keys, from where they rest to where they are used: the root keyring and the stores' keys, both in
//! native Secrets of the operator's namespace.
//!
//! Whoever needs a key first makes it, on any replica: the names follow from what the keys are for, so
//! that the API server lets only one be made, and whoever comes second takes what is there.

mod make;
mod provider;
mod retention;
mod rewrap;
mod root;
mod storage;

pub use make::{
    MOST_KEYS, MOST_ORPHANED_KEYS, add_active, retire_others, rotate, too_many_orphaned,
};
pub use provider::{NoKeys, Provider};
pub use retention::{Fate, fate, orphaned};
pub use rewrap::Rewrapped;
pub use root::{Root, check, load, missing, native, open};
pub use storage::{Error, Storage};
