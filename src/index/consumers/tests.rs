use super::*;
use crate::policy::requests;

fn asks(text: &str) -> Requests {
    let annotations = [("coffer.dev/consume".to_owned(), text.to_owned())].into();
    requests::read(&annotations).unwrap().0
}

fn labels(of: &[(&str, &str)]) -> Labels {
    let of = of.iter();
    of.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn key(text: &str) -> ObjectKey {
    let (namespace, name) = text.split_once('/').unwrap();
    ObjectKey::new(namespace, name)
}

/// Account and store of each turn, with what it was and is: `-` nothing, `+` something.
fn told(turns: Vec<Turn>) -> Vec<String> {
    let sign = |wish: Option<Wish>| if wish.is_some() { '+' } else { '-' };
    let turns = turns.into_iter();
    turns
        .map(|turn| {
            let (before, now) = (sign(turn.before), sign(turn.now));
            format!("{} {} {before}{now}", turn.account, turn.store)
        })
        .collect()
}

#[test]
fn an_account_counts_once_its_namespace_is_known() {
    let mut consumers = Consumers::default();
    let web = key("shop/web");
    assert!(consumers.ask(&web, Some(asks("a/one"))).is_empty());
    assert!(consumers.of_store(&key("a/one")).is_empty());
    assert_eq!(
        told(consumers.label("shop", Some(labels(&[])))),
        ["shop/web a/one -+"]
    );
    assert_eq!(consumers.of_store(&key("a/one")).len(), 1);
}

#[test]
fn of_a_change_only_the_stores_that_it_is_about_are_told() {
    let mut consumers = Consumers::default();
    consumers.label("shop", Some(labels(&[])));
    let web = key("shop/web");
    assert_eq!(
        told(consumers.ask(&web, Some(asks("a/one")))),
        ["shop/web a/one -+"]
    );
    assert!(consumers.ask(&web, Some(asks(" a/one ,"))).is_empty());
    let both = told(consumers.ask(&web, Some(asks("a/one, b/two/x"))));
    assert_eq!(both, ["shop/web a/one ++", "shop/web b/two -+"]);
    assert_eq!(
        told(consumers.ask(&web, None)),
        ["shop/web a/one +-", "shop/web b/two +-"]
    );
    assert!(consumers.accounts().is_empty() && consumers.by_store.is_empty());
}

#[test]
fn a_namespace_tells_of_its_own_accounts_only() {
    let mut consumers = Consumers::default();
    for namespace in ["shop", "shop-eu"] {
        consumers.label(namespace, Some(labels(&[])));
        consumers.ask(&ObjectKey::new(namespace, "web"), Some(asks("a/one")));
    }
    let told_of = told(consumers.label("shop", Some(labels(&[("team", "x")]))));
    assert_eq!(told_of, ["shop/web a/one ++"]);
    assert!(
        consumers
            .label("shop", Some(labels(&[("team", "x")])))
            .is_empty()
    );
    assert_eq!(told(consumers.label("shop", None)), ["shop/web a/one +-"]);
    assert_eq!(consumers.of_store(&key("a/one")).len(), 1);
}

#[test]
fn what_is_asked_of_one_store_is_news_for_that_one_only() {
    let mut consumers = Consumers::default();
    consumers.label("shop", Some(labels(&[])));
    let web = key("shop/web");
    consumers.ask(&web, Some(asks("a/one")));
    let news = |turns: Vec<Turn>| {
        let news = turns.into_iter().filter(Turn::is_otherwise);
        news.map(|turn| turn.store.to_string()).collect::<Vec<_>>()
    };
    let other = consumers.ask(&web, Some(asks("a/one, b/two")));
    assert_eq!(news(other), ["b/two"]);
    let narrower = consumers.ask(&web, Some(asks("a/one/x, b/two")));
    assert_eq!(news(narrower), ["a/one"]);
    let labelled = consumers.label("shop", Some(labels(&[("stage", "live")])));
    assert!(news(labelled).is_empty());
}
