//! Values are put where they must not be: the search finds each of them in each place. Without this, that it finds
//! nothing would prove nothing.

mod objects;

use std::fs::OpenOptions;
use std::io::Write as _;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::Proof;
use super::desk::Said;
use super::marks::Answer::{self, Taken, Unsent};
use super::marks::END;
use super::search::{Search, Sighting};
use crate::support::manifest;
use objects::objects;

/// Everything.
pub(super) async fn all(proof: &Proof) {
    let value = proof.mark("planted", Unsent);
    let mut places = objects(proof, &value).await;
    places.extend(commands(proof, &value).await);
    places.extend(files(proof, &value));
    places.extend(home(proof).await);
    let other = [
        ("never sent", proof.mark("never sent", Taken)),
        (
            "never there",
            proof.mark_for("never there", &["nowhere"], Unsent),
        ),
    ];
    let search = proof.search().await;
    for (place, form) in places {
        let is_it = |it: &Sighting| it.place.contains(&place) && it.form == form;
        assert!(search.sightings.iter().any(is_it), "{form} in {place}");
    }
    assert!(search.missing().any(|way| way == other[1].0));
    assert!(search.astray().any(|said| said.starts_with(other[0].0)));
    metrics(proof, &value).await;
}

type Place = (String, &'static str);

/// In what commands print, and where the system shows it while they run. The API server may quote a field of the
/// wrong type, but not of a value that it is said to quote nowhere.
async fn commands(proof: &Proof, value: &str) -> Vec<Place> {
    let get = "get cstore -o yaml";
    proof
        .kubectl_does(&get.split(' ').collect::<Vec<_>>(), "")
        .await;
    proof.coffer(&["get", value], "").await;
    let list = proof.mark("planted in a list", Answer::Refused(500));
    let data = json!({ "value": { "value": [list] } }).to_string();
    let manifest = manifest::secret_with("planted", "vault", &data, "{}");
    let apply = ["apply", "--server-side", "-f", "-"];
    proof.kubectl(&apply, &manifest).await;
    let output = tokio::process::Command::new("true").output().await.unwrap();
    proof.noted(Said {
        environment: value.as_bytes().to_vec(),
        shown: value.as_bytes().to_vec(),
        ..Said::of("nothing", output)
    });
    [
        ("stdout of `kubectl get cstore -o yaml`", "URL-escaped"),
        ("stderr of `coffer get", "plain"),
        ("stderr of `kubectl apply --server-side -f -`", "plain"),
        ("the audit log: patch coffer-admin", "plain"),
        ("/kube-apiserver.log: E", "plain"),
        ("environment of `nothing`", "plain"),
        ("arguments of `nothing`", "plain"),
    ]
    .map(|(place, form)| (place.to_owned(), form))
    .into()
}

/// In files that are left behind, and in logs: also where no line by itself has it.
fn files(proof: &Proof, value: &str) -> Vec<Place> {
    let scratch = proof.isolated.control_plane.scratch();
    for folder in [
        proof.home.path(),
        proof.desk.path(),
        &scratch.join("tmp"),
        &scratch.join("work"),
    ] {
        std::fs::write(folder.join("left"), value).unwrap();
    }
    // What an author put there, and someone else wrote over.
    let input = proof.file("changed", "v");
    std::fs::write(&input, value).unwrap();
    let log = |name: &str, text: String| {
        let path = proof.isolated.control_plane.log(name);
        let mut log = OpenOptions::new().append(true).open(&path).unwrap();
        log.write_all(text.as_bytes()).unwrap();
        path.display().to_string()
    };
    let numbers = log("operator", format!("{:#?}\n", value.as_bytes()));
    let (first, last) = (&value[..END], &value[value.len() - END..]);
    let first = format!("{}: {first}", log("operator", format!("{first}...\n")));
    let last = format!("{}: ...{last}", log("operator", format!("...{last}\n")));
    let said = log("kube-apiserver", format!("E1231 {value}\n"));
    vec![
        (format!("{}/left", proof.home.path().display()), "plain"),
        (format!("{}/left", proof.desk.path().display()), "plain"),
        ("/scratch/tmp/left".to_owned(), "plain"),
        ("/scratch/work/left".to_owned(), "plain"),
        (input, "plain"),
        (numbers, "numbers"),
        (first, "plain"),
        (last, "plain"),
        (format!("{said}: E1231"), "plain"),
    ]
}

/// In an annotation of the native Secret that may have it in its data.
async fn home(proof: &Proof) -> Vec<Place> {
    let value = proof.mark_for("planted at home", &["planted-home"], Unsent);
    let object = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": { "name": "planted-home", "annotations": { "note": value } },
        "stringData": { "k": value },
    });
    proof.ns.try_create(object).await.unwrap();
    let path = format!("/api/v1/namespaces/{}/secrets", proof.ns.name);
    vec![(
        format!("the audit log: create coffer-admin {path}"),
        "plain",
    )]
}

/// In metrics, of an operator that has them so.
async fn metrics(proof: &Proof, value: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let text = format!("coffer_secrets{{name=\"{value}\"}} 1\n");
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    let serve = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    };
    let mut search = Search::of(proof.marks.lock().unwrap().clone());
    tokio::select! {
        () = serve => {},
        () = search.asked(&url) => {},
    }
    assert!(search.sightings.iter().any(|it| it.place == "/metrics"));
}
