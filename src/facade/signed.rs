//! Whose a request is, and whether it may ask so often.

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use moka::future::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Facade;
use super::server::Limits;
use super::trouble::Trouble;
use crate::operations::{Caller, Holder, Unknown};

/// Callers whose rates are kept, before those are forgotten that have not asked for a while.
const CALLERS: usize = 10_000;

/// Watches of one caller: one for each pod of a large Deployment.
const WATCHES: usize = 200;

/// One caller has one of so many parts of all places.
const SHARE: usize = 8;

/// How long a request waits for a place among those of its caller.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long nobody asks before a caller's places are forgotten: longer than any request takes.
const IDLE: Duration = Duration::from_mins(5);

/// The user of a request, for the log, once it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Who(Arc<OnceLock<String>>);

impl Who {
    pub(super) fn user(&self) -> &str {
        self.0.get().map_or("", String::as_str)
    }
}

/// Who asks, as long as it is worked on: its body is read meanwhile, at the pace of the one who sends it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) holder: Holder,
    _place: OwnedSemaphorePermit,
}

/// How often each caller may ask, and how much at once.
#[derive(Debug)]
pub(super) struct Rates {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    /// How many requests of each are worked on at once.
    places: Cache<String, Arc<Semaphore>>,
    at_once: usize,
    watches: Cache<String, Arc<Semaphore>>,
}

impl Rates {
    pub(super) fn new(limits: Limits) -> Self {
        let quota = Quota::per_second(limits.rate).allow_burst(limits.burst);
        Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            places: Cache::builder()
                .max_capacity(CALLERS as u64)
                .time_to_idle(IDLE)
                .build(),
            at_once: usize::from(limits.at_once.get()).div_ceil(SHARE),
            watches: Cache::new(CALLERS as u64),
        }
    }

    /// A place for one watch of a caller; `None` where it has as many as it may have.
    pub(super) async fn watch(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        let places = async { Arc::new(Semaphore::new(WATCHES)) };
        let places = self.watches.get_with(caller.user.clone(), places).await;
        places.try_acquire_owned().ok()
    }

    /// A place for one request of a caller, as soon as there is one; `None` where there is none in time.
    async fn place(&self, caller: &Caller) -> Option<OwnedSemaphorePermit> {
        let places = async { Arc::new(Semaphore::new(self.at_once)) };
        let places = self.places.get_with(caller.user.clone(), places).await;
        let place = timeout(PATIENCE, places.acquire_owned()).await;
        place.ok()?.ok()
    }

    /// # Errors
    /// [`Trouble::TooMany`].
    fn check(&self, caller: &Caller) -> Result<(), Trouble> {
        if self.limiter.len() > CALLERS {
            self.limiter.retain_recent();
        }
        let checked = self.limiter.check_key_n(&caller.user, NonZeroU32::MIN);
        match checked {
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(until)) => Err(Trouble::TooMany(until.wait_time_from(self.clock.now()))),
        }
    }
}

impl Facade {
    /// Who shows this token.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(super) async fn signed(&self, parts: &Parts, token: &str) -> Result<Session, Trouble> {
        let holder = self
            .identity
            .of(token)
            .await
            .map_err(|unknown| match unknown {
                Unknown::Token => Trouble::BadCredentials,
                Unknown::Busy => Trouble::TooMany(Duration::from_secs(1)),
                Unknown::Unavailable(error) => {
                    tracing::warn!(%error, "cannot tell whose a token is");
                    Trouble::Unavailable
                }
            })?;
        if let Some(who) = parts.extensions.get::<Who>() {
            let _ = who.0.set(holder.caller.user.clone());
        }
        self.rates.check(&holder.caller)?;
        let place = self.rates.place(&holder.caller).await;
        let place = place.ok_or(Trouble::TooMany(PATIENCE))?;
        Ok(Session {
            holder,
            _place: place,
        })
    }
}

/// The token of `Authorization: Bearer` (RFC 6750).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let credentials = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = credentials.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
