//! A replica that does not hear from the API server, which goes on reaching it: its keys may be retired ones.

use std::path::Path;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use xtask::operator::{ACCOUNT, Admission, NAMESPACE, Operator};
use xtask::process::Spec;

use super::stripe;
use crate::support::{Canary, Isolated, Options, eventually, within};

/// A way to the API server that can be cut: then nothing comes through, and nobody is told.
struct Line {
    url: String,
    is_cut: watch::Sender<bool>,
    _task: JoinSet<()>,
}

impl Line {
    async fn to(server_url: &str) -> Self {
        let server = server_url.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let (is_cut, cut) = watch::channel(false);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut calls = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                calls.spawn(hand_on(near, server.clone(), cut.clone()));
            }
        });
        Self {
            url,
            is_cut,
            _task: task,
        }
    }
}

async fn hand_on(mut near: TcpStream, server: String, mut cut: watch::Receiver<bool>) {
    let carried = async {
        let mut far = TcpStream::connect(server).await?;
        copy_bidirectional(&mut near, &mut far).await
    };
    tokio::select! {
        _ = carried => return,
        _ = cut.wait_for(|cut| *cut) => {}
    }
    let _ = cut.wait_for(|cut| !*cut).await;
}

#[tokio::test]
async fn a_replica_that_is_cut_off_seals_nothing_until_it_hears_again() {
    let isolated = Isolated::start(Options {
        without_operator: true,
        ..Options::default()
    })
    .await;
    let (ns, canary) = (isolated.namespace("cut").await, Canary::new());
    let control_plane = &isolated.control_plane;
    let line = Line::to(&control_plane.server_url()).await;
    let straight = control_plane.kubeconfig_of(NAMESPACE, ACCOUNT).await;
    let text = std::fs::read_to_string(straight.unwrap()).unwrap();
    let kubeconfig = control_plane.scratch().join("cut.kubeconfig");
    let text = text.replace(&control_plane.server_url(), &line.url);
    std::fs::write(&kubeconfig, text).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_coffer"));
    let spec = Spec::new("operator", binary, control_plane.log("operator"));
    let guard = control_plane.guard();
    let start = Operator::start_in(guard, &kubeconfig, Admission::Webhook, spec, |spec| {
        spec.env("RUST_LOG", "info")
    });
    let mut operator = start.unwrap();
    operator.ready().await.unwrap();
    let create = ["create", "--dry-run=server", "-f", "-"];
    eventually("values are sealed", async || {
        ns.try_kubectl(&create, &stripe(&canary)).await
    })
    .await;
    ns.store("vault", "{}").await;

    line.is_cut.send_replace(true);
    within(Duration::from_mins(2), "it notices", async || {
        let log = ns.cluster.operator_log();
        let told = log.contains("the API server has not been heard for 90 s");
        told.then_some(()).ok_or("it does not")
    })
    .await;
    let said = ns.try_kubectl(&create, &stripe(&canary)).await.unwrap_err();
    assert!(
        said.contains("has not heard from the API server for 90 s"),
        "{said}"
    );
    canary.assert_absent("the message", &said);

    line.is_cut.send_replace(false);
    within(Duration::from_mins(1), "it hears again", async || {
        ns.try_kubectl(&create, &stripe(&canary)).await
    })
    .await;
    operator.process.still_running().unwrap();
}
