//! The program as an operator runs it: its own process, real files, real TLS.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on must fail")]

mod client;
mod commands;
mod egress;
mod evidence;
mod examined;
mod listening;
mod paid;
mod parent;
mod place;
mod production;
mod stopping;
mod texted;
mod unseen;
