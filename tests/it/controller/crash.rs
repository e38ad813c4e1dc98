//! The operator is killed: between any two writes it converges, and does nothing twice.

use std::collections::HashMap;
use std::time::Duration;

use coffer::api::Reason;
use coffer::index::store_keys::native_name;
use kube::ResourceExt as _;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::support::audit::{Call, Tail};
use crate::support::refusal::{REFUSED, Writes};
use crate::support::{Isolated, Namespace, Options, eventually, manifest, within};

const SECRETS: Writes = Writes {
    group: "coffer.dev",
    resource: "secrets",
    operation: "UPDATE",
};
const SECRET_STATUS: Writes = Writes {
    group: "coffer.dev",
    resource: "secrets/status",
    operation: "UPDATE",
};
const STORE_STATUS: Writes = Writes {
    group: "coffer.dev",
    resource: "secretstores/status",
    operation: "UPDATE",
};
const NATIVES: Writes = Writes {
    group: "",
    resource: "secrets",
    operation: "CREATE",
};

/// Waits until the API server refused a write about each of these.
async fn refused(tail: &mut Tail, about: &[(&str, &str)]) {
    eventually("the writes are refused", async || {
        let calls = tail.calls();
        let missing: Vec<_> = about
            .iter()
            .filter(|(namespace, name)| {
                !calls.iter().any(|call| {
                    call.code == REFUSED && call.namespace == *namespace && call.name == *name
                })
            })
            .collect();
        missing
            .is_empty()
            .then_some(())
            .ok_or_else(|| format!("not {missing:?}"))
    })
    .await;
}

/// How often something was done about an object, with success.
fn times(tail: &mut Tail, ns: &Namespace, name: &str, call: &str) -> usize {
    let calls = Call::about(tail.calls(), &ns.name, name);
    calls.iter().filter(|did| *did == call).count()
}

async fn uid(ns: &Namespace, native: &str) -> Option<String> {
    ns.natives().get(native).await.unwrap().uid()
}

#[tokio::test]
async fn a_kill_before_the_status_costs_the_status_only() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("crash").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    for name in ["changed", "edited", "commented"] {
        ns.apply(&manifest::secret(name, &sealer.strict(name, "value", b"v")))
            .await;
        ns.ready(name).await;
    }
    let mut before = isolated.cluster.follow_api_calls();
    ns.cluster
        .refuse(&[SECRET_STATUS, STORE_STATUS], "true")
        .await;

    ns.apply(&manifest::secret(
        "sealed",
        &sealer.strict("sealed", "value", b"v"),
    ))
    .await;
    ns.apply(&manifest::secret("plain", "v")).await;
    let value = sealer.strict("changed", "value", b"w");
    ns.edit(
        "changed",
        json!({ "spec": { "data": { "value": { "value": value } } } }),
    )
    .await;
    ns.edit("commented", json!({ "spec": { "comment": "live" } }))
        .await;
    ns.edit_native("edited", json!({ "data": { "value": "AAAA" } }))
        .await;
    ns.apply(&manifest::store("second", "{}")).await;
    let names = [
        "sealed",
        "plain",
        "changed",
        "commented",
        "edited",
        "second",
    ];
    refused(&mut before, &names.map(|name| (ns.name.as_str(), name))).await;
    isolated.kill9();
    let mut uids = HashMap::new();
    for name in ["sealed", "plain", "changed", "commented", "edited"] {
        uids.insert(name, uid(&ns, name).await);
    }
    ns.cluster.allow().await;
    let mut after = isolated.cluster.follow_api_calls();
    isolated.start_operator().await;

    for name in uids.keys() {
        ns.ready(name).await;
    }
    ns.store_ready("second").await;
    ns.operator_caught_up().await;
    let after = after.calls();
    let about = |name| Call::about(after, &ns.name, name);
    let status = "patch secrets.coffer.dev/status";
    assert_eq!(about("sealed"), ["get secrets", status]);
    assert_eq!(about("plain"), ["get secrets", status]);
    assert_eq!(about("changed"), ["get secrets", status]);
    assert_eq!(about("commented"), [status]);
    assert_eq!(
        about("edited"),
        ["get secrets.coffer.dev", "get secrets", status]
    );
    assert_eq!(about("second"), ["patch secretstores.coffer.dev/status"]);
    let keys = native_name(&ns.name, "second");
    assert_eq!(Call::about(after, "coffer-system", &keys), [""; 0]);
    for (name, before) in &uids {
        assert_eq!(uid(&ns, name).await, *before, "{name}");
        assert_eq!(ns.events(name).await, [], "{name}");
    }
    assert_eq!(ns.bytes("changed", "value").await, b"w");
    assert_eq!(ns.bytes("edited", "value").await, b"v");
    assert_eq!(times(&mut before, &ns, "sealed", "create secrets"), 1);
    assert_eq!(
        times(&mut before, &ns, "plain", "patch secrets.coffer.dev"),
        2
    );
    assert_eq!(times(&mut before, &ns, "changed", "patch secrets"), 1);
}

#[tokio::test]
async fn a_kill_before_the_native_secret_is_made_costs_what_was_left_to_do() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("crash").await;
    let sealer = ns.sealer_of_new_store("vault").await;
    for name in ["retyped", "deleted"] {
        ns.apply(&manifest::secret(name, &sealer.strict(name, "value", b"v")))
            .await;
        ns.ready(name).await;
    }
    // Held by a finalizer, the old one goes in the middle of being made anew, and the new one cannot come.
    let hold = |finalizers: &[&str]| json!({ "metadata": { "finalizers": finalizers } });
    ns.edit_native("retyped", hold(&["example.com/hold"])).await;
    let retype = json!({ "spec": { "target": { "type": "example.com/t" } } });
    ns.edit("retyped", retype).await;
    ns.problem("retyped", Reason::TargetTerminating).await;
    let mut before = isolated.cluster.follow_api_calls();
    let when = "request.resource.group == '' || object.metadata.name == 'unsealed'";
    ns.cluster.refuse(&[NATIVES, SECRETS], when).await;

    ns.apply(&manifest::secret(
        "sealed",
        &sealer.strict("sealed", "value", b"v"),
    ))
    .await;
    ns.apply(&manifest::secret("plain", "v")).await;
    ns.apply(&manifest::secret("unsealed", "v")).await;
    ns.natives()
        .delete("deleted", &DeleteParams::default())
        .await
        .unwrap();
    ns.apply(&manifest::store("second", "{}")).await;
    let keys = native_name(&ns.name, "second");
    let mut names = ["sealed", "plain", "unsealed", "deleted"]
        .map(|name| (ns.name.as_str(), name))
        .to_vec();
    names.push(("coffer-system", &keys));
    refused(&mut before, &names).await;
    isolated.kill9();
    ns.edit_native("retyped", hold(&[])).await;
    assert_eq!(
        ns.natives()
            .list(&ListParams::default())
            .await
            .unwrap()
            .items,
        []
    );
    ns.cluster.allow().await;
    let mut after = isolated.cluster.follow_api_calls();
    isolated.start_operator().await;

    for name in ["sealed", "plain", "unsealed", "retyped", "deleted"] {
        ns.ready(name).await;
    }
    ns.event("deleted", "TargetRepaired").await;
    ns.store_ready("second").await;
    ns.operator_caught_up().await;
    let after = after.calls();
    let about = |name| Call::about(after, &ns.name, name);
    let (create, status) = ("create secrets", "patch secrets.coffer.dev/status");
    assert_eq!(about("sealed"), [create, status]);
    assert_eq!(about("plain"), [create, status]);
    let (read, seal) = ("get secrets.coffer.dev", "patch secrets.coffer.dev");
    assert_eq!(about("unsealed"), [read, seal, seal, create, status]);
    let event = "create events.events.k8s.io";
    let get = "get secrets.coffer.dev";
    assert_eq!(about("retyped"), [get, create, status, event]);
    assert_eq!(
        about("deleted"),
        ["get secrets.coffer.dev", create, status, event]
    );
    assert_eq!(about("second"), ["patch secretstores.coffer.dev/status"]);
    assert_eq!(Call::about(after, "coffer-system", &keys), [create]);
    for name in ["sealed", "plain", "unsealed"] {
        assert_eq!(ns.events(name).await, [], "{name}");
    }
    let retyped = ns.natives().get("retyped").await.unwrap();
    assert_eq!(retyped.type_.as_deref(), Some("example.com/t"));
}

const MANY: usize = 1000;
const KILLS: usize = 4;

fn value(name: &str) -> String {
    format!("value of {name}")
}

/// As many moments in a thousand steps, in ascending order.
fn moments() -> [usize; KILLS] {
    let mut moments: [usize; KILLS] = std::array::from_fn(|number| {
        let random = usize::try_from(getrandom::u32().unwrap()).unwrap();
        let share = MANY / KILLS;
        number * share + random % share
    });
    moments.sort_unstable();
    moments
}

/// Kills the operator when it has done so much, and starts it again, several times.
async fn kill_at(isolated: &mut Isolated, tail: &mut Tail, did: impl Fn(&Call) -> bool) {
    let moments = moments();
    for moment in moments {
        let what = format!("{moment} of {moments:?} are done");
        within(Duration::from_mins(1), &what, async || {
            let done = tail.count(&did);
            (done >= moment).then_some(()).ok_or(done)
        })
        .await;
        isolated.kill9();
        isolated.start_operator().await;
    }
}

#[tokio::test]
async fn kills_in_the_middle_of_a_thousand_do_nothing_twice_and_leave_nothing() {
    let mut isolated = Isolated::start(Options::in_controller_mode()).await;
    let ns = isolated.namespace("crash").await;
    let store = ns.store("vault", "{ deletionPolicy: Cascade }").await;
    let sealer = crate::support::Sealer::of(&store);
    let mut tail = isolated.cluster.follow_api_calls();
    let is = |call: &Call, verb: &str, resource: &str, subresource: &str| {
        call.verb == verb && call.resource == resource && call.subresource == subresource
    };
    let makes = |call: &Call| is(call, "create", "secrets", "") && call.namespace == ns.name;
    tokio::join!(
        ns.crowd(&sealer, 0..MANY, value),
        kill_at(&mut isolated, &mut tail, makes),
    );
    ns.crowd_delivered(MANY, value).await;
    let mut written = HashMap::<_, usize>::new();
    for call in tail
        .calls()
        .iter()
        .filter(|call| call.is_write() && call.code < 300)
    {
        if call.namespace == ns.name && call.resource != "secretstores.coffer.dev" {
            *written
                .entry((call.to_string(), call.name.clone()))
                .or_default() += 1;
        }
    }
    written.retain(|(call, _), count| {
        let is_known = call == "create secrets" || call == "patch secrets.coffer.dev/status";
        !is_known || *count > 1
    });
    assert_eq!(written, HashMap::new());

    let deletes = |call: &Call| is(call, "delete", "secrets.coffer.dev", "");
    ns.stores()
        .delete("vault", &DeleteParams::default())
        .await
        .unwrap();
    kill_at(&mut isolated, &mut tail, deletes).await;
    within(Duration::from_mins(1), "everything is gone", async || {
        let all = ListParams::default();
        let left = ns.secrets().list(&all).await.unwrap().items.len();
        let natives = ns.natives().list(&all).await.unwrap().items.len();
        (left + natives == 0)
            .then_some(())
            .ok_or_else(|| format!("{left} and {natives} natives"))
    })
    .await;
    let events = ns.kubectl(&["get", "events", "-o", "name"], "").await;
    assert_eq!(events, "");
}
