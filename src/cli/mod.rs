//! The command line, one file for each command.

pub mod crds;
pub mod operator;
