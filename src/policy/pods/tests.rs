use super::room::Sizes;
use super::*;
use crate::api::SecretStore;
use crate::policy::scopes::Labels;

fn store(scopes: &str) -> SecretStore {
    serde_yaml::from_str(&format!(
        "metadata: {{ name: payments, namespace: team-a }}\nspec: {{ scopes: {scopes} }}\n"
    ))
    .unwrap()
}

fn secret(namespace: &str, scopes: &str) -> Secret {
    serde_yaml::from_str(&format!(
        "metadata: {{ name: stripe, namespace: {namespace} }}\nspec: {{ storeRef: {{ name: payments }}, scopes: {scopes} }}\n"
    ))
    .unwrap()
}

const SCOPES: &str = "[
    { name: checkout, consumers: [{ serviceAccounts: [web] }, { namespaces: { names: [shop] }, serviceAccounts: [till] }] },
    { name: batch, consumers: [{ namespaces: { selector: { matchLabels: { stage: live } } } }, { serviceAccounts: [web] }] }]";

/// Who may use the Secret in a namespace: `account by scope`.
fn inside(named: &str, namespace: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let labels = labels
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let labels: Labels = labels.collect();
    let mut draft = Draft::of(namespace, &labels);
    draft.add(
        "n".to_owned(),
        &secret("team-a", named),
        Some(&store(SCOPES)),
    );
    let policy = draft.finish();
    let accounts = &policy.accounts[&policy.secrets["n"]];
    accounts
        .iter()
        .map(|(account, scope)| format!("{account} by {scope}"))
        .collect()
}

#[test]
fn those_are_inside_whom_one_of_the_scopes_lets_have_it_in_that_namespace() {
    let live = [("stage", "live")];
    assert_eq!(inside("[checkout]", "team-a", &[]), ["web by checkout"]);
    assert_eq!(inside("[checkout]", "shop", &[]), ["till by checkout"]);
    assert_eq!(
        inside("[checkout, batch]", "shop", &live),
        ["* by batch", "till by checkout"]
    );
    assert_eq!(
        inside("[checkout, batch]", "team-a", &[]),
        ["web by batch"],
        "the first"
    );
}

#[test]
fn a_scope_that_the_store_has_not_or_that_means_others_is_for_nobody() {
    for (named, namespace) in [
        ("[unknown]", "team-a"),
        ("[batch]", "shop"),
        ("[checkout]", "other"),
    ] {
        assert!(
            inside(named, namespace, &[]).is_empty(),
            "{named} {namespace}"
        );
    }
    let labels = Labels::new();
    let mut draft = Draft::of("team-a", &labels);
    draft.add("n".to_owned(), &secret("team-a", "[checkout]"), None);
    let policy = draft.finish();
    assert!(policy.accounts["team-a/payments: checkout"].is_empty());
}

#[test]
fn a_secret_without_scopes_is_not_listed() {
    let labels = Labels::new();
    let mut draft = Draft::of("team-a", &labels);
    draft.add(
        "n".to_owned(),
        &secret("team-a", "[]"),
        Some(&store(SCOPES)),
    );
    assert_eq!(draft.finish(), PodPolicySpec::default());
}

/// A Secret that is listed has the very scopes that what is left over had.
#[test]
fn what_is_closed_is_for_nobody_though_others_have_its_scopes() {
    let labels = Labels::new();
    let mut draft = Draft::of("team-a", &labels);
    let listed = secret("team-a", "[checkout]");
    draft.add("listed".to_owned(), &listed, Some(&store(SCOPES)));
    draft.close("left".to_owned(), &scopes_of(&listed).unwrap());
    let policy = draft.finish();
    let accounts = |native: &str| &policy.accounts[&policy.secrets[native]];
    assert!(accounts("listed").contains_key("web"));
    assert!(accounts("left").is_empty());
    // It counts as its namespace's, and stays as it is.
    let mut again = Draft::of("team-a", &labels);
    again.close("left".to_owned(), &policy.secrets["left"]);
    assert_eq!(again.finish().secrets["left"], policy.secrets["left"]);
    assert_eq!(origin_of(&policy.secrets["left"]), "team-a");
}

#[test]
fn what_is_kept_under_former_scopes_is_for_those_whom_they_let_have_it_now() {
    let (labels, store) = (Labels::new(), store(SCOPES));
    let kept = |text: &str| {
        let mut draft = Draft::of("team-a", &labels);
        let other = secret("team-a", "[batch]");
        draft.add("other".to_owned(), &other, Some(&store));
        draft.keep("n".to_owned(), text, Some(&store));
        let policy = draft.finish();
        let text = policy.secrets["n"].clone();
        let accounts = policy.accounts[&text].clone();
        (text, accounts.into_values().collect::<Vec<_>>())
    };
    let checkout = "team-a/payments: checkout";
    assert_eq!(
        kept(checkout),
        (checkout.to_owned(), vec!["checkout".to_owned()])
    );
    assert_eq!(kept("team-a/payments: gone").1, [""; 0]);
    let nobody = format!("team-a/{NOBODY}");
    let long: Vec<_> = (0..60).map(|number| format!("scope-{number:02}")).collect();
    let long = scopes_of(&secret("team-a", &format!("[{}]", long.join(", ")))).unwrap();
    for text in [&*nobody, &long] {
        assert_eq!(kept(text), (nobody.clone(), vec![]), "{text}");
    }
}

#[test]
fn the_order_in_which_scopes_are_named_does_not_matter() {
    let text = |scopes| scopes_of(&secret("team-a", scopes));
    assert_eq!(text("[b, a, b]").as_deref(), Some("team-a/payments: a, b"));
    assert_eq!(text("[a, b]"), text("[b, a, b]"));
}

/// Three origins with so many Secrets each, within so many bytes; an entry takes 26.
fn limited(limit: usize) -> PodPolicySpec {
    let labels = Labels::new();
    let mut draft = Draft::of("own", &labels).within(limit);
    for (origin, count) in [("own", 3), ("one", 1), ("two", 2)] {
        for number in 0..count {
            draft.add(format!("{origin}.{number}"), &secret(origin, "[s]"), None);
        }
    }
    draft.finish()
}

#[test]
fn where_there_are_too_many_the_largest_of_others_is_closed_first() {
    let all = limited(10_000);
    assert_eq!((all.secrets.len(), all.closed.len()), (6, 0));
    let size = Sizes::of(&all).total();
    assert_eq!(limited(size), all);
    let less = limited(size - 1);
    assert_eq!(
        (less.secrets.len(), &*less.closed),
        (4, &["two".to_owned()][..])
    );
    let own = limited(100);
    assert_eq!(
        (own.secrets.len(), &*own.closed),
        (3, &["one".to_owned(), "two".to_owned()][..])
    );
    assert_eq!(limited(0).closed, ["one", "own", "two"]);
}

#[test]
fn a_closed_namespace_restricts_what_is_not_listed_and_nothing_of_others() {
    let policy = limited(100);
    assert!(restricts(&policy, "own.0", "own/payments: s"));
    assert!(restricts(&policy, "two.0", "two/payments: s"));
    assert!(!restricts(&policy, "own.0", "own/payments: s, t"));
    assert!(!restricts(&policy, "own.9", "own/payments: s"));
    // For nobody is less than for these.
    let mut policy = policy;
    policy
        .secrets
        .insert("own.1".to_owned(), format!("own/{NOBODY}"));
    assert!(restricts(&policy, "own.1", "own/payments: s"));
    assert!(!restricts(&policy, "own.1", "two/payments: s"));
    // Someone else's entry has the name: the API server would judge by that.
    assert!(!restricts(&policy, "own.0", "two/payments: s"));
}

#[test]
fn long_lists_of_scopes_are_short_and_stay_apart() {
    let text = |last: &str| {
        let scopes: Vec<_> = (0..60).map(|number| format!("scope-{number:02}")).collect();
        scopes_of(&secret(
            "team-a",
            &format!("[{}, {last}]", scopes.join(", ")),
        ))
        .unwrap()
    };
    assert!(text("x").len() < 200, "{}", text("x"));
    assert!(text("x").starts_with("team-a/payments: scope-00, scope-01"));
    assert_ne!(text("x"), text("y"));
}

/// A store of which each scope is for so many accounts of the namespace, others in each scope.
fn wide(scopes: usize, accounts: usize) -> SecretStore {
    let scopes = (0..scopes).map(|scope| {
        let accounts: Vec<_> = (0..accounts).map(|it| format!("a{scope}-{it}")).collect();
        format!(
            "{{ name: s{scope}, consumers: [{{ serviceAccounts: [{}] }}] }}",
            accounts.join(", ")
        )
    });
    store(&format!("[{}]", scopes.collect::<Vec<_>>().join(", ")))
}

#[test]
fn a_store_for_very_many_accounts_closes_its_namespace_and_fills_no_memory() {
    const LIMIT: usize = 2_000;
    let (labels, store) = (Labels::new(), wide(10, 50));
    let mut draft = Draft::of("team-a", &labels).within(LIMIT);
    draft.add("kept".to_owned(), &secret("one", "[s]"), None);
    for number in 0..10 {
        let scopes = (0..10).filter(|it| *it != number);
        let scopes: Vec<_> = scopes.map(|it| format!("s{it}")).collect();
        let secret = secret("team-a", &format!("[{}]", scopes.join(", ")));
        let names = scopes.iter().map(String::as_str).collect();
        let accounts = draft.accounts("team-a", &names, Some(&store));
        assert!(
            Sizes::of_accounts("", &accounts) < LIMIT + 100,
            "no more are built"
        );
        draft.add(format!("n{number}"), &secret, Some(&store));
        assert!(draft.held() <= LIMIT, "{}", draft.held());
        assert!(
            !draft.fits(Taken::default(), true),
            "what is closed has no room"
        );
    }
    let policy = draft.finish();
    assert_eq!(policy.closed, ["team-a"]);
    assert_eq!(policy.secrets.keys().collect::<Vec<_>>(), ["kept"]);
}

/// Each has its place by itself, and all of them together come to many times the limit.
#[test]
fn very_many_namespaces_that_deliver_fill_no_memory_either() {
    const LIMIT: usize = 1_000;
    let labels = Labels::new();
    let mut draft = Draft::of("own", &labels).within(LIMIT);
    draft.add("own".to_owned(), &secret("own", "[s]"), None);
    for number in 0..200 {
        let origin = format!("origin-{number}");
        draft.add(format!("{origin}.made"), &secret(&origin, "[s]"), None);
        draft.close(format!("{origin}.left"), &format!("{origin}/payments: s"));
        assert!(draft.held() <= 2 * LIMIT, "{}", draft.held());
    }
    let policy = draft.finish();
    assert!(policy.secrets.contains_key("own"));
    assert_eq!(
        policy
            .secrets
            .keys()
            .filter(|it| it.ends_with("made"))
            .count()
            + policy.closed.len(),
        200
    );
}

#[test]
fn a_name_that_is_listed_twice_counts_once_and_as_the_last_one() {
    let labels = Labels::new();
    let mut draft = Draft::of("own", &labels).within(300);
    for _ in 0..100 {
        draft.add("n".to_owned(), &secret("own", "[s]"), None);
        draft.add("n".to_owned(), &secret("one", "[s]"), None);
    }
    let policy = draft.finish();
    assert_eq!(policy.secrets["n"], "one/payments: s");
    assert!(policy.closed.is_empty());
    // Where the last one's namespace is closed, the name is nobody's.
    let mut draft = Draft::of("own", &labels).within(100);
    draft.add("x".repeat(200), &secret("one", "[s]"), None);
    draft.add("n".to_owned(), &secret("own", "[s]"), None);
    draft.add("n".to_owned(), &secret("one", "[s]"), None);
    let policy = draft.finish();
    assert_eq!(
        (policy.secrets.len(), policy.closed),
        (0, vec!["one".to_owned()])
    );
}

/// Whether one more native Secret from a namespace has its place in the PodPolicy of another.
fn has_room(policy: &PodPolicySpec, own: &str, secret: &Secret) -> bool {
    let labels = Labels::new();
    let mut draft = Draft::beside(own, &labels, policy);
    draft.add("one-more".to_owned(), secret, None);
    let is_own = secret.metadata.namespace.as_deref() == Some(own);
    draft.fits(Taken::of(own, policy), is_own)
}

#[test]
fn what_is_new_has_no_place_where_its_side_has_used_up_its_room() {
    let scopes = |origin: &str| format!("{origin}/payments: s");
    let mut policy = PodPolicySpec::default();
    let has_room = |policy: &PodPolicySpec, origin| has_room(policy, "own", &secret(origin, "[s]"));
    assert!(has_room(&policy, "own") && has_room(&policy, "one"));
    for (full, other) in [("two", "own"), ("own", "three")] {
        let name = "x".repeat(MAX_BYTES * 5 / 8);
        policy.secrets = [(name, scopes(full))].into();
        assert!(!has_room(&policy, full), "{full}");
        assert!(has_room(&policy, other), "{other}");
    }
    policy.secrets = [("x".repeat(MAX_BYTES), scopes("two"))].into();
    assert!(!has_room(&policy, "one"), "all the others share theirs");
}

/// So many are to have their place, with names as long as people make them.
#[test]
fn five_thousand_have_their_place() {
    let labels = Labels::new();
    let mut draft = Draft::of("team-a", &labels);
    let store = store(SCOPES);
    let secret = secret("team-a", "[checkout, batch]");
    for number in 0..5_000 {
        let name = format!("{number:080}");
        draft.add(name, &secret, Some(&store));
    }
    let policy = draft.finish();
    assert_eq!((policy.secrets.len(), policy.closed.len()), (5_000, 0));
    assert!(has_room(&policy, "team-a", &secret));
}
