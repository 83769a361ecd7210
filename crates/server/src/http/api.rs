//! The endpoints, one file a noun. Each is a few lines: take the request apart, ask the use case,
//! put the answer together.

pub mod account;
pub mod blob;
pub mod breach;
pub mod chain;
pub mod complaint;
pub mod house;
pub mod inquiry;
pub mod invitation;
pub mod log;
pub mod notice;
pub mod pairing;
pub mod record;
pub mod recovery;
pub mod session;
pub mod steward;
pub mod toy;
pub mod verification;
