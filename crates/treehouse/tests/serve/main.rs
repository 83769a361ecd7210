//! The program as an operator runs it: its own process, real files, real TLS.

mod client;
mod commands;
mod examined;
mod listening;
mod place;
mod stopping;
mod unseen;
