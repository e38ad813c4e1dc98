//! What Coffer's own filters say. The engine's words can quote what a template works on; these are constant, and so the
//! only ones that are passed on.

use minijinja::{Error, ErrorKind};

/// A filter was given a number, a list, or the like.
pub(super) const NO_TEXT: &str = "gives a filter what is neither a text nor a map of texts";

/// Of `b64decode`.
pub(super) const BASE64: &str = "decodes what is not base64 of a text";

/// A value that is not UTF-8, used as if it were.
pub(super) const BINARY: &str = "uses a value that is not text: take it from `data_base64`";

/// Of `toenv` and `todotenv`.
pub(super) const VARIABLE: &str = "gives a variable a name that is none: it has letters, digits and `_`, and does not \
                                   begin with a digit";

/// Of `toenv`.
pub(super) const ENV: &str = "writes a value that docker, dotenv and a shell do not read alike: `toenv` takes letters, \
                              digits and `_./:@%+,=-`, and `todotenv` all but a few";

/// Of `todotenv`.
pub(super) const DOTENV: &str = "writes a value that dotenv and a shell do not read alike: it has a single quote, a \
                                 backslash, `${` or a control character";

/// Of `certs`.
pub(super) const CERTIFICATES: &str = "takes certificates from what are none: they are in PEM, each whole and on lines \
                                       of its own";

const ALL: [&str; 7] = [NO_TEXT, BASE64, BINARY, VARIABLE, ENV, DOTENV, CERTIFICATES];

/// The error that a filter ends with.
pub(super) fn error(flaw: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, flaw)
}

/// What the engine says of the only thing that JSON cannot hold here.
const NO_JSON: &str = "cannot serialize to JSON";

/// What a filter of Coffer's said.
pub(super) fn of(error: &Error) -> Option<&'static str> {
    let said = error.detail()?;
    if said == NO_JSON {
        return Some(BINARY);
    }
    ALL.into_iter().find(|flaw| *flaw == said)
}
