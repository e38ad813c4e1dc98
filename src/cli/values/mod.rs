//! Values from the command line: literals, files, `.env` files, stdin.
//!
//! | file | what it is for |
//! |---|---|
//! | [`args`] | the options, which show no value in their Debug |
//! | [`read`] | from the options to values by key |
//! | [`error`] | what is wrong, without a piece of what was typed |
//! | [`seal`] | values sealed for their place |

mod args;
mod error;
mod read;
mod seal;

#[cfg(test)]
mod tests;

pub(super) use args::{Assignment, ValueArgs};
pub(super) use error::Error;
pub(super) use read::Values;
