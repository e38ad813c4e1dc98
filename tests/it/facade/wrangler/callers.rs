//! Whose token it is, and for which accounts.

use super::Wrangler;
use crate::facade::caller::id_of;
use crate::support::Cluster;

const REFUSED: &str = "Authentication error [code: 10000]";

#[tokio::test]
async fn wrangler_asks_whose_token_it_is_that_may_not() {
    let mut wrangler = Wrangler::new().await;
    let (token, account) = (wrangler.token.clone(), wrangler.account.take());
    wrangler.token = "no-such-token".to_owned();
    wrangler.fails("store list", "", REFUSED).await;
    wrangler.account = account;
    wrangler.fails("store list", "", REFUSED).await;

    wrangler.token = token;
    let store = wrangler.store().await;
    let create = format!("secret create {store} --name n --scopes workers");
    wrangler.token = wrangler.caller.reader.clone();
    let ran = wrangler.caller.run(wrangler.of_store(&create), "v").await;
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains(REFUSED), "{}", ran.err);
    let user = format!("system:serviceaccount:{}:reader", wrangler.caller.ns.name);
    assert!(ran.out.contains(&user), "{}", ran.out);
}

#[tokio::test]
async fn wrangler_knows_the_user_and_the_account() {
    let mut wrangler = Wrangler::new().await;
    let ns = wrangler.caller.ns.name.clone();
    let other = Cluster::namespace("facade-other").await;
    other.store("theirs", "{}").await;
    let ran = wrangler.caller.run(wrangler.command(&["whoami"]), "").await;
    assert_eq!(ran.code, 0, "{}", ran.err);
    let user = format!("system:serviceaccount:{ns}:app");
    let account = wrangler.account.replace(id_of(&other).await).unwrap();
    for known in [&user, &ns, &account] {
        assert!(ran.out.contains(known), "{}", ran.out);
    }
    assert!(!ran.out.contains(&other.name), "{}", ran.out);
    wrangler.fails("store list", "", REFUSED).await;
}

#[tokio::test]
async fn wrangler_is_to_be_told_which_of_two_accounts() {
    let mut wrangler = Wrangler::new().await;
    let other = Cluster::namespace("facade-other").await;
    wrangler.caller.also_in(&other).await;
    other.store("theirs", "{}").await;
    // First, because it remembers in the folder which account it had.
    let own = wrangler.account.take();
    wrangler
        .fails("store list", "", "More than one account available")
        .await;
    wrangler.account = Some(id_of(&other).await);
    let listed = wrangler.succeeds("store list", "").await;
    assert!(listed.contains("\ntheirs "), "{listed}");
    wrangler.account = own;
    wrangler
        .fails("store list", "", "List request returned no stores.")
        .await;
}
