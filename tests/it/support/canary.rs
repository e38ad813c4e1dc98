//! A value that must not show, in any of the forms in which values get about.

mod forms;
mod hunt;
mod tests;

pub(crate) use hunt::Hunt;

/// A value like no other.
#[derive(Clone, Debug)]
pub(crate) struct Canary(Vec<u8>);

impl Canary {
    /// A new one. It has letters and digits only, so that no quoting hides it; its beginning and its end
    /// are like no other's; and it begins with a letter, so that YAML does not take it for a number.
    pub(crate) fn new() -> Self {
        Self(format!("c{}", uuid::Uuid::new_v4().simple()).into_bytes())
    }

    /// One that somebody else made. Of a text of several lines it is the longest: line breaks are
    /// written in too many ways.
    pub(crate) fn of(value: &[u8]) -> Self {
        let lines = value.split(|byte| *byte == b'\n');
        let longest = lines.max_by_key(|line| line.len());
        Self(longest.unwrap_or_default().to_vec())
    }

    /// The value's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The value.
    pub(crate) fn value(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap()
    }

    /// Fails when the text holds the value.
    pub(crate) fn assert_absent(&self, place: &str, text: &str) {
        let found = Hunt::new([self]).find(text.as_bytes());
        assert!(found.is_empty(), "the value shows in {place}: {found:?}");
    }
}

/// Fails when the text holds the bytes in any form.
pub(crate) fn assert_bytes_absent(bytes: &[u8], place: &str, text: &str) {
    Canary(bytes.to_vec()).assert_absent(place, text);
}
