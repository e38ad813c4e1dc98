//! wip
pub(super) fn run(_: &super::args::TakeOverArgs) -> anyhow::Result<std::process::ExitCode> {
    Ok(std::process::ExitCode::SUCCESS)
}
