//! Who owns the fields of an object, by its `metadata.managedFields` (server-side apply of Kubernetes,
//! which has it for every kind of write).

use json_patch::PatchOperation;
use kube::Resource;
use serde_json::Value as Json;

const UPDATE: &str = "Update";

/// The field manager that alone owns all that the operations change, by updates and not by applies. In its
/// name they can be made without a change of who owns what. None also where nobody owns it.
#[must_use]
pub fn sole<K>(object: &K, operations: &[PatchOperation]) -> Option<String>
where
    K: Resource<DynamicType = ()>,
{
    let owners = object.meta().managed_fields.iter().flatten();
    let mut owners = owners.filter_map(|owner| {
        let fields = serde_json::to_value(owner.fields_v1.as_ref()?).ok()?;
        let count = operations.iter().filter(|it| is_owned(&fields, it)).count();
        (count > 0).then_some((owner, count))
    });
    let (owner, count) = owners.next()?;
    let is_the_one = owners.next().is_none()
        && count == operations.len()
        && owner.operation.as_deref() == Some(UPDATE)
        && owner.subresource.as_deref().unwrap_or_default().is_empty()
        && owner.api_version.as_deref() == Some(&*K::api_version(&()));
    owner.manager.clone().filter(|_| is_the_one)
}

/// Whether a set of fields has the path of an operation, or something below it.
fn is_owned(fields: &Json, operation: &PatchOperation) -> bool {
    let mut tokens = operation.path().tokens();
    let last = tokens.try_fold(fields, |fields, token| {
        fields.get(format!("f:{}", token.decoded()))
    });
    last.is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::api::Secret;
    use crate::policy::operations::{remove, replace};

    fn entry(manager: &str, operation: &str, key: &str) -> Json {
        json!({
            "manager": manager, "operation": operation, "apiVersion": "coffer.dev/v1alpha1",
            "fieldsType": "FieldsV1",
            "fieldsV1": { "f:spec": { "f:data": { format!("f:{key}"): { ".": {}, "f:value": {} } } } },
        })
    }

    /// The owner of the value of `a/b`, alone and together with that of `c`.
    fn sole(owners: &Json) -> [Option<String>; 2] {
        let secret = json!({
            "apiVersion": "coffer.dev/v1alpha1", "kind": "Secret",
            "metadata": { "name": "app", "managedFields": owners },
            "spec": { "storeRef": { "name": "vault" } },
        });
        let secret: Secret = serde_json::from_value(secret).unwrap();
        let one = vec![replace(["spec", "data", "a/b", "value"], String::new())];
        let two = vec![one[0].clone(), remove(["spec", "data", "c"])];
        [super::sole(&secret, &one), super::sole(&secret, &two)]
    }

    #[test]
    fn who_updated_all_of_it_owns_it() {
        for other in ["c", "d"] {
            let owners = json!([
                entry("kubectl", "Update", "a/b"),
                entry("other", "Update", other)
            ]);
            assert_eq!(sole(&owners), [Some("kubectl".to_owned()), None]);
        }
        let mut both = entry("kubectl", "Update", "a/b");
        both["fieldsV1"]["f:spec"]["f:data"]["f:c"] = json!({ ".": {} });
        let kubectl = Some("kubectl".to_owned());
        assert_eq!(sole(&json!([both])), [kubectl.clone(), kubectl]);
    }

    #[test]
    fn nobody_can_write_in_the_name_of_who_applied_or_of_several() {
        assert_eq!(sole(&json!([])), [None, None]);
        assert_eq!(sole(&json!([entry("flux", "Apply", "a/b")])), [None, None]);
        let both = json!([
            entry("flux", "Apply", "a/b"),
            entry("kubectl", "Update", "a/b")
        ]);
        assert_eq!(sole(&both), [None, None]);
        let both = json!([entry("one", "Update", "a/b"), entry("two", "Update", "a/b")]);
        assert_eq!(sole(&both), [None, None]);
    }

    #[test]
    fn an_entry_of_another_version_or_of_the_status_is_not_that_of_a_write() {
        let mut other = entry("kubectl", "Update", "a/b");
        other["apiVersion"] = json!("coffer.dev/v1");
        assert_eq!(sole(&json!([other])), [None, None]);
        let mut status = entry("kubectl", "Update", "a/b");
        status["subresource"] = json!("status");
        assert_eq!(sole(&json!([status])), [None, None]);
        let mut nameless = entry("kubectl", "Update", "a/b");
        nameless["manager"] = Json::Null;
        assert_eq!(sole(&json!([nameless])), [None, None]);
    }
}
