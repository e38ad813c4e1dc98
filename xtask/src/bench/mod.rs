//! The benchmarks of `cargo xtask bench`: what each measures, and what it is measured against.
//!
//! Absolute times belong to a machine and an hour. What counts are ratios within one run, so each
//! benchmark brings its own yardstick and runs it in turns with the thing measured.
//!
//! - [`crypto`]: one value, next to RSA-4096-OAEP
//! - [`cold_sync`]: many new secrets, next to a [bare loop](floor) that makes the two writes alone
//! - [`startup`]: many secrets in sync, next to a bare list of them

pub mod audit;
pub mod cluster;
pub mod cold_sync;
pub mod crypto;
pub mod document;
pub mod floor;
pub mod report;
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

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    #[expect(clippy::float_cmp, reason = "halves are exact")]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 2.5);
    }
}
