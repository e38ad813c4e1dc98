//! A control plane with stores, and everything that the benchmarks do with it as an administrator.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use coffer::{
    api::{
        Secret, SecretStore,
        wellknown::{KEYRING_NAME, ORIGIN_LABEL, PART_LABEL, STORE_KEYS_PART},
    },
    crypto::Keyring,
    index::{StoreKeys, view},
};
use k8s_openapi::api::core::v1::{self as core, Namespace};
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::{ListParams, ObjectMeta, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::{task::JoinSet, time::sleep};

use super::{
    audit::{Mark, Progress},
    usage::Usage,
    workload::{self, NAMESPACES, Sealing},
};
use crate::{
    control_plane::{ControlPlane, Options},
    manifest,
    operator::{ACCOUNT, NAMESPACE, Operator},
    tools::Tools,
    workspace,
};

/// As many as the operator works on at once by default.
const WORKERS: usize = 50;
const POLL: Duration = Duration::from_millis(20);
/// For the garbage collector and the namespace controllers to have nothing left to do.
const SETTLE: Duration = Duration::from_secs(2);

/// What is the same for every cluster of a run.
#[derive(Debug)]
pub struct Machine {
    /// The operator, as it is released.
    pub binary: PathBuf,
    /// The control plane's programs.
    pub tools: Tools,
}

/// A control plane with stores that have their keys, and one Secret in sync in each namespace.
#[derive(Debug)]
pub struct Cluster {
    /// The control plane.
    pub control_plane: ControlPlane,
    /// What the operator makes of a Secret of this workload: the Secret and its native Secret.
    pub example: (Secret, core::Secret),
    binary: PathBuf,
    keys: Arc<BTreeMap<String, StoreKeys>>,
    sealing: Sealing,
}

impl Cluster {
    /// Starts one, anew.
    pub async fn start(machine: &Machine, sealing: Sealing) -> Result<Self> {
        let Machine { binary, tools } = machine;
        let manifest = std::fs::read_to_string(workspace::manifest())
            .context("cannot read deploy/coffer.yaml, the rendered chart")?;
        let options = Options {
            objects: Some(manifest::without_deployments(&manifest)?),
            ..Options::default()
        };
        let control_plane = ControlPlane::start(tools, &options).await?;
        let client = control_plane.client();
        for number in 0..NAMESPACES {
            let namespace = workload::namespace(number);
            create_namespace(&client, &namespace).await?;
            let store = workload::store(&namespace, sealing)?;
            let stores = Api::<SecretStore>::namespaced(client.clone(), &namespace);
            stores.create(&PostParams::default(), &store).await?;
        }
        let mut operator = Operator::start(&control_plane, binary, "preparation").await?;
        let keys = Arc::new(store_keys(&client).await?);
        let mut secrets = Vec::new();
        for (namespace, keys) in &*keys {
            secrets.push(workload::secret(namespace, "example", keys, sealing)?);
        }
        create(&client, secrets).await?;
        let example = example(&client).await?;
        operator.process.stop().await?;
        Ok(Self {
            control_plane,
            example,
            binary: binary.clone(),
            keys,
            sealing,
        })
    }

    /// Adds Secrets while no operator runs. Returns them as the API server stored them.
    pub async fn fill(&self, count: usize) -> Result<Vec<Secret>> {
        self.fill_at(count, |number| number).await
    }

    /// The same, with the Secret of a number where `place` says: in the namespace of that number.
    pub async fn fill_at(
        &self,
        count: usize,
        place: impl Fn(usize) -> usize + Clone + Send + 'static,
    ) -> Result<Vec<Secret>> {
        let (keys, sealing) = (Arc::clone(&self.keys), self.sealing);
        let client = self.control_plane.client();
        let stored = Arc::new(Mutex::new(Vec::with_capacity(count)));
        let into = Arc::clone(&stored);
        for_each((0..count).collect(), move |number| {
            let (keys, client, into) = (Arc::clone(&keys), client.clone(), Arc::clone(&into));
            let namespace = workload::namespace(place(number));
            async move {
                let keys = keys.get(&namespace).context("a store has no keys")?;
                let name = workload::name(number);
                let secret = workload::secret(&namespace, &name, keys, sealing)?;
                let api = Api::<Secret>::namespaced(client, &namespace);
                let secret = api.create(&PostParams::default(), &secret).await?;
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(secret);
                Ok(())
            }
        })
        .await?;
        sleep(SETTLE).await;
        let mut secrets =
            std::mem::take(&mut *stored.lock().unwrap_or_else(PoisonError::into_inner));
        secrets.sort_by_key(Secret::name_any);
        Ok(secrets)
    }

    /// A Secret of the workload, which is not made yet.
    pub fn sealed(&self, namespace: &str, name: &str, sealing: Sealing) -> Result<Secret> {
        let keys = self.keys.get(namespace).context("a store has no keys")?;
        workload::secret(namespace, name, keys, sealing)
    }

    /// The released operator, under the chart's service account.
    pub async fn operator(&self, name: &str) -> Result<Operator> {
        Operator::start(&self.control_plane, &self.binary, name).await
    }

    /// A new client of the same service account.
    pub async fn account(&self) -> Result<Client> {
        let path = self.control_plane.kubeconfig_of(NAMESPACE, ACCOUNT).await?;
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, &options).await?;
        Ok(Client::try_from(config)?)
    }

    /// The audit log from here on.
    pub fn mark(&self) -> Result<Mark> {
        Mark::now(&self.control_plane.audit_log())
    }

    /// CPU time of the control plane so far.
    pub fn cpu(&self) -> Result<Duration> {
        let ControlPlane {
            etcd,
            apiserver,
            controller_manager,
            ..
        } = &self.control_plane;
        let all = [etcd, apiserver, controller_manager];
        all.iter()
            .map(|process| Ok(Usage::of(process.id())?.cpu))
            .sum()
    }

    /// Waits until `count` statuses of Secrets were written since `mark`.
    pub async fn statuses(&self, mark: &Mark, count: usize, operator: &mut Operator) -> Result<()> {
        let mut progress = Progress::since(mark)?;
        while progress.count()? < count {
            operator.process.still_running()?;
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Makes sure that every Secret is in sync, and every native Secret there.
    pub async fn verify(&self, count: usize) -> Result<()> {
        let client = self.control_plane.client();
        let secrets = Api::<Secret>::all(client.clone())
            .list(&ListParams::default())
            .await?;
        let unready = secrets
            .iter()
            .filter(|secret| !view::is_settled(secret))
            .count();
        ensure!(unready == 0, "{unready} Secrets are not in sync");
        let params = ListParams::default().labels(ORIGIN_LABEL);
        let natives = Api::<core::Secret>::all(client)
            .list_metadata(&params)
            .await?;
        let expected = count + NAMESPACES;
        let found = (secrets.items.len(), natives.items.len());
        ensure!(
            found == (expected, expected),
            "{found:?} objects, not {expected} each"
        );
        Ok(())
    }
}

/// Does `work` for every item, fifty at a time, on all cores.
pub async fn for_each<T, F, Fut>(items: Vec<T>, work: F) -> Result<()>
where
    T: Send + 'static,
    F: Fn(T) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    let queue = Arc::new(Mutex::new(items.into_iter()));
    let mut workers = JoinSet::<Result<()>>::new();
    for _ in 0..WORKERS {
        let (queue, work) = (Arc::clone(&queue), work.clone());
        workers.spawn(async move {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(item) = next else { return Ok(()) };
                work(item).await?;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

async fn create_namespace(client: &Client, name: &str) -> Result<()> {
    let namespace = Namespace {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let api = Api::<Namespace>::all(client.clone());
    api.create(&PostParams::default(), &namespace).await?;
    Ok(())
}

async fn create(client: &Client, secrets: Vec<Secret>) -> Result<()> {
    for secret in secrets {
        let namespace = secret.namespace().unwrap_or_default();
        let api = Api::<Secret>::namespaced(client.clone(), &namespace);
        api.create(&PostParams::default(), &secret).await?;
    }
    Ok(())
}

/// Waits for the keys of every store, and unwraps them with the keyring, as only an administrator can.
async fn store_keys(client: &Client) -> Result<BTreeMap<String, StoreKeys>> {
    let api = Api::<core::Secret>::namespaced(client.clone(), NAMESPACE);
    let params = ListParams::default().labels(&format!("{PART_LABEL}={STORE_KEYS_PART}"));
    let objects = eventually("stores without keys", async || {
        let objects = api.list(&params).await?.items;
        Ok((objects.len() == NAMESPACES).then_some(objects))
    })
    .await?;
    let keyring = api.get(KEYRING_NAME).await?;
    let entries = keyring.data.iter().flatten();
    let keyring = Keyring::from_entries(
        entries
            .filter(|(name, _)| name.starts_with("root-"))
            .map(|(name, bytes)| (name.as_str(), bytes.0.as_slice())),
    )?;
    let keys = objects.iter().map(|object| {
        let keys = StoreKeys::read(object, &keyring)?;
        Ok((keys.record.namespace.clone(), keys))
    });
    keys.collect()
}

/// Waits until all of the first Secrets are in sync; returns one of them.
async fn example(client: &Client) -> Result<(Secret, core::Secret)> {
    let secrets = Api::<Secret>::all(client.clone());
    let secret = eventually("Secrets not in sync", async || {
        let list = secrets.list(&ListParams::default()).await?.items;
        let in_sync = list.iter().all(view::is_settled);
        Ok(list.into_iter().next().filter(|_| in_sync))
    })
    .await?;
    let namespace = secret.namespace().unwrap_or_default();
    let natives = Api::<core::Secret>::namespaced(client.clone(), &namespace);
    let native = natives.get(&secret.name_any()).await?;
    Ok((secret, native))
}

/// Asks until there is an answer, for a minute.
async fn eventually<T>(
    otherwise: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    for _ in 0..600 {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("after a minute there are still {otherwise}")
}
