//! The nouns of the service and what can be decided about them alone: no storage, no network.

pub mod account;
pub mod breach;
pub mod card;
pub mod complaint;
pub mod data;
pub mod destruction;
pub mod evidence;
pub mod house;
pub mod incident;
pub mod inquiry;
pub mod invitation;
pub mod leaf;
pub mod letter;
pub mod offer;
pub mod operator;
pub mod pairing;
pub mod principal;
pub mod recovery;
pub mod row_seal;
pub mod scope;
pub mod sms;
pub mod steward;
pub mod talk;
pub mod text;
pub mod token;
pub mod verification;
