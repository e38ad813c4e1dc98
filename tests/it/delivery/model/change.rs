//! What the teams do, in any order.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// One write by one of the teams. Numbers say which of their objects.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Store {
        store: &'static str,
        scopes: Vec<(&'static str, usize)>,
        default_target: bool,
    },
    Secret {
        secret: &'static str,
        store: &'static str,
        scopes: Vec<&'static str>,
        target: bool,
        value: u8,
    },
    NoSecret {
        secret: &'static str,
    },
    Ask {
        shop: usize,
        account: &'static str,
        of: Option<&'static str>,
    },
    NoAccount {
        shop: usize,
        account: &'static str,
    },
    /// The namespace is deleted and made again, with all in it.
    Anew {
        shop: usize,
    },
    Label {
        shop: usize,
        stage: Option<&'static str>,
    },
}

pub(super) const SHOPS: usize = 2;
pub(super) const STORES: &[&str] = &["one", "two"];
const SECRETS: &[&str] = &["s0", "s1", "s2"];
const SCOPES: &[&str] = &["x", "y"];
const ACCOUNTS: &[&str] = &["web", "job"];
const ASKED: &[&str] = &[
    "{}/one",
    "{}/two",
    "{}/one/s0",
    "{}/one,{}/two/s1",
    "{}/none, nonsense",
];
const STAGES: &[&str] = &["live", "test"];

pub(super) fn change() -> impl Strategy<Value = Change> {
    let scopes = subsequence(SCOPES, 0..=SCOPES.len());
    // Half of them let the account read.
    let kind = prop_oneof![0..6_usize, 6..8_usize];
    let consumers = (scopes.clone(), prop::array::uniform2(kind))
        .prop_map(|(scopes, kinds)| scopes.into_iter().zip(kinds).collect());
    let shop = 0..SHOPS;
    // The last is the team itself, which has the target and may be let read it.
    let asker = 0..=SHOPS;
    prop_oneof![
        2 => (select(STORES), consumers, any::<bool>())
            .prop_map(|(store, scopes, default_target)| Change::Store { store, scopes, default_target }),
        6 => (select(SECRETS), select(STORES), scopes, any::<bool>(), any::<u8>()).prop_map(
            |(secret, store, scopes, target, value)| Change::Secret { secret, store, scopes, target, value }
        ),
        2 => select(SECRETS).prop_map(|secret| Change::NoSecret { secret }),
        6 => (asker.clone(), select(ACCOUNTS), prop::option::weighted(0.8, select(ASKED)))
            .prop_map(|(shop, account, of)| Change::Ask { shop, account, of }),
        2 => (asker, select(ACCOUNTS)).prop_map(|(shop, account)| Change::NoAccount { shop, account }),
        1 => shop.clone().prop_map(|shop| Change::Anew { shop }),
        2 => (shop, prop::option::of(select(STAGES))).prop_map(|(shop, stage)| Change::Label { shop, stage }),
    ]
}
