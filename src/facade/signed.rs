//! Whose a request is, and whether it may ask so often.

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Facade;
use super::server::Limits;
use super::trouble::Trouble;
use crate::operations::{Caller, Holder, Unknown};

/// Callers whose rates are kept, before those are forgotten that have not asked for a while.
const CALLERS: usize = 10_000;

/// The user of a request, for the log, once it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Who(Arc<OnceLock<String>>);

impl Who {
    pub(super) fn user(&self) -> &str {
        self.0.get().map_or("", String::as_str)
    }
}

/// How often each caller may ask.
#[derive(Debug)]
pub(super) struct Rates {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Rates {
    pub(super) fn new(limits: Limits) -> Self {
        let quota = Quota::per_second(limits.rate).allow_burst(limits.burst);
        Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
        }
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
    pub(super) async fn signed(&self, parts: &Parts, token: &str) -> Result<Holder, Trouble> {
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
        Ok(holder)
    }
}

/// The token of `Authorization: Bearer` (RFC 6750).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let credentials = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = credentials.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
