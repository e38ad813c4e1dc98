//! Builds what is missing of a module into the cache.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{Tool, cache, go::Go, gomod::GoMod, lock::lock, module::Module, progress::Step};
use crate::process::{Guard, Process, Spec};

/// The flags of every build. `-trimpath` and no cgo: the same program on every machine.
const FLAGS: [&str; 4] = ["build", "-trimpath", "-buildvcs=false", "-mod=readonly"];

/// The cached programs, those that were missing built first.
pub(super) async fn provide(module: Module, tools: &[Tool]) -> Result<Vec<(Tool, PathBuf)>> {
    let sources = module.directory();
    let read = |name| fs::read(sources.join(name)).with_context(|| format!("cannot read {name}"));
    let (go_mod, go_sum) = (read("go.mod")?, read("go.sum")?);
    let parsed = GoMod::parse(&String::from_utf8_lossy(&go_mod))?;
    let linker_flags = module.linker_flags(&parsed)?;
    let Go(go) = Go::find(&sources, parsed.go()).await?;
    let flags = FLAGS.join(" ");
    let key = cache::key(&[
        &go_mod,
        &go_sum,
        go.as_bytes(),
        flags.as_bytes(),
        linker_flags.as_bytes(),
    ]);
    let directory = cache::root()?.join(key);

    if !missing(tools, &directory).is_empty() {
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot make the folder {}", directory.display()))?;
        let lock = lock(&cache::lock(&directory)).await?;
        // Whoever held the lock may have built them.
        let missing = missing(tools, &directory);
        if !missing.is_empty() {
            build(module, &missing, &linker_flags, &directory).await?;
        }
        drop(lock);
    }
    Ok(tools
        .iter()
        .map(|tool| (*tool, directory.join(tool.name())))
        .collect())
}

fn missing(tools: &[Tool], directory: &Path) -> Vec<Tool> {
    tools
        .iter()
        .filter(|tool| !directory.join(tool.name()).is_file())
        .copied()
        .collect()
}

async fn build(module: Module, tools: &[Tool], linker_flags: &str, into: &Path) -> Result<()> {
    let names: Vec<&str> = tools.iter().map(|tool| tool.name()).collect();
    eprintln!(
        "Building {} from source. The first time this takes {} on two cores; they are kept in {}",
        names.join(", "),
        module.duration(),
        into.display()
    );
    // A guard of its own: what is half built goes with the build, not with the command.
    let guard = Guard::start()?;
    let scratch = guard.directory_in(into, ".build-")?;
    for (index, tool) in tools.iter().enumerate() {
        let built = scratch.join(tool.name());
        let spec = Spec::new("go build", "go", scratch.join("go.log"))
            .directory(module.directory())
            // The developer's own settings for other modules do not apply to these.
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off")
            .env("GOFLAGS", "")
            .env("GOOS", "")
            .env("GOARCH", "")
            .args(FLAGS)
            .args(["-ldflags", linker_flags, "-o"])
            .args([&built])
            .args([tool.package()]);
        let step = Step::start(index + 1, tools.len(), tool.name());
        let mut process = Process::start(&guard, spec)?;
        let status = step.follow(&mut process).await?;
        if !status.success() {
            bail!(
                "`go build {}` failed ({status}):\n{}",
                tool.package(),
                process.tail()
            );
        }
        // Each as it is done: an interrupted build goes on where it was.
        fs::rename(&built, into.join(tool.name()))
            .with_context(|| format!("cannot move {} into the cache", tool.name()))?;
    }
    Ok(())
}
