//! The quickstart, told as it happens: each command, what it printed, and whether it was so.

mod cluster;
mod steps;
mod story;

pub use cluster::Cluster;
pub use steps::tell;
