//! Native Secrets that could not be brought in order, and so have what was for others.

use serde_json::json;

use super::{account, for_reading, offer, vault};
use crate::delivery::{copy_of, scoped};
use crate::support::refusal::Writes;
use crate::support::{Isolated, Options, bytes, eventually};

const COPY_UPDATES: Writes = Writes {
    group: "",
    resource: "secrets",
    operation: "UPDATE",
};

/// The Secret is `Ready`, because its target is in order.
#[tokio::test]
async fn nobody_comes_to_read_a_copy_that_could_not_be_brought_in_order() {
    let isolated = Isolated::start(Options::default()).await;
    let (team, shop) = (
        isolated.namespace("team").await,
        isolated.namespace("shop").await,
    );
    let both = for_reading(&shop).replace("[web]", "[web, till]");
    offer(&team, &both).await;
    let copy = copy_of(&team, "stripe");
    let web = account(&shop, "web", &vault(&team)).await;
    web.reads(&copy, b"v").await;
    let here = format!("request.namespace == '{}'", shop.name);
    isolated.cluster.refuse(&[COPY_UPDATES], &here).await;
    team.apply(&scoped("stripe", "v2", "[checkout]")).await;
    eventually("the copy is told not to be in order", async || {
        let secret = team.secrets().get("stripe").await.unwrap();
        crate::support::settled(&secret)?;
        let copied = crate::support::condition(&secret, coffer::api::ConditionType::Copied);
        match copied {
            Some(copied) if copied.status == "False" => Ok(()),
            other => Err(json!(other).to_string()),
        }
    })
    .await;
    let native = team.natives().get("stripe").await.unwrap();
    assert_eq!(bytes(&native, "value"), b"v2");
    let till = account(&shop, "till", &vault(&team)).await;
    team.operator_caught_up().await;
    till.may_not_read(&copy).await;
    web.reads(&copy, b"v").await;
    isolated.cluster.allow().await;
    till.reads(&copy, b"v2").await;
    web.reads(&copy, b"v2").await;
}
