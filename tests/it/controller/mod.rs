//! What the controllers promise, on a real cluster.

mod values;
