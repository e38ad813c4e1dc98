//! No core dumps: one would hold every value that is in memory.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns them off for this process and what it starts.
pub(super) fn off() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(io::Error::from)
}
