use std::collections::BTreeMap;

use kube::runtime::reflector::{self, store::Writer};
use kube::runtime::watcher::Event;

use super::*;
use crate::api::SecretStore;
use crate::api::wellknown::POD_POLICY_LABEL;
use crate::index::consumers::Wish;
use crate::index::links;
use crate::index::natives::Origin;
use crate::policy::scopes::Labels;
use crate::policy::{pods, requests};

struct Memory {
    index: Index,
    secrets: Writer<Secret>,
    stores: Writer<SecretStore>,
}

/// The store `team-a/payments`, of which `web` of `shop` may have the scope `ours`, and somebody of `bazaar` the other one.
/// Both namespaces, and that of the store, restrict their pods.
fn memory() -> Memory {
    let (secrets, secrets_writer) = reflector::store();
    let (stores, stores_writer) = reflector::store();
    let index = Index::new(secrets, stores);
    let labels: Labels = [(POD_POLICY_LABEL.to_owned(), "enforce".to_owned())].into();
    for namespace in ["team-a", "shop", "bazaar"] {
        write(&index.consumers).label(namespace, Some(labels.clone()));
    }
    let mut memory = Memory {
        index,
        secrets: secrets_writer,
        stores: stores_writer,
    };
    memory.store(
        "[{ name: ours, consumers: [{ namespaces: { names: [shop] }, serviceAccounts: [web] }] },
          { name: theirs, consumers: [{ namespaces: { names: [bazaar] } }] }]",
    );
    memory
}

impl Memory {
    fn store(&mut self, scopes: &str) {
        let store = format!(
            "metadata: {{ name: payments, namespace: team-a }}\nspec: {{ scopes: {scopes} }}\n"
        );
        let store = serde_yaml::from_str(&store).unwrap();
        self.stores.apply_watcher_event(&Event::Apply(store));
    }

    fn secret(&mut self, name: &str, scopes: &str) -> Arc<Secret> {
        let secret = format!(
            "metadata: {{ name: {name}, namespace: team-a, uid: {name} }}\nspec: {{ storeRef: {{ name: payments }}, scopes: \
             {scopes} }}\n"
        );
        let secret: Secret = serde_yaml::from_str(&secret).unwrap();
        let key = ObjectKey::of(&secret);
        write(&self.index.links).set(&key, links::of(&secret));
        self.secrets.apply_watcher_event(&Event::Apply(secret));
        self.index.secrets.get(&key.to_ref()).unwrap()
    }

    /// What is looked at for the account `web` of `shop`, where it asks for this.
    fn offered(&self, asks: &str) -> Vec<String> {
        let annotation = ("coffer.dev/consume".to_owned(), asks.to_owned());
        let (requests, _) = requests::read(&[annotation].into()).unwrap();
        let web = ObjectKey::new("shop", "web");
        write(&self.index.consumers).ask(&web, Some(requests));
        let (wish, _): (Wish, _) = self.index.wish(&web).unwrap();
        let payments = ObjectKey::new("team-a", "payments");
        let store = self.index.stores.get(&payments.to_ref()).unwrap();
        let offered = self.index.offered(&payments, &store, &[wish.asking(&web)]);
        offered.iter().map(|key| key.name.to_string()).collect()
    }

    /// Has the PodPolicy of the store's namespace say this.
    fn says(&self, spec: PodPolicySpec) {
        let mut policy = PodPolicy::new("coffer", spec);
        policy.metadata.namespace = Some("team-a".to_owned());
        let version = self
            .index
            .pod_policy("team-a")
            .map_or(1, |it| it.number() + 1);
        policy.metadata.resource_version = Some(version.to_string());
        assert!(self.index.put_pod_policy("team-a", Written::of(&policy)));
    }

    fn has_room(&self, native: &str, secret: &Secret) -> bool {
        self.index
            .has_room(&ObjectKey::new("team-a", native), secret)
    }
}

#[test]
fn of_a_store_only_what_its_scopes_give_to_those_who_ask_is_looked_at() {
    let mut memory = memory();
    memory.secret("both", "[ours, theirs]");
    memory.secret("one", "[ours]");
    for number in 0..100 {
        memory.secret(&format!("theirs{number}"), "[theirs]");
        memory.secret(&format!("open{number}"), "[]");
    }
    assert_eq!(memory.offered("team-a/payments"), ["both", "one"]);
    assert_eq!(memory.offered("team-a/payments/one"), ["one"]);
    assert_eq!(memory.offered("team-a/other, team-b/payments"), [""; 0]);
}

#[test]
fn the_accounts_that_new_scopes_bring_along_take_their_place() {
    let mut memory = memory();
    let accounts: Vec<_> = (0..64).map(|number| format!("{number:0200}")).collect();
    let consumers = format!("[{{ serviceAccounts: [{}] }}]", accounts.join(", "));
    memory.store(&format!(
        "[{{ name: few }}, {{ name: many, consumers: {consumers} }}]"
    ));
    let few = memory.secret("few", "[few]");
    let many = memory.secret("many", "[many]");
    let filled = |bytes: usize| PodPolicySpec {
        secrets: [("x".repeat(bytes), "team-a/payments: few".to_owned())].into(),
        accounts: [("team-a/payments: few".to_owned(), BTreeMap::default())].into(),
        ..PodPolicySpec::default()
    };
    memory.says(filled(pods::MAX_BYTES / 2));
    assert!(memory.has_room("n", &few) && memory.has_room("n", &many));
    let nearly = filled(pods::MAX_BYTES * 5 / 8 - 1000);
    memory.says(nearly.clone());
    assert!(memory.has_room("n", &few) && !memory.has_room("n", &many));
    // Where others have the same, the accounts stand there already.
    let mut listed = nearly;
    let text = "team-a/payments: many".to_owned();
    listed.accounts.insert(text, BTreeMap::default());
    memory.says(listed);
    assert!(memory.has_room("n", &many));
}

#[test]
fn what_is_about_to_be_made_takes_its_place_until_it_is_listed() {
    let mut memory = memory();
    let secret = memory.secret("stripe", "[ours]");
    let origin = Origin {
        key: ObjectKey::of(&*secret),
        uid: "stripe".into(),
    };
    let name = "x".repeat(200);
    let fill = "y".repeat(pods::MAX_BYTES * 5 / 8 - 700);
    let scopes = pods::scopes_of(&secret).unwrap();
    let mut spec = PodPolicySpec::default();
    spec.accounts.insert(scopes.clone(), BTreeMap::default());
    spec.secrets.insert(fill, scopes.clone());
    memory.says(spec.clone());
    let mut made = 0;
    while memory.has_room(&format!("{name}{made}"), &secret) {
        let native = ObjectKey::new("team-a", &format!("{name}{made}"));
        assert!(memory.index.claim_native(&native, &origin));
        made += 1;
        assert!(made < 10, "there is no end");
    }
    assert_eq!(made, 2);
    spec.secrets.insert(format!("{name}0"), scopes);
    memory.says(spec);
    assert!(!memory.has_room(&format!("{name}2"), &secret));
    let native = ObjectKey::new("team-a", &format!("{name}1"));
    memory.index.end_claim(&native, &origin, None);
    assert!(memory.has_room(&format!("{name}2"), &secret));
}

impl Memory {
    /// The Secret `stripe` for these scopes, changed for the second time, of which the status says this; its target is there.
    fn changed(&mut self, scopes: &str, target: &str, status: &str) {
        let secret = format!(
            "metadata: {{ name: stripe, namespace: team-a, uid: stripe, generation: 2 }}\nspec: {{ storeRef: {{ name: \
             payments }}, scopes: {scopes}, target: {target} }}\nstatus: {status}\n"
        );
        let secret: Secret = serde_yaml::from_str(&secret).unwrap();
        let key = ObjectKey::of(&secret);
        write(&self.index.links).set(&key, links::of(&secret));
        self.secrets.apply_watcher_event(&Event::Apply(secret));
    }

    /// Who may use native Secrets of the store's namespace, by the scope that says so; `None` where everyone may.
    fn inside(&self, native: &str) -> Option<Vec<String>> {
        let Wanted::Policy(spec) = self.index.wanted_pod_policy("team-a") else {
            panic!("nothing is wanted")
        };
        let scopes = spec.secrets.get(native)?;
        Some(spec.accounts[scopes].values().cloned().collect())
    }
}

const OWN: &str = "[{ name: one, consumers: [{ serviceAccounts: [a] }] }, { name: two, consumers: [{ serviceAccounts: [b] }] }]";

fn status(generation: u32, ready: &str, rest: &str) -> String {
    let condition = format!(
        "{{ type: Ready, status: '{ready}', reason: QuotaExceeded, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }}"
    );
    let here = "{ namespace: team-a, name: stripe, uid: n, resourceVersion: '1' }";
    format!(
        "{{ observedGeneration: {generation}, inputs: i, conditions: [{condition}], deliveries: [{here}]{rest} }}"
    )
}

fn listed(natives: &[(&str, &str)]) -> PodPolicySpec {
    let entries = natives.iter();
    PodPolicySpec {
        secrets: entries
            .map(|(native, scopes)| ((*native).to_owned(), (*scopes).to_owned()))
            .collect(),
        ..PodPolicySpec::default()
    }
}

/// It was for scope `one`, and its Secret names scope `two` now.
#[test]
fn what_was_not_made_for_the_scopes_of_now_stays_with_those_whom_it_was_for() {
    let mut memory = memory();
    memory.store(OWN);
    memory.says(listed(&[("stripe", "team-a/payments: one")]));
    let one = || Some(vec!["one".to_owned()]);
    memory.changed("[two]", "{}", &status(1, "True", ""));
    assert_eq!(memory.inside("stripe"), one(), "nobody looked at it yet");
    memory.changed("[two]", "{}", &status(2, "False", ""));
    assert_eq!(memory.inside("stripe"), one(), "it has no place");
    memory.changed("[two]", "{}", &status(2, "True", ""));
    assert_eq!(memory.inside("stripe"), Some(vec!["two".to_owned()]));
    // Not all of them are in order, but this one is.
    memory.changed("[two]", "{}", &status(2, "False", ""));
    let native = ObjectKey::new("team-a", "stripe");
    let from = crate::index::verified::made_from(Some(2), "i");
    memory
        .index
        .verified
        .note(&native, "1", &from, &memory.index);
    assert_eq!(memory.inside("stripe"), Some(vec!["two".to_owned()]));
}

#[test]
fn what_no_policy_restricts_yet_is_listed_under_the_scopes_of_now() {
    let mut memory = memory();
    memory.store(OWN);
    let two = || Some(vec!["two".to_owned()]);
    memory.changed("[two]", "{}", &status(2, "False", ""));
    assert_eq!(memory.inside("stripe"), two());
    memory.says(listed(&[]));
    assert_eq!(memory.inside("stripe"), two());
    let mut closed = listed(&[]);
    closed.closed.push("team-a".to_owned());
    memory.says(closed);
    assert_eq!(
        memory.inside("stripe"),
        Some(vec![]),
        "no pod might have it"
    );
    memory.says(listed(&[("stripe", "team-b/payments: one")]));
    assert_eq!(
        memory.inside("stripe"),
        Some(vec![]),
        "it was another one's"
    );
}

#[test]
fn former_versions_stay_with_those_whom_they_were_for() {
    let mut memory = memory();
    memory.store(OWN);
    memory.says(listed(&[
        ("stripe", "team-a/payments: one"),
        ("stripe-0000000001", "team-a/payments: one"),
    ]));
    let target = "{ immutable: true }";
    let told = status(2, "True", ", targetName: stripe-0000000001");
    let told = told.replace("deliveries: [", "deliveries: [{ namespace: team-a, name: stripe-0000000001, uid: m, resourceVersion: '1' }, ");
    memory.changed("[two]", target, &told);
    assert_eq!(
        memory.inside("stripe-0000000001"),
        Some(vec!["two".to_owned()])
    );
    assert_eq!(memory.inside("stripe"), Some(vec!["one".to_owned()]));
}

/// What is written fails, or is on its way: in between neither those of before nor those of now may have it.
#[test]
fn what_is_being_written_for_other_scopes_is_for_nobody_until_that_is_done() {
    let mut memory = memory();
    memory.store(OWN);
    memory.says(listed(&[("stripe", "team-a/payments: one")]));
    memory.changed("[two]", "{}", &status(1, "True", ""));
    let (native, origin) = (
        ObjectKey::new("team-a", "stripe"),
        Origin {
            key: ObjectKey::new("team-a", "stripe"),
            uid: "stripe".into(),
        },
    );
    assert!(memory.index.claim_native(&native, &origin));
    assert_eq!(memory.inside("stripe"), Some(vec![]));
    let Wanted::Policy(spec) = memory.index.wanted_pod_policy("team-a") else {
        panic!("nothing is wanted")
    };
    let secret = memory.index.secrets.get(&origin.key.to_ref()).unwrap();
    assert!(pods::restricts(
        &spec,
        "stripe",
        &pods::scopes_of(&secret).unwrap()
    ));
    memory.says(spec);
    memory.index.end_claim(&native, &origin, None);
    memory.changed("[two]", "{}", &status(2, "False", ""));
    assert_eq!(memory.inside("stripe"), Some(vec![]));
    memory.changed("[two]", "{}", &status(2, "True", ""));
    assert_eq!(memory.inside("stripe"), Some(vec!["two".to_owned()]));
}
