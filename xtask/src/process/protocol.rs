//! What a command tells its guard: one line for each process and folder.

use std::path::{Path, PathBuf};

/// One line of the pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A process was started; its id is its group's.
    Started(u32),
    /// A process was reaped: its id may soon belong to someone else.
    Ended(u32),
    /// A folder to remove in the end.
    Directory(PathBuf),
}

impl Line {
    /// The line, with its line break. `None` for a path that does not fit into one.
    pub(super) fn write(&self) -> Option<String> {
        match self {
            Self::Started(id) => Some(format!("pid {id}\n")),
            Self::Ended(id) => Some(format!("ended {id}\n")),
            Self::Directory(path) => {
                let path = path.to_str().filter(|path| !path.contains('\n'))?;
                Some(format!("dir {path}\n"))
            }
        }
    }

    /// Reads a line. `None` for anything else, such as the rest of a line cut off by a crash.
    pub(super) fn read(line: &str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "pid" => rest.parse().ok().map(Self::Started),
            "ended" => rest.parse().ok().map(Self::Ended),
            // Removing a folder is for good: only an absolute path can be meant.
            "dir" => Some(Path::new(rest))
                .filter(|path| path.is_absolute() && path.parent().is_some())
                .map(|path| Self::Directory(path.to_owned())),
            _ => None,
        }
    }
}

/// What is left to clean up.
#[derive(Debug, Default)]
pub(super) struct Estate {
    pub(super) processes: Vec<u32>,
    pub(super) directories: Vec<PathBuf>,
}

impl Estate {
    pub(super) fn note(&mut self, line: Line) {
        match line {
            Line::Started(id) => self.processes.push(id),
            Line::Ended(id) => self.processes.retain(|known| *known != id),
            Line::Directory(path) => self.directories.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_as_it_was_written() {
        for line in [
            Line::Started(7),
            Line::Ended(7),
            Line::Directory("/a/b c".into()),
        ] {
            let text = line.write().unwrap();
            assert_eq!(Line::read(text.trim_end_matches('\n')), Some(line));
        }
    }

    #[test]
    fn a_line_cut_off_is_ignored() {
        for line in [
            "",
            "pid",
            "pid ",
            "pid x",
            "pid -1",
            "dir",
            "dir relative",
            "dir /",
            "rm /a",
        ] {
            assert_eq!(Line::read(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_path_with_a_line_break_is_not_written() {
        assert_eq!(Line::Directory("/a\nb".into()).write(), None);
    }

    #[test]
    fn a_reaped_process_is_left_alone() {
        let mut estate = Estate::default();
        for line in [Line::Started(7), Line::Started(8), Line::Ended(7)] {
            estate.note(line);
        }
        assert_eq!(estate.processes, [8]);
    }
}
