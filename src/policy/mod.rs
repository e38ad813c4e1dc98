//! Pure rules: what a Secret's values are, what its native Secret looks like, what a status says.
//! No client, no clock of its own. The controller and whatever else has to judge an object call
//! the same functions, so that what one admits the other can use.

pub mod access;
pub mod bindings;
pub mod conditions;
pub mod delivery;
mod dialect;
pub mod encoding;
pub mod generate;
pub mod names;
pub mod native;
pub mod operations;
pub mod owners;
pub mod pods;
mod problem;
pub mod quota;
pub mod requests;
pub mod reseal;
pub mod restart;
pub mod scopes;
pub mod scrub;
pub mod template;
pub mod values;

pub use problem::Problem;

/// The largest value, in bytes once decoded.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// The largest sum of a Secret's values, in bytes once decoded.
pub const MAX_TOTAL_BYTES: usize = 512 * 1024;
