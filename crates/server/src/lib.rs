//! The service: accounts, families, toys, records and blobs that it can't read.

pub mod store;
