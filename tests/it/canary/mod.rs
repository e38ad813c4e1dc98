//! The proof that no value is where it is not meant to be.
//!
//! Values like no other go in by every way there is, rightly and wrongly; then everything is searched for
//! them, in all forms ([`crate::support::canary`]). In the default mode a value may be found
//!
//! - in the native Secrets that are meant to hold it, and in the requests and answers about those;
//! - in the audit log, in the body of the very request that brought it, because the policy of this test logs
//!   all bodies: what comes in clear, the API server and its audit log see (docs/threat-model.md);
//! - where the API server itself quotes a field of the wrong type, before anyone else sees the request: in
//!   its answer, and in that answer's record ([`mistakes`] names which).
//!
//! It may be nowhere else: in no key and no revision that etcd keeps, nor in the bytes of its files, nor in
//! any other log, event, condition, metric or annotation, nor in what a command prints or leaves behind.
//!
//! Each way is taken twice: once with a target, where the value has to arrive, and once without, where not
//! even the raw bytes of etcd's files and of its write-ahead log may have it.
//!
//! | file | what it is for |
//! |---|---|
//! | [`proof`] | a control plane, and the values that go in |
//! | [`desk`] | the commands that bring them, and what is printed meanwhile |
//! | [`ways`] | kubectl |
//! | [`mistakes`] | kubectl, wrongly |
//! | [`people`] | `kubectl coffer` and `coffer seal` |
//! | [`imports`] | `coffer import` |
//! | [`inside`] | values that are made or copied in the cluster, and the keys |
//! | [`down`] | while no webhook answers |
//! | [`unsealed`] | the mode without webhooks, where values rest in clear until they are sealed |
//! | [`search`], [`etcd`], [`audit`] | where they are looked for |
//! | [`planted`] | that they are found where they are |

mod audit;
mod desk;
mod down;
mod etcd;
mod imports;
mod inside;
mod mistakes;
mod people;
mod planted;
mod proof;
mod search;
mod unsealed;
mod ways;

use proof::Proof;

#[tokio::test(flavor = "multi_thread")]
async fn no_value_is_where_it_is_not_meant_to_be() {
    let mut proof = Proof::begin().await;
    ways::all(&proof).await;
    mistakes::all(&proof).await;
    people::all(&proof).await;
    imports::all(&proof).await;
    inside::all(&proof).await;
    proof.assert_clean().await;
    down::all(&mut proof).await;
    proof.assert_clean().await;
    planted::all(&proof).await;
}
