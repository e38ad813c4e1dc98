//! The `coffer` binary: crypto provider, arguments, dispatch.

fn main() {}
