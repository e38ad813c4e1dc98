//! Where what is built and installed is kept, and under which key.

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

/// Bytes of the digest in a key: enough to tell builds apart.
const KEY_BYTES: usize = 12;

/// The folder of all builds.
pub(crate) fn root() -> Result<PathBuf> {
    root_from(|name| env::var_os(name)).context(
        "cannot tell where to keep what is built and installed: set HOME or COFFER_TOOLS_DIR",
    )
}

fn root_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(root) = set("COFFER_TOOLS_DIR") {
        return Some(root);
    }
    // "All paths set in these environment variables must be absolute" (XDG Base Directory Specification).
    let cache = set("XDG_CACHE_HOME").filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(cache.join("coffer/tools"))
}

/// Names a build by all that goes into it: the same parts in the same order give the same key.
pub(crate) fn key(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        // The length keeps two parts from being taken for one.
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest
        .finalize()
        .iter()
        .take(KEY_BYTES)
        .fold(String::new(), |mut key, byte| {
            write!(key, "{byte:02x}").ok();
            key
        })
}

/// The lock of a build's folder, beside it.
pub(crate) fn lock(directory: &Path) -> PathBuf {
    directory.with_extension("lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_with(variables: &[(&str, &str)]) -> Option<PathBuf> {
        root_from(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_folder_of_the_projects_own_variable_comes_first() {
        let all = [
            ("COFFER_TOOLS_DIR", "/t"),
            ("XDG_CACHE_HOME", "/c"),
            ("HOME", "/h"),
        ];
        assert_eq!(root_with(&all), Some("/t".into()));
        assert_eq!(root_with(&all[1..]), Some("/c/coffer/tools".into()));
        assert_eq!(root_with(&all[2..]), Some("/h/.cache/coffer/tools".into()));
        assert_eq!(root_with(&[]), None);
    }

    #[test]
    fn empty_and_relative_settings_are_ignored() {
        let variables = [
            ("COFFER_TOOLS_DIR", ""),
            ("XDG_CACHE_HOME", "c"),
            ("HOME", "/h"),
        ];
        assert_eq!(root_with(&variables), Some("/h/.cache/coffer/tools".into()));
    }

    #[test]
    fn the_key_is_stable() {
        assert_eq!(key(&[b"a", b"b"]), key(&[b"a", b"b"]));
        assert_eq!(key(&[b"a"]).len(), 2 * KEY_BYTES);
    }

    #[test]
    fn every_part_and_its_bounds_change_the_key() {
        let keys = [
            key(&[b"ab", b"c"]),
            key(&[b"a", b"bc"]),
            key(&[b"abc"]),
            key(&[b"ab", b"d"]),
        ];
        for (i, one) in keys.iter().enumerate() {
            assert!(!keys[i + 1..].contains(one));
        }
    }
}
