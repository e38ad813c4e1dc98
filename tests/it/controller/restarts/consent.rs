//! Nothing that an author of Secrets writes restarts what they might not restart themselves.

use super::*;

async fn is_told(ns: &Namespace, reason: &str, what: &str) {
    let (status, told, message) = told(ns, "stripe").await.unwrap();
    assert_eq!((status.as_str(), told.as_str()), ("False", reason));
    assert!(message.contains(what), "{message}");
    ns.event("stripe", reason).await;
}

#[tokio::test]
async fn a_workload_that_does_not_agree_is_not_restarted_until_it_does_and_the_content_changes() {
    let ns = Cluster::namespace("restarts").await;
    let refuses = json!({ "coffer.dev/restart": "yes" });
    ns.apply(&workload("Deployment", "web", &refuses)).await;
    deploy(&ns, "other").await;
    secret(
        &ns,
        "stripe",
        &json!([deployment("web"), deployment("other")]),
    )
    .await;
    change(&ns, "stripe", "two").await;
    let said = "Deployment `web` was not restarted when the content last changed: its owner has to label it coffer.dev/restart=true";
    is_told(&ns, "ConsentMissing", said).await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 1);
    assert_eq!(generation(&ns, "Deployment", "other").await, 2);

    ns.kubectl(
        &[
            "label",
            "--overwrite",
            "deployment",
            "web",
            "coffer.dev/restart=true",
        ],
        "",
    )
    .await;
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 1);
    assert!(annotations(&ns, "web").await.is_empty());

    // Also where it comes back to the content that it began with.
    change(&ns, "stripe", "one").await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 2);
    assert_eq!(generation(&ns, "Deployment", "other").await, 3);
    assert_eq!(told(&ns, "stripe").await.unwrap().0, "True");
}

#[tokio::test]
async fn a_workload_that_is_missing_is_told_and_not_restarted_when_it_comes() {
    let ns = Cluster::namespace("restarts").await;
    secret(&ns, "stripe", &json!([deployment("web")])).await;
    change(&ns, "stripe", "two").await;
    is_told(
        &ns,
        "WorkloadNotFound",
        "Deployment `web` was not there to be restarted",
    )
    .await;
    deploy(&ns, "web").await;
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 1);
    change(&ns, "stripe", "three").await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 2);
}

#[tokio::test]
async fn a_workload_of_another_namespace_or_kind_is_out_of_reach() {
    let ns = Cluster::namespace("restarts").await;
    let others = Cluster::namespace("others").await;
    deploy(&others, "web").await;
    ns.apply(&workload(
        "StatefulSet",
        "web",
        &json!({ "coffer.dev/restart": "true" }),
    ))
    .await;
    secret(&ns, "stripe", &json!([deployment("web")])).await;
    change(&ns, "stripe", "two").await;
    is_told(&ns, "WorkloadNotFound", "Deployment `web`").await;
    assert_eq!(generation(&others, "Deployment", "web").await, 1);
    assert_eq!(generation(&ns, "StatefulSet", "web").await, 1);
}

/// The workload belongs to whoever restarts it by hand, or takes the annotation away: the content did not change.
#[tokio::test]
async fn an_annotation_that_someone_takes_away_is_not_put_back() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    secret(&ns, "stripe", &json!([deployment("web")])).await;
    change(&ns, "stripe", "two").await;
    let patch = r#"{"spec":{"template":{"metadata":{"annotations":null}}}}"#;
    ns.kubectl(
        &["patch", "deployment", "web", "-p", patch, "--type=merge"],
        "",
    )
    .await;
    ns.edit("stripe", json!({ "spec": { "comment": "live" } }))
        .await;
    ns.ready("stripe").await;
    ns.operator_caught_up().await;
    assert_eq!(generation(&ns, "Deployment", "web").await, 3);
    assert!(annotations(&ns, "web").await.is_empty());
}

/// Of the others, what was said stays.
#[tokio::test]
async fn what_was_said_of_a_workload_goes_when_it_is_named_no_more() {
    let ns = Cluster::namespace("restarts").await;
    deploy(&ns, "web").await;
    let named = |names: &[&str]| json!(names.iter().map(|it| deployment(it)).collect::<Vec<_>>());
    secret(&ns, "stripe", &named(&["web", "gone", "missing"])).await;
    change(&ns, "stripe", "two").await;
    is_told(&ns, "WorkloadNotFound", "`missing`").await;
    for (names, is_told) in [(&["web", "missing"][..], true), (&["web"], false)] {
        let target = json!({ "restart": named(names) });
        ns.edit("stripe", json!({ "spec": { "target": target } }))
            .await;
        assert_eq!(told(&ns, "stripe").await.is_some(), is_told, "{names:?}");
    }
    change(&ns, "stripe", "three").await;
    assert_eq!(told(&ns, "stripe").await.unwrap().0, "True");
    assert_eq!(generation(&ns, "Deployment", "web").await, 3);
}
