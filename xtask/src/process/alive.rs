//! Whether a process is alive.

use std::fs;

use rustix::process::{Pid, test_kill_process};

/// Whether the process exists and has not ended: a zombie, of which only the exit code is left, is dead.
///
/// Where there is no `/proc` a zombie counts as alive.
pub(super) fn is_alive(id: Pid) -> bool {
    test_kill_process(id).is_ok() && !is_zombie(id)
}

fn is_zombie(id: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero()));
    stat.is_ok_and(|stat| state(&stat) == Some('Z'))
}

/// The state in `/proc/<pid>/stat` (`proc_pid_stat(5)`): after the name in parentheses, which may hold any character.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_follows_the_last_parenthesis() {
        assert_eq!(state("12 (a) Z) S 1 12"), Some('S'));
        assert_eq!(state("12 (etcd) Z 1 12"), Some('Z'));
        assert_eq!(state(""), None);
    }

    #[test]
    fn this_process_is_alive() {
        assert!(is_alive(rustix::process::getpid()));
    }
}
