//! One value: sealing and opening it with each suite, with few and many keys in the store, next to
//! an RSA-4096-OAEP decryption.
//!
//! Opening is what the controller does with the text of a manifest: parse, find the key, open. The
//! envelope is one of the oldest key. Samples of all cases are interleaved, and the fastest of each
//! counts: what disturbs a machine only ever slows it down.

use std::{
    collections::BTreeMap,
    hint::black_box,
    iter,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use coffer::{
    api::{KeyState, StoreDeletionPolicy},
    crypto::{BindingKind, Envelope, Keyring, Place, StoreKey, Suite},
    index::{
        StoreKeys,
        store_keys::{Record, WrappedKey},
    },
};
use getrandom::{SysRng, rand_core::UnwrapErr};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use rsa::{Oaep, RsaPrivateKey};
use sha2::Sha256;

use super::{
    Report, Requirement,
    report::{Bound, figure},
};

const ROUNDS: usize = 51;
/// What one sample takes at least; a clock's tick and an interrupt are small against it.
const SAMPLE: Duration = Duration::from_millis(2);
const KEY_COUNTS: [usize; 3] = [1, 10, 100];
const SIZES: [usize; 2] = [64, 64 * 1024];
const RSA_BITS: usize = 4096;

/// RSA-4096 opens a value in so many times the time.
const REQUIRED_SYMMETRIC: f64 = 1_000.0;
const REQUIRED_XWING: f64 = 10.0;
/// With a hundred keys, of the time with one. Trying every key would make it fifty or a hundred.
const REQUIRED_FLAT: f64 = 1.3;

const PLACE: Place<'_> = Place {
    kind: "Secret",
    namespace: "bench",
    store: "store",
    name: "secret",
    key: "password",
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Seal,
    Open,
}

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Rsa,
    Value(Suite, usize, Operation, usize),
}

struct Timed {
    case: Case,
    work: Box<dyn Fn() -> Result<()>>,
    batch: u32,
    /// Seconds for one, in the fastest sample.
    best: f64,
}

impl Timed {
    fn new(case: Case, work: impl Fn() -> Result<()> + 'static) -> Self {
        let work = Box::new(work);
        Self {
            case,
            work,
            batch: 1,
            best: f64::INFINITY,
        }
    }

    fn sample(&self) -> Result<Duration> {
        let started = Instant::now();
        for _ in 0..self.batch {
            (self.work)()?;
        }
        Ok(started.elapsed())
    }

    fn calibrate(&mut self) -> Result<()> {
        while self.sample()? < SAMPLE {
            self.batch *= 2;
        }
        Ok(())
    }
}

/// Times everything.
pub fn run() -> Result<Report> {
    eprintln!("crypto: making keys");
    let mut all = vec![rsa()?];
    for suite in Suite::ALL {
        for count in KEY_COUNTS {
            for size in SIZES {
                all.extend(value(suite, count, size)?);
            }
        }
    }
    for timed in &mut all {
        timed.calibrate()?;
    }
    for round in 1..=ROUNDS {
        for timed in &mut all {
            let elapsed = timed.sample()?.as_secs_f64();
            timed.best = timed.best.min(elapsed / f64::from(timed.batch));
        }
        if round % 10 == 0 {
            eprintln!("crypto: round {round} of {ROUNDS}");
        }
    }
    let best = all.into_iter().map(|timed| (timed.case, timed.best));
    Ok(report(&best.collect()))
}

fn rsa() -> Result<Timed> {
    let mut rng = UnwrapErr(SysRng);
    let key = RsaPrivateKey::new(&mut rng, RSA_BITS)?;
    let sealed = key
        .to_public_key()
        .encrypt(&mut rng, Oaep::<Sha256>::new(), &[7; 64])?;
    Ok(Timed::new(Case::Rsa, move || {
        black_box(key.decrypt(Oaep::<Sha256>::new(), black_box(&sealed))?);
        Ok(())
    }))
}

fn value(suite: Suite, count: usize, size: usize) -> Result<[Timed; 2]> {
    let plaintext = vec![7; size];
    let keys = std::sync::Arc::new(store_keys(suite, count)?);
    let oldest = keys.all().next().context("no key")?.1;
    let text = oldest
        .seal(BindingKind::Strict, &PLACE, &plaintext)?
        .to_string();
    let sealing = std::sync::Arc::clone(&keys);
    let seal = Timed::new(
        Case::Value(suite, size, Operation::Seal, count),
        move || {
            let key = sealing.active(suite).context("no active key")?;
            let envelope = key.seal(BindingKind::Strict, &PLACE, black_box(&plaintext))?;
            black_box(envelope.to_string());
            Ok(())
        },
    );
    let open = Timed::new(
        Case::Value(suite, size, Operation::Open, count),
        move || {
            let envelope = Envelope::parse(black_box(&text))?;
            let key = keys
                .find(envelope.key_id())
                .context("the key is not found")?;
            black_box(key.open(&envelope, &[BindingKind::Strict], &PLACE)?);
            Ok(())
        },
    );
    Ok([seal, open])
}

/// A store's keys as the index has them: all but the newest retired.
fn store_keys(suite: Suite, count: usize) -> Result<StoreKeys> {
    let keyring = Keyring::generate();
    let Place {
        namespace, store, ..
    } = PLACE;
    let wrapped = iter::repeat_with(|| StoreKey::generate(suite)).take(count);
    let mut keys: Vec<_> = wrapped
        .map(|key| WrappedKey {
            id: key.id(),
            suite,
            state: KeyState::Retired,
            created: Time(Timestamp::UNIX_EPOCH),
            retired: None,
            wrapped: keyring.wrap_store_key(namespace, store, &key),
        })
        .collect();
    if let Some(newest) = keys.last_mut() {
        newest.state = KeyState::Active;
    }
    let record = Record {
        namespace: namespace.to_owned(),
        store: store.to_owned(),
        namespace_uid: String::new(),
        store_uid: String::new(),
        store_id: String::new(),
        deletion_policy: StoreDeletionPolicy::Refuse,
        rotation: None,
        orphaned: None,
        retention: None,
        keys,
    };
    Ok(StoreKeys::read(
        &record.to_native("coffer-system"),
        &keyring,
    )?)
}

fn report(seconds: &BTreeMap<Case, f64>) -> Report {
    let of = |case| seconds.get(&case).copied().unwrap_or(f64::NAN);
    let rsa = of(Case::Rsa);
    let mut report = Report {
        name: "crypto",
        columns: vec![
            "one value",
            "1 key",
            "10 keys",
            "100 keys",
            "100 to 1",
            "RSA-4096 takes",
        ],
        rows: vec![vec![
            "RSA-4096-OAEP: open".to_owned(),
            time(rsa),
            String::new(),
            String::new(),
            String::new(),
            "1 ×".to_owned(),
        ]],
        requirements: Vec::new(),
    };
    for suite in Suite::ALL {
        for size in SIZES {
            for (operation, name) in [(Operation::Seal, "seal"), (Operation::Open, "open")] {
                let [one, ten, hundred] =
                    KEY_COUNTS.map(|count| of(Case::Value(suite, size, operation, count)));
                let what = format!("{suite}: {name} {}", bytes(size));
                report.rows.push(vec![
                    what.clone(),
                    time(one),
                    time(ten),
                    time(hundred),
                    figure(hundred / one),
                    format!("{} ×", figure(rsa / one)),
                ]);
                report.requirements.push(Requirement {
                    what: format!("{what}, 100 keys to 1"),
                    ratio: hundred / one,
                    bound: Bound::AtMost(REQUIRED_FLAT),
                });
            }
        }
    }
    for (suite, required) in [
        (Suite::XChaCha20Poly1305, REQUIRED_SYMMETRIC),
        (Suite::XWing, REQUIRED_XWING),
    ] {
        let open = of(Case::Value(suite, SIZES[0], Operation::Open, KEY_COUNTS[0]));
        report.requirements.push(Requirement {
            what: format!("RSA-4096 to {suite}, opening {}", bytes(SIZES[0])),
            ratio: rsa / open,
            bound: Bound::AtLeast(required),
        });
    }
    report
}

fn bytes(size: usize) -> String {
    match size {
        size if size.is_multiple_of(1024) => format!("{} KiB", size / 1024),
        size => format!("{size} B"),
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{} µs", figure(s * 1e6)),
        s => format!("{} ms", figure(s * 1e3)),
    }
}
