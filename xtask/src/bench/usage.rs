//! What a process has used, from /proc.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// CPU time and memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// In user and system mode, in ticks of 10 ms.
    pub cpu: Duration,
    /// The largest resident set so far, in bytes.
    pub peak_rss: u64,
}

impl Usage {
    /// Of a process that runs.
    pub fn of(process: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{process}/{file}");
            fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        Ok(Self {
            cpu: cpu(&read("stat")?).context("cannot understand /proc/PID/stat")?,
            peak_rss: peak_rss(&read("status")?).context("cannot understand /proc/PID/status")?,
        })
    }
}

fn cpu(stat: &str) -> Option<Duration> {
    // The second field is a name in brackets, which may itself hold anything (proc_pid_stat(5)).
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(Duration::from_millis(
        ticks * 1_000 / rustix::param::clock_ticks_per_second(),
    ))
}

fn peak_rss(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::{process, time::Duration};

    use super::{Usage, cpu, peak_rss};

    #[test]
    fn cpu_is_user_and_system_time_whatever_the_name() {
        let stat = "7 (a) (b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
    }

    #[test]
    fn the_peak_is_in_kilobytes() {
        assert_eq!(
            peak_rss("VmPeak:\t9 kB\nVmHWM:\t  12 kB\n"),
            Some(12 * 1024)
        );
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(Usage::of(process::id()).unwrap().peak_rss > 0);
    }
}
