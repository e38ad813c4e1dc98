//! A secret that was found, or what is in the way of reading it.

use super::native::Native;
use super::skip::Skip;
use crate::policy::names;

/// One of what is to be imported.
pub(super) struct Found {
    /// Where it stands, for messages: `file:line:column`, or `the cluster`.
    pub(super) place: String,
    pub(super) native: Result<Native, Skip>,
}

impl Found {
    /// What it is called in messages: the place, and the name where there is one that may be printed.
    pub(super) fn label(&self) -> String {
        match &self.native {
            Ok(native) if names::is_subdomain(&native.name) => {
                format!("{}: {}", self.place, native.name)
            }
            _ => self.place.clone(),
        }
    }
}
