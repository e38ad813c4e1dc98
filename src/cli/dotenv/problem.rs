//! What is wrong with a `.env` file.

/// What is wrong, and in which line. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {reason}")]
pub(in crate::cli) struct Problem {
    pub(in crate::cli) line: usize,
    pub(in crate::cli) reason: Reason,
}

/// Each message ends with the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum Reason {
    #[error("there is no `=`; write KEY=VALUE, or `#` in front of a comment")]
    NoAssignment,
    #[error(
        "the key is empty, has other characters than letters, digits, `-`, `_` and `.`, begins with `..`, or has more than 253; rename it"
    )]
    Key,
    #[error(
        "some tools allow blanks around `=` and others take them for a part of the value; write KEY=VALUE"
    )]
    Blanks,
    #[error(
        "the key was given in line {0} already; remove one, tools differ in which of them counts"
    )]
    Twice(usize),
    #[error(
        "the quote is not closed on this line; close it, and write line breaks as \\n in double quotes"
    )]
    Unclosed,
    #[error("something follows the closing quote; put all of the value into the quotes")]
    AfterQuote,
    #[error(
        "a `#` is a comment to some tools and a part of the value to others; quote the value, or put the comment on a line of its own"
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
