//! What a pack consists of, and who says so.

use std::fmt::Write as _;

use treehouse_protocol::id::Hash;

use super::{Collected, Pages, date};

/// The name of the list of files.
pub const MANIFEST: &str = "manifest.txt";
/// The name of the signed note over it.
pub const SIGNATURE: &str = "manifest.sig";

/// The list of files, one line each as `sha256sum` writes it, and the statement about it that is
/// signed: six lines, none of which begins as a checkpoint does.
#[must_use]
pub fn statement(found: &Collected, pages: &Pages) -> (Vec<u8>, String) {
    let mut list = String::new();
    for (name, bytes) in pages {
        // Writing to a string can't fail.
        let _ = writeln!(list, "{}  {name}", Hash::of(bytes));
    }
    let statement = format!(
        "treehouse evidence 1\n{}\n{}\n{}\n{}\n{}\n",
        found.deployment,
        date(found.period.from),
        date(found.period.to),
        found.made.0,
        Hash::of(list.as_bytes()),
    );
    (list.into_bytes(), statement)
}
