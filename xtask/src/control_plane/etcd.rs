//! etcd, alone and on loopback.

use super::{layout::Layout, ports::Ports};
use crate::process::Spec;

/// Enough for benchmarks with a million objects; etcd's own default is 2 GiB.
const QUOTA_BYTES: &str = "8589934592";

pub(super) fn url(ports: Ports) -> String {
    format!("http://127.0.0.1:{}", ports.etcd)
}

pub(super) fn spec(layout: &Layout, ports: Ports, durable: bool) -> Spec {
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let spec = Spec::new("etcd", layout.program("etcd"), layout.log("etcd"))
        .loopback()
        .flag("name", "coffer")
        .flag("data-dir", layout.etcd_data())
        .flag("listen-client-urls", url(ports))
        .flag("advertise-client-urls", url(ports))
        .flag("listen-peer-urls", &peer)
        .flag("initial-advertise-peer-urls", &peer)
        .flag("initial-cluster", format!("coffer={peer}"))
        .flag("quota-backend-bytes", QUOTA_BYTES)
        .flag("log-level", "warn");
    if durable {
        spec
    } else {
        spec.args(["--unsafe-no-fsync"])
    }
}
