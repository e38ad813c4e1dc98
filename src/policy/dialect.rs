//! What a template may be written with: less than the engine knows.
//!
//! Templates are the work of tenants, and one process renders them for all. The engine counts the steps
//! that a template takes and the bytes that it makes, but not what it takes to go through lists within
//! lists, or lists that are joined or repeated: a few lines could keep it busy for hours. So a template
//! makes no lists and maps of its own, and what it calls makes none that hold others.
//!
//! Nor does the engine count how deep it goes when it parses, compiles and drops a template. Where that is
//! deep enough, the process ends. So an expression and a nesting have a length.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// Filters, those of [`super::template`] included.
const FILTERS: [&str; 26] = [
    "b64decode",
    "b64encode",
    "capitalize",
    "certs",
    "default",
    "first",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "replace",
    "split",
    "todotenv",
    "toenv",
    "tojson",
    "toproperties",
    "totoml",
    "toyaml",
    "trim",
    "upper",
    "urlencode",
];

/// Functions.
const FUNCTIONS: [&str; 1] = ["range"];

/// Statements.
const STATEMENTS: [&str; 8] = [
    "if", "elif", "else", "endif", "for", "endfor", "set", "endset",
];

/// The longest expression or statement, in tokens.
const EXPRESSION: usize = 200;

/// How many `if` and `for` may stand within each other; an `elif` counts as one.
const DEPTH: usize = 40;

/// Names after which a parenthesis only groups.
const KEYWORDS: [&str; 10] = [
    "and", "elif", "else", "for", "if", "in", "is", "not", "or", "set",
];

/// What opened, and is not closed yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// The arguments of a filter, a test or a function.
    Call,
    Group,
    Index,
}

/// The line of `source` that has something which is not allowed, and what that is, in words that follow
/// "uses". Nothing where it does not parse: the engine says that better.
pub(super) fn forbidden(source: &str, syntax: SyntaxConfig) -> Option<(usize, &'static str)> {
    let mut open = Vec::new();
    // The names that a `for` gives stand before its `in`.
    let mut names_of_for = false;
    let mut before = [None, None];
    // Tokens since the expression began, and the branches of each statement that is not ended.
    let mut length = 0;
    let mut nested: Vec<usize> = Vec::new();
    let mut tokens = tokenize(source, false, syntax)
        .map_while(Result::ok)
        .peekable();
    while let Some((token, span)) = tokens.next() {
        let line = usize::from(span.start_line);
        let [earlier, last] = &before;
        length += 1;
        if length > EXPRESSION {
            return Some((
                line,
                "an expression that is too long: use `set` for its parts",
            ));
        }
        let is_called = matches!(tokens.peek(), Some((Token::ParenOpen, _)));
        match &token {
            Token::VariableStart | Token::BlockStart | Token::TemplateData(_) => length = 0,
            Token::Plus | Token::Mul | Token::Pow => {
                return Some((line, "`+` or `*`: join text with `~`"));
            }
            Token::BraceOpen => return Some((line, "a map")),
            Token::BracketOpen if !last.as_ref().is_some_and(is_operand) => {
                return Some((line, "a list"));
            }
            Token::BracketOpen => open.push(Open::Index),
            Token::ParenOpen => open.push(match last {
                Some(Token::Ident(name)) if !KEYWORDS.contains(name) => Open::Call,
                _ => Open::Group,
            }),
            Token::ParenClose | Token::BracketClose => {
                open.pop();
            }
            Token::Comma if open.last() != Some(&Open::Call) && !names_of_for => {
                return Some((line, "a list (by a comma)"));
            }
            Token::Ident(name) => match (earlier, last) {
                (_, Some(Token::BlockStart)) => {
                    if !STATEMENTS.contains(name) {
                        return Some((line, "a statement that templates here do not have"));
                    }
                    names_of_for = *name == "for";
                    match *name {
                        "if" | "for" => nested.push(1),
                        "elif" => {
                            if let Some(branches) = nested.last_mut() {
                                *branches += 1;
                            }
                        }
                        "endif" | "endfor" => drop(nested.pop()),
                        _ => {}
                    }
                    if nested.iter().sum::<usize>() > DEPTH {
                        return Some((line, "too many `if`, `elif` or `for` within each other"));
                    }
                }
                (_, Some(Token::Pipe)) if *name == "tojson" && is_called => {
                    return Some((line, "`tojson` with arguments, which it has none of here"));
                }
                (_, Some(Token::Pipe)) if !FILTERS.contains(name) => {
                    return Some((line, "a filter that does not exist"));
                }
                (_, Some(Token::Pipe | Token::Ident("is")))
                | (Some(Token::Ident("is")), Some(Token::Ident("not"))) => {}
                _ if is_called && !KEYWORDS.contains(name) && !FUNCTIONS.contains(name) => {
                    return Some((line, "a function that does not exist"));
                }
                _ => names_of_for &= *name != "in",
            },
            _ => {}
        }
        before = [before[1].take(), Some(token)];
    }
    None
}

/// Whether a bracket after it takes something out of it.
fn is_operand(token: &Token<'_>) -> bool {
    match token {
        Token::Ident(name) => !KEYWORDS.contains(name),
        Token::ParenClose | Token::BracketClose | Token::Str(_) | Token::String(_) => true,
        _ => false,
    }
}
