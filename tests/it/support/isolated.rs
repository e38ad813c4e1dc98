//! A control plane and an operator of a test's own.

use std::path::Path;

use tokio::sync::{Semaphore, SemaphorePermit};
use xtask::control_plane::{self, ControlPlane};
use xtask::operator::{Admission, Operator};
use xtask::process::{Guard, Signal};
use xtask::tools::{self, Tool};
use xtask::{manifest, workspace};

use super::cluster::{client, told};
use super::{Cluster, Namespace};

/// Each takes the machine for some seconds, and a gigabyte.
static PLACES: Semaphore = Semaphore::const_new(2);

/// The operator's name in logs.
const OPERATOR: &str = "operator";

/// What is out of the ordinary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The operator's log filter, as `RUST_LOG` has it; `info` otherwise.
    pub(crate) log: Option<&'static str>,
    /// Further arguments of `coffer operator`.
    pub(crate) arguments: Vec<&'static str>,
    /// The API server's audit policy, in YAML; requests without their content otherwise.
    pub(crate) audit_policy: Option<&'static str>,
    /// Whether etcd keeps every revision; otherwise those older than five minutes go.
    pub(crate) every_revision: bool,
    /// Whether the REST interfaces have TLS.
    pub(crate) tls: bool,
    /// How values in clear are sealed.
    pub(crate) admission: Admission,
    /// Start without the operator; [`Isolated::start_operator`] starts it.
    pub(crate) without_operator: bool,
}

impl Options {
    /// Without webhooks: what is applied while no operator runs may be plaintext.
    pub(crate) fn in_controller_mode() -> Self {
        Self {
            admission: Admission::Controller,
            ..Self::default()
        }
    }
}

/// A cluster with an operator that may be killed and started again. All of it goes with the test.
pub(crate) struct Isolated {
    // Dropped in this order: nobody outlives what it depends on.
    pub(crate) operator: Option<Operator>,
    pub(crate) cluster: Cluster,
    pub(crate) control_plane: ControlPlane,
    options: Options,
    _place: SemaphorePermit<'static>,
}

impl Isolated {
    /// Starts both, as soon as there is a place for them.
    pub(crate) async fn start(options: Options) -> Self {
        let place = PLACES.acquire().await.unwrap();
        let program = told("COFFER_TEST_GUARD");
        // The only error is that it is set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::start_from(&program).unwrap();
        let tools = tools::provide(&Tool::CONTROL_PLANE).await.unwrap();
        let yaml = std::fs::read_to_string(workspace::manifest()).unwrap();
        let objects = manifest::without_deployments(&yaml).unwrap();
        let objects = match options.admission {
            Admission::Webhook => objects,
            Admission::Controller => manifest::without_webhooks(objects),
        };
        let mut control_plane_options = control_plane::Options {
            objects: Some(objects),
            every_revision: options.every_revision,
            ..control_plane::Options::default()
        };
        if let Some(policy) = options.audit_policy {
            policy.clone_into(&mut control_plane_options.audit_policy);
        }
        let control_plane = ControlPlane::start_under(&guard, &tools, &control_plane_options)
            .await
            .unwrap();
        let kubeconfig = control_plane.kubeconfig();
        let mut isolated = Self {
            operator: None,
            cluster: Cluster {
                client: client(&kubeconfig).await,
                kubeconfig,
                audit_log: control_plane.audit_log(),
                operator_log: control_plane.log(OPERATOR),
                programs: control_plane.programs(),
                scratch: control_plane.scratch(),
            },
            control_plane,
            options: options.clone(),
            _place: place,
        };
        if !options.without_operator {
            isolated.start_operator().await;
        }
        isolated
    }

    /// Starts an operator, and waits until it is ready.
    pub(crate) async fn start_operator(&mut self) {
        self.start_operator_unready().await;
        self.operator.as_mut().unwrap().ready().await.unwrap();
    }

    /// Starts an operator without waiting, for those that are not to become ready.
    pub(crate) async fn start_operator_unready(&mut self) {
        let Options {
            log,
            arguments,
            admission,
            tls,
            ..
        } = &self.options;
        let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
        let control_plane = &self.control_plane;
        // In folders of its own, so that what it leaves in them is seen.
        let folders = ["work", "tmp"].map(|folder| control_plane.scratch().join(folder));
        for folder in &folders {
            std::fs::create_dir_all(folder).unwrap();
        }
        let [work, temporary] = &folders;
        let operator = Operator::start_with(control_plane, binary, OPERATOR, *admission, |spec| {
            let spec = spec
                .env("RUST_LOG", log.unwrap_or("info"))
                .env("TMPDIR", temporary)
                .directory(work)
                .args(arguments);
            if *tls {
                spec.env_remove("COFFER_FACADE_PLAIN_HTTP")
            } else {
                spec
            }
        });
        self.operator = Some(operator.await.unwrap());
    }

    /// Kills the operator, as a node that loses power would.
    pub(crate) fn kill9(&mut self) {
        self.operator.take().unwrap().process.kill().unwrap();
    }

    /// Freezes the operator.
    pub(crate) fn freeze(&mut self) {
        let operator = self.operator.as_mut().unwrap();
        operator.process.signal(Signal::STOP).unwrap();
    }

    /// Lets a frozen operator go on.
    pub(crate) fn thaw(&mut self) {
        let operator = self.operator.as_mut().unwrap();
        operator.process.signal(Signal::CONT).unwrap();
    }

    /// Ends the operator in order, as a rollout would.
    pub(crate) async fn stop_operator(&mut self) {
        let status = self.operator.take().unwrap().process.stop().await.unwrap();
        assert!(status.success(), "the operator ended with {status}");
    }

    /// Kills the operator and starts it again; returns when it is ready.
    pub(crate) async fn restart(&mut self) {
        self.kill9();
        self.start_operator().await;
    }

    /// A new namespace on this cluster.
    pub(crate) async fn namespace(&self, prefix: &str) -> Namespace {
        Namespace::create(self.cluster.clone(), prefix).await
    }
}
