//! The webhooks: values are sealed before they are stored, and what cannot work is said at once.
//!
//! The API server calls them for Coffer's own kinds only, and on every replica. They judge by the same
//! rules as the controller, which enforces them: a webhook that is down lets nothing through that the
//! controller would not refuse, and no value in clear (the chart's policy sees to that).
//!
//! | file | what it is for |
//! |---|---|
//! | `seal` | mutating, must answer: no value goes on in clear |
//! | `reseal` | the part of it that an annotation asks for: sealing again after a rotation |
//! | `keep` | mutating: the stored envelope stays where an older one with the same value comes back |
//! | `scrub` | mutating: no value in the last-applied annotation; the identifier |
//! | `advise` | validating: what the controller would say |
//! | `settle` | what changes nothing in the end is not written |
//! | `review` | reading a review and answering it |
//! | `door` | what they know: memory, and the stores' keys |
//! | `turns` | places for those who open envelopes, one for each namespace at a time |
//! | `guesses` | not an oracle for whoever tries values |
//! | `server` | HTTPS, with limits |
//! | [`identity`] | certificates and the path, rotated by themselves |
//! | `presence`, `keeper` | what the server shows, and keeping it by the identity |
//! | `pair` | a certificate with its key, ours or given, and why it cannot be shown |
//! | `given`, `trouble` | whether the API server will take a certificate of the administrator's own; telling why not |
//! | `registration` | telling the API server where the webhooks are |

mod advise;
mod door;
mod given;
mod guesses;
pub mod identity;
mod keep;
mod keeper;
mod pair;
mod presence;
mod registration;
mod reseal;
mod review;
mod scrub;
mod seal;
mod server;
mod settle;
mod trouble;
mod turns;

pub use door::Door;
pub use presence::Presence;
pub use registration::{Address, register};
pub use server::{bind, serve};
