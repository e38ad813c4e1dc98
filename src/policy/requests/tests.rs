use super::*;

fn request(namespace: &str, store: &str, secret: Option<&str>) -> Request {
    Request {
        namespace: namespace.into(),
        store: store.into(),
        secret: secret.map(Box::from),
    }
}

fn of(asked: &str) -> (Requests, Vec<String>) {
    let annotations = [(CONSUME_ANNOTATION.to_owned(), asked.to_owned())].into();
    let (requests, wrong) = read(&annotations).unwrap();
    (requests, wrong.into_iter().map(str::to_owned).collect())
}

#[test]
fn an_account_without_the_annotation_asks_for_nothing() {
    assert_eq!(read(&BTreeMap::new()), None);
    assert_eq!(of("").0, Requests::default());
}

#[test]
fn stores_and_single_secrets_come_as_a_list() {
    let (requests, wrong) = of(" team-a/payments, team-a/other/stripe.live ,, team-a/payments");
    let expected = [
        request("team-a", "other", Some("stripe.live")),
        request("team-a", "payments", None),
    ];
    assert_eq!(requests.of, expected.clone().into());
    assert!(wrong.is_empty());
    assert!(expected[0].means("stripe.live") && !expected[0].means("stripe"));
    assert!(expected[1].means("anything"));
}

#[test]
fn what_names_nothing_is_left_out_and_the_rest_counts() {
    let wrongs = [
        "payments",
        "/",
        "a/",
        "/b",
        "a//c",
        "a/b/",
        "a/b/c/d",
        "a/*",
        "*/b",
        "A/b",
        "a.b/c",
        "team-а/payments",
        "a/b c",
    ];
    for wrong in wrongs {
        let (requests, left_out) = of(&format!("{wrong},a/b"));
        assert_eq!(requests.of, [request("a", "b", None)].into(), "{wrong}");
        assert_eq!(left_out, [wrong]);
    }
}

#[test]
fn more_than_the_limit_does_not_count() {
    let many: Vec<_> = (0..=MAX_REQUESTS).map(|n| format!("a/s{n}")).collect();
    let (requests, wrong) = of(&many.join(","));
    assert_eq!((requests.of.len(), wrong.len()), (MAX_REQUESTS, 1));
}

#[test]
fn types_are_a_list_as_well() {
    let annotations = [
        (CONSUME_ANNOTATION.to_owned(), "a/b".to_owned()),
        (
            CONSUME_TYPES_ANNOTATION.to_owned(),
            "kubernetes.io/tls, x".to_owned(),
        ),
    ];
    let annotations = annotations.into();
    let (requests, _) = read(&annotations).unwrap();
    assert_eq!(
        requests.types,
        ["kubernetes.io/tls", "x"].map(Box::from).into()
    );
}

#[test]
fn types_that_cannot_be_are_left_out_and_counted() {
    let long = "x".repeat(254);
    let annotations = [
        (CONSUME_ANNOTATION, "a/b"),
        (CONSUME_TYPES_ANNOTATION, &format!("{long}, t")),
    ];
    let annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let annotations = annotations.into();
    let (requests, wrong) = read(&annotations).unwrap();
    assert_eq!(requests.types, ["t".into()].into());
    assert_eq!(wrong, [long]);
}

#[test]
fn of_requests_that_are_met_and_well_formed_nothing_is_told() {
    assert_eq!(unmet(&[], 0), None);
}

#[test]
fn what_is_not_met_is_named_and_what_is_malformed_is_only_counted() {
    let all: Vec<_> = (0..40)
        .map(|n| request("a", &format!("s{n:02}"), None))
        .collect();
    let one = request("a", "b", Some("c"));
    let told = unmet(&[&one], 0).unwrap();
    assert!(told.contains("nothing is delivered for `a/b/c`:"), "{told}");
    let told = unmet(&all.iter().collect::<Vec<_>>(), 2).unwrap();
    assert!(
        told.contains("`a/s00`, `a/s01`, ") && told.contains("`a/s21` and 18 more: "),
        "{told}"
    );
    assert!(told.contains("; 2 entries of"), "{told}");
}

/// An event has room for 1,024 bytes, and the remedy stands at its end.
#[test]
fn the_longest_requests_are_told_with_their_remedy() {
    let long = request(&"n".repeat(63), &"s".repeat(253), Some(&"x".repeat(253)));
    let told = unmet(&[&long; 64], MAX_REQUESTS).unwrap();
    assert!(told.len() <= 1024, "{}", told.len());
}
