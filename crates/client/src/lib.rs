//! Guardian and toy as a library.

pub mod picture;
