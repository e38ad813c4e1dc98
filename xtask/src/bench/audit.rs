//! The API server's own account of who asked for what, and when it answered.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use coffer::api::wellknown::WEBHOOK_IDENTITY_NAME;
use jiff::Timestamp;
use serde::Deserialize;

use crate::operator::{ACCOUNT, NAMESPACE};

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// As RBAC has it: `create`, `patch`, `list`…
    pub verb: String,
    /// When it was answered.
    pub stage_timestamp: Timestamp,
    user: User,
    stage: String,
    #[serde(default)]
    object_ref: Object,
    #[serde(default)]
    response_status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct User {
    username: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Object {
    api_group: String,
    resource: String,
    subresource: String,
    name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Status {
    code: u16,
}

impl Call {
    /// Whether it wrote the status of a Coffer Secret.
    #[must_use]
    pub fn is_status_of_secret(&self) -> bool {
        let object = &self.object_ref;
        object.api_group == "coffer.dev"
            && object.resource == "secrets"
            && object.subresource == "status"
            && self.response_status.code == 200
    }

    /// Whether it is about what a process needs for itself, however many objects there are: the Lease,
    /// and the certificate and the registration of its webhooks.
    #[must_use]
    pub fn is_of_the_process(&self) -> bool {
        let object = &self.object_ref;
        match object.api_group.as_str() {
            "coordination.k8s.io" | "admissionregistration.k8s.io" => true,
            "" => object.resource == "secrets" && object.name == WEBHOOK_IDENTITY_NAME,
            _ => false,
        }
    }

    /// Whether it lists or watches, which costs the same however many objects there are to do.
    #[must_use]
    pub fn is_list_or_watch(&self) -> bool {
        self.verb == "list" || self.verb == "watch"
    }
}

/// A place in the audit log, from which on calls are read.
#[derive(Debug, Clone)]
pub struct Mark {
    log: PathBuf,
    offset: u64,
}

impl Mark {
    /// The end of the log as it is now.
    pub fn now(log: &Path) -> Result<Self> {
        let offset = log.metadata().context("cannot find the audit log")?.len();
        Ok(Self {
            log: log.to_owned(),
            offset,
        })
    }

    /// What the chart's service account asked for since the mark, in the order of the answers.
    pub fn calls(&self) -> Result<Vec<Call>> {
        let mut calls = Vec::new();
        self.lines(|line| {
            let call: Call = serde_json::from_str(line).context("cannot read the audit log")?;
            // A watch that still runs has begun to be answered, and nothing more.
            if call.stage == "ResponseComplete" || call.verb == "watch" {
                calls.push(call);
            }
            Ok(())
        })?;
        calls.sort_by_key(|call| call.stage_timestamp);
        Ok(calls)
    }

    fn lines(&self, mut each: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let user = format!(r#""username":"system:serviceaccount:{NAMESPACE}:{ACCOUNT}""#);
        let mut file = File::open(&self.log).context("cannot open the audit log")?;
        file.seek(SeekFrom::Start(self.offset))?;
        for line in BufReader::new(file).lines() {
            let line = line?;
            if line.contains(&user) && line.ends_with('}') {
                each(&line)?;
            }
        }
        Ok(())
    }
}

/// Counts status writes while they happen, without reading a line of the log twice.
#[derive(Debug)]
pub struct Progress {
    log: BufReader<File>,
    rest: String,
    count: usize,
}

impl Progress {
    /// From `mark` on.
    pub fn since(mark: &Mark) -> Result<Self> {
        let mut file = File::open(&mark.log).context("cannot open the audit log")?;
        file.seek(SeekFrom::Start(mark.offset))?;
        Ok(Self {
            log: BufReader::new(file),
            rest: String::new(),
            count: 0,
        })
    }

    /// How many there were so far. By the look of the lines: parsing them would take time from
    /// what is measured.
    pub fn count(&mut self) -> Result<usize> {
        while self.log.read_line(&mut self.rest)? > 0 {
            if !self.rest.ends_with('\n') {
                break;
            }
            let is_status = self.rest.contains(r#""verb":"patch""#)
                && self.rest.contains(r#""resource":"secrets""#)
                && self.rest.contains(r#""subresource":"status""#)
                && self.rest.contains(r#""code":200"#);
            self.count += usize::from(is_status);
            self.rest.clear();
        }
        Ok(self.count)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write as _};

    use serde_json::json;

    use super::{Mark, Progress};

    fn line(verb: &str, user: &str, second: u8) -> String {
        format!(
            r#"{{"kind":"Event","stage":"ResponseComplete","verb":"{verb}","user":{{"username":"{user}"}},"objectRef":{{"resource":"secrets","apiGroup":"coffer.dev","subresource":"status"}},"responseStatus":{{"code":200}},"stageTimestamp":"2026-01-01T00:00:{second:02}.000000Z"}}"#
        )
    }

    #[test]
    fn calls_are_those_of_the_operator_since_the_mark() {
        let mut log = tempfile::NamedTempFile::new().unwrap();
        let operator = "system:serviceaccount:coffer-system:coffer";
        writeln!(log, "{}", line("patch", operator, 1)).unwrap();
        let mark = Mark::now(log.path()).unwrap();
        writeln!(log, "{}", line("list", "admin", 2)).unwrap();
        writeln!(log, "{}", line("patch", operator, 4)).unwrap();
        writeln!(log, "{}", line("list", operator, 3)).unwrap();
        let calls = mark.calls().unwrap();
        let verbs: Vec<_> = calls.iter().map(|call| call.verb.as_str()).collect();
        assert_eq!(verbs, ["list", "patch"]);
        assert!(calls[1].is_status_of_secret() && calls[0].is_list_or_watch());
    }

    #[test]
    fn what_a_process_needs_for_itself_is_no_object_of_the_work() {
        let call = |group: &str, resource: &str, name: &str| -> super::Call {
            let object = json!({ "apiGroup": group, "resource": resource, "name": name });
            serde_json::from_value(json!({
                "verb": "get",
                "stageTimestamp": "2026-01-01T00:00:00Z",
                "user": { "username": "operator" },
                "stage": "ResponseComplete",
                "objectRef": object,
            }))
            .unwrap()
        };
        assert!(call("coordination.k8s.io", "leases", "coffer").is_of_the_process());
        assert!(call("", "secrets", "coffer-webhook-identity").is_of_the_process());
        assert!(!call("", "secrets", "example").is_of_the_process());
        assert!(!call("coffer.dev", "secrets", "coffer-webhook-identity").is_of_the_process());
    }

    #[test]
    fn a_line_that_is_half_written_counts_once_it_is_whole() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut writer = OpenOptions::new().append(true).open(log.path()).unwrap();
        let mut progress = Progress::since(&Mark::now(log.path()).unwrap()).unwrap();
        let text = line("patch", "anyone", 1);
        write!(writer, "{}", &text[..100]).unwrap();
        assert_eq!(progress.count().unwrap(), 0);
        writeln!(writer, "{}", &text[100..]).unwrap();
        assert_eq!(progress.count().unwrap(), 1);
    }
}
