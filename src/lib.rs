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
//! | [`lease`] | which replica leads |
//! | [`telemetry`] | logs, events, metrics, health |
//! | [`controller`] | one folder for each kind: dereference, validate, build, apply, status |
//! | [`cli`] | the command line |

pub mod api;
pub mod cli;
pub mod controller;
pub mod crypto;
pub mod index;
pub mod lease;
pub mod policy;
pub mod telemetry;
