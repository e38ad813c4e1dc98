//! `coffer keys list`: which keys each store has.
//!
//! | file | what it is for |
//! |---|---|
//! | [`view`] | records as a table, or as data |

mod view;

pub(super) use view::damaged;

use std::process::ExitCode;

use anyhow::Context as _;
use jiff::Timestamp;

use super::args::ListArgs;
use super::custody::Custody;
use crate::cli::cluster::Cluster;
use crate::cli::output;
use crate::cli::paint::Paint;

pub(super) fn run(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let cluster = Cluster::connect(&args.place.connection)?;
    let custody = Custody::new(&cluster, &args.place);
    let records = custody.records().context("cannot read the stores' keys")?;
    let stores = view::of(&records, args.namespace.as_deref());
    if args.output.data().is_none() {
        for damaged in &stores.damaged {
            eprintln!("coffer: {damaged}");
        }
        if stores.stores.is_empty() {
            let place = &args.place.operator_namespace;
            eprintln!(
                "coffer: there are no keys of stores in {place}; is it the --operator-namespace?"
            );
            return Ok(ExitCode::SUCCESS);
        }
    }
    let text = match args.output.data() {
        Some(format) => format.text(&stores)?,
        None => view::table(&stores, Timestamp::now()).render(Paint::of_stdout()),
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
