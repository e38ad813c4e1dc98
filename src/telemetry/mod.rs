//! What Coffer says about itself: logs, events, health. Never a value.

pub mod events;
pub mod health;
pub mod log;
pub mod metrics;

pub use log::{chain, is_namespace_terminating, kube_error, watch_error};
