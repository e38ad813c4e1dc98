//! What to run: program, arguments, environment, and where its output goes.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A process to be started, and started again.
#[derive(Debug, Clone)]
pub struct Spec {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    directory: Option<PathBuf>,
    log: PathBuf,
    stdout_shown: bool,
    stderr_shown: bool,
}

impl Spec {
    /// `program`, called `name` in messages, with its output appended to the file `log`.
    pub fn new(name: impl Into<String>, program: impl AsRef<OsStr>, log: impl AsRef<Path>) -> Self {
        Self {
            name: name.into(),
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: None,
            log: log.as_ref().to_owned(),
            stdout_shown: false,
            stderr_shown: false,
        }
    }

    /// Appends arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// Appends `--name=value`.
    #[must_use]
    pub fn flag(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut argument = OsString::from("--");
        argument.push(name);
        argument.push("=");
        argument.push(value);
        self.args([argument])
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), None));
        self
    }

    /// Keeps the developer's proxy and etcd settings away from a process that talks on loopback only.
    #[must_use]
    pub fn loopback(self) -> Self {
        std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_str().is_some_and(leads_astray))
            .fold(self, Self::env_remove)
    }

    /// Keeps what the cargo that runs this program says about it away from a further cargo, whose
    /// build scripts would take it for a change and build everything anew.
    #[must_use]
    pub fn fresh_cargo(self) -> Self {
        std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_str().is_some_and(is_about_a_package))
            .fold(self, Self::env_remove)
    }

    /// Runs it in `directory`.
    #[must_use]
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Shows its standard error instead of writing it to the log.
    #[must_use]
    pub fn show_stderr(mut self) -> Self {
        self.stderr_shown = true;
        self
    }

    /// Shows all its output instead of writing it to the log.
    #[must_use]
    pub fn show(mut self) -> Self {
        self.stdout_shown = true;
        self.show_stderr()
    }

    /// The name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that its output goes to.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn command(&self) -> io::Result<Command> {
        let log: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command.stderr(if self.stderr_shown {
            Stdio::inherit()
        } else {
            log.try_clone()?.into()
        });
        command.stdout(if self.stdout_shown {
            Stdio::inherit()
        } else {
            log.into()
        });
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(command)
    }
}

fn leads_astray(name: &str) -> bool {
    name.starts_with("ETCD_") || name.to_ascii_lowercase().ends_with("_proxy")
}

fn is_about_a_package(name: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_one_argument() {
        let spec = Spec::new("etcd", "etcd", "log").flag("data-dir", "a b");
        assert_eq!(spec.arguments, ["--data-dir=a b"]);
    }

    #[test]
    fn what_is_about_a_package_is_told_from_the_developers_settings() {
        let about = [
            "CARGO_PKG_NAME",
            "CARGO_MANIFEST_DIR",
            "CARGO_HOME",
            "CARGO",
            "CARGO_BUILD_JOBS",
        ];
        assert_eq!(
            about.map(is_about_a_package),
            [true, true, false, false, false]
        );
    }

    #[test]
    fn settings_of_proxies_and_etcd_lead_astray() {
        let astray =
            ["ETCD_NAME", "HTTPS_PROXY", "no_proxy", "HOME", "PROXY_HOME"].map(leads_astray);
        assert_eq!(astray, [true, true, true, false, false]);
    }
}
