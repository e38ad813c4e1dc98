//! Signs of life during a long build: a spinner on a terminal, a line now and then elsewhere.

use std::{
    io::{self, IsTerminal as _},
    process::ExitStatus,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::process::Process;

/// How often it is looked after the process.
const POLL: Duration = Duration::from_millis(200);

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// One step of several.
#[derive(Debug)]
pub(crate) struct Step {
    label: String,
    started: Instant,
    spinner: Option<ProgressBar>,
    next_line: Duration,
}

impl Step {
    pub(crate) fn start(number: usize, of: usize, name: &str) -> Self {
        let label = format!("[{number}/{of}] {name}");
        let spinner = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}");
            ProgressBar::new_spinner()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        if spinner.is_none() {
            eprintln!("{label} …");
        }
        Self {
            label,
            started: Instant::now(),
            spinner,
            next_line: LINE_EVERY,
        }
    }

    /// Waits for the end of the process that does it.
    pub(crate) async fn follow(mut self, process: &mut Process) -> io::Result<ExitStatus> {
        loop {
            self.tick();
            if let Some(status) = process.wait_at_most(POLL).await? {
                self.end(status);
                return Ok(status);
            }
        }
    }

    fn tick(&mut self) {
        let elapsed = self.started.elapsed();
        match &self.spinner {
            Some(spinner) => {
                spinner.set_message(format!("{} … {} s", self.label, elapsed.as_secs()));
                spinner.tick();
            }
            None if elapsed >= self.next_line => {
                eprintln!("{} … {} s", self.label, elapsed.as_secs());
                self.next_line += LINE_EVERY;
            }
            None => {}
        }
    }

    fn end(&self, status: ExitStatus) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        if status.success() {
            eprintln!("{} in {} s", self.label, self.started.elapsed().as_secs());
        }
    }
}
