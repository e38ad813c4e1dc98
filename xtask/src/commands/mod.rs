//! One file per `cargo xtask` command.

pub mod bench;
pub mod demo;
pub mod generate;
pub mod guard;
pub mod test;
pub mod tools;
pub mod up;
