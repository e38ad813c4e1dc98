//! Processes that never outlive the command that started them.
//!
//! On the way out of a command, however it goes, everything is dropped: a [`Process`] kills and
//! reaps itself, and the [`Guard`] removes the folders. Against `kill -9` of the command itself, the
//! guard is a process of its own, which learns of the death from the end of a pipe.

mod alive;
mod child;
mod guard;
mod protocol;
mod spec;
mod watch;

pub use child::Process;
pub use guard::Guard;
pub use rustix::process::Signal;
pub use spec::Spec;
pub use watch::watch;
