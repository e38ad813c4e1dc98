//! Tests from outside: what a user installs, runs and applies.

#![expect(clippy::unwrap_used, reason = "a test may fail where it is")]

mod chart;
