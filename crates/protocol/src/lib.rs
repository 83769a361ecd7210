//! TH/1, the protocol of Treehouse: consent is a key.
//!
//! A child's data is sealed under a key for that child and that kind of data. The only way to that
//! key is a grant: a guardian's client seals the key to somebody, for one purpose, until a day,
//! and signs it. Grants, and everything about who belongs to a family, are links of a chain that
//! anybody can replay from its first link.
//!
//! Server, toy, command line, browser and auditor run these lines. The crate does no I/O and has
//! no clock, randomness, thread or async of its own: the day and the random source are arguments.
//! The bytes are described in `docs/protocol.md` and frozen by the vectors in `tests/vectors/`.
//!
//! # Words
//!
//! - An *owner* is a guardian of the whole family, a *carer* one of some of its children; a *teen*
//!   is a child that decides for itself. They and the *devices* are *members*.
//! - The *chain* is a family's, and private; the *log* is the server's, and public. A *head* is the
//!   hash of the last link, and `seq` its place. What somebody has *seen* is such a pair, and it
//!   believes nothing older.
//! - A *key* without more words is that of a child, a category and a version. Its *maker* has it
//!   from the beginning; a *reader* gets it by a grant; a *writer* may add data by a grant or as a
//!   maker, and needn't be able to read: it seals to the *drop-box*.
//! - A key is *due* once a link took the right to read from somebody who holds it: nothing is
//!   written or granted under it until it was replaced. A grant that runs out by itself makes no
//!   key due; [`chain::Family::rotation_advised`] names those, too.
//! - A grant is *open* until a link ends it, and *live* on the days between its first and its last.
//! - Everybody has a signing key and a sealing key, and a [`id::KeyId`] goes by either: members and
//!   writers are named by the one, whom a grant is for by the other.
//!
//! # How consent works, in an hour
//!
//! Six files tell it, in this order; what each leaves out, the others needn't.
//!
//! 1. [`chain::rules`]: who may sign what. Whatever takes access away may rest on weak evidence, and
//!    then the server signs it; whatever gives access needs a guardian.
//! 2. [`grant`]: a consent. Only the newest version of a key is ever granted: what was sealed
//!    under an older one is handed on by sealing it again.
//! 3. [`chain::family`]: what a family's chain amounts to.
//! 4. `chain::replay::data`: how grants and keys begin and end.
//! 5. `chain::replay::say`, by `decides_for`: for which children somebody decides.
//! 6. `chain::access`: who may therefore read and write.
//!
//! *How consent ends.* It runs out on its day; or a guardian, or the server on weak evidence, ends it
//! by its hash; or whom it was given to leaves; or the data goes. Except where it runs out, the key
//! is due then, a guardian must replace it in the same batch, and the server hands out nothing
//! more. What was read can't be unread: from the new key on, nothing more is.
//!
//! *What the server is believed about.* Which links and records there are, until somebody has seen
//! more; the day on which a time lock begins and ends ([`chain::Family::append`] holds links to the
//! server's calendar, and a replay can only hold them to their order); and that an attested key is
//! an adult's. It can withhold, take access away and destroy. It can't read, grant, or let in.
//!
//! # Reading it top to bottom
//!
//! 1. The ground: [`error`], [`id`], [`secret`], [`cbor`], [`registry`].
//! 2. Keys: [`sign`], [`keys`], [`trust`].
//! 3. Consent: [`category`], [`grant`], and the chain that holds it together, whose rooms [`chain`]
//!    lists in their order.
//! 4. Data: [`franking`], [`record`], [`heads`], [`blob`], [`outer`].
//! 5. How a guardian keeps its keys: [`slot`], [`kit`], [`opaque`].
//! 6. How others are let in: [`invite`], [`pairing`], [`contact`].
//! 7. What is left to prove: [`receipt`], [`leaf`], [`tombstone`].
//!
//! To skip at first, as each does one thing that its head line tells: [`kem`], [`sorted`],
//! `by_hash`, `aead`, `base32`, `pad`, [`blob::layout`], `opaque::group`. Sections are those of
//! `docs/protocol.md`.

mod aead;
mod base32;
#[cfg(test)]
mod fixture;
mod pad;

pub mod blob;
pub mod category;
pub mod cbor;
pub mod chain;
pub mod contact;
pub mod error;
pub mod franking;
pub mod grant;
pub mod heads;
pub mod id;
pub mod invite;
pub mod kem;
pub mod keys;
pub mod kit;
pub mod leaf;
pub mod opaque;
pub mod outer;
pub mod pairing;
pub mod receipt;
pub mod record;
pub mod registry;
pub mod secret;
pub mod sign;
pub mod slot;
pub mod sorted;
pub mod tombstone;
pub mod trust;

/// Whether this build seals nothing: the control of the drill, which must find everything in it.
/// A server made of it refuses to run for anybody else.
pub const PLANTED_PLAINTEXT: bool = cfg!(feature = "planted-plaintext");

#[cfg(all(feature = "planted-plaintext", not(debug_assertions)))]
compile_error!("planted-plaintext seals nothing: it is never built with optimisation, for anybody");
