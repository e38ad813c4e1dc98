//! The key from a cluster: a loopback server that answers like the API server does.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use coffer::crypto::{BindingKind, Suite};

use super::{CANARY, Desk, envelopes, secret};

/// Writes `~/.kube/config` for a server that answers every request with `status` and `body`, and
/// gives the request lines.
fn cluster(desk: &Desk, status: &'static str, body: String) -> Receiver<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: k, cluster: {{server: \"http://{address}\"}}}}]\nusers: [{{name: u, user: {{}}}}]\ncontexts: [{{name: c, context: {{cluster: k, user: u, namespace: team-a}}}}]\n"
    );
    std::fs::create_dir_all(desk.path(".kube")).unwrap();
    desk.file(".kube/config", &config);
    let (asked, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let Some(Ok(first)) = lines.next() else {
                continue;
            };
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream
                .write_all(format!("{head}{body}").as_bytes())
                .unwrap();
            if asked.send(first).is_err() {
                return;
            }
        }
    });
    requests
}

fn store(desk: &Desk) -> String {
    let key = desk.key.sealing_key().unwrap();
    serde_json::json!({
        "apiVersion": "coffer.dev/v1alpha1",
        "kind": "SecretStore",
        "metadata": { "name": "payments", "namespace": "team-a" },
        "status": { "sealingKeys": [{
            "id": key.id(), "suite": "XWing", "publicKey": key.public_base64(), "state": "Active",
            "created": "2026-11-01T00:00:00Z",
        }] },
    })
    .to_string()
}

#[test]
fn a_store_is_asked_for_once_and_the_context_names_the_namespace() {
    let desk = Desk::new(Suite::XWing);
    let requests = cluster(&desk, "200 OK", store(&desk));
    let one = secret("one", "    a: {value: hunter2-canary}\n    b: {value: x}\n");
    let two = one.replace("name: one, namespace: team-a", "name: two");
    let ran = desk.seal(&[], &format!("{one}---\n{two}"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sealed = envelopes(&ran.out);
    assert_eq!(
        desk.open(BindingKind::Strict, "two", "a", &sealed[2]),
        CANARY
    );
    let asked: Vec<_> = requests.try_iter().collect();
    let path = "/apis/coffer.dev/v1alpha1/namespaces/team-a/secretstores/payments";
    assert_eq!(asked, [format!("GET {path} HTTP/1.1")]);
}

#[test]
fn a_cluster_that_does_not_have_the_store_says_so() {
    for (status, reason, words) in [
        (
            "404 Not Found",
            "NotFound",
            "the cluster has no SecretStore team-a/payments",
        ),
        (
            "403 Forbidden",
            "Forbidden",
            "ask for the right to get secretstores",
        ),
    ] {
        let desk = Desk::new(Suite::XWing);
        let body = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "metadata": {},
            "message": "no", "reason": reason, "details": { "name": "payments" }, "code": status[..3].parse::<u16>().unwrap(),
        });
        let _requests = cluster(&desk, status, body.to_string());
        let ran = desk.seal(&[], &secret("one", "    a: {value: hunter2-canary}\n"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(
            ran.err.contains("<stdin>:1:1: ") && ran.err.contains(words),
            "{}",
            ran.err
        );
    }
}

#[test]
fn without_a_cluster_the_other_way_is_named() {
    let desk = Desk::new(Suite::XWing);
    let ran = desk.seal(&[], &secret("one", "    a: {value: hunter2-canary}\n"));
    assert!(
        ran.code == 2 && ran.err.contains("--sealing-key"),
        "{}",
        ran.err
    );
}
