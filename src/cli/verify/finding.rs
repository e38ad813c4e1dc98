//! What is found in a manifest: where, what, and what to do about it. Never a value.

use std::fmt;

use serde::Serialize;

/// Something to say about an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct Finding {
    pub(super) level: Level,
    pub(super) file: String,
    /// `line:column`; none where the object did not come from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<String>,
    /// `Secret team-a/stripe`, as far as it is known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) object: String,
    /// `spec.data.token.value`; empty for the object as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) field: String,
    /// Ends with the remedy.
    pub(super) message: String,
}

/// Whether the object would be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    /// Worth a word; does not change the exit code.
    Note,
}

/// A finding before it is known where its object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) level: Level,
    pub(super) at: Path,
    pub(super) message: String,
}

impl Remark {
    pub(super) fn error(at: &Path, message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            at: at.clone(),
            message: message.into(),
        }
    }

    pub(super) fn note(at: &Path, message: impl Into<String>) -> Self {
        Self {
            level: Level::Note,
            ..Self::error(at, message)
        }
    }
}

/// The way to a field, from the object down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// The field below this one.
    pub(super) fn field(&self, name: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(name.to_owned());
        Self(parts)
    }

    /// The fields below this one, as a rule's `fieldPath` writes them: `.a.b`.
    pub(super) fn fields(&self, path: &str) -> Self {
        path.split('.')
            .filter(|part| !part.is_empty())
            .fold(self.clone(), |path, part| path.field(part))
    }

    /// The field that this one stands in.
    pub(super) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// Whether this field is that one or stands below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(position) = &self.position {
            write!(f, ":{position}")?;
        }
        f.write_str(": ")?;
        if self.level == Level::Note {
            f.write_str("note: ")?;
        }
        for part in [&self.object, &self.field] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.message)
    }
}
