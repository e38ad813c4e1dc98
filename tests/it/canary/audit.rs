//! The API server's audit log, with the bodies of all requests and answers.

use serde_json::Value as Json;

use super::proof::{Mark, Quoted};

/// The administrator, who brings the values.
const AUTHOR: &str = "coffer-admin";

/// A line of it, without what it has to hold.
pub(super) struct Entry(Json);

impl Entry {
    pub(super) fn parse(line: &str) -> Self {
        let mut entry: Json = serde_json::from_str(line).unwrap();
        let about = &entry["objectRef"];
        let brings = matches!(entry["verb"].as_str(), Some("create" | "update" | "patch"));
        let is_ours = about["resource"] == "secrets" && about["apiGroup"] == "coffer.dev";
        if is_ours && brings && entry["user"]["username"] == AUTHOR {
            entry["requestObject"].take();
        }
        Self(entry)
    }

    /// What there is to search.
    pub(super) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Whether it may hold a value: because it is about a native Secret that is meant to, or because the API
    /// server quotes what it refuses.
    pub(super) fn may_hold(&self, mark: &Mark) -> bool {
        let about = &self.0["objectRef"];
        let field = |name: &str| about[name].as_str().unwrap_or_default();
        let is_native = field("resource") == "secrets" && field("apiGroup").is_empty();
        // A list has no name: the operator's own, of the Secrets with its keys.
        let object = format!("{}/{}", field("namespace"), field("name"));
        let is_listed = |home: &String| field("name").is_empty() && home.starts_with(&object);
        let is_refused = self.0["responseStatus"]["code"].as_u64() >= Some(400);
        let is_home = |home: &String| *home == object || is_listed(home);
        is_native && mark.homes.iter().any(is_home)
            || is_refused && mark.quoted == Quoted::InTheAnswer
    }

    /// What it is about, in words.
    pub(super) fn title(&self) -> String {
        let Self(entry) = self;
        let words = ["/verb", "/user/username", "/requestURI"];
        let words = words.map(|path| entry.pointer(path).and_then(Json::as_str));
        words.map(Option::unwrap_or_default).join(" ")
    }
}
