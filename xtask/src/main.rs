//! `cargo xtask …`: the developer's commands, and the local control plane.

fn main() {}
