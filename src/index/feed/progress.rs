//! Whether the watches are heard: memory is as old as the last word of the API server.
//!
//! A watch with nothing to tell is silent, and so is one whose connection is dead. But a bookmark comes about
//! once a minute, and each watch is asked for anew after [`TURN`], so that one that lives is heard in time
//! also where an API server sends no bookmarks. Neither shows in the events of a watcher. So every piece of an
//! answer is noted as it comes in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Request, Response};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;

use tokio::time::Instant;

/// How long a watch may be silent before nobody relies on what memory has from it: keys that seal may have been
/// retired, and pruned, since.
pub const SILENCE: Duration = Duration::from_secs(90);

/// How long one watch lasts, in seconds. One that goes on after that costs one request.
pub(super) const TURN: u32 = 60;

/// When each watch was last heard; a clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<BTreeMap<&'static str, Instant>>>);

impl Progress {
    /// The watch that has been silent the longest, if that is for longer than [`SILENCE`].
    #[must_use]
    pub fn silent(&self) -> Option<&'static str> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (what, last) = heard.iter().min_by_key(|(_, last)| **last)?;
        (last.elapsed() > SILENCE).then_some(*what)
    }

    /// A client for one watch: what it is told in watching is noted. What it lists is not, because a list
    /// counts when it is complete, and then the watch begins.
    pub(super) fn listen(&self, what: &'static str, client: &Client) -> Client {
        self.note(what);
        let (progress, inner) = (self.clone(), client.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (progress, inner) = (progress.clone(), inner.clone());
            async move {
                let watches = request
                    .uri()
                    .query()
                    .is_some_and(|query| query.split('&').any(|pair| pair == "watch=true"));
                let response: Response<Body> = inner.send(request).await?;
                let counts = watches && response.status().is_success();
                if counts {
                    progress.note(what);
                }
                let body = move |body: Body| {
                    body.map_frame(move |frame| {
                        if counts {
                            progress.note(what);
                        }
                        frame
                    })
                };
                Ok::<_, kube::Error>(response.map(body))
            }
        });
        Client::new(service, client.default_namespace())
    }

    pub(crate) fn note(&self, what: &'static str) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert(what, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body as Answer, Bytes};
    use axum::http::{StatusCode, Uri};
    use axum::response::IntoResponse as _;
    use futures::StreamExt as _;
    use k8s_openapi::api::core::v1 as core;
    use kube::Api;
    use kube::api::{ListParams, WatchParams};
    use tokio::time::advance;

    use super::*;

    const BOOKMARK: &str = concat!(
        r#"{"type":"BOOKMARK","object":{"apiVersion":"v1","kind":"Secret","#,
        r#""metadata":{"resourceVersion":"7"}}}"#,
        "\n"
    );

    /// An API server that answers a watch with what is sent here, and a list with nothing in it.
    fn server() -> (Client, tokio::sync::mpsc::Sender<&'static str>) {
        let (sender, receiver) = tokio::sync::mpsc::channel::<&'static str>(1);
        let receiver = Arc::new(Mutex::new(Some(receiver)));
        let answer = move |uri: Uri| {
            let watches = uri
                .query()
                .is_some_and(|query| query.contains("watch=true"));
            let receiver = watches.then(|| receiver.lock().unwrap().take());
            async move {
                match receiver {
                    None => r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#.into_response(),
                    Some(None) => StatusCode::UNAUTHORIZED.into_response(),
                    Some(Some(receiver)) => {
                        let lines = futures::stream::unfold(receiver, |mut receiver| async {
                            let line = receiver.recv().await?;
                            Some((Ok::<_, std::io::Error>(Bytes::from(line)), receiver))
                        });
                        Answer::from_stream(lines).into_response()
                    }
                }
            }
        };
        let client = Client::new(Router::new().fallback(answer), "coffer-system");
        (client, sender)
    }

    fn secrets(progress: &Progress, client: &Client) -> Api<core::Secret> {
        Api::all(progress.listen("secrets", client))
    }

    async fn almost() {
        advance(SILENCE.saturating_sub(Duration::from_secs(1))).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_only_sends_bookmarks_is_heard_and_one_that_stops_is_silent() {
        let (client, sender) = server();
        let progress = Progress::default();
        let api = secrets(&progress, &client);
        almost().await;
        let events = api.watch(&WatchParams::default(), "1").await.unwrap();
        let mut events = std::pin::pin!(events);
        almost().await;
        assert_eq!(progress.silent(), None, "it began");
        sender.send(BOOKMARK).await.unwrap();
        events.next().await.unwrap().unwrap();
        almost().await;
        assert_eq!(progress.silent(), None, "there was a bookmark");
        advance(Duration::from_secs(2)).await;
        assert_eq!(progress.silent(), Some("secrets"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_is_refused_and_a_list_are_no_progress() {
        let (client, _sender) = server();
        let progress = Progress::default();
        let api = secrets(&progress, &client);
        let _watch = api.watch(&WatchParams::default(), "1").await.unwrap();
        almost().await;
        assert!(api.watch(&WatchParams::default(), "1").await.is_err());
        api.list(&ListParams::default()).await.unwrap();
        advance(Duration::from_secs(2)).await;
        assert_eq!(progress.silent(), Some("secrets"));
    }

    #[tokio::test(start_paused = true)]
    async fn one_silent_watch_is_enough_however_often_the_others_are_heard() {
        let progress = Progress::default();
        progress.note("store keys");
        almost().await;
        progress.note("secrets");
        advance(Duration::from_secs(2)).await;
        assert_eq!(progress.silent(), Some("store keys"));
    }

    #[test]
    fn a_watch_that_lives_is_heard_in_time_without_bookmarks() {
        assert!(Duration::from_secs(u64::from(TURN) + 15) < SILENCE);
    }
}
