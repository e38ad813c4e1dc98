//! `wrangler secrets-store secret …`

use super::{UNKNOWN, Wrangler, id_after};

#[tokio::test]
async fn wrangler_makes_changes_copies_and_deletes_secrets() {
    // It finds the account by itself.
    let wrangler = Wrangler {
        account: None,
        ..Wrangler::new().await
    };
    let store = wrangler.store().await;
    let (first, last) = (&wrangler.caller.first, &wrangler.caller.last);

    let create =
        format!("secret create {store} --name API_KEY --scopes workers,dex --comment mine");
    let made = wrangler
        .succeeds(&create, &format!("{}\n", first.value()))
        .await;
    let secret = id_after(&made, "Created secret! (ID: ");
    assert!(
        made.contains(&format!("\nAPI_KEY {secret} {store} mine dex, workers ")),
        "{made}"
    );

    let duplicate =
        format!("secret duplicate {store} --secret-id {secret} --name COPY --scopes access");
    let made = wrangler.succeeds(&duplicate, "").await;
    let copy = id_after(&made, "Duplicated secret! (ID: ");
    assert!(
        made.contains(&format!("\nCOPY {copy} {store} access ")),
        "{made}"
    );

    let update = format!("secret update {store} --secret-id {secret}");
    wrangler.succeeds(&update, last.value()).await;
    // Nothing to read is no value.
    let other = wrangler
        .succeeds(&format!("{update} --scopes workers --comment yours"), "")
        .await;
    assert!(
        other.contains(&format!("\nAPI_KEY {secret} {store} yours workers ")),
        "{other}"
    );
    let shown = wrangler
        .succeeds(&format!("secret get {store} --secret-id {secret}"), "")
        .await;
    assert!(
        shown.contains(&format!("\nAPI_KEY {secret} {store} yours workers active ")),
        "{shown}"
    );

    let create = format!("secret create {store} --name gone --scopes workers --value v");
    let gone = id_after(
        &wrangler.succeeds(&create, "").await,
        "Created secret! (ID: ",
    );
    let pages = format!("secret list {store} --per-page 2 --page");
    let listed = wrangler.succeeds(&format!("{pages} 1"), "").await;
    assert!(
        listed.contains(&format!("\ngone {gone} workers ")),
        "{listed}"
    );
    assert!(
        listed.contains(&format!("\nCOPY {copy} access ")),
        "{listed}"
    );
    let listed = wrangler.succeeds(&format!("{pages} 2"), "").await;
    assert!(
        listed.contains(&format!("\nAPI_KEY {secret} yours workers active ")),
        "{listed}"
    );
    wrangler
        .fails(
            &format!("{pages} 3"),
            "",
            "List request returned no secrets.",
        )
        .await;
    wrangler
        .succeeds(&format!("secret delete {store} --secret-id {gone}"), "")
        .await;
    let missing = "secret_not_found [code: 1001]";
    wrangler
        .fails(
            &format!("secret get {store} --secret-id {gone}"),
            "",
            missing,
        )
        .await;

    let expected = [("API_KEY", last), ("COPY", first)];
    wrangler.caller.assert_delivers("payments", &expected).await;
}

#[tokio::test]
async fn wrangler_says_why_a_secret_is_not_made_changed_or_deleted() {
    let wrangler = Wrangler::new().await;
    let store = wrangler.store().await;
    let create =
        |name: &str, scopes: &str| format!("secret create {store} --name {name} --scopes {scopes}");
    let made = wrangler.succeeds(&create("API_KEY", "workers"), "v").await;
    let secret = id_after(&made, "Created secret! (ID: ");
    let of = |verb: &str, id: &str| format!("secret {verb} {store} --secret-id {id}");
    let duplicate =
        |id: &str, name: &str| format!("{} --name {name} --scopes workers", of("duplicate", id));

    let long = "x".repeat(65_537);
    let taken = "secret_name_already_exists: API_KEY [code: 1003]";
    let missing = "secret_not_found [code: 1001]";
    for (words, stdin, message) in [
        (create("API_KEY", "workers"), "v", taken),
        (
            create("n", "worker"),
            "v",
            "secret_scope_invalid [code: 1001]",
        ),
        (
            create("n", "workers"),
            &long,
            "secret_value_too_long [code: 1001]",
        ),
        (
            create("n", "workers").replace(&store, UNKNOWN),
            "v",
            "store_not_found [code: 1001]",
        ),
        (
            of("update", &secret),
            &long,
            "secret_value_too_long [code: 1001]",
        ),
        (of("update", UNKNOWN), "v", missing),
        (of("get", UNKNOWN), "", missing),
        (of("delete", UNKNOWN), "", missing),
        (duplicate(&secret, "API_KEY"), "", taken),
        (duplicate(UNKNOWN, "n"), "", missing),
        (
            format!("store delete {store}"),
            "",
            "store_not_empty [code: 1003]",
        ),
    ] {
        wrangler.fails(&words, stdin, message).await;
    }
    let listed = wrangler.succeeds(&format!("secret list {store}"), "").await;
    assert!(
        listed.contains(&format!("\nAPI_KEY {secret} workers ")),
        "{listed}"
    );
}
