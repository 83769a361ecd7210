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
//! Nine files tell it, in this order; what each leaves out, the others needn't.
//!
//! 1. [`category`]: the key of a child's data, which a consent hands on.
//! 2. [`grant`]: a consent. Only the newest version of a key is ever granted: what was sealed
//!    under an older one is handed on by sealing it again.
//! 3. [`chain::rules`]: who may sign what. Whatever takes access away may rest on weak evidence, and
//!    then the server signs it; whatever gives access needs a guardian, or a toy that one has trusted
//!    to bring a guardian back, and three days.
//! 4. [`chain::family`]: what a family's chain amounts to.
//! 5. `chain::replay`, by `append` and `step`: how a link takes effect, and which keys its batch owes.
//! 6. `chain::replay::data`: how grants and keys begin and end.
//! 7. `chain::replay::say`, by `decides_for`: for which children somebody decides.
//! 8. `chain::access`: who may therefore read and write.
//! 9. [`chain::pen`]: how a client writes all that; `chain::replay::members` is how somebody comes
//!    and goes.
//!
//! # How consent ends
//!
//! | what happens | grants that end | keys that are due |
//! |---|---|---|
//! | the last day of a grant is over | that one | none |
//! | consent is taken back | those that are named; each version of a key has grants of its own | what they could read of the newest |
//! | a toy or a guardian leaves, or comes back under other keys | theirs | the same, and what they had made |
//! | some of a child's data is erased | all of that | all of that |
//! | a child is erased, or leaves | all of the child | none: nobody writes for it any more |
//! | a child comes of age | those of its guardians | all of the child |
//!
//! With a grant that has ended, the server hands out nothing more. After the second row and the third the
//! guardian who signs replaces what is due in the same batch. After the others, after a toy brought somebody
//! back, and after what the server signed on weak evidence, whoever may does so next; until then nothing is
//! granted or written under such a key. What was read can't be unread: from the new key on, nothing more
//! is.
//!
//! *What the server is believed about.* Which links and records there are, until somebody has seen
//! more; the day on which a time lock begins and ends ([`chain::Family::append`] holds links to the
//! server's calendar, and a replay can only hold them to their order); that an attested key is
//! an adult's, or of a teen that founds for itself; and that two accounts are two people's. It can
//! withhold, take access away and destroy. It can't grant or let in; nor can it read, unless it guesses a
//! password ([`opaque`] says what that takes) or a guardian has left it a way to the keys ([`slot`]).
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
