//! What is wrong with a `.env` file.

/// What is wrong, and in which line. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(in crate::cli::import) struct Problem {
    pub(in crate::cli::import) line: usize,
    pub(in crate::cli::import) reason: Reason,
}

/// Each message ends with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli::import) enum Reason {
    #[error("this is no assignment; write `KEY=value`, or `#` in front of a comment")]
    NoAssignment,
    #[error("the key has other characters than letters, digits, `-`, `_` and `.`; rename it")]
    Key,
    #[error(
        "the key was given in line {0} already; remove one, tools differ in which of them counts"
    )]
    Twice(usize),
    #[error("the quote that opens here is not closed; close it")]
    Unclosed,
    #[error("something follows the closing quote; put all of the value into the quotes")]
    AfterQuote,
    #[error(
        "a `#` without a blank before it is a comment to some tools and a part of the value to others; quote the value"
    )]
    Hash,
    #[error(
        "quotes, backticks and backslashes mean different things to different tools here; put the value into single quotes"
    )]
    Unquoted,
    #[error(
        "some tools put the value of a variable here; write that value out, or take the `$` as it is with single quotes"
    )]
    Variable,
    #[error(
        "this escape is not one that all tools know (they are \\n \\r \\t \\\\ \\\" \\$); double the backslash, or use single quotes"
    )]
    Escape,
}
