//! What tests against a cluster share.
//!
//! - [`Cluster`]: the control plane that `cargo xtask test` started, shared by all tests
//! - [`Namespace`]: the part of it that one test has for itself, with the words that tests speak in
//! - [`Isolated`]: a control plane and an operator of a test's own, to be killed and restarted
//! - [`eventually`]: waiting for a condition; nothing sleeps
//! - [`Canary`]: a value that must not show
//! - [`Ran`]: a program, run as a person runs it
//! - [`audit`]: what the operator asked of the API server
//! - [`etcd`]: what is stored, without the API server between
//! - [`crowd`]: many Secrets at once
//! - [`someone`]: people with few rights
//! - [`account`]: service accounts, and what they can read
//! - [`refusal`]: writes of the operator that the API server refuses for a while

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod canary;
pub(crate) mod cluster;
pub(crate) mod crowd;
pub(crate) mod etcd;
mod events;
mod isolated;
pub(crate) mod manifest;
mod namespace;
pub(crate) mod ran;
pub(crate) mod refusal;
mod sealing;
mod shown;
pub(crate) mod someone;
mod status;
mod wait;

pub(crate) use canary::Canary;
pub(crate) use cluster::{Cluster, told};
pub(crate) use isolated::{Isolated, Options};
pub(crate) use manifest::bytes;
pub(crate) use namespace::Namespace;
pub(crate) use ran::Ran;
pub(crate) use sealing::Sealer;
pub(crate) use status::{by_type, condition, settled};
pub(crate) use wait::{eventually, within};
