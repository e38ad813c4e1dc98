//! Tests from outside: what a user installs, runs and applies.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
#![expect(clippy::panic, reason = "a helper of a test fails as the test does")]

mod admission;
mod backup;
mod canary;
mod chart;
mod completions;
mod controller;
mod delivery;
mod facade;
mod import;
mod key_life;
mod keys;
mod lease;
mod people;
mod pods;
mod reseal;
mod rules;
mod seal;
mod support;
mod upgrade;
