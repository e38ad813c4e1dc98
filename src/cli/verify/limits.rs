//! How long, how many, how large: the limits of a schema.

use serde_json::{Number, Value as Json};

use super::finding::{Path, Remark};

/// Characters, items or entries between the two limits that the schema has by these names.
pub(super) fn of_count(
    schema: &Json,
    [least, most]: [&str; 2],
    count: usize,
    what: &str,
    at: &Path,
    remarks: &mut Vec<Remark>,
) {
    let limit = |name: &str| {
        schema[name]
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
    };
    if let Some(limit) = limit(least).filter(|limit| count < *limit) {
        let message = format!("has {count} {what}, fewer than {limit}; add what is missing");
        remarks.push(Remark::error(at, message));
    }
    if let Some(limit) = limit(most).filter(|limit| count > *limit) {
        let message = format!("has {count} {what}, more than {limit}; shorten it");
        remarks.push(Remark::error(at, message));
    }
}

/// A number between `minimum` and `maximum`.
pub(super) fn of_number(schema: &Json, number: &Number, at: &Path, remarks: &mut Vec<Remark>) {
    let number = number.as_f64().unwrap_or_default();
    if let Some(least) = schema["minimum"].as_f64().filter(|least| number < *least) {
        remarks.push(Remark::error(at, format!("is less than {least}; raise it")));
    }
    if let Some(most) = schema["maximum"].as_f64().filter(|most| number > *most) {
        remarks.push(Remark::error(at, format!("is more than {most}; lower it")));
    }
}
