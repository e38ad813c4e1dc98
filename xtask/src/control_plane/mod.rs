//! A control plane of its own: etcd, kube-apiserver and kube-controller-manager on free loopback ports.
//!
//! RBAC is on and the admission plugins are at their defaults, as in a real cluster; there are no nodes.

mod apiserver;
mod audit;
mod certificates;
mod controller_manager;
mod environment;
mod etcd;
mod install;
mod kubeconfig;
mod kubectl;
mod layout;
mod options;
mod ports;
mod running;
mod start;
mod token;

pub use apiserver::AUDIENCE;
pub use environment::{controller_mode_environment, test_environment};
pub use options::Options;
pub use ports::reserve;
pub use running::ControlPlane;
pub use token::request as service_account_token;
