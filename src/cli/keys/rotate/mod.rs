//! `coffer keys rotate`: new keys of stores, or a new root key.
//!
//! | file | what it is for |
//! |---|---|
//! | [`store`] | asks for new keys with an annotation of the store |
//! | [`root`] | adds a root key to the keyring |
//! | [`wait`] | looks again and again until the operator has done it |

mod root;
mod store;
mod wait;

pub(super) use root::run as root;
pub(super) use store::run as stores;
