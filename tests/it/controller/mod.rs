//! What the controllers promise, on a real cluster.

mod bindings;
mod broken;
mod conflict;
mod cost;
mod crash;
mod deletion;
mod generated;
mod interruption;
mod keyring;
mod kubectl;
mod order;
mod peace;
mod plaintext;
mod poison;
mod quota;
mod races;
mod repair;
mod restart;
mod sources;
mod store_keys;
mod stores;
mod target;
mod template;
mod values;
mod version;
