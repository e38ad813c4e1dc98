//! Coffer: a Kubernetes secrets operator.
//!
//! The rooms, from the ground up; arrows point down only:
//!
//! | room | what it is for |
//! |---|---|
//! | [`api`] | the custom resources |
//! | [`crypto`] | keyring, envelopes, key wrapping. Knows nothing of Kubernetes |
//! | [`policy`] | pure rules: values, templates, the native Secret, conditions |
//! | [`index`] | the cluster in memory, fed by watches |
//! | [`keys`] | the root keyring and the stores' keys, in native Secrets |
//! | [`lease`] | which replica leads |
//! | [`telemetry`] | logs, events, metrics, health |
//! | [`controller`] | one folder for each kind: dereference, validate, build, apply, status |
//! | [`operations`] | what a caller may ask for: access, rules, sealing, the write |
//! | [`facade`] | the REST interfaces, over the operations |
//! | [`admission`] | the webhooks: seal on the way in, say early what cannot work |
//! | [`operator`] | one process of all of these: what every replica does, and what the leader does |
//! | [`cli`] | the command line |

pub mod admission;
pub mod api;
pub mod cli;
pub mod controller;
pub mod crypto;
pub mod facade;
pub mod index;
pub mod keys;
pub mod lease;
mod limited;
pub mod operations;
pub mod operator;
pub mod policy;
pub mod telemetry;
