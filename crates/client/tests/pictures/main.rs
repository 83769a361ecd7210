//! Pictures leave a toy as pixels and nothing else.
//!
//! The judge is the real `exiftool`, and the defendants are photographs of real cameras and
//! phones, beside some that are made here.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops where it is")]

mod damage;
mod exiftool;
mod formats;
mod metadata;
mod orientation;
mod photos;
mod specimen;
