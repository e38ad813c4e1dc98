//! The report for people: tables where there are many, a line where there is one.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::report::{Orphaned, Report, RetiredKey};
use crate::api::KeyState;
use crate::cli::age;
use crate::cli::output::{count, lines};
use crate::cli::paint::{Paint, Tone};
use crate::cli::table::{Cell, Table};

/// The text.
pub(super) fn text(report: &Report, now: Timestamp, paint: Paint) -> String {
    let mut parts = Vec::new();
    if !report.roots.is_empty() {
        parts.push(roots(report, paint));
    }
    parts.push(summary(report));
    if !report.retired.is_empty() {
        parts.push(retired(&report.retired, now, paint));
    }
    if !report.orphaned.is_empty() {
        parts.push(orphaned(&report.orphaned, now, paint));
    }
    if !report.notes.is_empty() {
        let notes = report.notes.iter();
        parts.push(lines(notes.map(|note| format!("note: {note}"))));
    }
    if !report.problems.is_empty() {
        parts.push(problems(report, paint));
    }
    parts.join("\n")
}

fn roots(report: &Report, paint: Paint) -> String {
    let mut table = Table::new(vec!["ROOT", "STATE", "WRAPS"]);
    for root in &report.roots {
        let (state, wraps) = match (root.state, root.wraps) {
            (KeyState::Active, keys) => ("Active", count(keys, "key")),
            (KeyState::Retired, 0) => ("Retired", "nothing: `coffer keys prune --all`".to_owned()),
            (KeyState::Retired, keys) => (
                "Retired",
                format!("{}, to be wrapped anew", count(keys, "key")),
            ),
        };
        table.row(vec![
            root.name.clone().into(),
            Cell::toned(state, tone(root.state)),
            wraps.into(),
        ]);
    }
    table.render(paint)
}

fn summary(report: &Report) -> String {
    let (stores, keys) = (count(report.stores, "store"), count(report.keys, "key"));
    let mut text = format!("{stores} with {keys}\n");
    if report.to_seal_anew > 0 {
        let left = count(report.to_seal_anew, "Secret");
        let _ = writeln!(text, "{left} to be sealed anew by the operator");
    }
    text
}

fn retired(keys: &[RetiredKey], now: Timestamp, paint: Paint) -> String {
    let mut table = Table::new(vec![
        "RETIRED KEY",
        "STORE",
        "SUITE",
        "SINCE",
        "SECRETS",
        "",
    ]);
    for key in keys {
        let is_own = key.suite.public_key_bytes().is_none();
        let remedy = match (key.secrets, is_own) {
            (0, true) => "`coffer keys prune`, once nothing is to be restored any more",
            (0, false) => {
                "`coffer keys prune --public-keys`, once nothing is to be restored any more, and Git has none either"
            }
            (secrets, true) if secrets == key.shut => {
                "a value does not open: see the conditions of the Secrets"
            }
            (_, true) if key.shut > 0 => {
                "the operator seals them anew, save where a value does not open"
            }
            (_, true) => "the operator seals them anew",
            (_, false) => "authors seal them anew in Git",
        };
        let since = key.retired.map(|since| age::of(since, now));
        table.row(vec![
            key.id.to_string().into(),
            format!("{}/{}", key.namespace, key.store).into(),
            key.suite.as_str().into(),
            since.unwrap_or_default().into(),
            key.secrets.to_string().into(),
            remedy.into(),
        ]);
    }
    table.render(paint)
}

fn orphaned(stores: &[Orphaned], now: Timestamp, paint: Paint) -> String {
    let mut table = Table::new(vec!["STORE THAT IS GONE", "SINCE", "ITS KEYS"]);
    for store in stores {
        let end = match (store.secrets, store.until) {
            (0, Some(until)) if until <= now => "are destroyed now".to_owned(),
            (0, Some(until)) => format!("are destroyed in {}", age::of(now, until)),
            (0, None) => "are destroyed after the operator's --key-retention".to_owned(),
            (secrets, _) => format!("stay: needed by {}", count(secrets, "Secret")),
        };
        table.row(vec![
            format!("{}/{}", store.namespace, store.store).into(),
            age::of(store.since, now).into(),
            Cell::toned(end, Tone::Waiting),
        ]);
    }
    table.render(paint)
}

fn problems(report: &Report, paint: Paint) -> String {
    let mark = paint.text("✗", Tone::Bad);
    let problems = report.problems.iter();
    lines(problems.map(|problem| format!("{mark} {problem}")))
}

fn tone(state: KeyState) -> Tone {
    match state {
        KeyState::Active => Tone::Good,
        KeyState::Retired => Tone::Waiting,
    }
}
