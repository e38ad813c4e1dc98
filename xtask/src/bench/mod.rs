//! The benchmarks of `cargo xtask bench`: what each measures, and what it is measured against.
//!
//! Absolute times belong to a machine and an hour. What counts are ratios within one run, so each
//! benchmark brings its own yardstick and runs it in turns with the thing measured.
//!
//! - [`crypto`]: one value, next to RSA-4096-OAEP
//! - [`admission`]: creating a Secret through the webhooks, next to the policies alone
//! - [`cold_sync`]: many new secrets, next to a [bare loop](floor) that makes the two writes alone
//! - [`startup`]: many secrets in sync, next to a bare list of them
//! - [`changes`]: one change among many secrets, next to one among few
//! - [`pods`]: creating pods under the pod policy, next to a namespace without it
//! - [`reseal`]: sealing many secrets again after a rotation, next to the same bare loop, while users work

pub mod admission;
pub mod audit;
pub mod changes;
pub mod cluster;
pub mod cold_sync;
pub mod crypto;
pub mod document;
pub mod floor;
pub mod pods;
pub mod report;
pub mod reseal;
pub mod startup;
pub mod usage;
pub mod workload;

pub use cluster::{Cluster, Machine};
pub use report::{Report, Requirement};
pub use workload::Sealing;

/// The median; of an even number of values the mean of the two in the middle.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// The smallest of the values that so many percent of them do not exceed (nearest rank).
fn percentile(values: impl IntoIterator<Item = f64>, percent: usize) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    rank.checked_sub(1).map_or(f64::NAN, |at| values[at])
}

#[cfg(test)]
mod tests {
    use super::{median, percentile};

    #[test]
    #[expect(clippy::float_cmp, reason = "halves are exact")]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 2.5);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
    fn a_percentile_is_one_of_the_values() {
        let hundred = || (1..=100).map(f64::from);
        assert_eq!(percentile(hundred(), 99), 99.0);
        assert_eq!(percentile([7.0], 99), 7.0);
        assert_eq!(percentile([2.0, 1.0], 50), 1.0);
        assert!(percentile([], 99).is_nan());
    }
}
