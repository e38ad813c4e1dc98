//! Step one: what the spec points at. From the index where possible.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::Api;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::sources::{self, Sources, Versions};
use super::{copies, restart};
use crate::api::{Delivery, Secret, SecretStore, Target};
use crate::controller::context::Context;
use crate::controller::error::Error;
use crate::crypto::{BindingKind, hex};
use crate::index::{ObjectKey, Observed, Place, StoreKeys, UsableKeys, View, view};
use crate::policy::delivery::{self, Copies};
use crate::policy::{Problem, bindings, generate, names, native};

/// Bumped when the same spec gives another native Secret than before: every Secret is then built
/// anew once.
const ENGINE: u8 = 1;

/// A Secret and what it points at.
pub(super) struct Found {
    /// With the target of its store, where it names none.
    pub(super) secret: Arc<Secret>,
    /// Whether it has that from its store.
    pub(super) has_default_target: bool,
    pub(super) store: Option<Arc<SecretStore>>,
    pub(super) keys: Option<UsableKeys>,
    pub(super) sources: Sources,
    /// Whether the store that served this Secret is gone: then so may the Secret be in a moment, with the
    /// store or with the namespace.
    pub(super) lost_its_store: bool,
    /// How long an older one may still come that takes its place.
    pub(super) settles_in: Option<Duration>,
    /// Where copies are to be.
    pub(super) copies: Copies,
    /// Scopes of which nobody asks for it.
    pub(super) unasked: Vec<String>,
    /// What is said of scopes that the store does not have.
    pub(super) unknown_scopes: Option<Problem>,
    /// What is said where an older one has its name.
    pub(super) name_taken: Option<Problem>,
    /// What is said where a quota has no place for it.
    pub(super) no_place: Option<Problem>,
    /// Whether plaintext was found at rest, in the spec or in a copy of it.
    pub(super) held_plaintext: bool,
    /// A digest of everything looked at besides the spec.
    pub(super) inputs: String,
}

impl Found {
    pub(super) fn uid(&self) -> &str {
        self.secret.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Whether it has a target, or would have one if its store were there.
    pub(super) fn may_have_target(&self) -> bool {
        self.secret.spec.target.is_some() || self.store.is_none()
    }

    /// Where a problem with the target is to be mended.
    pub(super) fn whose_target(&self, problem: Problem) -> Problem {
        if self.has_default_target {
            native::of_default_target(problem, &self.secret.spec.store_ref.name)
        } else {
            problem
        }
    }

    /// What authors may bind their envelopes to.
    pub(super) fn bindings(&self) -> Vec<BindingKind> {
        self.store.as_deref().map(bindings::of).unwrap_or_default()
    }
}

/// Whether there is anything to do.
pub(super) enum Seen {
    InSync,
    /// Copies were changed again and again: they are looked at later.
    Contested,
    Changed(Box<Found>),
}

/// Looks at everything; reads the object again only when its values were dropped from memory. After copies were withdrawn
/// there is something to tell.
pub(super) async fn run(
    ctx: &Context,
    view: View,
    plan: Plan,
    is_withdrawn: bool,
) -> Result<Seen, Error> {
    let (View::Whole(cached) | View::Settled(cached)) = view.clone();
    let namespace = cached.metadata.namespace.as_deref().unwrap_or_default();
    let store_key = ObjectKey::store_of(&cached);
    let store = ctx.index.stores.get(&store_key.to_ref());
    let default_target = store
        .as_deref()
        .and_then(|store| native::default_target(&cached, store));
    let keys = ctx.index.keys(&store_key);
    let is_taken_along = |keys: &Arc<StoreKeys>| keys.record.takes_with_it(&cached);
    let lost_its_store =
        store.is_none() && (keys.as_ref().is_some_and(is_taken_along) || was_served(&cached));
    let keys = keys.filter(|keys| {
        // Keys of a former store are usable once the store's own controller took them up.
        store.as_ref().is_some_and(|store| keys.are_of(store))
    });
    let keys = keys.map(|keys| UsableKeys::new(ctx.index.clone(), keys));
    let versions = sources::versions(ctx, namespace, &cached);
    let Plan { copies, unasked } = plan;
    let unknown_scopes = store
        .as_ref()
        .and_then(|store| delivery::unknown_scopes(&cached, store, &ctx.index.default_scopes));
    let name_taken = ctx
        .index
        .is_name_taken(&*cached)
        .then(|| names::taken_in_store(&cached));
    let inputs = digest(
        store.as_deref(),
        default_target,
        &versions,
        &copies,
        &unasked,
        unknown_scopes.as_ref(),
        name_taken.as_ref(),
    );
    let has_default_target = default_target.is_some();
    let place = ctx.index.place(&cached, &store_key);
    let (settles_in, no_place) = match (place, &store) {
        (Place::Soon(wait), _) => (Some(wait), None),
        (Place::No(limit), Some(store)) => (None, ctx.index.exceeded(store, limit)),
        _ => (None, None),
    };
    let secret = match view {
        View::Settled(cached) => {
            let is_due = generate::is_due(&cached, Timestamp::now());
            if !is_due && !is_withdrawn {
                if view::is_settled(&cached) && is_target_in_sync(ctx, &cached, &inputs) {
                    let differing = copies::differing(ctx, &cached, &copies);
                    let owes = restart::is_owed(&cached);
                    if differing.is_empty() && !owes {
                        return Ok(Seen::InSync);
                    }
                    let uid = cached.metadata.uid.as_deref().unwrap_or_default();
                    let may_pay = owes && restart::may_be_tried(ctx, uid);
                    if !may_pay && copies::are_contested(ctx, uid, &differing) {
                        return Ok(Seen::Contested);
                    }
                }
                if no_place.as_ref().is_some_and(|it| is_told(&cached, it)) {
                    return Ok(Seen::InSync);
                }
            }
            match read_again(ctx, &cached).await? {
                // Store, keys and sources were looked up for the spec that memory has. Sealing for one
                // store with the keys of another would destroy the value.
                Some(secret) if !is_same_spec(&secret, &cached) => return Err(Error::Stale),
                Some(secret) => Arc::new(secret),
                None => return Ok(Seen::InSync),
            }
        }
        View::Whole(secret) => secret,
    };
    let secret = with_target(secret, store.as_deref());
    let sources = Sources::read_all(ctx, namespace, &versions).await?;
    Ok(Seen::Changed(Box::new(Found {
        secret,
        has_default_target,
        store,
        keys,
        sources,
        lost_its_store,
        settles_in,
        copies,
        unasked,
        unknown_scopes,
        name_taken,
        no_place,
        held_plaintext: false,
        inputs,
    })))
}

/// The Secret with the target that it has from its store, where it names none.
pub(super) fn with_target(secret: Arc<Secret>, store: Option<&SecretStore>) -> Arc<Secret> {
    match native::with_target(&secret, store) {
        Cow::Owned(secret) => secret.into(),
        Cow::Borrowed(_) => secret,
    }
}

/// What follows from a Secret, its store and those who ask, without a look at anything else.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Where copies are to be.
    pub(super) copies: Copies,
    /// The scopes of which nobody asks for it.
    unasked: Vec<String>,
}

/// The plan as memory has it. Without its store there is none.
pub(super) fn plan(ctx: &Context, secret: &Secret) -> Plan {
    if secret.spec.scopes.is_empty() {
        return Plan::default();
    }
    let key = ObjectKey::store_of(secret);
    let Some(store) = ctx.index.stores.get(&key.to_ref::<SecretStore>()) else {
        return Plan::default();
    };
    let asking = ctx.index.asking(&key);
    let asking = asking.iter().map(|(account, wish)| wish.asking(account));
    let unasked = delivery::unasked(secret, &store, asking.clone());
    Plan {
        unasked: unasked.into_iter().map(str::to_owned).collect(),
        copies: delivery::copies(secret, &store, asking),
    }
}

/// Whether the target is in sync: made from these inputs, and as Coffer left it, with none beside it.
fn is_target_in_sync(ctx: &Context, secret: &Secret, inputs: &str) -> bool {
    let Some(status) = &secret.status else {
        return false;
    };
    let namespace = secret.metadata.namespace.as_deref().unwrap_or_default();
    let mut here = status
        .deliveries
        .iter()
        .filter(|it| it.namespace == namespace);
    let is_left = |delivery: &Delivery| {
        let key = ObjectKey::new(&delivery.namespace, &delivery.name);
        let live = ctx.index.native(&key);
        live.is_some_and(|live| copies::is_as_left(ctx, secret, &key, &live))
    };
    let uid = secret.metadata.uid.as_deref().unwrap_or_default();
    let is_recorded = |name: &str| {
        status.deliveries.iter().any(|it| it.name == name)
            || status.former_targets.iter().any(|it| it.name == name)
    };
    status.inputs.as_deref() == Some(inputs)
        && here.all(is_left)
        && ctx.index.natives_of(uid).iter().all(|(key, native)| {
            *key.namespace != *namespace || !native.owned || is_recorded(&key.name)
        })
}

/// Whether the status says just this.
fn is_told(secret: &Secret, problem: &Problem) -> bool {
    let mut said = secret.status.iter().flat_map(|status| &status.conditions);
    said.any(|condition| condition.message == problem.message)
}

/// Whether a store that was there made this very spec ready.
fn was_served(secret: &Secret) -> bool {
    let store = secret
        .status
        .as_ref()
        .and_then(|status| status.store_id.as_ref());
    store.is_some() && view::is_settled(secret)
}

fn is_same_spec(one: &Secret, other: &Secret) -> bool {
    let of = |secret: &Secret| (secret.metadata.uid.clone(), secret.metadata.generation);
    of(one) == of(other)
}

async fn read_again(ctx: &Context, cached: &Secret) -> Result<Option<Secret>, Error> {
    let key = ObjectKey::of(cached);
    let what = || format!("Secret {key}");
    let read = Api::<Observed<Secret>>::namespaced(ctx.client.clone(), &key.namespace)
        .get_opt(&key.name)
        .await
        .map_err(Error::api("read", what()))?;
    let read = read.map(Observed::read).transpose();
    read.map_err(|_| Error::Unreadable(what()))
}

/// Of a text with a form of its own, so that no change of the code's types changes it.
fn digest(
    store: Option<&SecretStore>,
    default_target: Option<&Target>,
    versions: &Versions,
    copies: &Copies,
    unasked: &[String],
    unknown_scopes: Option<&Problem>,
    name_taken: Option<&Problem>,
) -> String {
    use std::fmt::Write as _;
    let mut text = format!("engine {ENGINE}\n");
    if let Some(store) = store {
        let uid = store.metadata.uid.as_deref().unwrap_or_default();
        let _ = writeln!(text, "store {uid}");
        for binding in bindings::of(store) {
            let _ = writeln!(text, "binding {}", binding.as_str());
        }
    }
    if let Some(target) = default_target {
        let _ = writeln!(text, "target {}", json!(target));
    }
    for (name, version) in versions {
        let _ = writeln!(
            text,
            "source {name} {}",
            version.as_deref().unwrap_or("none")
        );
    }
    for (namespace, types) in copies {
        let types: Vec<_> = types.iter().map(|it| &**it).collect();
        let _ = writeln!(text, "copy {namespace} {}", types.join(","));
    }
    for scope in unasked {
        let _ = writeln!(text, "unasked {scope}");
    }
    for (what, problem) in [("scopes", unknown_scopes), ("name", name_taken)] {
        if let Some(problem) = problem {
            let _ = writeln!(text, "{what} {}", problem.message);
        }
    }
    hex(&Sha256::digest(text)[..8])
}
