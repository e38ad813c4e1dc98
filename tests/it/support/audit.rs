//! What the operator asked of the API server, from its audit log.
//!
//! The log is written before the answer is sent: who has the answer, or what follows from it, finds
//! the request there.

use std::fmt;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Cluster, Namespace};

/// The operator's name at the API server.
pub(crate) const OPERATOR: &str = "system:serviceaccount:coffer-system:coffer";

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `create`, `patch`, `get`, `list`, `watch`, `delete`.
    pub(crate) verb: String,
    /// With its group: `secrets.coffer.dev`, but `secrets` for native ones.
    pub(crate) resource: String,
    /// `status`, or empty.
    pub(crate) subresource: String,
    /// Empty for the namespaces themselves, and where a list or watch is over all.
    pub(crate) namespace: String,
    /// Empty for a list or a watch. A create has it as well.
    pub(crate) name: String,
    /// HTTP status.
    pub(crate) code: u16,
}

impl fmt::Display for Call {
    /// Verb, resource and subresource: `patch secrets.coffer.dev/status`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            verb,
            resource,
            subresource,
            ..
        } = self;
        let slash = if subresource.is_empty() { "" } else { "/" };
        write!(f, "{verb} {resource}{slash}{subresource}")
    }
}

impl Call {
    /// Those about the objects of this name, and the events on them; with the answer where it is not
    /// a success.
    pub(crate) fn about(calls: &[Self], namespace: &str, name: &str) -> Vec<String> {
        let event = format!("{name}.");
        calls
            .iter()
            .filter(|call| call.namespace == namespace)
            .filter(|call| {
                let is_event = call.resource.starts_with("events");
                call.name == name || is_event && call.name.starts_with(&event)
            })
            .map(|call| match call.code {
                200..300 => call.to_string(),
                code => format!("{call}: {code}"),
            })
            .collect()
    }

    /// Whether it changed something, or tried to.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

impl Namespace {
    /// The operator's requests about objects of this namespace, in the order of their answers; those of
    /// [`Namespace::operator_caught_up`] left out.
    pub(crate) fn api_calls(&self) -> Vec<Call> {
        calls(&self.cluster.audit_log, |call| {
            call.namespace == self.name && !call.name.starts_with("probe")
        })
    }
}

impl Cluster {
    /// Follows the requests of the operator from now on.
    pub(crate) fn follow_api_calls(&self) -> Tail {
        let log = self.audit_log.clone();
        let offset = whole_lines(&std::fs::read_to_string(&log).unwrap()).len();
        Tail {
            log,
            offset: u64::try_from(offset).unwrap(),
            calls: Vec::new(),
        }
    }
}

/// The requests of the operator since some moment. Looking again costs what is new.
pub(crate) struct Tail {
    log: PathBuf,
    offset: u64,
    calls: Vec<Call>,
}

impl Tail {
    /// All so far, in the order of their answers.
    pub(crate) fn calls(&mut self) -> &[Call] {
        let mut log = File::open(&self.log).unwrap();
        log.seek(SeekFrom::Start(self.offset)).unwrap();
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let whole = whole_lines(&text);
        self.offset += u64::try_from(whole.len()).unwrap();
        self.calls.extend(parse(whole));
        &self.calls
    }

    /// How many of them are so.
    pub(crate) fn count(&mut self, is_so: impl Fn(&Call) -> bool) -> usize {
        self.calls().iter().filter(|call| is_so(call)).count()
    }
}

/// Without the last line where it is half written.
fn whole_lines(log: &str) -> &str {
    log.rfind('\n').map_or("", |end| &log[..=end])
}

fn calls(log: &Path, wanted: impl Fn(&Call) -> bool) -> Vec<Call> {
    let log = std::fs::read_to_string(log).unwrap();
    parse(whole_lines(&log))
        .filter(|call| wanted(call))
        .collect()
}

fn parse(log: &str) -> impl Iterator<Item = Call> {
    log.lines()
        .filter(|line| line.contains(OPERATOR))
        .filter_map(|line| Entry::call(serde_json::from_str(line).unwrap()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    stage: String,
    verb: String,
    user: User,
    object_ref: Option<Reference>,
    response_status: Option<Status>,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Reference {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    api_group: String,
}

#[derive(Deserialize)]
struct Status {
    code: u16,
}

impl Entry {
    fn call(self) -> Option<Call> {
        if self.stage != "ResponseComplete" || self.user.username != OPERATOR {
            return None;
        }
        let about = self.object_ref?;
        // Leading takes a request every other second, whatever else there is to do.
        if about.resource == "leases" {
            return None;
        }
        let resource = match about.api_group.as_str() {
            "" => about.resource,
            group => format!("{}.{group}", about.resource),
        };
        Some(Call {
            verb: self.verb,
            resource,
            subresource: about.subresource,
            namespace: about.namespace,
            name: about.name,
            code: self.response_status.map_or(0, |status| status.code),
        })
    }
}
