//! The annotations of a workload: those of Secrets that restart it, and no others of Coffer's.

use super::*;

#[tokio::test]
async fn what_is_left_of_secrets_that_do_not_restart_it_any_more_goes_with_the_next_restart() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    let [long, other_long, gone_long] = ["l", "o", "g"].map(|it| it.repeat(200));
    let named = json!([deployment("web")]);
    let all = ["stays", "gone", "unnamed", &long, &other_long, &gone_long];
    for name in all {
        secret(&ns, name, &named).await;
        change(&ns, name, "two").await;
    }
    let theirs = r#"{"spec":{"template":{"metadata":{"annotations":{"example.com/gone":"x"}}}}}"#;
    ns.kubectl(&["patch", "deployment", "web", "-p", theirs], "")
        .await;
    assert_eq!(annotations(&ns, "web").await.len(), 7);
    assert_eq!(generation(&ns, "Deployment", "web").await, 8);

    for name in ["gone", &gone_long] {
        ns.delete(name).await;
        ns.native_gone(name).await;
    }
    let others = json!({ "target": { "restart": [deployment("other")] } });
    ns.edit("unnamed", json!({ "spec": others })).await;
    ns.ready("unnamed").await;
    // They restart nothing by themselves.
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 8);
    change(&ns, &long, "three").await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 9);
    let left = annotations(&ns, "web").await;
    let begins = |name: &str| left.iter().any(|it| it.starts_with(name));
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(begins("example.com/gone") && begins("restart.coffer.dev/stays"));
    assert!(begins("restart.coffer.dev/lll") && begins("restart.coffer.dev/ooo"));
}
