//! The service: accounts, families, toys, records and blobs that it can't read.

pub mod access;
pub mod app;
pub mod backup;
pub mod config;
pub mod data_map;
pub mod doctor;
pub mod domain;
pub mod error;
pub mod form;
pub mod http;
pub mod jobs;
pub mod ledger;
pub mod live;
pub mod notice;
pub mod outer;
pub mod port;
pub mod random;
pub mod registers;
pub mod secrets;
pub mod start;
pub mod store;
pub mod tripwire;
pub mod witness;
