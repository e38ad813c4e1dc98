//! The values of a secret, and whatever they become, as server-sent events: `value` with the values, and at the end
//! `deleted` or `revoked`. An event's identifier is the entity tag of the values; who comes back with it
//! (`Last-Event-ID`) is not told again what it has.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::value::Values;
use crate::facade::Facade;
use crate::facade::signed::bearer;
use crate::operations::{Error, Holder, Readable, Unknown, ValueVersion};

/// How often it is looked whether the caller may still watch, besides at every change.
const TICK: Duration = Duration::from_secs(1);

/// How often it is asked again whose the token is.
const ASK: Duration = Duration::from_secs(10);

/// Changes that come one after another are looked at together.
const PAUSE: Duration = Duration::from_millis(10);

/// How often something is sent while nothing happens, so that no proxy takes the connection for dead.
const ALIVE: Duration = Duration::from_secs(15);

struct Watch {
    facade: Facade,
    holder: Holder,
    /// To ask again whose it is: what it is bound to may be gone, which no watch shows.
    token: Zeroizing<String>,
    asked: Instant,
    _place: OwnedSemaphorePermit,
    readable: Readable,
    told: Option<String>,
    is_over: bool,
}

/// Until the caller goes, may not read any more, or the secret or this process ends.
pub(super) fn stream(
    facade: Facade,
    holder: Holder,
    place: OwnedSemaphorePermit,
    readable: Readable,
    headers: &HeaderMap,
) -> Response {
    let last = headers.get("last-event-id");
    let told = last.and_then(|id| id.to_str().ok()).map(str::to_owned);
    let token = bearer(headers).unwrap_or_default().to_owned();
    let watch = Watch {
        facade,
        holder,
        token: token.into(),
        asked: Instant::now(),
        _place: place,
        readable,
        told,
        is_over: false,
    };
    let events = stream::unfold(watch, async |mut watch| {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE));
    ([("cache-control", "no-store")], events).into_response()
}

impl Watch {
    /// What comes next; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        let operations = self.facade.operations.clone();
        let ending = self.facade.ending.clone();
        let mut changes = operations.changes();
        while !self.is_over {
            changes.mark_unchanged();
            match self.look().await {
                Ok(Some(event)) => return Some(event),
                Ok(None) => {}
                Err(Error::Forbidden { .. }) => return Some(self.last("revoked")),
                Err(Error::NotFound(_)) => return Some(self.last("deleted")),
                // It may be better in a moment, and not because something else changes.
                Err(error) => {
                    tracing::debug!(%error, "a watch goes on");
                    tokio::select! {
                        () = ending.cancelled() => return None,
                        () = sleep(TICK) => continue,
                    }
                }
            }
            tokio::select! {
                () = ending.cancelled() => return None,
                () = sleep(TICK) => {}
                () = async {
                    // The sender lives as long as the operations do.
                    let _ = changes.changed().await;
                    sleep(PAUSE).await;
                } => {}
            }
        }
        None
    }

    async fn is_still_valid(&mut self) -> bool {
        if self.asked.elapsed() >= ASK {
            match self.facade.identity.of(&self.token).await {
                Ok(holder) if holder.caller == self.holder.caller => self.holder = holder,
                // Another's, or nobody's.
                Ok(_) | Err(Unknown::Token) => return false,
                // It cannot be asked just now.
                Err(Unknown::Busy | Unknown::Unavailable(_)) => {}
            }
            self.asked = Instant::now();
        }
        self.facade.identity.lives(&self.holder)
    }

    fn last(&mut self, name: &str) -> Event {
        self.is_over = true;
        Event::default().event(name).data("{}")
    }

    /// An event, if there is news.
    async fn look(&mut self) -> Result<Option<Event>, Error> {
        if !self.is_still_valid().await {
            return Ok(Some(self.last("revoked")));
        }
        let operations = &self.facade.operations;
        operations.check_readable(&self.readable).await?;
        let shown = operations.shown_version(&self.readable)?;
        let is_news = |version: &ValueVersion| self.told.as_deref() != Some(&version.tag());
        if !shown.as_ref().is_some_and(is_news) {
            return Ok(None);
        }
        let read = operations.read_values(&self.readable, None).await?;
        let tag = read.version.tag();
        let event = Event::default()
            .event("value")
            .id(&tag)
            .json_data(Values::of(&read))
            .unwrap_or_default();
        self.told = Some(tag);
        Ok(Some(event))
    }
}
