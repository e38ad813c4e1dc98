//! The proof that no value is where it is not meant to be.
//!
//! Values like no other go in by every way there is, rightly and wrongly; then everything is searched for
//! them, in all forms ([`crate::support::canary`]). In the default mode a value may be found
//!
//! - in the native Secrets that are meant to hold it, and in the requests and answers about those;
//! - in the audit log, in the body of the very request that brought it, because the policy of this test logs
//!   all bodies: what comes in clear, the API server and its audit log see (docs/threat-model.md);
//! - where the API server itself quotes what it refuses, before anyone else sees the request: in its answer to
//!   the one who sent it, in that answer's record, and in its own log ([`audit::quotes`] says what).
//!
//! It may be nowhere else: in no key and no revision that etcd keeps, nor in the bytes of its files, nor in
//! any other log, event, condition, metric or annotation, nor in what a command prints or leaves behind.
//!
//! Of each request of an author's, right or wrong, the audit log has to have the answer that was meant, and of
//! what is sealed on an author's machine no request at all.
//!
//! Each way is taken twice: once with a target, where the value has to arrive, and once without, where not
//! even the raw bytes of etcd's files and of its write-ahead log may have it.
//!
//! | file | what it is for |
//! |---|---|
//! | [`proof`] | a control plane whose logs tell all they can |
//! | [`marks`] | the values that go in, and what is to become of each |
//! | [`desk`] | the commands that bring them, and what is printed meanwhile |
//! | [`ways`] | kubectl |
//! | [`edit`] | `kubectl edit` |
//! | [`mistakes`] | kubectl, wrongly |
//! | [`people`] | `kubectl coffer` and `coffer seal` |
//! | [`imports`] | `coffer import` |
//! | [`rest`] | the REST interfaces |
//! | [`inside`] | values that are made or copied in the cluster, and the keys |
//! | [`hands`] | native Secrets that others change or made before |
//! | [`archives`] | backups and exports, and their way back |
//! | [`turns`] | values and keys that are replaced by others |
//! | [`down`] | while no webhook answers |
//! | [`unsealed`] | the mode without webhooks, where values rest in clear until they are sealed |
//! | [`search`] | what is looked for, and what was found |
//! | [`places`], [`etcd`], [`audit`] | where they are looked for |
//! | [`planted`] | that they are found where they are |

mod archives;
mod audit;
mod desk;
mod down;
mod edit;
mod hands;
mod imports;
mod inside;
mod marks;
mod mistakes;
mod people;
mod places;
mod planted;
mod proof;
mod rest;
mod search;
mod turns;
mod unsealed;
mod ways;

use proof::Proof;

#[tokio::test(flavor = "multi_thread")]
async fn no_value_is_where_it_is_not_meant_to_be() {
    let mut proof = Proof::begin().await;
    // First, because its quota counts all of the namespace.
    rest::all(&proof).await;
    ways::all(&proof).await;
    mistakes::all(&proof).await;
    people::all(&proof).await;
    imports::all(&proof).await;
    inside::all(&proof).await;
    hands::all(&proof).await;
    archives::all(&proof).await;
    turns::all(&proof).await;
    // Once with the operator that did it all, for its metrics, arguments and environment.
    proof.assert_clean().await;
    down::all(&mut proof).await;
    proof.assert_clean().await;
    planted::all(&proof).await;
}
