//! What is told of objects that do not read: once for each version, and never what they hold.

use std::collections::HashMap;

use kube::Resource;
use kube::runtime::reflector::{Lookup, Store};
use kube::runtime::watcher::Event;

use crate::index::ObjectKey;
use crate::index::observed::{Observed, Unreadable};

/// An object that is there, read or not.
pub(super) type Seen<K> = Result<K, Unreadable>;

/// The versions that were told, of objects that are still there.
#[derive(Debug, Default)]
pub(super) struct Told {
    now: HashMap<ObjectKey, Option<String>>,
    /// Those of before, while a list comes in.
    before: HashMap<ObjectKey, Option<String>>,
}

impl Told {
    /// Tells what does not read, and hands on what does.
    pub(super) fn read<K>(&mut self, event: Event<Observed<K>>) -> Event<Seen<K>>
    where
        K: Resource<DynamicType = ()>,
    {
        match event {
            Event::Init => {
                self.before = std::mem::take(&mut self.now);
                Event::Init
            }
            Event::InitApply(object) => {
                self.look(&object);
                Event::InitApply(object.read())
            }
            Event::InitDone => {
                self.before.clear();
                Event::InitDone
            }
            Event::Apply(object) => {
                self.look(&object);
                Event::Apply(object.read())
            }
            Event::Delete(object) => {
                self.now.remove(&ObjectKey::of(&object));
                Event::Delete(object.read())
            }
        }
    }

    fn look<K: Resource<DynamicType = ()>>(&mut self, object: &Observed<K>) {
        let key = ObjectKey::of(object);
        if matches!(object, Observed::Whole(_)) {
            self.now.remove(&key);
            return;
        }
        let version = object.meta().resource_version.clone();
        let known = self.now.get(&key).or_else(|| self.before.get(&key));
        if known != Some(&version) {
            tell(&key, object);
        }
        self.now.insert(key, version);
    }
}

/// The same for a reflector, with what memory knows in the place of what does not read; `None` where it
/// knows nothing of that very object.
pub(super) fn or_former<K>(event: Event<Seen<K>>, memory: &Store<K>) -> Option<Event<K>>
where
    K: Lookup<DynamicType = ()> + Clone + Resource + 'static,
{
    let find = |object: Seen<K>| match object {
        Ok(object) => Some(object),
        Err(Unreadable(names)) => {
            let former = memory.get(&ObjectKey::of_meta(&names).to_ref())?;
            (former.meta().uid == names.uid).then(|| K::clone(&former))
        }
    };
    Some(match event {
        Event::Init => Event::Init,
        Event::InitApply(object) => Event::InitApply(find(object)?),
        Event::InitDone => Event::InitDone,
        // Nothing changes.
        Event::Apply(object) => Event::Apply(object.ok()?),
        Event::Delete(object) => Event::Delete(find(object)?),
    })
}

fn tell<K: Resource<DynamicType = ()>>(key: &ObjectKey, object: &Observed<K>) {
    let (kind, group) = (K::kind(&()), K::group(&()));
    let (namespace, name) = (&*key.namespace, &*key.name);
    if let Observed::Partly(_) = object {
        tracing::warn!(
            %kind, %group, namespace, name,
            "a status has fields that do not read: going on as if they were not there; see who else may \
             write the status"
        );
    } else {
        tracing::warn!(
            %kind, %group, namespace, name,
            "an object does not read, and is left as it is with all that was made of it: correct it, or \
             delete it"
        );
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1 as core;
    use serde_json::json;

    use super::*;

    fn object(version: &str, data: &str) -> Observed<core::Secret> {
        serde_json::from_value(json!({
            "data": data,
            "metadata": { "namespace": "a", "name": "n", "resourceVersion": version },
        }))
        .unwrap()
    }

    fn told(told: &Told) -> usize {
        told.now.len() + told.before.len()
    }

    #[test]
    fn an_object_that_does_not_read_is_handed_on_by_its_names_alone() {
        let event = Told::default().read(Event::Apply(object("1", "x")));
        let Event::Apply(Err(Unreadable(names))) = event else {
            panic!("it was read");
        };
        assert_eq!(names.name.as_deref(), Some("n"));
    }

    #[test]
    fn what_was_told_is_remembered_through_a_new_list_and_no_longer_than_the_object() {
        let mut it = Told::default();
        let _ = it.read(Event::Apply(object("1", "x")));
        let _ = it.read::<core::Secret>(Event::Init);
        assert_eq!(told(&it), 1);
        let _ = it.read(Event::InitApply(object("1", "x")));
        let _ = it.read::<core::Secret>(Event::InitDone);
        assert_eq!(told(&it), 1);
        let _ = it.read(Event::Delete(object("2", "x")));
        assert_eq!(told(&it), 0);
        let _ = it.read(Event::Apply(object("3", "x")));
        let _ = it.read::<core::Secret>(Event::Init);
        let _ = it.read::<core::Secret>(Event::InitDone);
        assert_eq!(told(&it), 0);
    }
}
