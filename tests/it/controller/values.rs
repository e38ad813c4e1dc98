//! What is sealed arrives byte for byte.

use crate::support::Cluster;

#[tokio::test]
async fn a_sealed_value_is_delivered() {
    let ns = Cluster::namespace("values").await;
    ns.delivered("stripe", b"sk_live").await;
    assert_eq!(ns.bytes("stripe", "value").await, b"sk_live");
}
