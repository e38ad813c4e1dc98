//! `wrangler secrets-store store …`

use super::{UNKNOWN, Wrangler};

#[tokio::test]
async fn wrangler_makes_lists_and_deletes_stores() {
    let wrangler = Wrangler::new().await;
    let none = "List request returned no stores.";
    wrangler.fails("store list", "", none).await;
    let store = wrangler.store().await;
    let listed = wrangler.succeeds("store list", "").await;
    let row = format!(
        "\npayments {store} {} ",
        wrangler.account.as_deref().unwrap()
    );
    assert!(listed.contains(&row), "{listed}");
    let deleted = wrangler
        .succeeds(&format!("store delete {store}"), "")
        .await;
    assert!(deleted.contains("Deleted store!"), "{deleted}");
    wrangler.fails("store list", "", none).await;
}

#[tokio::test]
async fn wrangler_says_why_a_store_is_not_made_or_deleted() {
    let wrangler = Wrangler::new().await;
    let store = wrangler.store().await;
    for (words, message) in [
        (
            "store create payments",
            "store_name_already_exists: payments [code: 1003]",
        ),
        (
            "store create a\tb",
            "store_name_invalid: has letters, digits and signs of ASCII, and no spaces [code: 1001]",
        ),
        (
            &format!("store delete {UNKNOWN}"),
            "store_not_found [code: 1001]",
        ),
        (
            &format!("secret list {UNKNOWN}"),
            "store_not_found [code: 1001]",
        ),
        (
            &format!("secret list {store}"),
            "List request returned no secrets.",
        ),
    ] {
        wrangler.fails(words, "", message).await;
    }
}
