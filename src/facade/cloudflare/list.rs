//! Which page of a list is asked for.

use super::envelope::Failure;
use crate::facade::query::Pairs;
use crate::operations::{Direction, Filter, Order, Query};

/// Items on a page, where nobody says how many.
const PER_PAGE: usize = 20;

/// The most items on a page.
const MAX_PER_PAGE: usize = 100;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Counted from 1.
    pub(super) page: usize,
    pub(super) per_page: usize,
    pub(super) query: Query,
}

/// Orders by their names.
const OF_SECRETS: &[(&str, Order)] = &[
    ("name", Order::Name),
    ("comment", Order::Comment),
    ("created", Order::Created),
    ("modified", Order::Modified),
    ("status", Order::Status),
];

const OF_STORES: &[(&str, Order)] = &[
    ("name", Order::Name),
    ("created", Order::Created),
    ("modified", Order::Modified),
];

/// Of secrets.
///
/// # Errors
/// A parameter that means nothing.
pub(super) fn of_secrets(query: Option<&str>) -> Result<Asked, Failure> {
    let pairs = Pairs::of(query);
    let filter = Filter {
        search: pairs.last("search").map(str::to_owned),
        scopes: pairs.all("scopes"),
    };
    asked(&pairs, OF_SECRETS, filter)
}

/// Of stores, or accounts.
///
/// # Errors
/// A parameter that means nothing.
pub(super) fn of_stores(query: Option<&str>) -> Result<Asked, Failure> {
    asked(&Pairs::of(query), OF_STORES, Filter::default())
}

fn asked(pairs: &Pairs, orders: &[(&str, Order)], filter: Filter) -> Result<Asked, Failure> {
    let wrong = |name: &str| Failure::invalid(format!("invalid_query_parameter: {name}"));
    let number = |name: &str, default: usize| {
        let text = pairs.last(name);
        let number = text.map_or(Ok(default), |text| {
            text.parse::<u32>().map(|it| it as usize)
        });
        number.map_err(|_| wrong(name))
    };
    let page = number("page", 1)?.max(1);
    let per_page = match number("per_page", PER_PAGE)? {
        0 => PER_PAGE,
        per_page => per_page.min(MAX_PER_PAGE),
    };
    let order = match pairs.last("order") {
        None => Order::default(),
        Some(word) => {
            let known = orders.iter().find(|(name, _)| *name == word);
            known.ok_or_else(|| wrong("order"))?.1
        }
    };
    let direction = match pairs.last("direction") {
        None => Direction::default(),
        Some("asc") => Direction::Ascending,
        Some("desc") => Direction::Descending,
        Some(_) => return Err(wrong("direction")),
    };
    Ok(Asked {
        page,
        per_page,
        query: Query {
            filter,
            order,
            direction,
            skip: (page - 1).saturating_mul(per_page),
            take: per_page,
        },
    })
}
