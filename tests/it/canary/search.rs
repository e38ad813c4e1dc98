//! Where the values are looked for.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use axum::http::Request;
use xtask::probe;

use super::audit::Entry;
use super::etcd;
use super::proof::{Mark, Proof, Quoted, Said};
use crate::support::canary::Hunt;

/// A value in a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sighting {
    pub(super) place: String,
    pub(super) way: String,
    pub(super) form: &'static str,
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, way, form } = self;
        write!(f, "{way}: {form} in {place}")
    }
}

/// The values, and where they were seen.
pub(super) struct Search {
    marks: Vec<Mark>,
    hunt: Hunt,
    /// Where they are not meant to be.
    pub(super) sightings: BTreeSet<Sighting>,
    /// The values that etcd has in a native Secret that is meant to hold them.
    arrived: BTreeSet<usize>,
}

impl Proof {
    /// Fails when a value is where it is not meant to be, or is not where it is meant to be.
    pub(super) async fn assert_clean(&self) {
        let search = self.search().await;
        let sightings: Vec<_> = search.sightings.iter().map(Sighting::to_string).collect();
        assert!(sightings.is_empty(), "{}", sightings.join("\n"));
        let missing: Vec<_> = search.missing().collect();
        assert!(missing.is_empty(), "did not arrive: {missing:?}");
    }

    /// Looks everywhere.
    pub(super) async fn search(&self) -> Search {
        let mut search = Search::of(self.marks.lock().unwrap().clone());
        for said in &*self.said.lock().unwrap() {
            search.said(said);
        }
        search
            .history(&self.isolated.control_plane.etcd_url())
            .await;
        if let Some(operator) = &self.isolated.operator {
            search.answers(operator.metrics_url()).await;
        }
        // Logs, the audit log among them, etcd's files, and whatever else there is.
        for file in files(self.isolated.control_plane.directory()) {
            match file.file_name().and_then(|name| name.to_str()) {
                Some("audit.jsonl") => search.audit(&file),
                _ if file.components().any(|part| part.as_os_str() == "etcd") => search.raw(&file),
                _ => search.file(&file),
            }
        }
        for file in files(self.home.path()) {
            search.file(&file);
        }
        search
    }
}

impl Search {
    pub(super) fn of(marks: Vec<Mark>) -> Self {
        Self {
            hunt: Hunt::new(marks.iter().map(|mark| &mark.canary)),
            marks,
            sightings: BTreeSet::new(),
            arrived: BTreeSet::new(),
        }
    }

    /// What went in by these ways, and is not where it is meant to be.
    fn missing(&self) -> impl Iterator<Item = &str> {
        self.marks
            .iter()
            .enumerate()
            .filter(|(number, mark)| mark.arrives && !self.arrived.contains(number))
            .map(|(_, mark)| mark.way.as_str())
    }

    /// Notes what the bytes of a place hold, but what they may.
    pub(super) fn look(&mut self, place: &str, bytes: &[u8], may: impl Fn(&Mark) -> bool) {
        for (number, form) in self.hunt.find(bytes) {
            let mark = &self.marks[number];
            if !may(mark) {
                self.sightings.insert(Sighting {
                    place: place.to_owned(),
                    way: mark.way.clone(),
                    form,
                });
            }
        }
    }

    async fn history(&mut self, url: &str) {
        for record in etcd::history(url).await {
            let native = record.key.strip_prefix("/registry/secrets/");
            let is_home =
                |mark: &Mark| native.is_some_and(|key| mark.homes.iter().any(|it| it == key));
            let place = format!("etcd: {} at revision {}", record.key, record.revision);
            self.look(&place, record.key.as_bytes(), |_| false);
            self.look(&place, &record.value, is_home);
            for (number, _) in self.hunt.find(&record.value) {
                if is_home(&self.marks[number]) {
                    self.arrived.insert(number);
                }
            }
        }
    }

    /// The bytes of etcd's files do not tell what object they are of, so they are searched for what no
    /// native Secret is to hold.
    fn raw(&mut self, file: &Path) {
        let bytes = std::fs::read(file).unwrap();
        let place = file.display().to_string();
        self.look(&place, &bytes, |mark| mark.arrives);
    }

    fn file(&mut self, file: &Path) {
        // What is gone in the meantime holds nothing.
        let bytes = std::fs::read(file).unwrap_or_default();
        let name = file.display().to_string();
        let is_log_of_apiserver = name.ends_with("/kube-apiserver.log");
        if self.hunt.find(&bytes).is_empty() {
            return;
        }
        for line in bytes.split(|byte| *byte == b'\n') {
            // How the line begins tells who wrote it.
            let begin = &line[..line.len().min(400)];
            let place = format!("{name}: {}", String::from_utf8_lossy(begin));
            self.look(&place, line, |mark| {
                mark.quoted >= Quoted::InTheLog && is_log_of_apiserver
            });
        }
    }

    fn audit(&mut self, file: &Path) {
        let log = std::fs::read_to_string(file).unwrap();
        // The last line may be half written.
        for line in log
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
        {
            if self.hunt.find(line).is_empty() {
                continue;
            }
            let entry = Entry::parse(line);
            let place = format!("the audit log: {}", entry.title());
            self.look(&place, entry.text().as_bytes(), |mark| entry.may_hold(mark));
        }
    }

    fn said(&mut self, said: &Said) {
        let Said {
            command,
            stdout,
            stderr,
        } = said;
        let is_answer = command.starts_with("kubectl");
        let may = |mark: &Mark| mark.quoted == Quoted::InTheAnswer && is_answer;
        self.look(&format!("stdout of `{command}`"), stdout, may);
        self.look(&format!("stderr of `{command}`"), stderr, may);
    }

    /// What the operator tells anyone who asks.
    async fn answers(&mut self, url: &str) {
        let client = probe::http(url).unwrap();
        for path in ["/metrics", "/readyz", "/healthz"] {
            let request = Request::get(path).body(Vec::new()).unwrap();
            let answer = client.request_text(request).await.unwrap();
            assert!(!answer.is_empty(), "{path}");
            self.look(path, answer.as_bytes(), |_| false);
        }
    }
}

/// All files of a folder, at any depth.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return files;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        // The programs are links.
        if path.is_symlink() {
        } else if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}
