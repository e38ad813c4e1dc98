//! Many Secrets at once: `s0`, `s1`, … of one store, each delivered under its own name.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use kube::ResourceExt as _;
use kube::api::{ListParams, PostParams};
use serde_json::json;

use super::{Namespace, Sealer, bytes, settled, within};

/// Requests under way at once.
const AT_ONCE: usize = 32;

/// Enough for a thousand on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_secs(90);

/// The name of one of them.
pub(crate) fn name(number: usize) -> String {
    format!("s{number}")
}

impl Namespace {
    /// Makes Secrets of the sealer's store; `value` gives what each holds.
    pub(crate) async fn crowd(
        &self,
        sealer: &Sealer,
        numbers: Range<usize>,
        value: impl Fn(&str) -> String,
    ) {
        let secrets = self.secrets();
        let made = numbers.map(|number| {
            let name = name(number);
            let envelope = sealer.strict(&name, "value", value(&name).as_bytes());
            let object = json!({
                "metadata": { "name": name },
                "spec": {
                    "storeRef": { "name": sealer.store },
                    "data": { "value": { "value": envelope } },
                    "target": {},
                },
            });
            let secrets = secrets.clone();
            async move {
                let object = serde_json::from_value(object).unwrap();
                secrets
                    .create(&PostParams::default(), &object)
                    .await
                    .unwrap();
            }
        });
        stream::iter(made)
            .for_each_concurrent(AT_ONCE, |made| made)
            .await;
    }

    /// Changes the values of those Secrets.
    pub(crate) async fn change_crowd(
        &self,
        sealer: &Sealer,
        numbers: Range<usize>,
        value: impl Fn(&str) -> String,
    ) {
        let changes = numbers.map(|number| {
            let name = name(number);
            let envelope = sealer.strict(&name, "value", value(&name).as_bytes());
            async move {
                let change = json!({ "spec": { "data": { "value": { "value": envelope } } } });
                self.edit(&name, change).await;
            }
        });
        stream::iter(changes)
            .for_each_concurrent(AT_ONCE, |change| change)
            .await;
    }

    /// Waits until there are exactly `count` Secrets and native ones, and each Secret is ready with
    /// the native Secret that its status names, which holds its value.
    pub(crate) async fn crowd_delivered(&self, count: usize, value: impl Fn(&str) -> String) {
        within(
            DEADLINE,
            &format!("{count} Secrets are delivered"),
            async || self.check_crowd(count, &value).await,
        )
        .await;
    }

    async fn check_crowd(
        &self,
        count: usize,
        value: &impl Fn(&str) -> String,
    ) -> Result<(), String> {
        let all = ListParams::default();
        let secrets = self.secrets().list(&all).await.unwrap().items;
        let pending = secrets.iter().filter(|s| settled(s).is_err()).count();
        if secrets.len() != count || pending > 0 {
            return Err(format!(
                "{} Secrets, {pending} of them not ready",
                secrets.len()
            ));
        }
        let natives = self.natives().list(&all).await.unwrap().items;
        if natives.len() != count {
            return Err(format!("{} native secrets", natives.len()));
        }
        let natives: HashMap<_, _> = natives.into_iter().map(|n| (n.name_any(), n)).collect();
        for secret in &secrets {
            let name = secret.name_any();
            let status = secret.status.as_ref().ok_or("no status")?;
            let [delivery] = &status.deliveries[..] else {
                return Err(format!("{name}: {} deliveries", status.deliveries.len()));
            };
            let native = natives.get(&delivery.name).ok_or("not delivered")?;
            let recorded = (Some(&delivery.uid), Some(&delivery.resource_version));
            let is = (
                native.metadata.uid.as_ref(),
                native.metadata.resource_version.as_ref(),
            );
            if recorded != is || bytes(native, "value") != value(&name).as_bytes() {
                return Err(format!("{name}: recorded {recorded:?}, is {is:?}"));
            }
        }
        Ok(())
    }
}
