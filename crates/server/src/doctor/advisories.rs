//! Whether a hole is known by now in what this release is built from (PIPEDA report 2018-001,
//! finding (i)): the release knew the advisories of its day, and no later ones.

use std::path::Path;

use rustsec::{Database, Lockfile, Vulnerability};

use super::Finding;
use crate::config::Config;
use crate::port::clock::Time;
use crate::registers::Date;

/// Every package of the workspace, those of its tests, too: the file that the release was built by.
const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));
const SUBJECT: &str = "advisories";
/// Days after which a copy without a newer advisory is thought forgotten: there are some each month.
const DAYS_OLD_MAX: i64 = 60;
const BRING: &str = "bring a copy of https://github.com/rustsec/advisory-db up to date each day, and \
                     name its folder in [advisories]";

pub(super) fn examine(config: &Config, now: Time) -> Vec<Finding> {
    let Some(folder) = &config.advisories.folder else {
        let found = "none are looked at: holes that became known after this release stay unseen";
        return vec![Finding::choice(SUBJECT, found, BRING)];
    };
    judge(folder, LOCK, now).unwrap_or_else(|| {
        let found = format!("{} holds no advisories that can be read", folder.display());
        vec![Finding::warn(SUBJECT, found, BRING)]
    })
}

/// What a copy of the advisories says of these packages; `None` if it can't be read or holds none.
fn judge(folder: &Path, lock: &str, now: Time) -> Option<Vec<Finding>> {
    let database = Database::open(folder).ok()?;
    let newest = database.iter().map(|advisory| advisory.metadata.date.as_str()).max()?;
    let newest = Date::parse(newest)?;
    let lock: Lockfile = lock.parse().ok()?;
    let mut findings: Vec<Finding> = database.vulnerabilities(&lock).iter().map(hole).collect();
    let days = i64::from(now.day().0) - i64::from(newest.day().0);
    if days > DAYS_OLD_MAX {
        let found = format!("the newest one is of {newest}: {days} days ago");
        findings.push(Finding::warn(SUBJECT, found, BRING));
    }
    if findings.is_empty() {
        let count = lock.packages.len();
        let found =
            format!("none for the {count} packages of this release; the newest is of {newest}");
        findings.push(Finding::ok(SUBJECT, found));
    }
    Some(findings)
}

fn hole(hole: &Vulnerability) -> Finding {
    let Vulnerability { advisory, versions, package, .. } = hole;
    let found =
        format!("{} {}: {} ({})", package.name, package.version, advisory.title, advisory.id);
    let mended: Vec<String> = versions.patched().iter().map(ToString::to_string).collect();
    let advice = if mended.is_empty() {
        "no version of the package mends it yet; look for a release of Treehouse that does without it"
            .to_owned()
    } else {
        format!(
            "install a release of Treehouse that is built with {} {}",
            package.name,
            mended.join(" or ")
        )
    };
    Finding::warn(SUBJECT, found, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    const NOW: Time = Time(1_795_000_000_000);

    /// A package from the registry, as a lock file names it.
    fn lock(name: &str, version: &str) -> String {
        format!(
            "version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \
             \"registry+https://github.com/rust-lang/crates.io-index\"\n"
        )
    }

    /// A copy with one advisory, for a package that doesn't exist.
    fn copy(date: &str, more: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("crates/leaky");
        std::fs::create_dir_all(&place).expect("it can be made");
        let text = format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"leaky\"\ndate = \
             \"{date}\"\n{more}[versions]\npatched = [\">= 2.0.0\"]\n```\n\n# It leaks\n\nAll of it.\n"
        );
        std::fs::write(place.join("RUSTSEC-2026-9999.md"), text).expect("it can be written");
        folder
    }

    fn judged(copy: &tempfile::TempDir, lock: &str) -> Vec<Finding> {
        judge(copy.path(), lock, NOW).expect("it can be read")
    }

    #[test]
    fn a_hole_that_became_known_is_found_in_the_version_that_has_it_and_in_no_other() {
        let today = Date::of(NOW.day()).to_string();
        let copy = copy(&today, "");
        let found = judged(&copy, &lock("leaky", "1.9.0"));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].is_wrong()
                && found[0].found.contains("leaky 1.9.0: It leaks (RUSTSEC-2026-9999)")
        );
        let advice = found[0].advice.as_deref().unwrap_or_default();
        assert!(advice.contains("leaky >=2.0.0"), "{advice}");
        for (name, version) in [("leaky", "2.0.0"), ("tight", "1.9.0")] {
            let found = judged(&copy, &lock(name, version));
            assert_eq!((found.len(), found[0].verdict), (1, Verdict::Ok), "{found:?}");
        }
    }

    #[test]
    fn what_was_withdrawn_or_only_informs_is_no_hole() {
        let today = Date::of(NOW.day()).to_string();
        for more in
            [format!("withdrawn = \"{today}\"\n"), "informational = \"unmaintained\"\n".to_owned()]
        {
            let found = judged(&copy(&today, &more), &lock("leaky", "1.9.0"));
            assert!(found.iter().all(|finding| !finding.is_wrong()), "{found:?}");
        }
    }

    #[test]
    fn a_copy_that_nobody_brings_up_to_date_is_found() {
        let day = |days| Date::of(NOW.minus_days(days).day()).to_string();
        assert!(judged(&copy(&day(61), ""), &lock("tight", "1.0.0"))[0].is_wrong());
        assert!(!judged(&copy(&day(60), ""), &lock("tight", "1.0.0"))[0].is_wrong());
    }

    #[test]
    fn what_is_no_copy_is_not_taken_for_good_news() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(judge(folder.path(), LOCK, NOW).is_none(), "nothing is there");
        std::fs::create_dir(folder.path().join("crates")).expect("it can be made");
        assert!(judge(folder.path(), LOCK, NOW).is_none(), "an empty list");
    }

    #[test]
    fn this_release_is_looked_at() {
        let lock: Lockfile = LOCK.parse().expect("cargo wrote it");
        assert!(lock.packages.iter().any(|package| package.name.as_str() == "rustls"));
    }
}
