//! The values that go in, and what is to become of each.

use super::Proof;
use crate::support::Canary;

/// How many bytes of either end are looked for as well: about as many as are shown to tell values apart.
pub(super) const END: usize = 8;

/// A value that went in.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// How many there were before.
    pub(super) number: usize,
    /// By which way.
    pub(super) way: String,
    pub(super) canary: Canary,
    /// Its first and its last bytes, where these too are like no other's.
    pub(super) ends: Vec<Canary>,
    /// The native Secrets that are meant to hold it, as `namespace/name`.
    pub(super) homes: Vec<String>,
    /// Whether they come to hold it: otherwise the API server refuses them.
    pub(super) arrives: bool,
    /// What the API server says to the author who sends it.
    pub(super) answer: Answer,
    /// Where the API server itself may quote it.
    pub(super) quoted: Quoted,
}

impl Mark {
    /// All that is looked for.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Canary> {
        std::iter::once(&self.canary).chain(&self.ends)
    }
}

/// What becomes of the requests for Coffer's Secrets that have a value in clear in their body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is none: the value is made in the cluster, was sealed before, or does not get as far.
    Unsent,
    /// All succeed.
    Taken,
    /// There is one, and it fails with this HTTP status.
    Refused(u16),
    /// There is one, and it fails.
    Failed,
    /// There is one.
    Sent,
}

impl Answer {
    /// Whether these are the statuses that it stands for.
    pub(super) fn is(self, codes: &[u16]) -> bool {
        match self {
            Self::Unsent => codes.is_empty(),
            Self::Taken => !codes.is_empty() && codes.iter().all(|code| *code < 300),
            Self::Refused(code) => codes == [code],
            Self::Sent => !codes.is_empty(),
            Self::Failed => matches!(codes, [400..=599]),
        }
    }
}

/// Where the API server itself quotes a field of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quoted {
    Nowhere,
    /// In its own log.
    InTheLog,
    /// In its answer as well, and so in the audit log.
    InTheAnswer,
}

impl Proof {
    /// A value that no native Secret is to hold.
    pub(super) fn mark(&self, way: &str, answer: Answer) -> String {
        self.mark_quoted(way, answer, Quoted::Nowhere)
    }

    /// A value for native Secrets of the proof's namespace.
    pub(super) fn mark_for(&self, way: &str, natives: &[&str], answer: Answer) -> String {
        let homes = natives.iter().map(|name| self.home_of(name)).collect();
        self.push(way, fresh(), homes, answer, Quoted::Nowhere)
    }

    /// A value for a native Secret that the API server refuses.
    pub(super) fn mark_refused(&self, way: &str, native: &str) -> String {
        let value = self.mark_for(way, &[native], Answer::Unsent);
        let mut marks = self.marks.lock().unwrap();
        marks.last_mut().unwrap().arrives = false;
        value
    }

    /// A value that the API server may quote.
    pub(super) fn mark_quoted(&self, way: &str, answer: Answer, quoted: Quoted) -> String {
        self.push(way, fresh(), Vec::new(), answer, quoted)
    }

    /// A value of digits, which is a number where it is not quoted.
    pub(super) fn mark_number(&self, way: &str, answer: Answer, quoted: Quoted) -> String {
        // Fifteen digits: JavaScript's numbers, and JSON's, have no more.
        let number = 100_000_000_000_000 + uuid::Uuid::new_v4().as_u128() % 800_000_000_000_000;
        let canary = Canary::of(number.to_string().as_bytes());
        self.push(way, (canary, Vec::new()), Vec::new(), answer, quoted)
    }

    /// What came from elsewhere, at home in this native Secret (`namespace/name`), if in any.
    pub(super) fn mark_of(&self, way: &str, value: &[u8], home: Option<&str>) {
        let homes = home.map(str::to_owned).into_iter().collect();
        let canary = Canary::of(value);
        self.push(
            way,
            (canary, Vec::new()),
            homes,
            Answer::Unsent,
            Quoted::Nowhere,
        );
    }

    /// A native Secret of the proof's namespace.
    pub(super) fn home_of(&self, native: &str) -> String {
        format!("{}/{native}", self.ns.name)
    }

    fn push(
        &self,
        way: &str,
        (canary, ends): (Canary, Vec<Canary>),
        homes: Vec<String>,
        answer: Answer,
        quoted: Quoted,
    ) -> String {
        let value = String::from_utf8_lossy(canary.bytes()).into_owned();
        let mut marks = self.marks.lock().unwrap();
        let number = marks.len();
        marks.push(Mark {
            number,
            way: way.to_owned(),
            canary,
            ends,
            arrives: !homes.is_empty(),
            homes,
            answer,
            quoted,
        });
        value
    }
}

/// A value, and its first and last bytes. It begins and ends with a letter that is no hexadecimal digit, so that
/// these are in none of the identifiers that are everywhere.
fn fresh() -> (Canary, Vec<Canary>) {
    let mut value = b"q".to_vec();
    // Twelve digits take the low bits of an identifier, which are all random.
    for mut rest in [(); 3].map(|()| uuid::Uuid::new_v4().as_u128()) {
        for _ in 0..12 {
            value.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize]);
            rest /= 36;
        }
    }
    value.push(b'q');
    let ends = [&value[..END], &value[value.len() - END..]].map(Canary::of);
    (Canary::of(&value), ends.into())
}
