//! A control plane whose logs tell all they can, and the values that go in.

use std::sync::Mutex;

use tempfile::TempDir;
use xtask::operator::Admission;

use crate::support::{Canary, Isolated, Namespace, Options};

/// Every request with its body and its answer.
const EVERYTHING: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: RequestResponse
";

/// A value that went in.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// By which way.
    pub(super) way: String,
    pub(super) canary: Canary,
    /// The native Secrets that are meant to hold it, as `namespace/name`.
    pub(super) homes: Vec<String>,
    /// Whether they come to hold it: otherwise the API server refuses them.
    pub(super) arrives: bool,
    /// Where the API server itself may quote it.
    pub(super) quoted: Quoted,
}

/// Where the API server itself quotes a field of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quoted {
    Nowhere,
    /// In its own log.
    InTheLog,
    /// In its answer as well, and so in the audit log.
    InTheAnswer,
}

/// What a command printed.
pub(super) struct Said {
    pub(super) command: String,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

pub(super) struct Proof {
    pub(super) isolated: Isolated,
    pub(super) ns: Namespace,
    /// What authors have on their machine, values in clear among it.
    pub(super) desk: TempDir,
    /// Where commands leave what they leave behind: HOME and TMPDIR.
    pub(super) home: TempDir,
    pub(super) marks: Mutex<Vec<Mark>>,
    pub(super) said: Mutex<Vec<Said>>,
}

impl Proof {
    /// With webhooks.
    pub(super) async fn begin() -> Self {
        Self::under(Options {
            log: Some("trace"),
            audit_policy: Some(EVERYTHING),
            ..Options::default()
        })
        .await
    }

    /// Without. What rests in clear is in the answers as well, so the audit log is as by default.
    pub(super) async fn begin_without_webhooks() -> Self {
        Self::under(Options {
            log: Some("trace"),
            admission: Admission::Controller,
            ..Options::default()
        })
        .await
    }

    async fn under(options: Options) -> Self {
        let isolated = Isolated::start(options).await;
        let ns = isolated.namespace("proof").await;
        ns.store("vault", "{ sealing: { bindings: [Strict, Store] } }")
            .await;
        Self {
            isolated,
            ns,
            desk: TempDir::new().unwrap(),
            home: TempDir::new().unwrap(),
            marks: Mutex::default(),
            said: Mutex::default(),
        }
    }

    /// A value that no native Secret is to hold.
    pub(super) fn mark(&self, way: &str) -> String {
        self.push(way, Canary::new(), &[], Quoted::Nowhere)
    }

    /// A value for native Secrets of the proof's namespace.
    pub(super) fn mark_for(&self, way: &str, natives: &[&str]) -> String {
        let homes: Vec<_> = natives
            .iter()
            .map(|name| format!("{}/{name}", self.ns.name))
            .collect();
        self.push(way, Canary::new(), &homes, Quoted::Nowhere)
    }

    /// A value for a native Secret that the API server refuses.
    pub(super) fn mark_refused(&self, way: &str, native: &str) -> String {
        let value = self.mark_for(way, &[native]);
        let mut marks = self.marks.lock().unwrap();
        marks.last_mut().unwrap().arrives = false;
        value
    }

    /// A value that the API server may quote.
    pub(super) fn mark_quoted(&self, way: &str, quoted: Quoted) -> String {
        self.push(way, Canary::new(), &[], quoted)
    }

    /// A value of digits, which is a number where it is not quoted.
    pub(super) fn mark_number(&self, way: &str, quoted: Quoted) -> String {
        // Fifteen digits: JavaScript's numbers, and JSON's, have no more.
        let number = 100_000_000_000_000 + uuid::Uuid::new_v4().as_u128() % 800_000_000_000_000;
        let canary = Canary::of(number.to_string().as_bytes());
        self.push(way, canary, &[], quoted)
    }

    /// What came from elsewhere, at home in this native Secret (`namespace/name`), if in any.
    pub(super) fn mark_of(&self, way: &str, value: &[u8], home: Option<&str>) {
        let homes: Vec<_> = home.map(str::to_owned).into_iter().collect();
        self.push(way, Canary::of(value), &homes, Quoted::Nowhere);
    }

    fn push(&self, way: &str, canary: Canary, homes: &[String], quoted: Quoted) -> String {
        let value = String::from_utf8_lossy(canary.bytes()).into_owned();
        self.marks.lock().unwrap().push(Mark {
            way: way.to_owned(),
            canary,
            homes: homes.to_vec(),
            arrives: !homes.is_empty(),
            quoted,
        });
        value
    }
}
