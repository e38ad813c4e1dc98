//! YAML with positions: just enough of it to change some scalars and leave every other byte alone.
//!
//! | file | what it is for |
//! |---|---|
//! | [`tree`] | the stream as nodes that know where they stand |
//! | [`builder`] | makes it from the events of the parser |
//! | [`position`] | characters, bytes, lines and columns |
//! | [`syntax`] | what is wrong with a text, in words that quote none of it |
//! | [`extent`] | the bytes of one scalar, its block included |
//! | [`json`] | a node as JSON, for objects that hold no secret |
//! | [`plain`] | what Kubernetes takes an unquoted scalar for |

mod builder;
pub(crate) mod extent;
pub(crate) mod json;
pub(crate) mod plain;
pub(crate) mod position;
pub(crate) mod syntax;
pub(crate) mod tree;
