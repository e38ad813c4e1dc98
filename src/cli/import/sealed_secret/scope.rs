//! What the values of a SealedSecret are bound to.

use std::collections::BTreeMap;

const CLUSTER_WIDE: &str = "sealedsecrets.bitnami.com/cluster-wide";
const NAMESPACE_WIDE: &str = "sealedsecrets.bitnami.com/namespace-wide";

/// The label of RSA-OAEP. The annotations are those of the SealedSecret itself; as the controller has
/// it, the widest counts, and only `true` does.
pub(super) fn label(annotations: &BTreeMap<String, String>, namespace: &str, name: &str) -> String {
    let says = |annotation| {
        annotations
            .get(annotation)
            .is_some_and(|text| text == "true")
    };
    if says(CLUSTER_WIDE) {
        String::new()
    } else if says(NAMESPACE_WIDE) {
        namespace.to_owned()
    } else {
        format!("{namespace}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::{CLUSTER_WIDE, NAMESPACE_WIDE, label};

    fn of(annotations: &[(&str, &str)]) -> String {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        label(&annotations.iter().map(owned).collect(), "shop", "card")
    }

    #[test]
    fn the_annotations_widen_the_scope() {
        assert_eq!(of(&[(CLUSTER_WIDE, "true")]), "");
        assert_eq!(of(&[(NAMESPACE_WIDE, "true")]), "shop");
        assert_eq!(of(&[(NAMESPACE_WIDE, "true"), (CLUSTER_WIDE, "true")]), "");
    }

    #[test]
    fn nothing_else_does() {
        assert_eq!(of(&[]), "shop/card");
        assert_eq!(
            of(&[(CLUSTER_WIDE, "True"), (NAMESPACE_WIDE, "")]),
            "shop/card"
        );
    }
}
