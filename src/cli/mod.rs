//! The command line.

pub mod seal;
