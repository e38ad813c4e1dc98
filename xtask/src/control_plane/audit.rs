//! The audit policy that tests count requests with.

/// One line for each request when it is answered, and one when a watch begins; no request or answer bodies.
pub(super) const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
";
