//! The query of a URL: names with values, each as often as it is given.

/// The parts of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Of what stands behind the question mark.
    pub(super) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The last value of a name, unless it is empty.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        let values = self.0.iter().rev().filter(|(it, _)| it == name);
        let mut values = values.map(|(_, value)| value.as_str());
        values.next().filter(|value| !value.is_empty())
    }

    /// All values of a name, given several times (with `[]` behind it or not), or with commas.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self
            .0
            .iter()
            .filter(|(it, _)| it.strip_suffix("[]").unwrap_or(it) == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_in_every_way_that_clients_write_it() {
        for query in [
            "s=a&s=b",
            "s=a,b",
            "s[]=a&s[]=b",
            "s%5B%5D=a&s=%20b",
            "s=a,,b,",
        ] {
            assert_eq!(Pairs::of(Some(query)).all("s"), ["a", "b"], "{query}");
        }
        for query in ["", "s=", "s=,", "t=a", "s[x]=a"] {
            assert!(Pairs::of(Some(query)).all("s").is_empty(), "{query}");
        }
    }

    #[test]
    fn of_several_values_the_last_counts() {
        assert_eq!(Pairs::of(Some("a=1&a=2&b=3")).last("a"), Some("2"));
        assert_eq!(Pairs::of(Some("a=%C3%A9+x")).last("a"), Some("é x"));
        assert!(Pairs::of(Some("a=")).last("a").is_none() && Pairs::of(None).last("a").is_none());
    }
}
