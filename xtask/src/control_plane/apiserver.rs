//! kube-apiserver: RBAC, default admission, an audit log, and limits that benchmarks do not meet.

use super::{
    certificates::{AUTHORITY, SERVER, SERVICE_NETWORK, TOKEN_KEY, TOKEN_PUBLIC_KEY},
    etcd,
    layout::Layout,
    ports::Ports,
};
use crate::process::Spec;

/// Who signs the tokens of service accounts; without `--api-audiences` also the audience of those for the API server.
pub const AUDIENCE: &str = "https://kubernetes.default.svc.cluster.local";

/// Requests at a time, shared out by priority and fairness. The defaults (400 and 200) would
/// measure the queues instead of the operator.
const INFLIGHT: &str = "4000";

pub(super) fn url(ports: Ports) -> String {
    format!("https://127.0.0.1:{}", ports.apiserver)
}

pub(super) fn spec(layout: &Layout, ports: Ports, every_revision: bool) -> Spec {
    let certificate = |file| layout.certificate(file);
    let spec = Spec::new(
        "kube-apiserver",
        layout.program("kube-apiserver"),
        layout.log("kube-apiserver"),
    )
    .loopback()
    .flag("etcd-servers", etcd::url(ports))
    .flag("bind-address", "127.0.0.1")
    .flag("advertise-address", "127.0.0.1")
    .flag("secure-port", ports.apiserver.to_string())
    // Endpoints may not be on loopback; without this the log fills with the refusals.
    .flag("endpoint-reconciler-type", "none")
    .flag("service-cluster-ip-range", SERVICE_NETWORK)
    .flag("tls-cert-file", certificate(SERVER.certificate))
    .flag("tls-private-key-file", certificate(SERVER.key))
    .flag("client-ca-file", certificate(AUTHORITY))
    .flag("authorization-mode", "RBAC")
    .flag("service-account-issuer", AUDIENCE)
    .flag("service-account-key-file", certificate(TOKEN_PUBLIC_KEY))
    .flag("service-account-signing-key-file", certificate(TOKEN_KEY))
    // Tests of expiry get the lifetime that they ask for, not a year.
    .flag("service-account-extend-token-expiration", "false")
    .flag("audit-policy-file", layout.audit_policy())
    .flag("audit-log-path", layout.audit_log())
    .flag("audit-log-format", "json")
    // A request is in the log before its answer is out: a test that counts need not wait.
    .flag("audit-log-mode", "blocking")
    // In megabytes. The default begins a new file after 100, and a count would miss the old one.
    .flag("audit-log-maxsize", "1000000")
    .flag("max-requests-inflight", INFLIGHT)
    .flag("max-mutating-requests-inflight", INFLIGHT)
    .flag("profiling", "false");
    if every_revision {
        spec.flag("etcd-compaction-interval", "0")
    } else {
        spec
    }
}
