//! Many Secrets for one account: the writes follow the account, not the Secrets.

use super::{account, ask_as, for_reading, grant, has_no_role, roles, vault};
use crate::delivery::{copy_of, scoped};
use crate::support::audit::Call;
use crate::support::{Isolated, Namespace, Options, eventually};

const MANY: usize = 200;

async fn lists(ns: &Namespace, count: usize) {
    eventually(&format!("the Role lists {count}"), async || {
        let role = roles(ns).get_opt("coffer:web").await.unwrap();
        let rules = role.and_then(|role| role.rules).unwrap_or_default();
        let names = rules.first().and_then(|rule| rule.resource_names.clone());
        let listed = names.map_or(0, |names| names.len());
        (listed == count).then_some(()).ok_or(listed)
    })
    .await;
}

fn role_writes(calls: &[Call]) -> usize {
    let is_roles = |call: &&Call| call.resource.starts_with("roles.") && call.is_write();
    calls.iter().filter(is_roles).count()
}

#[tokio::test]
async fn many_secrets_change_a_role_a_few_times() {
    let isolated = Isolated::start(Options::default()).await;
    let [team, shop] = [
        isolated.namespace("team").await,
        isolated.namespace("shop").await,
    ];
    grant(&team, &for_reading(&shop)).await;
    let web = account(&shop, "web", &vault(&team)).await;
    let mut tail = team.cluster.follow_api_calls();
    let began = std::time::Instant::now();
    for number in 0..MANY {
        let name = format!("s{number:03}");
        team.apply(&scoped(&name, &name, "[checkout]")).await;
    }
    lists(&shop, MANY).await;
    web.reads(&copy_of(&team, "s007"), b"s007").await;
    let writes = role_writes(tail.calls());
    let most = 3 + usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!((1..=most).contains(&writes), "{writes} writes of the Role");

    // Withdrawn together, they go with one write, and the copies after it.
    team.operator_caught_up().await;
    let mut tail = team.cluster.follow_api_calls();
    ask_as(&shop, "web", "nobody/nothing").await;
    has_no_role(&shop, "web").await;
    for number in [0, MANY - 1] {
        shop.native_gone(&copy_of(&team, &format!("s{number:03}")))
            .await;
    }
    assert_eq!(role_writes(tail.calls()), 1);
}
