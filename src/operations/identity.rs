//! Whose a bearer token is: what a `TokenReview` says, remembered for a moment, and no longer than the account lives.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::Client;
use kube::api::{Api, PostParams};
use moka::future::Cache;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Caller, Error};
use crate::index::Index;
use crate::index::feed::Progress;

/// How long an answer holds. A service account that is deleted is known sooner, by the watch.
const LIFETIME: Duration = Duration::from_secs(10);

/// How long it is remembered that a token was valid, so that it is asked about before those that never were.
const GOOD: Duration = Duration::from_hours(1);

/// Tokens remembered.
const CAPACITY: u64 = 20_000;

/// No token is longer. That of a service account has about 1,000 bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Reviews of tokens that are not known, in a second: whoever invents tokens must not keep the API server busy.
const REVIEWS: u32 = 100;

/// Why it is not known who asks.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// The token is not valid, or not for Coffer.
    #[error("the token is not valid here")]
    Token,
    /// Too many tokens are asked about.
    #[error("too many tokens that are not known")]
    Busy,
    /// It cannot be asked just now.
    #[error(transparent)]
    Unavailable(#[from] Error),
}

/// Who a token is of, and until when.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub caller: Arc<Caller>,
    expires: Option<Timestamp>,
}

impl Holder {
    /// The UID of the service account that it is, if it is one.
    fn account(&self) -> Option<Uuid> {
        self.caller.service_account()?;
        self.caller.uid.as_deref()?.parse().ok()
    }
}

/// Tells whose a token is.
#[expect(missing_debug_implementations, reason = "a client has no Debug")]
pub struct Identity {
    client: Client,
    index: Arc<Index>,
    progress: Progress,
    audiences: Vec<String>,
    known: Cache<[u8; 32], Option<Holder>>,
    /// Those that were valid not long ago.
    good: Cache<[u8; 32], ()>,
    reviews: DefaultDirectRateLimiter,
}

impl Identity {
    /// Of tokens that are for one of these audiences.
    #[must_use]
    pub fn new(
        client: Client,
        index: Arc<Index>,
        progress: Progress,
        audiences: Vec<String>,
    ) -> Self {
        let quota = Quota::per_second(REVIEWS.try_into().unwrap_or(std::num::NonZeroU32::MIN));
        Self {
            client,
            index,
            progress,
            audiences,
            known: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
            good: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(GOOD)
                .build(),
            reviews: RateLimiter::direct(quota),
        }
    }

    /// Whose a token is.
    ///
    /// # Errors
    /// [`Unknown`].
    pub async fn of(&self, token: &str) -> Result<Holder, Unknown> {
        if token.is_empty() || token.len() > MAX_BYTES {
            return Err(Unknown::Token);
        }
        if let Some(what) = self.progress.silent() {
            return Err(Error::CutOff(what).into());
        }
        let digest = <[u8; 32]>::from(Sha256::digest(token));
        if let Some(known) = self.known.get(&digest).await {
            match known {
                Some(holder) if self.lives(&holder) => return Ok(holder),
                Some(_) => self.known.invalidate(&digest).await,
                None => return Err(Unknown::Token),
            }
        }
        let is_good = self.good.contains_key(&digest);
        let reviewing = async { self.review(token, is_good).await };
        match self.known.try_get_with(digest, reviewing).await {
            Ok(Some(holder)) if self.is_over(&holder) => Err(Unknown::Token),
            Ok(Some(holder)) => {
                self.good.insert(digest, ()).await;
                Ok(holder)
            }
            Ok(None) => Err(Unknown::Token),
            Err(shared) => Err(Arc::into_inner(shared).unwrap_or(Unknown::Busy)),
        }
    }

    /// Whether a token goes on being valid, as far as it says itself and the watch shows its account. One of an account
    /// that is younger than the watch has to be asked about again.
    #[must_use]
    pub fn lives(&self, holder: &Holder) -> bool {
        let is_there = holder.caller.service_account().is_none()
            || holder
                .account()
                .is_some_and(|uid| self.index.is_living(uid));
        is_there && !self.is_over(holder)
    }

    /// Whether it is known that a token is valid no more. The API server remembers those that were for a while.
    fn is_over(&self, holder: &Holder) -> bool {
        let has_ended = holder.expires.is_some_and(|end| end <= Timestamp::now());
        has_ended
            || holder
                .account()
                .is_some_and(|uid| self.index.is_gone_account(uid))
    }

    async fn review(&self, token: &str, is_good: bool) -> Result<Option<Holder>, Unknown> {
        // Those that were good until now do not wait for those that are invented.
        if !is_good {
            self.reviews.check().map_err(|_| Unknown::Busy)?;
        }
        let review = TokenReview {
            spec: TokenReviewSpec {
                token: token.to_owned(),
                audiences: Some(self.audiences.clone()),
            },
            ..TokenReview::default()
        };
        let answered = Api::all(self.client.clone())
            .create(&PostParams::default(), &review)
            .await
            .map_err(Error::api("ask whose a token is"))?;
        let status = answered.status.unwrap_or_default();
        let audiences = status.audiences.unwrap_or_default();
        // An authenticator that knows no audiences takes tokens for the API server alone, and names none.
        let is_for_us = audiences.iter().any(|it| self.audiences.contains(it));
        let (true, true, Some(user)) = (
            status.authenticated.unwrap_or_default(),
            is_for_us,
            status.user,
        ) else {
            return Ok(None);
        };
        let caller = Caller {
            user: user.username.unwrap_or_default(),
            uid: user.uid,
            groups: user.groups.unwrap_or_default(),
            extra: user.extra.unwrap_or_default(),
        };
        Ok(Some(Holder {
            caller: Arc::new(caller),
            expires: expiry(token),
        }))
    }
}

/// When a token ends, if it says so itself (RFC 7519, `exp`). Only of a token that was found valid.
fn expiry(token: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: i64,
    }
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_ends_or_nothing_is_known() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1767225600,"aud":["coffer"]}"#);
        let end = expiry(&format!("e30.{payload}.c2ln")).unwrap();
        assert_eq!(end.to_string(), "2026-01-01T00:00:00Z");
        for token in ["", "opaque", "a.b.c", "e30.e30.e30", "..."] {
            assert!(expiry(token).is_none(), "{token}");
        }
    }
}
