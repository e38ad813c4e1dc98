//! What a restart costs, and a crash between the new native Secret and the status that tells it.

use super::*;
use crate::support::audit::Call;
use crate::support::refusal::Writes;
use crate::support::{Isolated, Options};

const SECRET_STATUS: Writes = Writes {
    group: "coffer.dev",
    resource: "secrets/status",
    operation: "UPDATE",
};

#[tokio::test]
async fn a_restart_asks_for_nothing_and_a_crash_makes_nothing_twice() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("immutable").await;
    let one = current(&delivered(&ns, "{ immutable: true }", "one").await);
    let two = current(&change(&ns, "two").await);
    ns.operator_caught_up().await;
    isolated.stop_operator().await;
    let mut tail = isolated.cluster.follow_api_calls();
    isolated.start_operator().await;
    ns.operator_caught_up().await;
    for name in ["stripe", &one, &two] {
        assert_eq!(Call::about(tail.calls(), &ns.name, name), [""; 0]);
    }

    ns.cluster.refuse(&[SECRET_STATUS], "true").await;
    let data = json!({ "value": { "value": "three" } });
    ns.edit("stripe", json!({ "spec": { "data": data } })).await;
    crate::support::eventually("the third is there", async || {
        let names = natives(&ns).await;
        (names.len() == 3)
            .then_some(())
            .ok_or_else(|| format!("{names:?}"))
    })
    .await;
    isolated.kill9();
    ns.cluster.allow().await;
    isolated.start_operator().await;
    let status = ns.ready("stripe").await.status.unwrap();
    let three = current(&status);
    assert_eq!(former(&status), [two.clone(), one.clone()]);
    are_there(&ns, &[&one, &two, &three]).await;
    assert_eq!(status.version, Some(3));
    assert_eq!(ns.events("stripe").await, []);
}
