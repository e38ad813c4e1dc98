//! Lists: which, in which order, and which page of them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::shown::{SecretShown, StoreShown};
use crate::api::SecretState;

/// By what a list is sorted. Equal ones follow their creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// When it was made.
    #[default]
    Created,
    /// When it changed.
    Modified,
    /// Its name, byte by byte.
    Name,
    /// Its remark; those without one come first.
    Comment,
    /// Its state, as it is written.
    Status,
}

/// From which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    #[default]
    Descending,
}

/// Which of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of the name or remark, whatever its case.
    pub search: Option<String>,
    /// Any of these scopes; none: all.
    pub scopes: Vec<String>,
}

impl Filter {
    fn is_none(&self) -> bool {
        self.search.is_none() && self.scopes.is_empty()
    }

    /// The same, as it is compared with each.
    fn in_lower_case(&self) -> Self {
        Self {
            search: self.search.as_ref().map(|text| text.to_lowercase()),
            scopes: self.scopes.clone(),
        }
    }

    fn takes(&self, secret: &SecretShown) -> bool {
        let has = |text: &String, part: &str| text.to_lowercase().contains(part);
        let is_found = self.search.as_ref().is_none_or(|part| {
            let mut texts = [&secret.name].into_iter().chain(&secret.comment);
            texts.any(|text| has(text, part))
        });
        let is_in = |scope: &String| secret.scopes.contains(scope);
        is_found && (self.scopes.is_empty() || self.scopes.iter().any(is_in))
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which.
    pub filter: Filter,
    /// By what they are sorted.
    pub order: Order,
    /// From which end.
    pub direction: Direction,
    /// How many are left out before the page.
    pub skip: usize,
    /// How many are on the page, at most.
    pub take: usize,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: usize,
}

/// What can be listed.
pub(super) trait Listed: for<'a> From<&'a Self::Object> {
    type Object;
    fn is_taken(&self, filter: &Filter) -> bool;
    fn compare(&self, other: &Self, order: Order) -> Ordering;
}

impl Listed for SecretShown {
    type Object = crate::api::Secret;

    fn is_taken(&self, filter: &Filter) -> bool {
        filter.takes(self)
    }

    fn compare(&self, other: &Self, order: Order) -> Ordering {
        match order {
            Order::Created => Ordering::Equal,
            Order::Modified => self.modified.cmp(&other.modified),
            Order::Name => self.name.cmp(&other.name),
            Order::Comment => self.comment.cmp(&other.comment),
            Order::Status => word(self.state).cmp(word(other.state)),
        }
    }
}

impl Listed for StoreShown {
    type Object = crate::api::SecretStore;

    fn is_taken(&self, _: &Filter) -> bool {
        true
    }

    fn compare(&self, other: &Self, order: Order) -> Ordering {
        match order {
            Order::Modified => self.modified.cmp(&other.modified),
            Order::Name => self.name.cmp(&other.name),
            Order::Created | Order::Comment | Order::Status => Ordering::Equal,
        }
    }
}

const fn word(state: SecretState) -> &'static str {
    match state {
        SecretState::Active => "active",
        SecretState::Deleted => "deleted",
        SecretState::Pending => "pending",
    }
}

/// A page of `total` objects, of which `part` gives a range in the order in which they were made. In that order, and
/// without a filter, only the page is looked at.
pub(super) fn page<T: Listed>(
    query: &Query,
    total: usize,
    part: impl FnOnce(std::ops::Range<usize>) -> Vec<Arc<T::Object>>,
) -> Page<T> {
    let Query {
        filter,
        order,
        direction,
        skip,
        take,
    } = query;
    let is_descending = *direction == Direction::Descending;
    let show = |objects: Vec<Arc<T::Object>>| -> Vec<T> {
        objects.iter().map(|object| T::from(object)).collect()
    };
    if filter.is_none() && *order == Order::Created {
        let (start, end) = ((*skip).min(total), skip.saturating_add(*take).min(total));
        let mut items = if is_descending {
            show(part(total - end..total - start))
        } else {
            show(part(start..end))
        };
        if is_descending {
            items.reverse();
        }
        return Page { items, total };
    }
    let mut all = show(part(0..usize::MAX));
    let filter = filter.in_lower_case();
    all.retain(|item| item.is_taken(&filter));
    all.sort_by(|a, b| a.compare(b, *order));
    if is_descending {
        all.reverse();
    }
    let total = all.len();
    let items = all.into_iter().skip(*skip).take(*take).collect();
    Page { items, total }
}
