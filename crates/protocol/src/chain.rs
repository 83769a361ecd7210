//! The family sigchain: the root of everything.
//!
//! A family is a list of signed links, each naming the hash of the one before it. Whoever pins
//! the first link and replays the rest knows who belongs to the family, which keys there are and
//! what is granted to whom, without believing a server. The rooms, in reading order:
//!
//! - [`link_type`]: the 19 types;
//! - [`body`]: what each type says;
//! - [`link`]: the envelope around it;
//! - [`rules`]: who may sign what, as one table;
//! - [`family`]: what a chain amounts to, and the questions that can be asked of it;
//! - [`replay`]: reading a chain, link by link;
//! - `access`: who may read, and who may write;
//! - [`pen`]: writing the next links, as one batch;
//! - [`keyring`]: opening the keys that somebody was granted.

mod access;
pub mod body;
mod by_hash;
pub mod family;
pub mod keyring;
pub mod link;
pub mod link_type;
pub mod pen;
pub mod replay;
pub mod rules;

pub use access::ReadRight;
pub use family::Family;
pub use keyring::Keyring;
pub use link::Link;
pub use link_type::LinkType;
pub use pen::Pen;
pub use replay::ChainRefused;

/// The name of a whole chain in refusals.
pub(crate) const CHAIN: &str = "chain";
