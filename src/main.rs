//! The `coffer` binary: crypto provider, arguments, dispatch.

fn main() -> anyhow::Result<()> {
    coffer::cli::crds::run()
}
