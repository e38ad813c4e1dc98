//! What differs from one control plane to the next.

use serde_json::Value;

use super::audit;

/// How to start a control plane.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether etcd waits for the disk. Off, it starts and writes faster, and must not be killed.
    pub durable: bool,
    /// The API server's audit policy, in YAML.
    pub audit_policy: String,
    /// Whether etcd keeps every revision. Otherwise those older than five minutes go, as in any cluster.
    pub every_revision: bool,
    /// A list of objects to apply before the controllers start. Custom resource definitions belong
    /// here: the garbage collector looks for new kinds only every 30 seconds.
    pub objects: Option<Value>,
}

impl Default for Options {
    /// Not durable, old revisions go, every request in the audit log without its content, and no objects.
    fn default() -> Self {
        Self {
            durable: false,
            audit_policy: audit::POLICY.to_owned(),
            every_revision: false,
            objects: None,
        }
    }
}
