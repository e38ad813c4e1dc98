//! What is shown and said, as more and more is known.

use std::convert::Infallible;

use tower::service_fn;

use super::*;
use crate::admission::Presence;
use crate::admission::pair::Unusable;

/// What is known of the native Secret with the certificate, step by step, and what is then lacking.
#[tokio::test]
async fn a_certificate_that_is_given_is_waited_for_in_silence_until_it_was_read() {
    // The only error is that it is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let nobody = service_fn(|_| async {
        let nothing = axum::body::Body::empty();
        Ok::<_, Infallible>(axum::http::Response::new(nothing))
    });
    let client = Client::new(nobody, "default");
    let names = vec!["a.svc".to_owned()];
    let identity = advance(None, &names, Timestamp::now()).unwrap().unwrap();
    let given = Some("given".to_owned());
    let (presence, keeper) = Presence::new(client, "n".to_owned(), names, given).unwrap();
    let step = |known| {
        keeper.present(identity.clone(), known);
        (presence.lacking(), keeper.trouble.borrow().clone())
    };
    let lacking = "the webhooks have no certificate yet, native Secret n/given";
    assert_eq!(
        step(None),
        (Some(format!("{lacking} is being read")), None),
        "nothing is wrong"
    );
    let absent = Unusable::Absent;
    let why = format!("{lacking} has none that can be used: {absent}");
    assert_eq!(step(Some(Err(absent))), (Some(why), Some(absent.into())));
    let pair = Pair {
        certificate: identity.serving.certificate.clone(),
        key: identity.serving.key.clone(),
        bundle: Some(identity.bundle()),
    };
    assert_eq!(step(Some(Ok(pair))), (None, None));
    // The former one stays, so nothing is lacking.
    assert_eq!(step(Some(Err(absent))), (None, Some(absent.into())));
}
