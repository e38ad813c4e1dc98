//! What has to be known of a go.mod: the least Go version, and the versions of its requirements.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::go::GoVersion;

/// A go.mod, as far as it matters here (<https://go.dev/ref/mod#go-mod-file>).
#[derive(Debug)]
pub(super) struct GoMod {
    go: GoVersion,
    required: BTreeMap<String, String>,
}

impl GoMod {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut go = None;
        let mut required = BTreeMap::new();
        let mut block = "";
        for line in text.lines() {
            let line = line.split("//").next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match (block, words.as_slice()) {
                ("", [opened, "("]) => block = opened,
                (_, [")"]) => block = "",
                ("", ["go", version]) => go = GoVersion::parse(version),
                ("", ["require", path, version]) | ("require", [path, version]) => {
                    required.insert((*path).to_owned(), (*version).to_owned());
                }
                _ => {}
            }
        }
        let go = go.context("go.mod has no line `go VERSION`")?;
        Ok(Self { go, required })
    }

    /// The least version of Go that it asks for.
    pub(super) fn go(&self) -> GoVersion {
        self.go
    }

    /// The version of a required module.
    pub(super) fn version(&self, module: &str) -> Result<&str> {
        let version = self.required.get(module).map(String::as_str);
        version.with_context(|| format!("go.mod does not require {module}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
// A comment (
module example.dev/tools

go 1.26.0

tool (
	example.dev/a/cmd
)

require example.dev/single v0.1.0

require (
	example.dev/a v1.2.3
	example.dev/b v0.0.0-20260317180543-43fb72c5454a // indirect
)

replace example.dev/b => example.dev/b v0.9.0
";

    #[test]
    fn requirements_are_found_in_blocks_and_alone() {
        let go_mod = GoMod::parse(TEXT).unwrap();
        assert_eq!(go_mod.version("example.dev/a").unwrap(), "v1.2.3");
        assert_eq!(go_mod.version("example.dev/single").unwrap(), "v0.1.0");
        assert_eq!(go_mod.go(), GoVersion::parse("1.26.0").unwrap());
    }

    #[test]
    fn neither_tools_nor_replacements_are_requirements() {
        let go_mod = GoMod::parse(TEXT).unwrap();
        assert!(go_mod.version("example.dev/a/cmd").is_err());
        assert_ne!(go_mod.version("example.dev/b").unwrap(), "v0.9.0");
    }

    #[test]
    fn a_module_without_a_go_line_is_refused() {
        assert!(GoMod::parse("module example.dev\n").is_err());
    }
}
