//! kube-controller-manager: namespaces, garbage collection, service accounts, policies.

use super::{
    certificates::{AUTHORITY, SERVER, TOKEN_KEY},
    layout::Layout,
    ports::Ports,
};
use crate::process::Spec;

/// The file name of its kubeconfig.
pub(super) const USER: &str = "controller-manager";

/// All that are on by default, but those that need nodes, volumes or certificate requests.
const CONTROLLERS: &str = "*,\
    -certificatesigningrequest-approving-controller,\
    -certificatesigningrequest-cleaner-controller,\
    -certificatesigningrequest-signing-controller,\
    -ephemeral-volume-controller,\
    -horizontal-pod-autoscaler-controller,\
    -node-ipam-controller,\
    -node-lifecycle-controller,\
    -persistentvolume-attach-detach-controller,\
    -persistentvolume-binder-controller,\
    -persistentvolume-expander-controller,\
    -taint-eviction-controller,\
    -ttl-controller";

pub(super) fn spec(layout: &Layout, ports: Ports) -> Spec {
    let name = "kube-controller-manager";
    let kubeconfig = layout.kubeconfig(USER);
    Spec::new(name, layout.program(name), layout.log(name))
        .loopback()
        .flag("kubeconfig", &kubeconfig)
        .flag("authentication-kubeconfig", &kubeconfig)
        .flag("authorization-kubeconfig", &kubeconfig)
        // Nobody is authenticated by a proxy in front of it; looking for that one fills the log.
        .args(["--authentication-skip-lookup"])
        .flag("bind-address", "127.0.0.1")
        .flag("secure-port", ports.controller_manager.to_string())
        .flag("tls-cert-file", layout.certificate(SERVER.certificate))
        .flag("tls-private-key-file", layout.certificate(SERVER.key))
        .flag("root-ca-file", layout.certificate(AUTHORITY))
        .flag(
            "service-account-private-key-file",
            layout.certificate(TOKEN_KEY),
        )
        // Each controller with the role that it has in a real cluster.
        .flag("use-service-account-credentials", "true")
        .flag("controllers", CONTROLLERS)
        .flag("leader-elect", "false")
        // The defaults (20 and 30 a second) make a deleted namespace take its time.
        .flag("kube-api-qps", "2000")
        .flag("kube-api-burst", "4000")
        .flag("concurrent-gc-syncs", "50")
        .flag("concurrent-namespace-syncs", "20")
        .flag("profiling", "false")
}
