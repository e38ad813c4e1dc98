//! People with few rights.

use std::path::PathBuf;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::{DynamicObject, PostParams};
use kube::config::Kubeconfig;
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use serde_json::{Value as Json, json};

use super::Namespace;

const RBAC: &str = "rbac.authorization.k8s.io";

/// The kubeconfig of someone who may do these things, each in a namespace, and nothing else.
pub(crate) async fn kubeconfig(ns: &Namespace, rights: &[(&str, Json)]) -> PathBuf {
    ns.apply("apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: someone }\n")
        .await;
    for (namespace, rules) in rights {
        // In a namespace that tests share it is one name for each of them.
        let name = format!("someone-{}", ns.name);
        let role = json!({ "metadata": { "name": name }, "rules": rules });
        let binding = json!({
            "metadata": { "name": name },
            "roleRef": { "apiGroup": RBAC, "kind": "Role", "name": name },
            "subjects": [{ "kind": "ServiceAccount", "name": "someone", "namespace": ns.name }],
        });
        for (kind, object) in [("Role", role), ("RoleBinding", binding)] {
            create(ns, namespace, kind, object).await;
        }
    }
    let accounts: Api<ServiceAccount> = Api::namespaced(ns.cluster.client.clone(), &ns.name);
    let request = TokenRequest {
        spec: Some(TokenRequestSpec::default()),
        ..TokenRequest::default()
    };
    let token = accounts
        .create_token_request("someone", &PostParams::default(), &request)
        .await
        .unwrap()
        .status
        .unwrap()
        .token;
    let mut config = Kubeconfig::read_from(&ns.cluster.kubeconfig).unwrap();
    for user in &mut config.auth_infos {
        user.auth_info = serde_json::from_value(json!({ "token": token })).unwrap();
    }
    let kubeconfig = ns.cluster.scratch.join(format!("{}.kubeconfig", ns.name));
    std::fs::write(&kubeconfig, serde_json::to_string(&config).unwrap()).unwrap();
    kubeconfig
}

async fn create(ns: &Namespace, namespace: &str, kind: &str, object: Json) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(RBAC, "v1", kind));
    let api: Api<DynamicObject> =
        Api::namespaced_with(ns.cluster.client.clone(), namespace, &resource);
    let object = serde_json::from_value(object).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap();
}
