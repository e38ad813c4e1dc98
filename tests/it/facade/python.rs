//! Cloudflare's Python package, by the programs in `clients/`, whose steps each check what the client gives them.

use std::path::Path;

use super::caller::{Caller, id_of};
use crate::support::Cluster;

/// Runs a program with the Python of this variable, and checks what it leaves: the store `payments` with `API_KEY`, and
/// `COPY`, which was made from it before its value changed.
async fn run(variable: &str, program: &str) {
    let caller = Caller::new().await;
    let foreign = Cluster::namespace("facade-foreign").await;
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/facade/clients");
    let mut command = caller.client(variable);
    command
        .arg(scripts.join(program))
        .env("PYTHONPATH", &scripts)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .env("FACADE", Caller::facade())
        .env("ACCOUNT", caller.id().await)
        .env("NAMESPACE", &caller.ns.name)
        .env("FOREIGN", id_of(&foreign).await)
        .env("TOKEN", &caller.token)
        .env("READER", &caller.reader)
        .env("FIRST_VALUE", caller.first.value())
        .env("LAST_VALUE", caller.last.value());
    let ran = caller.run(command, "").await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let expected = [("API_KEY", &caller.last), ("COPY", &caller.first)];
    caller.assert_delivers("payments", &expected).await;
}

#[tokio::test]
async fn every_method_of_cloudflare_5_9_0() {
    run("COFFER_TEST_CLOUDFLARE_5_9_0", "cloudflare_5_9_0").await;
}

#[tokio::test]
async fn every_method_of_cloudflare_4_3_1() {
    run("COFFER_TEST_CLOUDFLARE_4_3_1", "cloudflare_4_3_1.py").await;
}
