//! The API server's audit log, with the bodies of all requests and answers.

use std::path::Path;

use serde_json::Value as Json;

use super::marks::{Mark, Quoted};

/// The administrator, who brings the values.
const AUTHOR: &str = "coffer-admin";

/// Whether the API server quotes what it refuses, as far as it has been seen to: a field of the wrong type in a
/// server-side apply, which it does not convert; and a whole patch with a field that is not known, from whoever
/// asks for strict validation, as `kubectl apply` and `kubectl edit` do.
pub(super) fn quotes(said: &str) -> bool {
    let is_strict =
        said.contains("patch: Invalid value: ") && said.contains("strict decoding error");
    said.contains("failed to create typed patch object (") || is_strict
}

/// Its lines; the last may be half written.
pub(super) fn lines(file: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(file).unwrap();
    let lines = log.split_inclusive('\n');
    let whole = lines.filter(|line| line.ends_with('\n'));
    whole.map(str::to_owned).collect()
}

/// A line of it, by what may hold which values.
pub(super) struct Entry {
    /// What an author sent for one of Coffer's Secrets. Everything may stand there, and nothing that stands
    /// there may stand elsewhere.
    pub(super) brought: Option<Json>,
    pub(super) code: u16,
    /// The data of native Secrets, in requests and answers about them.
    pub(super) data: Vec<Json>,
    /// What the API server says when it quotes what it refuses.
    pub(super) quote: Vec<Json>,
    /// All the rest.
    pub(super) rest: Json,
}

impl Entry {
    pub(super) fn parse(line: &str) -> Self {
        let mut entry: Json = serde_json::from_str(line).unwrap();
        let code = entry["responseStatus"]["code"].as_u64().unwrap_or_default();
        let is_authors = entry["user"]["username"] == AUTHOR;
        let (mut brought, mut data, mut quote) = (None, Vec::new(), Vec::new());
        let about = |entry: &Json, group: Option<&str>| {
            let about = &entry["objectRef"];
            about["resource"] == "secrets" && about["apiGroup"].as_str() == group
        };
        if about(&entry, Some("coffer.dev")) && is_authors && is_write(&entry["verb"]) {
            brought = Some(entry["requestObject"].take()).filter(|body| !body.is_null());
            let said = entry["responseStatus"]["message"].as_str();
            let is_quote = matches!(code, 422 | 500) && said.is_some_and(quotes);
            for answer in ["responseStatus", "responseObject"]
                .into_iter()
                .filter(|_| is_quote)
            {
                for field in ["message", "details"] {
                    quote.push(entry[answer][field].take());
                }
            }
        }
        if about(&entry, None) {
            for body in ["requestObject", "responseObject"] {
                take_data(&mut entry[body], &mut data);
            }
        }
        Self {
            brought,
            code: u16::try_from(code).unwrap(),
            data,
            quote,
            rest: entry,
        }
    }

    /// Whether the data of native Secrets in it may hold a value: because it is at home in one of them.
    pub(super) fn is_home(&self, mark: &Mark) -> bool {
        let about = &self.rest["objectRef"];
        let field = |name: &str| about[name].as_str().unwrap_or_default();
        // A list has no name: the operator's own, of the Secrets with its keys.
        let object = format!("{}/{}", field("namespace"), field("name"));
        let is_listed = |home: &String| field("name").is_empty() && home.starts_with(&object);
        let is_home = |home: &String| *home == object || is_listed(home);
        mark.homes.iter().any(is_home)
    }

    /// Whether the API server may quote a value in it: because this very request brought it.
    pub(super) fn may_quote(mark: &Mark, is_brought: bool) -> bool {
        mark.quoted == Quoted::InTheAnswer && is_brought
    }

    /// What it is about, in words.
    pub(super) fn title(&self) -> String {
        let words = ["/verb", "/user/username", "/requestURI"];
        let words = words.map(|path| self.rest.pointer(path).and_then(Json::as_str));
        words.map(Option::unwrap_or_default).join(" ")
    }

    /// The object that a request of an author's was for, as `namespace/name`, if it was one that brings values:
    /// without a name where it was not even read. Not of those that only prepare.
    pub(super) fn aim(&self) -> Option<String> {
        let Self { rest, brought, .. } = self;
        let about = &rest["objectRef"];
        let prepares = rest["requestURI"].as_str()?.contains("fieldManager=author");
        let is_so = rest["user"]["username"] == AUTHOR && is_write(&rest["verb"]);
        let is_so = is_so && about["apiGroup"] == "coffer.dev" && about["resource"] == "secrets";
        let prefix = brought
            .as_ref()
            .map(|body| &body["metadata"]["generateName"]);
        let name = about["name"]
            .as_str()
            .or_else(|| prefix.and_then(Json::as_str));
        let namespace = about["namespace"].as_str()?;
        (is_so && !prepares).then(|| format!("{namespace}/{}", name.unwrap_or_default()))
    }
}

fn is_write(verb: &Json) -> bool {
    matches!(verb.as_str(), Some("create" | "update" | "patch"))
}

/// Takes the data out of a native Secret, of those in a list, or of a JSON patch.
fn take_data(body: &mut Json, data: &mut Vec<Json>) {
    if let Some(items) = body.get_mut("items").and_then(Json::as_array_mut) {
        for item in items {
            take_data(item, data);
        }
    }
    for field in ["data", "stringData"] {
        data.extend(body.get_mut(field).map(Json::take));
    }
    for operation in body.as_array_mut().into_iter().flatten() {
        let path = operation["path"].as_str().unwrap_or_default();
        if path == "/data" || path.starts_with("/data/") {
            data.push(operation["value"].take());
        }
    }
}
