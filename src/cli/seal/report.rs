//! What was done, in a line or two on stderr.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use super::store::Store;
use crate::cli::output::count;

/// Counts of one run.
#[derive(Debug, Default)]
pub(super) struct Report {
    stores: BTreeMap<String, Sealed>,
    already: usize,
}

#[derive(Debug, Default)]
struct Sealed {
    key: String,
    values: usize,
    /// File and number of each Secret.
    secrets: HashSet<(String, usize)>,
}

impl Report {
    /// One value was sealed for a store; `secret` is its file and its number there.
    pub(super) fn sealed(&mut self, store: &Store, (file, number): (&str, usize)) {
        let sealed = self
            .stores
            .entry(format!("{}/{}", store.namespace, store.name))
            .or_default();
        sealed.key = format!("key {}, {}", store.key.id(), store.key.suite());
        sealed.values += 1;
        sealed.secrets.insert((file.to_owned(), number));
    }

    pub(super) fn already(&mut self, values: usize) {
        self.already += values;
    }

    pub(super) fn print(&self) {
        eprintln!("coffer: {self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (
            store,
            Sealed {
                key,
                values,
                secrets,
            },
        ) in &self.stores
        {
            let (values, secrets) = (count(*values, "value"), count(secrets.len(), "Secret"));
            parts.push(format!(
                "sealed {values} of {secrets} for store {store} ({key})"
            ));
        }
        match self.already {
            0 if parts.is_empty() => parts.push("no values of coffer.dev Secrets found".into()),
            0 => {}
            1 => parts.push("1 value was sealed already".into()),
            many => parts.push(format!("{many} values were sealed already")),
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Sealed};

    #[test]
    fn a_report_reads_like_a_sentence() {
        let mut report = Report::default();
        assert_eq!(report.to_string(), "no values of coffer.dev Secrets found");
        report.already(1);
        assert_eq!(report.to_string(), "1 value was sealed already");
        let secrets = [("a".to_owned(), 0), ("a".to_owned(), 1)].into();
        let sealed = Sealed {
            key: "key 01, XWing".into(),
            values: 3,
            secrets,
        };
        report.stores.insert("team-a/payments".into(), sealed);
        assert_eq!(
            report.to_string(),
            "sealed 3 values of 2 Secrets for store team-a/payments (key 01, XWing); 1 value was sealed already"
        );
    }
}
