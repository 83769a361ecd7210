//! A second build in another folder must give the same bytes.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::answer;

/// Copies what git tracks or would track, so that uncommitted work is compared
/// with itself; no build output comes along.
pub fn copy_sources(workspace: &Path, elsewhere: &Path) -> Result<PathBuf> {
    // A longer path than the first, as lengths too have leaked into files.
    let copy = elsewhere.join("a-folder-with-another-name");
    if elsewhere.exists() {
        fs::remove_dir_all(elsewhere).context("clearing the copy of the last run")?;
    }
    let question = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let files = answer(Command::new("git").current_dir(workspace).args(question))?;
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let from = workspace.join(file);
        // Listed still, though deleted in the work tree.
        if !from.exists() {
            continue;
        }
        let to = copy.join(file);
        let folder = to.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        fs::copy(&from, &to).with_context(|| format!("copying {file}"))?;
    }
    Ok(copy)
}

/// The number of files, all the same in both folders.
pub fn compare(first: &Path, second: &Path) -> Result<usize> {
    let (first, second) = (contents(first)?, contents(second)?);
    ensure!(first.keys().eq(second.keys()), "the two builds wrote files of different names");
    for (name, bytes) in &first {
        ensure!(second.get(name) == Some(bytes), "{name} depends on the folder it is built in");
    }
    ensure!(!first.is_empty(), "the builds wrote nothing");
    Ok(first.len())
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().context("a file without a name")?;
        let name = name.to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = contents(&path)?.into_iter();
            files.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        files.insert(name, bytes);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_other_byte_is_noticed() {
        let base = std::env::temp_dir().join(format!("treehouse-compare-{}", std::process::id()));
        let (first, second) = (base.join("first"), base.join("second"));
        for (folder, bytes) in [(&first, b"same"), (&second, b"same")] {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("core.js"), bytes).unwrap();
        }
        assert_eq!(compare(&first, &second).unwrap(), 1);

        fs::write(second.join("core.js"), b"sane").unwrap();
        assert!(compare(&first, &second).is_err());

        fs::write(second.join("core.js"), b"same").unwrap();
        fs::write(second.join("more.js"), b"").unwrap();
        assert!(compare(&first, &second).is_err());
        fs::remove_dir_all(base).unwrap();
    }
}
