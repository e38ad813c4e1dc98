//! The body of a request, whatever its Content-Type says.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http_body_util::BodyExt as _;

use super::trouble::Trouble;

/// The most that is kept of a body. A value of 65,536 bytes can take six times as much in JSON.
const KEPT: usize = 1024 * 1024;

/// The most that is read of one that is too large: a client that is answered while it sends would see its connection
/// break in place of the answer.
const READ: usize = 16 * 1024 * 1024;

/// A body, or why it did not come whole: too large, or broken off ([`Trouble::Slow`]). It can hold values, so nothing
/// shows it.
pub(super) struct Whole(pub(super) Result<Bytes, Trouble>);

impl<S: Sync> FromRequest<S> for Whole {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let mut body = request.into_body();
        let (mut kept, mut read) = (Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Ok(Self(Err(Trouble::Slow)));
            };
            let Some(data) = frame.data_ref() else {
                continue;
            };
            read += data.len();
            if read <= KEPT {
                kept.extend_from_slice(data);
            } else {
                kept = Vec::new();
            }
            if read > READ {
                break;
            }
        }
        if read > KEPT {
            return Ok(Self(Err(Trouble::TooLarge)));
        }
        Ok(Self(Ok(kept.into())))
    }
}
