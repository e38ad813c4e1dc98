//! What is printed of fixed Secrets.

use insta::assert_snapshot;
use jiff::Timestamp;

use super::view::View;
use crate::cli::fixtures::{CANARY, inventory};
use crate::cli::output::Format;
use crate::cli::paint::Paint;
use crate::cli::summary::Summary;

const VIEW: View = View {
    format: Format::Table,
    single: false,
    with_namespace: true,
    now: Timestamp::constant(1_793_750_400, 0),
    paint: Paint::none(),
};

/// All Secrets as this view shows them.
fn shown(view: View) -> String {
    let inventory = inventory();
    let summaries: Vec<Summary> = inventory
        .secrets
        .iter()
        .map(|secret| Summary::of(secret, &inventory.stores))
        .collect();
    let count = if view.single { 1 } else { summaries.len() };
    view.render(&summaries[..count]).unwrap()
}

#[test]
fn a_table_of_several_namespaces() {
    assert_snapshot!(shown(VIEW));
}

#[test]
fn a_wide_table_says_who_sealed_and_what_to_do() {
    let (format, with_namespace) = (Format::Wide, false);
    assert_snapshot!(shown(View {
        format,
        with_namespace,
        ..VIEW
    }));
}

#[test]
fn names_stand_alone_on_their_lines() {
    let format = Format::Name;
    assert_snapshot!(shown(View { format, ..VIEW }));
}

#[test]
fn one_secret_as_data_is_no_list() {
    let (format, single) = (Format::Yaml, true);
    assert_snapshot!(shown(View {
        format,
        single,
        ..VIEW
    }));
}

#[test]
fn several_secrets_as_data_are_items() {
    let format = Format::Json;
    let text = shown(View { format, ..VIEW });
    let items: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(items["items"][2]["keys"][0]["from"], "plaintext");
    assert_eq!(items["items"][3]["state"], "unknown");
}

#[test]
fn of_generated_values_it_is_told_what_they_are_and_not_who_would_have_sealed_them() {
    let inventory = inventory();
    let secret = &inventory.secrets[4];
    let format = Format::Yaml;
    let single = View {
        format,
        single: true,
        ..VIEW
    };
    let summary = Summary::of(secret, &inventory.stores);
    assert_snapshot!(single.render(&[summary]).unwrap());
}

#[test]
fn no_form_shows_a_value_or_an_envelope() {
    for format in [
        Format::Table,
        Format::Wide,
        Format::Json,
        Format::Yaml,
        Format::Name,
    ] {
        let text = shown(View { format, ..VIEW });
        assert!(
            !text.contains(CANARY) && !text.contains("coffer.v1"),
            "{format:?}"
        );
    }
}
