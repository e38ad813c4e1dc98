//! Coffer's own interface: the values, for service accounts inside a scope and for those with the right.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value as Json, json};

use super::{Answer, Asker, send, token};
use crate::support::{eventually, within};

/// A store whose scope is for the account `inside`, and a secret of it; `outside` is an account without any right, and
/// `reader` one with the right to all values.
const PLACE: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: { name: inside }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: outside }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader }
rules: [{ apiGroups: [coffer.dev], resources: [secretstores/value], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: reader }]
---
apiVersion: coffer.dev/v1alpha1
kind: SecretStore
metadata: { name: vault }
spec:
  scopes: [{ name: app, consumers: [{ serviceAccounts: [inside] }] }]
---
apiVersion: coffer.dev/v1alpha1
kind: Secret
metadata: { name: db }
spec:
  storeRef: { name: vault }
  scopes: [app]
  data: { password: { value: first }, user: { value: me } }
";

async fn place(prefix: &str) -> Asker {
    let asker = Asker::new(prefix).await;
    asker.ns.apply(PLACE).await;
    asker.ns.ready("db").await;
    asker
}

impl Asker {
    /// The values of a secret, for an account of the namespace.
    async fn values(&self, account: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let bearer = format!("Bearer {}", token(&self.ns, account, "coffer").await);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        let path = format!("/coffer/v1/namespaces/{}{path}", self.ns.name);
        send(&self.base, "GET", &path, &all, None).await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    async fn set(&self, password: &str) {
        let change = json!({ "spec": { "data": { "password": { "value": password } } } });
        self.ns.edit("db", change).await;
    }
}

impl Answer {
    #[track_caller]
    fn is_problem(&self, status: u16, detail: &str) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(
            (self.status, &self.body["detail"]),
            (status, &json!(detail))
        );
        assert_eq!(self.body["status"], status);
    }
}

#[tokio::test]
async fn an_account_inside_the_scope_reads_and_one_outside_does_not() {
    let asker = place("value-scope").await;
    for account in ["inside", "reader"] {
        let read = asker.values(account, "/secrets/db/value", &[]).await;
        assert_eq!(read.status, 200, "{account}: {read:?}");
        assert_eq!(read.headers["cache-control"], "no-store");
        let expected = json!({ "version": 1, "data": { "password": "Zmlyc3Q=", "user": "bWU=" } });
        assert_eq!(read.body, expected, "{account}");
    }
    let denied = "needs the right to get secretstores.coffer.dev/value in this namespace";
    for (account, path) in [
        ("outside", "/secrets/db/value"),
        ("outside", "/secrets/nothing/value"),
        ("outside", "/secrets/db/value/password"),
        ("inside", "/secrets/nothing/value"),
        // Who may do everything with the objects may not read for that alone.
        ("app", "/secrets/db/value"),
    ] {
        let refused = asker.values(account, path, &[]).await;
        refused.is_problem(403, denied);
    }
    let one = asker
        .values("inside", "/secrets/db/value/password", &[])
        .await;
    assert_eq!(one.status, 200, "{one:?}");
    assert_eq!(one.headers["content-type"], "application/octet-stream");
    assert_eq!(one.headers["content-length"], "first".len().to_string());
    let missing = asker.values("reader", "/secrets/nothing/value", &[]).await;
    missing.is_problem(404, "there is no such secret");
    let missing = asker
        .values("inside", "/secrets/db/value/nothing", &[])
        .await;
    missing.is_problem(404, "the secret has no such key");
}

#[tokio::test]
async fn without_a_token_for_coffer_nothing_is_read() {
    let asker = place("value-token").await;
    let path = format!("/coffer/v1/namespaces/{}/secrets/db/value", asker.ns.name);
    let none = send(&asker.base, "GET", &path, &[], None).await;
    assert_eq!(
        (none.status, &none.headers["www-authenticate"]),
        (401, &"Bearer".parse().unwrap())
    );
    let other = format!("Bearer {}", token(&asker.ns, "inside", "vault").await);
    let other = send(
        &asker.base,
        "GET",
        &path,
        &[("authorization", &other)],
        None,
    )
    .await;
    let detail = "the token is not valid here: it has expired, is for another audience, or its account is gone";
    other.is_problem(401, detail);
    let nowhere = send(&asker.base, "GET", "/coffer/v1/nothing", &[], None).await;
    nowhere.is_problem(404, "there is nothing at this address");
    for odd in ["%ff", "a%2Fb"] {
        let path = format!("/coffer/v1/namespaces/{odd}/secrets/x/value");
        let answer = send(
            &asker.base,
            "GET",
            &path,
            &[("authorization", &asker.bearer())],
            None,
        )
        .await;
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{odd}"
        );
    }
    let method = send(&asker.base, "DELETE", &path, &[], None).await;
    method.is_problem(405, "this method is not for this address");
}

/// Who has the values is not sent them again, and who has former ones is.
#[tokio::test]
async fn an_entity_tag_stands_for_the_values_and_says_nothing_of_them() {
    let asker = place("value-tag").await;
    let path = "/secrets/db/value";
    let read = asker.values("inside", path, &[]).await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let uid = asker
        .ns
        .secrets()
        .get("db")
        .await
        .unwrap()
        .metadata
        .uid
        .unwrap();
    assert_eq!(tag, format!("\"{uid}-1\""));
    for held in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let same = asker
            .values("inside", path, &[("if-none-match", &held)])
            .await;
        assert_eq!((same.status, &same.body), (304, &Json::Null), "{held}");
    }
    asker.set("second").await;
    let other = asker
        .values("inside", path, &[("if-none-match", &tag)])
        .await;
    assert_eq!((other.status, &other.body["version"]), (200, &json!(2)));
    assert_eq!(other.body["data"]["password"], "c2Vjb25k");
    // The same value, sealed again, is the same.
    asker.set("second").await;
    let same = asker.values("inside", path, &[]).await;
    assert_eq!(same.headers["etag"], other.headers["etag"]);
}

/// As soon as the scope does not mean it any more.
#[tokio::test]
async fn whose_scope_is_withdrawn_reads_no_more() {
    let asker = place("value-withdrawn").await;
    let read = asker.values("inside", "/secrets/db/value", &[]).await;
    assert_eq!(read.status, 200);
    asker
        .ns
        .edit("db", json!({ "spec": { "scopes": null } }))
        .await;
    eventually("it is refused", async || {
        let answer = asker.values("inside", "/secrets/db/value", &[]).await;
        if answer.status == 403 {
            Ok(())
        } else {
            Err(answer.status)
        }
    })
    .await;
}

/// What a pod does with a token of its own (audience `coffer`): it waits for what comes.
#[tokio::test]
async fn a_change_arrives_on_the_watch_within_a_second_and_its_end_as_well() {
    let asker = place("value-watch").await;
    let mut events = Events::open(&asker, "inside").await;
    let (name, first) = events.next().await;
    assert_eq!((name.as_str(), &first["version"]), ("value", &json!(1)));
    let second = std::time::Duration::from_secs(1);
    for (version, password, encoded) in [(2, "second", "c2Vjb25k"), (3, "third", "dGhpcmQ=")] {
        asker.set(password).await;
        let (name, data) = tokio::time::timeout(second, events.next()).await.unwrap();
        assert_eq!(
            (name.as_str(), &data["version"]),
            ("value", &json!(version))
        );
        assert_eq!(data["data"]["password"], encoded);
    }
    let account = ["delete", "serviceaccount", "inside"];
    asker.ns.kubectl(&account, "").await;
    let (name, _) = within(3 * second, "it is told", async || {
        Ok::<_, String>(events.next().await)
    })
    .await;
    assert_eq!(name, "revoked");
    assert!(events.is_over().await);
}

/// A token that is bound to something ends with it, which no watch shows: it is asked again every ten seconds.
#[tokio::test]
async fn a_watch_ends_with_what_its_token_is_bound_to() {
    let asker = place("value-bound").await;
    asker
        .ns
        .apply("apiVersion: v1\nkind: Secret\nmetadata: { name: bond }\n")
        .await;
    let bound = [
        "create",
        "token",
        "inside",
        "--audience",
        "coffer",
        "--bound-object-kind",
        "Secret",
        "--bound-object-name",
        "bond",
    ];
    let token = asker.ns.kubectl(&bound, "").await;
    let mut events = Events::with(&asker, token.trim()).await;
    events.next().await;
    asker.ns.kubectl(&["delete", "secret", "bond"], "").await;
    let patience = std::time::Duration::from_secs(40);
    let (name, _) = tokio::time::timeout(patience, events.next()).await.unwrap();
    assert_eq!(name, "revoked");
}

#[tokio::test]
async fn a_watch_tells_of_the_end_of_its_secret() {
    let asker = place("value-deleted").await;
    let mut events = Events::open(&asker, "reader").await;
    events.next().await;
    asker.ns.delete("db").await;
    assert_eq!(events.next().await.0, "deleted");
    assert!(events.is_over().await);
}

#[tokio::test]
async fn the_key_to_seal_with_is_shown_to_those_who_may_see_the_store() {
    let asker = place("value-key").await;
    let key = asker.values("app", "/stores/vault/sealing-key", &[]).await;
    let store = asker.ns.store_ready("vault").await;
    let status = store.status.unwrap();
    let public = status
        .sealing_keys
        .iter()
        .find(|key| key.public_key.is_some())
        .unwrap();
    let expected =
        json!({ "id": public.id, "suite": public.suite, "publicKey": public.public_key });
    assert_eq!((key.status, key.body), (200, expected));
    let refused = asker
        .values("inside", "/stores/vault/sealing-key", &[])
        .await;
    assert_eq!(refused.status, 403);
}

/// A stream of server-sent events.
struct Events {
    body: hyper::body::Incoming,
    read: String,
}

impl Events {
    async fn open(asker: &Asker, account: &str) -> Self {
        Self::with(asker, &token(&asker.ns, account, "coffer").await).await
    }

    async fn with(asker: &Asker, token: &str) -> Self {
        let path = format!(
            "/coffer/v1/namespaces/{}/secrets/db/value?watch=true",
            asker.ns.name
        );
        let request = Request::get(format!("{}{path}", asker.base))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            body: answer.into_body(),
            read: String::new(),
        }
    }

    /// The name and the data of the next event.
    async fn next(&mut self) -> (String, Json) {
        loop {
            if let Some((event, rest)) = self.read.clone().split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = event.lines();
                    lines.find_map(|line| line.strip_prefix(name).map(str::to_owned))
                };
                let found = field("event: ").zip(field("data: "));
                rest.clone_into(&mut self.read);
                if let Some((name, data)) = found {
                    return (name, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let frame = self.body.frame().await.unwrap().unwrap();
            let bytes = frame.into_data().unwrap();
            self.read.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn is_over(&mut self) -> bool {
        self.body.frame().await.is_none()
    }
}
