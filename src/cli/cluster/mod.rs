//! The cluster, as commands for people ask it: one request at a time, with patience that ends.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | `--kubeconfig`, `--context`, `--namespace`, as kubectl has them; and where the keys are |
//! | [`connection`] | from a kubeconfig to a client, and the waiting for its answers |
//! | [`error`] | what the API server refuses, in words that end with the remedy |
//! | [`objects`] | Coffer's objects: read, create, patch |
//! | [`pages`] | all objects of a kind, one after the other |
//! | [`core`] | Kubernetes' own objects |
//! | [`inventory`] | the stores and secrets of a namespace, or of all |

mod args;
mod connection;
mod core;
mod error;
mod inventory;
mod objects;
mod pages;

pub(super) use args::{Connection, PlaceArgs, Scope};
pub(super) use connection::{Cluster, PATIENCE};
pub(super) use core::CoreError;
pub(super) use error::{Error, Request, ask_for};
pub(super) use inventory::Inventory;
pub(super) use objects::request;
pub(super) use pages::next_page;

/// Who Kubernetes notes down as the writer of a field.
pub(super) const FIELD_MANAGER: &str = "kubectl-coffer";
