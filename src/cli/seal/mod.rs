//! `coffer seal`: values sealed on the author's machine.

mod data;
mod decode;
pub(crate) mod manifest;
pub(crate) mod problem;
mod reader;
mod splice;
pub(crate) mod yaml;

#[cfg(test)]
mod tests;
