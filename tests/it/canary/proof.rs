//! A control plane whose logs tell all they can, and the values that go in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use tempfile::TempDir;
use xtask::operator::Admission;

use super::desk::Said;
use super::marks::Mark;
use crate::support::{Isolated, Namespace, Options};

/// Every request with its body and its answer.
const EVERYTHING: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: RequestResponse
";

pub(super) struct Proof {
    pub(super) isolated: Isolated,
    pub(super) ns: Namespace,
    /// What authors have on their machine, values in clear among it.
    pub(super) desk: TempDir,
    /// What they put there themselves: files with their content.
    pub(super) inputs: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
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
            every_revision: true,
            ..Options::default()
        })
        .await
    }

    /// Without. What rests in clear is in the answers as well, so the audit log is as by default.
    pub(super) async fn begin_without_webhooks() -> Self {
        Self::under(Options {
            log: Some("trace"),
            every_revision: true,
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
            inputs: Mutex::default(),
            home: TempDir::new().unwrap(),
            marks: Mutex::default(),
            said: Mutex::default(),
        }
    }
}
