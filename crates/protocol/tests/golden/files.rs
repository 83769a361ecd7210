//! Files of vectors, made again and compared byte for byte.
//!
//! A difference is a change of the protocol, or a mistake; either way somebody must look. To take a
//! change over, run once with `TREEHOUSE_BLESS=1` (which still fails), look at the diff, and run
//! again.

use std::path::PathBuf;

use crate::json::{Json, map};

/// A maker of one file: its name, what it holds, and the vectors.
pub type File = (&'static str, &'static str, fn() -> Vec<Json>);

/// Where the vectors of TH/1 lie, whichever crate makes them.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../protocol/tests/vectors")
}

#[expect(clippy::disallowed_methods, reason = "only a person who runs the test by hand says this")]
pub fn is_blessing() -> bool {
    std::env::var("TREEHOUSE_BLESS").is_ok_and(|value| value == "1")
}

/// The line where two texts part.
pub fn first_difference(stored: &str, made: &str) -> String {
    let lines = stored.lines().zip(made.lines()).enumerate();
    let mut different = lines.filter(|(_, (stored, made))| stored != made);
    different.next().map_or_else(
        || "one is longer".to_owned(),
        |(line, (stored, made))| format!("line {}:\n- {stored}\n+ {made}", line + 1),
    )
}

/// Makes a file again, and says in which line it differs.
pub fn check((name, title, vectors): File) -> Result<(), String> {
    let file = map([("title", title.into()), ("vectors", vectors().into())]);
    let (made, path) = (file.text(), folder().join(name));
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    if stored == made {
        return Ok(());
    }
    if is_blessing() {
        std::fs::write(&path, &made).unwrap();
        return Err(format!("{name}: blessed; look at the diff and run again"));
    }
    let difference =
        if path.exists() { first_difference(&stored, &made) } else { "it's missing".to_owned() };
    Err(format!(
        "{name} isn't what the code makes; set TREEHOUSE_BLESS=1 if that's meant: {difference}"
    ))
}

/// The same for all of them, telling all differences at once.
pub fn check_all(files: impl IntoIterator<Item = File>) {
    let failed: Vec<_> = files.into_iter().filter_map(|file| check(file).err()).collect();
    assert_eq!(failed.len(), 0, "{}", failed.join("\n"));
}
