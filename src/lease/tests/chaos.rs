//! Many candidates, a bad network, processes that stop and go on, Leases that are taken away: at every
//! instant at most one leads.

use std::pin::pin;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::fake::{Api, Fate, Network};
use super::{Candidate, Config, Duration, Leadership};

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// A run that can be had again.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    /// From 0 to `below`, the end excluded (xorshift64).
    fn roll(&self, below: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % below
    }

    fn millis(&self, below: u64) -> Duration {
        Duration::from_millis(self.roll(below))
    }

    fn network(&self) -> Network {
        let dice = self.clone();
        Arc::new(move || Fate {
            there: if dice.roll(4) == 0 {
                dice.millis(14_000)
            } else {
                dice.millis(300)
            },
            back: if dice.roll(4) == 0 {
                dice.millis(14_000)
            } else {
                dice.millis(300)
            },
            lost_on_the_way_there: dice.roll(8) == 0,
            lost_on_the_way_back: dice.roll(8) == 0,
            unavailable: dice.roll(8) == 0,
        })
    }
}

/// A replica that comes, is stopped now and then, ends in order or not, and comes again.
async fn live(name: &'static str, api: Api, dice: Dice, leads: Arc<Mutex<Vec<Leadership>>>) {
    loop {
        let config = Config::new("coffer-system", "coffer", name);
        let (candidate, leadership) = Candidate::new(config).unwrap();
        leads.lock().unwrap().push(leadership);
        let release = CancellationToken::new();
        let client = api.client(name, dice.network());
        let mut hold = pin!(candidate.hold(client, release.clone()));
        for _ in 0..dice.roll(20) {
            tokio::select! {
                () = &mut hold => unreachable!("nobody released it"),
                () = sleep(dice.millis(40_000)) => {}
            }
            sleep(dice.millis(if dice.roll(3) == 0 { 40_000 } else { 10 })).await;
        }
        if dice.roll(2) == 0 {
            release.cancel();
            hold.await;
        }
        sleep(dice.millis(5_000)).await;
    }
}

async fn at_most_one_leads(seed: u64) {
    let dice = Dice(Arc::new(Mutex::new(
        seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
    )));
    let api = Api::default();
    let leads = Arc::new(Mutex::new(Vec::new()));
    let mut lives = JoinSet::new();
    for name in NAMES {
        lives.spawn(live(name, api.clone(), dice.clone(), leads.clone()));
    }
    let begun = Instant::now();
    let mut led = 0;
    while begun.elapsed() < Duration::from_mins(30) {
        sleep(Duration::from_millis(50)).await;
        let leaders = leads
            .lock()
            .unwrap()
            .iter()
            .filter(|it| it.is_held())
            .count();
        assert!(
            leaders <= 1,
            "{leaders} leaders after {:?} with seed {seed}",
            begun.elapsed()
        );
        led += leaders;
    }
    assert!(led > 1000, "hardly anyone ever led with seed {seed}");
}

#[tokio::test(start_paused = true)]
async fn at_most_one_leads_whatever_happens() {
    for seed in 1..=6 {
        at_most_one_leads(seed).await;
    }
}
