//! Step two: is everything there, and does every value open? No client.

use jiff::Timestamp;

use super::Found;
use crate::api::Reason;
use crate::policy::values::{self, Values};
use crate::policy::{Problem, generate};

/// The values in clear.
pub(super) fn run(found: &Found) -> Result<Values, Problem> {
    let store = &found.secret.spec.store_ref.name;
    if found.store.is_none() {
        return Err(Problem::no_store(store));
    }
    if let Some(problem) = &found.no_place {
        return Err(problem.clone());
    }
    let keys = found.keys.as_ref().ok_or_else(|| {
        Problem::new(
            Reason::StoreNotReady,
            format!("SecretStore `{store}` has no keys yet: if this lasts, see its conditions"),
        )
    })?;
    let mut unsealable = values::seal_plaintext(&found.secret, None, keys).problems;
    let (_, unmade) = generate::changes(&found.secret, keys, Timestamp::now());
    unsealable.extend(unmade);
    if let Some(problem) = Problem::join(&unsealable) {
        return Err(problem);
    }
    values::open(&found.secret, keys, &found.bindings(), &found.sources).map_err(|problems| {
        Problem::join(&problems).unwrap_or_else(|| Problem::new(Reason::ValueMissing, "no values"))
    })
}
