//! What the integration tests are told, by environment variables.

use std::ffi::OsString;

use anyhow::Result;

use super::ControlPlane;
use crate::process::Guard;

/// The variables that integration tests read:
///
/// - `COFFER_TEST_KUBECONFIG`: the administrator's kubeconfig
/// - `COFFER_TEST_AUDIT_LOG`: the API server's audit log
/// - `COFFER_TEST_ETCD`: etcd's address
/// - `COFFER_TEST_TOOLS`: the folder with kubectl and the other programs
/// - `COFFER_TEST_DIR`: a folder to write into
/// - `COFFER_TEST_GUARD`: this program, for [`Guard::start_from`](crate::process::Guard::start_from)
pub fn test_environment(control_plane: &ControlPlane) -> Result<Vec<(&'static str, OsString)>> {
    Ok(vec![
        ("COFFER_TEST_KUBECONFIG", control_plane.kubeconfig().into()),
        ("COFFER_TEST_AUDIT_LOG", control_plane.audit_log().into()),
        ("COFFER_TEST_ETCD", control_plane.etcd_url().into()),
        ("COFFER_TEST_TOOLS", control_plane.programs().into()),
        ("COFFER_TEST_DIR", control_plane.scratch().into()),
        ("COFFER_TEST_GUARD", Guard::program()?.into()),
    ])
}

/// The variables about a second control plane, whose operator runs in the admission mode Controller:
///
/// - `COFFER_TEST_CONTROLLER_MODE_KUBECONFIG`, `_AUDIT_LOG`, `_DIR`: as above
#[must_use]
pub fn controller_mode_environment(control_plane: &ControlPlane) -> Vec<(&'static str, OsString)> {
    vec![
        (
            "COFFER_TEST_CONTROLLER_MODE_KUBECONFIG",
            control_plane.kubeconfig().into(),
        ),
        (
            "COFFER_TEST_CONTROLLER_MODE_AUDIT_LOG",
            control_plane.audit_log().into(),
        ),
        (
            "COFFER_TEST_CONTROLLER_MODE_DIR",
            control_plane.scratch().into(),
        ),
    ]
}
