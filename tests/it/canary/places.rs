//! Where the values are looked for.

use std::path::{Path, PathBuf};

use axum::http::Request;
use serde_json::Value as Json;
use xtask::probe;

use super::Proof;
use super::audit::{self, Entry};
use super::desk::{Said, of_process};
use super::marks::{Mark, Quoted};
use super::search::{Search, Sighting};
use crate::support::etcd;

impl Proof {
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
            search.asked(operator.metrics_url()).await;
            for what in ["cmdline", "environ"] {
                let bytes = of_process(operator.process.id(), what);
                assert!(!bytes.is_empty(), "{what}");
                search.look(&format!("the operator's {what}"), &bytes, |_| false);
            }
        }
        let request = Request::get("/metrics").body(Vec::new()).unwrap();
        let metrics = self.isolated.cluster.client.request_text(request).await;
        let place = "metrics of the API server";
        search.look(place, metrics.unwrap().as_bytes(), |_| false);
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
        for file in files(self.desk.path()) {
            if !self.is_input(&file) {
                search.file(&file);
            }
        }
        search
    }
}

impl Search {
    async fn history(&mut self, url: &str) {
        for record in etcd::history(url).await {
            let native = record.key.strip_prefix("/registry/secrets/");
            let is_home =
                |mark: &Mark| native.is_some_and(|key| mark.homes.iter().any(|it| it == key));
            let place = format!("etcd: {} at revision {}", record.key, record.revision);
            self.look(&place, record.key.as_bytes(), |_| false);
            self.look(&place, &record.value, is_home);
            for (number, _) in self.find(&record.value) {
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
        let mut found = self.find(&bytes);
        if found.is_empty() {
            return;
        }
        for line in bytes.split(|byte| *byte == b'\n') {
            for it in self.find(line) {
                found.remove(&it);
            }
            // How the line begins tells who wrote it.
            let begin = &line[..line.len().min(400)];
            let place = format!("{name}: {}", String::from_utf8_lossy(begin));
            let text = String::from_utf8_lossy(line);
            let notes = text.contains("[SHOULD NOT HAPPEN] failed to update managedFields");
            let quotes = is_log_of_apiserver && (notes || audit::quotes(&text));
            self.look(&place, line, |mark| {
                mark.quoted >= Quoted::InTheLog && quotes
            });
        }
        // What is in no line by itself is in several together.
        for (number, form) in found {
            self.sightings.insert(Sighting {
                place: name.clone(),
                way: self.marks[number].way.clone(),
                form,
            });
        }
    }

    fn audit(&mut self, file: &Path) {
        for line in audit::lines(file) {
            if self.find(&line).is_empty() {
                continue;
            }
            let entry = Entry::parse(&line);
            let brought = entry.brought.as_ref().map(Json::to_string);
            let brought = self.numbers(brought.unwrap_or_default());
            for number in &brought {
                self.answers.entry(*number).or_default().push(entry.code);
            }
            let place = format!("the audit log: {}", entry.title());
            for data in &entry.data {
                self.look(&place, data.to_string().as_bytes(), |mark| {
                    entry.is_home(mark)
                });
            }
            for quote in &entry.quote {
                self.look(&place, quote.to_string().as_bytes(), |mark| {
                    Entry::may_quote(mark, brought.contains(&mark.number))
                });
            }
            self.look(&place, entry.rest.to_string().as_bytes(), |_| false);
        }
    }

    fn said(&mut self, said: &Said) {
        let Said { command, .. } = said;
        let typed = self.numbers(&said.typed);
        let given = &typed | &self.numbers(&said.stdin);
        // kubectl repeats what the API server answers.
        let repeats = audit::quotes(&String::from_utf8_lossy(&said.stderr));
        let repeats = repeats && command.starts_with("kubectl");
        self.look(&format!("stdout of `{command}`"), &said.stdout, |_| false);
        self.look(&format!("stderr of `{command}`"), &said.stderr, |mark| {
            repeats && Entry::may_quote(mark, given.contains(&mark.number))
        });
        let place = format!("environment of `{command}`");
        self.look(&place, &said.environment, |_| false);
        // What was typed there is there.
        let place = format!("arguments of `{command}`");
        self.look(&place, &said.shown, |mark| typed.contains(&mark.number));
    }

    /// What the operator tells anyone who asks.
    pub(super) async fn asked(&mut self, url: &str) {
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
