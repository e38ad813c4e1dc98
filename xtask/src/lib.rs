//! The developer's commands, and the control plane of their own that they run on.
//!
//! - [`mod@bench`]: the benchmarks, each next to its yardstick
//! - [`clients`]: clients of others that the tests run against the REST interfaces
//! - [`commands`]: one file per `cargo xtask` command
//! - [`control_plane`]: etcd, kube-apiserver and kube-controller-manager on loopback
//! - [`demo`]: the quickstart, told and checked
//! - [`operator`]: `coffer operator` beside them, with the rights that the chart gives it
//! - [`process`]: processes that never outlive the command that started them
//! - [`tools`]: the programs of the control plane, built from pinned sources

pub mod bench;
pub mod clients;
pub mod commands;
pub mod control_plane;
pub mod demo;
pub mod interrupt;
pub mod manifest;
pub mod operator;
pub mod probe;
pub mod process;
pub mod tools;
pub mod workspace;
