//! What has to be made or dropped at a time. No clock of its own.
//!
//! Nothing is used before everyone had time to hear of it ([`SPREAD`]), and nothing is dropped while it
//! may still be in use:
//!
//! - A new **authority** comes when two thirds of the last one's life are over. At first it is only
//!   trusted; later the certificate is issued by it, and later still the old authority goes.
//! - A new **certificate** comes when two thirds of its life are over, when it lacks a name, or when its
//!   authority is taken over from.
//! - A new **path** comes every day and with every new certificate: the API server prints it to whoever asks
//!   for something while no webhook answers. Both are served until the API server uses the new.
//!
//! What was made in the future, by a clock that was wrong, is due at once: nobody would find it valid.

use jiff::{SignedDuration, Timestamp};

use super::issue::{self, SKEW};
use super::{Authority, Identity, PathToken, SPREAD};

/// How long an authority is valid.
pub(super) const AUTHORITY_LIFE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// How long a certificate is valid.
pub(super) const SERVING_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long a path is told.
pub(super) const PATH_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The identity as it should be now; `None` when it already is.
///
/// # Errors
/// A name that cannot be in a certificate.
pub fn advance(
    before: Option<&Identity>,
    names: &[String],
    now: Timestamp,
) -> Result<Option<Identity>, rcgen::Error> {
    let Some(before) = before else {
        let authority = issue::authority(now)?;
        let serving = issue::serving(&authority, names.to_vec(), now)?;
        return Ok(Some(Identity {
            authorities: vec![authority],
            serving,
            paths: vec![issue::path(now)],
        }));
    };
    let mut after = before.clone();
    after
        .authorities
        .retain(|authority| authority.ends > now && !is_ahead(authority.made, now));
    if after
        .authorities
        .last()
        .is_none_or(|newest| is_due(newest.made, newest.ends, now))
    {
        after.authorities.push(issue::authority(now)?);
    }
    let issuer = issuer(&after.authorities, now).clone();
    let serving = &after.serving;
    let mut wanted = serving.names.clone();
    wanted.extend(
        names
            .iter()
            .filter(|name| !serving.names.contains(name))
            .cloned(),
    );
    if is_due(serving.made, serving.ends, now)
        || serving.authority != issuer.name
        || serving.names != wanted
    {
        after.serving = issue::serving(&issuer, wanted, now)?;
        after.paths.push(issue::path(now));
    }
    let newest = after.paths.last();
    if newest
        .is_none_or(|path| now.duration_since(path.made) >= PATH_LIFE || is_ahead(path.made, now))
    {
        after.paths.push(issue::path(now));
    }
    drop_former(&mut after, now);
    Ok((after != *before).then_some(after))
}

/// Whether everyone has heard of what was made then.
pub(super) fn has_spread(made: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made) >= SPREAD
}

/// Whether two thirds of a life are over, or it has not begun.
fn is_due(made: Timestamp, ends: Timestamp, now: Timestamp) -> bool {
    now.duration_since(made) >= ends.duration_since(made) / 3 * 2 || is_ahead(made, now)
}

/// Whether something was made so far in the future that it is not valid yet.
fn is_ahead(made: Timestamp, now: Timestamp) -> bool {
    made.duration_since(now) > SKEW
}

/// The newest authority that every API server knows; if none is known yet, the first.
fn issuer(authorities: &[Authority], now: Timestamp) -> &Authority {
    authorities
        .iter()
        .rev()
        .find(|authority| has_spread(authority.made, now))
        .unwrap_or(&authorities[0])
}

fn drop_former(identity: &mut Identity, now: Timestamp) {
    let Identity {
        authorities,
        serving,
        paths,
    } = identity;
    // The replicas still show the certificate of the former authority until they hear of the new one.
    if has_spread(serving.made, now)
        && let Some(at) = authorities
            .iter()
            .position(|authority| authority.name == serving.authority)
    {
        authorities.drain(..at);
    }
    // The API server is told of a path once it has spread, and gets as long again to hear of it.
    let in_use = paths
        .iter()
        .rposition(|path: &PathToken| now.duration_since(path.made) >= SPREAD * 2);
    if let Some(at) = in_use {
        paths.drain(..at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "coffer-webhook.coffer-system.svc";

    fn names() -> Vec<String> {
        vec![NAME.to_owned()]
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000 + hours)
    }

    fn first() -> Identity {
        advance(None, &names(), at(0)).unwrap().unwrap()
    }

    fn next(identity: &Identity, now: Timestamp) -> Option<Identity> {
        advance(Some(identity), &names(), now).unwrap()
    }

    #[test]
    fn the_first_identity_is_whole_and_stays_as_it_is() {
        let identity = first();
        assert_eq!(identity.authorities.len(), 1);
        assert_eq!(identity.serving.authority, identity.authorities[0].name);
        assert_eq!(identity.serving.names, names());
        assert_eq!(identity.paths.len(), 1);
        assert_eq!(next(&identity, at(23)), None);
        let much_later = next(&identity, at(59 * 24)).unwrap();
        assert_eq!(much_later.serving, identity.serving);
        assert_eq!(much_later.authorities, identity.authorities);
    }

    #[test]
    fn a_path_changes_every_day() {
        let before = first();
        let after = next(&before, at(24)).unwrap();
        assert_eq!(after.paths.len(), 2);
        assert_eq!(after.serving, before.serving);
        let settled = next(&after, at(24) + SPREAD * 2).unwrap();
        assert_eq!(settled.paths, after.paths[1..]);
        assert_eq!(next(&settled, at(47)), None);
    }

    #[test]
    fn a_certificate_is_renewed_a_month_before_it_ends() {
        let before = first();
        let after = next(&before, at(60 * 24)).unwrap();
        assert_ne!(after.serving.certificate, before.serving.certificate);
        assert_ne!(after.serving.key, before.serving.key);
        assert_eq!(after.authorities, before.authorities);
        assert!(after.serving.ends > before.serving.ends);
    }

    #[test]
    fn a_path_is_told_after_it_has_spread_and_the_former_is_served_longer() {
        let before = first();
        let former = before.paths[0].token.clone();
        let renewed = at(60 * 24);
        let after = next(&before, renewed).unwrap();
        assert_eq!(after.paths.len(), 2);
        assert_eq!(after.advertised_path(renewed), former);
        assert_eq!(
            after.advertised_path(renewed + SPREAD),
            after.paths[1].token
        );
        assert_eq!(next(&after, renewed + SPREAD), None);
        let settled = next(&after, renewed + SPREAD * 2).unwrap();
        assert_eq!(settled.paths, after.paths[1..]);
    }

    #[test]
    fn a_name_that_is_missing_is_added_at_once() {
        let before = first();
        let more = vec!["127.0.0.1".to_owned()];
        let after = advance(Some(&before), &more, at(1)).unwrap().unwrap();
        assert_eq!(after.serving.names, [NAME, "127.0.0.1"]);
        assert_eq!(advance(Some(&after), &names(), at(1)).unwrap(), None);
    }

    #[test]
    fn an_authority_is_trusted_before_it_issues_and_after_another_does() {
        let before = first();
        let due = at(2 * 365 * 16);
        let both = next(&before, due).unwrap();
        let [former, newest] = &both.authorities[..] else {
            panic!("two authorities");
        };
        assert_eq!(both.serving.authority, former.name);
        assert!(both.bundle().contains(&newest.certificate));
        let handed_over = next(&both, due + SPREAD).unwrap();
        assert_eq!(handed_over.serving.authority, newest.name);
        assert_eq!(handed_over.authorities.len(), 2);
        let alone = next(&handed_over, due + SPREAD * 2).unwrap();
        assert_eq!(alone.authorities, std::slice::from_ref(newest));
        assert_eq!(alone.bundle(), newest.certificate);
    }

    #[test]
    fn at_every_moment_of_ten_years_the_certificate_is_valid_and_trusted() {
        let mut identity = first();
        for hour in 1..=(10 * 365 * 24) {
            let now = at(hour);
            if let Some(after) = next(&identity, now) {
                identity = after;
            }
            assert!(identity.serving.ends > now);
            let issuer = &identity.serving.authority;
            let trusted = identity.authorities.iter().find(|a| a.name == *issuer);
            assert!(trusted.unwrap().ends > identity.serving.made);
            assert!(identity.authorities.len() <= 2 && identity.paths.len() <= 3);
            assert!(!identity.advertised_path(now).is_empty());
        }
    }

    #[test]
    fn an_operator_that_was_off_for_years_starts_with_something_valid() {
        let after = next(&first(), at(5 * 365 * 24)).unwrap();
        assert_eq!(after.authorities.len(), 1);
        assert_eq!(after.serving.authority, after.authorities[0].name);
        assert!(after.serving.ends > at(5 * 365 * 24));
    }

    #[test]
    fn what_a_clock_that_was_ahead_made_is_made_anew() {
        let ahead = first();
        // Within what is allowed for, everyone finds it valid.
        assert_eq!(next(&ahead, at(0) - SKEW), None);
        for now in [at(-1), at(-2 * 365 * 24)] {
            let after = next(&ahead, now).unwrap();
            assert_eq!(after.authorities.len(), 1);
            assert_eq!(after.serving.authority, after.authorities[0].name);
            assert_eq!((after.authorities[0].made, after.serving.made), (now, now));
            let newest = after.paths.last().unwrap();
            assert_eq!(newest.made, now);
            // From the former one to the new one, as ever.
            assert_eq!(after.advertised_path(now), ahead.paths[0].token);
            assert_eq!(after.advertised_path(now + SPREAD), newest.token);
            let settled = next(&after, now + SPREAD * 2).unwrap();
            assert_eq!(settled.paths, std::slice::from_ref(newest));
            assert_eq!(next(&settled, now + SPREAD * 3), None);
        }
        // Only the certificate: the clock was set right, and wrong again.
        let mut mixed = next(&ahead, at(-48)).unwrap();
        mixed.serving = issue::serving(&mixed.authorities[0], names(), at(0)).unwrap();
        let after = next(&mixed, at(-48)).unwrap();
        assert_eq!(after.authorities, mixed.authorities);
        assert_eq!(after.serving.made, at(-48));
    }

    #[test]
    fn nothing_that_is_secret_shows() {
        let identity = first();
        let shown = format!("{identity:?}");
        for secret in [
            identity.serving.key.expose(),
            identity.authorities[0].key.expose(),
            &identity.paths[0].token,
        ] {
            let line = secret.lines().nth(1).unwrap_or(secret);
            assert!(!shown.contains(line));
        }
    }
}
