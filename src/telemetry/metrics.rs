//! Metrics in the `OpenMetrics` text format. Labels are kinds and results, never names.

use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Outcome, Counter>,
    durations: Family<Kind, Histogram>,
    reviews: Family<Review, Counter>,
    review_durations: Family<Webhook, Histogram>,
    /// Plaintext that was compared with what is stored, and differed: an ordinary change, or a guess.
    pub differing_values: Counter,
    /// Requests to the webhooks' port with a path that is not theirs.
    pub strangers: Counter,
    /// 1 while this replica runs the controllers.
    pub leading: Gauge,
    /// 1 while the keyring in the cluster is the one that this replica has in memory.
    pub keyring_stored: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Review {
    webhook: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Webhook {
    webhook: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    kind: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("coffer");
        let reconciles = Family::default();
        let durations = Family::<Kind, Histogram>::new_with_constructor(histogram);
        let reviews = Family::default();
        let review_durations = Family::<Webhook, Histogram>::new_with_constructor(histogram);
        let differing_values = Counter::default();
        let strangers = Counter::default();
        let leading = Gauge::default();
        let keyring_stored = Gauge::default();
        registry.register(
            "reconciles",
            "Reconciles by kind and result",
            reconciles.clone(),
        );
        registry.register(
            "reconcile_duration_seconds",
            "How long a reconcile took, by kind",
            durations.clone(),
        );
        registry.register(
            "admission_reviews",
            "Admission reviews by webhook and result",
            reviews.clone(),
        );
        registry.register(
            "admission_review_duration_seconds",
            "How long an admission review took, by webhook",
            review_durations.clone(),
        );
        registry.register(
            "admission_differing_values",
            "Values in clear that differ from the sealed one they replace: changes, or guesses",
            differing_values.clone(),
        );
        registry.register(
            "admission_strangers",
            "Requests to the port of the webhooks with a path that is not theirs",
            strangers.clone(),
        );
        registry.register(
            "leading",
            "1 while this replica holds the Lease and runs the controllers",
            leading.clone(),
        );
        registry.register(
            "keyring_stored",
            "1 while the keyring in the cluster is the one that this replica has in memory",
            keyring_stored.clone(),
        );
        Self {
            registry,
            reconciles,
            durations,
            reviews,
            review_durations,
            differing_values,
            strangers,
            leading,
            keyring_stored,
        }
    }
}

/// From a tenth of a millisecond to six and a half seconds.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 4.0, 9))
}

impl Metrics {
    /// Starts timing a reconcile.
    #[must_use]
    pub fn reconcile(&self, kind: &'static str) -> ReconcileTimer {
        ReconcileTimer {
            kind,
            started: Instant::now(),
            reconciles: self.reconciles.clone(),
            durations: self.durations.clone(),
        }
    }

    /// Counts an admission review: what came of it, and since when it was under way.
    pub fn reviewed(&self, webhook: &'static str, result: &'static str, since: Instant) {
        let outcome = Review { webhook, result };
        self.reviews.get_or_create(&outcome).inc();
        self.review_durations
            .get_or_create(&Webhook { webhook })
            .observe(since.elapsed().as_secs_f64());
    }

    /// The text that a scrape gets.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

/// Counts one reconcile when it ends.
#[derive(Debug)]
pub struct ReconcileTimer {
    kind: &'static str,
    started: Instant,
    reconciles: Family<Outcome, Counter>,
    durations: Family<Kind, Histogram>,
}

impl ReconcileTimer {
    /// Counts the result and passes it on.
    pub fn finish<T, E>(self, result: Result<T, E>) -> Result<T, E> {
        let Self {
            kind,
            started,
            reconciles,
            durations,
        } = self;
        let outcome = Outcome {
            kind,
            result: if result.is_ok() { "ok" } else { "error" },
        };
        reconciles.get_or_create(&outcome).inc();
        durations
            .get_or_create(&Kind { kind })
            .observe(started.elapsed().as_secs_f64());
        result
    }
}
