//! Coffer: a Kubernetes secrets operator.
//!
//! The rooms, from the ground up; arrows point down only:
//!
//! | room | what it is for |
//! |---|---|
//! | [`crypto`] | keyring, envelopes, key wrapping. Knows nothing of Kubernetes |

pub mod cli;
pub mod crypto;
