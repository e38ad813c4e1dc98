//! What is looked for, and what was found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Proof;
use super::marks::Mark;
use crate::support::canary::Hunt;

/// A value in a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sighting {
    pub(super) place: String,
    pub(super) way: String,
    pub(super) form: &'static str,
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, way, form } = self;
        write!(f, "{way}: {form} in {place}")
    }
}

/// The values, and where they were seen.
pub(super) struct Search {
    pub(super) marks: Vec<Mark>,
    hunt: Hunt,
    /// Of each piece that is looked for, whose it is.
    owners: Vec<usize>,
    /// Where they are not meant to be.
    pub(super) sightings: BTreeSet<Sighting>,
    /// The values that etcd has in a native Secret that is meant to hold them.
    pub(super) arrived: BTreeSet<usize>,
    /// How the API server answered the requests of authors that had a value in clear in their body.
    pub(super) answers: BTreeMap<usize, Vec<u16>>,
}

impl Proof {
    /// Fails when a value is where it is not meant to be, or is not where it is meant to be, or did not go
    /// the way that it was meant to go.
    pub(super) async fn assert_clean(&self) {
        let search = self.search().await;
        let seen = search.sightings.iter().map(Sighting::to_string);
        let missing = search.missing().map(|way| format!("{way}: did not arrive"));
        let wrong: Vec<_> = seen.chain(missing).chain(search.astray()).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

impl Search {
    pub(super) fn of(marks: Vec<Mark>) -> Self {
        let owners = |mark: &Mark| mark.pieces().map(|_| mark.number).collect::<Vec<_>>();
        Self {
            owners: marks.iter().flat_map(owners).collect(),
            hunt: Hunt::new(marks.iter().flat_map(Mark::pieces)),
            marks,
            sightings: BTreeSet::new(),
            arrived: BTreeSet::new(),
            answers: BTreeMap::new(),
        }
    }

    /// The number and the form of each value that the bytes hold, or an end of it.
    pub(super) fn find(&self, bytes: impl AsRef<[u8]>) -> BTreeSet<(usize, &'static str)> {
        let found = self.hunt.find(bytes).into_iter();
        found
            .map(|(piece, form)| (self.owners[piece], form))
            .collect()
    }

    /// What went in by these ways, and is not where it is meant to be.
    pub(super) fn missing(&self) -> impl Iterator<Item = &str> {
        self.marks
            .iter()
            .enumerate()
            .filter(|(number, mark)| mark.arrives && !self.arrived.contains(number))
            .map(|(_, mark)| mark.way.as_str())
    }

    /// What went in by these ways, and was not answered as it was meant to be.
    pub(super) fn astray(&self) -> impl Iterator<Item = String> {
        let marks = self.marks.iter().enumerate();
        marks.filter_map(|(number, mark)| {
            let codes = self.answers.get(&number).map_or(&[][..], Vec::as_slice);
            let Mark { way, answer, .. } = mark;
            (!answer.is(codes)).then(|| format!("{way}: answered {codes:?}, not {answer:?}"))
        })
    }

    /// Notes what the bytes of a place hold, but what they may.
    pub(super) fn look(&mut self, place: &str, bytes: &[u8], may: impl Fn(&Mark) -> bool) {
        for (number, form) in self.find(bytes) {
            let mark = &self.marks[number];
            if !may(mark) {
                self.sightings.insert(Sighting {
                    place: place.to_owned(),
                    way: mark.way.clone(),
                    form,
                });
            }
        }
    }

    /// Which values are in there.
    pub(super) fn numbers(&self, bytes: impl AsRef<[u8]>) -> BTreeSet<usize> {
        let found = self.find(bytes);
        found.into_iter().map(|(number, _)| number).collect()
    }
}
