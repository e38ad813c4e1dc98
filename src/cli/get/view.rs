//! Secrets as a table, as names, or as data.

use jiff::Timestamp;
use serde_json::json;

use crate::api::KeyState;
use crate::cli::age;
use crate::cli::origin::Origin;
use crate::cli::output::{Data, Format, lines};
use crate::cli::paint::Paint;
use crate::cli::summary::{Key, Summary};
use crate::cli::table::{Cell, Table};

/// Keys that are named in a cell; of more only the number is told.
const SHOWN: usize = 3;

/// How the Secrets are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) format: Format,
    /// One Secret was asked for by its name: as data it is no list.
    pub(super) single: bool,
    /// Secrets of several namespaces.
    pub(super) with_namespace: bool,
    pub(super) now: Timestamp,
    pub(super) paint: Paint,
}

impl View {
    /// The text.
    pub(super) fn render(self, secrets: &[Summary]) -> anyhow::Result<String> {
        match self.format {
            Format::Table => Ok(self.table(secrets, false)),
            Format::Wide => Ok(self.table(secrets, true)),
            Format::Json => self.data(Data::Json, secrets),
            Format::Yaml => self.data(Data::Yaml, secrets),
            Format::Name => {
                let names = secrets.iter().map(|secret| &secret.name);
                Ok(lines(names.map(|name| format!("secret.coffer.dev/{name}"))))
            }
        }
    }

    fn data(self, format: Data, secrets: &[Summary]) -> anyhow::Result<String> {
        match secrets {
            [secret] if self.single => format.text(secret),
            _ => format.text(&json!({ "items": secrets })),
        }
    }

    fn table(self, secrets: &[Summary], wide: bool) -> String {
        let mut headings = vec!["NAME", "STORE", "STATE", "REASON", "KEYS", "TARGET", "AGE"];
        if self.with_namespace {
            headings.insert(0, "NAMESPACE");
        }
        if wide {
            headings.extend(["VERSION", "SEALED", "MESSAGE"]);
        }
        let mut table = Table::new(headings);
        for secret in secrets {
            let text = |text: &Option<String>| Cell::from(text.clone().unwrap_or_default());
            let age = secret.created.map(|created| age::of(created, self.now));
            let target = secret.target.as_ref().map(|target| target.name.clone());
            let mut cells = vec![
                secret.name.clone().into(),
                secret.store.clone().into(),
                Cell::toned(secret.state, secret.tone()),
                Cell::toned(secret.reason.clone().unwrap_or_default(), secret.tone()),
                keys(&secret.keys).into(),
                text(&target),
                text(&age),
            ];
            if self.with_namespace {
                cells.insert(0, secret.namespace.clone().into());
            }
            if wide {
                let version = secret.version.map(|version| version.to_string());
                cells.extend([
                    text(&version),
                    sealed(&secret.keys).into(),
                    text(&secret.message),
                ]);
            }
            table.row(cells);
        }
        table.render(self.paint)
    }
}

fn keys(keys: &[Key]) -> String {
    let named: Vec<&str> = keys
        .iter()
        .take(SHOWN)
        .map(|key| key.name.as_str())
        .collect();
    match keys.len().saturating_sub(SHOWN) {
        0 => named.join(","),
        more => format!("{} +{more}", named.join(",")),
    }
}

/// Each way in which a value of these keys came, once.
fn sealed(keys: &[Key]) -> String {
    let mut ways: Vec<String> = Vec::new();
    for key in keys {
        let way = match &key.origin {
            Origin::Sealed {
                key_id,
                by,
                key_state,
            } => {
                let by = by.map_or(String::new(), |by| format!("{by}:"));
                format!("{by}{key_id}{}", state(*key_state))
            }
            Origin::Malformed => "malformed".to_owned(),
            Origin::Plaintext => "plaintext".to_owned(),
            Origin::Secret { secret, .. } => format!("from:{secret}"),
            Origin::Generated {
                key_id: Some(key_id),
                key_state,
                ..
            } => format!("generated:{key_id}{}", state(*key_state)),
            Origin::Generated { key_id: None, .. } => "generated:not-made-yet".to_owned(),
            Origin::Nowhere => "nowhere".to_owned(),
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.join(",")
}

/// What there is to say of the state of a key.
fn state(state: Option<KeyState>) -> &'static str {
    match state {
        Some(KeyState::Active) => "",
        Some(KeyState::Retired) => "(retired)",
        None => "(unknown)",
    }
}
