//! What any request can run into before an operation is called. Each interface says it in its own words.

use std::time::Duration;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It shows nothing that says whose it is.
    NoCredentials,
    /// What it shows is not valid.
    BadCredentials,
    /// Too many requests of this caller.
    TooMany(Duration),
    /// Too many requests at once, or the cluster cannot be asked just now.
    Unavailable,
    /// It took too long.
    Slow,
    /// The body is too large.
    TooLarge,
    /// There is nothing at this address.
    NoRoute,
    /// There is something at this address, but not for this method.
    Method,
}
