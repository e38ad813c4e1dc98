//! The templates of a target: whether they parse. What they make of the values, only the operator sees.

use serde_json::Value as Json;

use super::finding::{Path, Remark};
use crate::policy::template;

/// What is wrong with the templates.
pub(super) fn check(secret: &Json) -> Vec<Remark> {
    let at = Path::default().fields("spec.target.template");
    let templates = secret.pointer("/spec/target/template");
    let templates = templates.and_then(Json::as_object).into_iter().flatten();
    templates
        .filter_map(|(key, source)| {
            let (line, what) = template::flaw(source.as_str()?)?;
            let line = line.map_or(String::new(), |line| format!(" in line {line}"));
            let message = format!("{what}{line}; correct the template");
            Some(Remark::error(&at.field(key), message))
        })
        .collect()
}
