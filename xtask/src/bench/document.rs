//! docs/benchmarks.md: the figures between the markers are this command's, the words around them are not.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use super::Report;
use crate::workspace;

/// Replaces the figures of the benchmarks that ran.
pub fn write(reports: &[Report]) -> Result<()> {
    let path = path();
    let shown = path.display();
    let before = fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
    let after = reports.iter().try_fold(before, |text, report| {
        replaced(&text, report.name, &report.markdown())
            .with_context(|| format!("{shown} has no place marked for `{}`", report.name))
    })?;
    fs::write(&path, after).with_context(|| format!("cannot write {shown}"))
}

fn path() -> PathBuf {
    workspace::root().join("docs/benchmarks.md")
}

/// `text` with new figures between the markers of `name`; `None` without the markers.
fn replaced(text: &str, name: &str, figures: &str) -> Option<String> {
    let begin = format!("<!-- begin {name}: written by `cargo xtask bench` -->\n");
    let end = format!("<!-- end {name} -->");
    let (head, rest) = text.split_once(&begin)?;
    let (_, tail) = rest.split_once(&end)?;
    Some(format!("{head}{begin}\n{figures}\n\n{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{path, replaced};

    const TEXT: &str =
        "a\n<!-- begin x: written by `cargo xtask bench` -->\nold\n<!-- end x -->\nb\n";

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let new = replaced(TEXT, "x", "new").unwrap();
        assert!(new.starts_with("a\n<!-- begin x") && new.ends_with("<!-- end x -->\nb\n"));
        assert!(new.contains("\n\nnew\n\n") && !new.contains("old"));
        assert_eq!(replaced(&new, "x", "new").as_ref(), Some(&new));
    }

    #[test]
    fn without_markers_nothing_is_replaced() {
        assert_eq!(replaced(TEXT, "y", "new"), None);
    }

    #[test]
    fn every_benchmark_has_its_place_in_the_document() {
        let text = fs::read_to_string(path()).unwrap();
        for name in [
            "crypto",
            "admission",
            "cold-sync",
            "startup",
            "changes",
            "pods",
            "reseal",
        ] {
            assert!(replaced(&text, name, "").is_some(), "{name}");
        }
    }
}
