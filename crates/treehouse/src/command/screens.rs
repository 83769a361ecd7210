//! `treehouse screens`: the archive of what families were shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::id::Hash;
use treehouse_server::app::screens;
use treehouse_server::config::Config;
use treehouse_server::http;
use treehouse_server::port::clock::SystemClock;
use treehouse_server::start;

use super::ConfigFile;
use crate::output::Output;

const README: &str = "The app that browsers were sent, as it was.\n\n\
    bundle.txt  SHA-256 of each file of it; its own hash is in the transparency log (kind publication,\n\
    \u{20}           word bundle), and is what `GET /v1/bundle` answered\n\
    app/        the files: every page, its texts in each language, its graphics and its addresses. To see\n\
    \u{20}           it again, serve this folder, with index.html for every address that is no file\n\
    pictures/   screens as a browser showed them, each with its address, its language and its text\n";

/// Keep what families were shown: each app, with pictures of its screens.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse screens archive --pictures screenshots/ --out screens.tar\n  \
    treehouse screens keep --config treehouse.toml screens.tar\n\n\
    `archive` writes the app that this program holds; a release has such a file beside its programs.\n\
    `keep` puts it into the database, with its hash in the log. It stays as long as the deployment, and\n\
    `treehouse evidence` has it. Do that after each update whose app is another: the daily scan tells\n\
    when it wasn't done.")]
pub struct Screens {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the archive of the app that this program holds
    Archive {
        /// A new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A folder with pictures of screens, as the journeys of the sources take them; those of another
        /// app are left out
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
    },
    /// Keep an archive
    Keep {
        #[command(flatten)]
        file: ConfigFile,
        /// The archive
        archive: PathBuf,
    },
}

/// What stands beside a picture, of what counts here.
#[derive(Debug, Deserialize)]
struct Screen {
    address: String,
    bundle: Option<String>,
}

impl Screens {
    /// Writes or keeps an archive.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        match self.what {
            What::Archive { out, pictures } => {
                let list = http::bundle();
                ensure!(!list.is_empty(), "this program holds no app; `cargo xtask web` builds it");
                let pictures = pictures.as_deref().map(|folder| pictures_of(folder, &list));
                let pictures = pictures.transpose()?.unwrap_or_default();
                let archive = archive(&list, http::bundle_files(), &pictures)?;
                ensure!(!out.exists(), "{} is there already; name a new file", out.display());
                std::fs::write(&out, &archive)
                    .with_context(|| format!("{} can't be written", out.display()))?;
                let count = pictures.len() / 2;
                let hash = Hash::of(&archive).to_string();
                let value = json!({ "archive": out, "sha256": hash, "pictures": count });
                output.answer(&value, |_| {
                    format!("{}: the app and {count} pictures, SHA-256 {hash}", out.display())
                })?;
            }
            What::Keep { file, archive } => {
                let bytes = std::fs::read(&archive);
                let bytes =
                    bytes.with_context(|| format!("{} can't be read", archive.display()))?;
                let config = Config::read(file.path())?;
                let app = start::start(&config, Arc::new(SystemClock)).await?.app;
                let (version, hash) = screens::keep(&app, bytes).await?;
                let value = json!({ "version": version, "sha256": hash.to_string() });
                output.answer(&value, |_| format!("kept as version {version}, SHA-256 {hash}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Pictures of this app's screens, and what stands beside each, by their names.
fn pictures_of(folder: &Path, list: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let bundle = Hash::of(list.as_bytes()).to_string();
    let mut found = BTreeMap::new();
    let entries = std::fs::read_dir(folder);
    for entry in entries.with_context(|| format!("{} can't be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
        let Some(name) = name.filter(|_| path.extension().is_some_and(|ending| ending == "json"))
        else {
            continue;
        };
        let said = std::fs::read(&path)?;
        let screen: Screen = serde_json::from_slice(&said)
            .with_context(|| format!("{} says nothing of a screen", path.display()))?;
        if screen.bundle.as_deref() != Some(bundle.as_str()) {
            continue;
        }
        ensure!(screen.address.starts_with('/'), "{} has no address", path.display());
        let picture = path.with_extension("png");
        let picture = std::fs::read(&picture)
            .with_context(|| format!("{} isn't there", picture.display()))?;
        found.insert(format!("{name}.json"), said);
        found.insert(format!("{name}.png"), picture);
    }
    Ok(found)
}

/// The archive: the same bytes for the same app and pictures, whenever and wherever it's made.
fn archive(
    list: &str,
    app: Vec<(String, Vec<u8>)>,
    pictures: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    add(&mut tar, screens::LIST, list.as_bytes())?;
    add(&mut tar, "README.txt", README.as_bytes())?;
    for (name, bytes) in app.into_iter().collect::<BTreeMap<_, _>>() {
        add(&mut tar, &format!("app/{name}"), &bytes)?;
    }
    for (name, bytes) in pictures {
        add(&mut tar, &format!("pictures/{name}"), bytes)?;
    }
    Ok(tar.into_inner()?)
}

fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(u64::try_from(bytes.len())?);
    header.set_mode(0o644);
    // The time is the same for everybody, so that the bytes are.
    header.set_mtime(0);
    tar.append_data(&mut header, name, bytes).with_context(|| format!("{name} can't be added"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(folder: &Path, name: &str, bundle: &str) {
        let said = json!({ "address": "/join", "lang": "en", "text": "Welcome", "bundle": bundle });
        std::fs::write(folder.join(format!("{name}.json")), said.to_string()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), format!("picture of {name}")).unwrap();
    }

    fn unpacked(archive: &[u8]) -> BTreeMap<String, String> {
        let mut archive = tar::Archive::new(archive);
        let files = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            (name, text)
        });
        files.collect()
    }

    #[test]
    fn an_archive_has_the_app_and_the_pictures_of_its_screens_and_of_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let list = "00  index.html\n";
        let own = Hash::of(list.as_bytes());
        picture(folder.path(), "b-join", &own.to_string());
        picture(folder.path(), "a-join", &own.to_string());
        picture(folder.path(), "old", &Hash::of(b"another app").to_string());
        std::fs::write(folder.path().join("stray.png"), "no word beside it").unwrap();
        let files = || vec![("index.html".to_owned(), b"<p>hello</p>".to_vec())];
        let made = || {
            let pictures = pictures_of(folder.path(), list).unwrap();
            archive(list, files(), &pictures).unwrap()
        };
        let bytes = made();
        assert_eq!(made(), bytes, "the same bytes each time");
        assert_eq!(screens::bundle_of(&bytes), Some(own));
        let files = unpacked(&bytes);
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        let pictures = ["a-join.json", "a-join.png", "b-join.json", "b-join.png"]
            .map(|name| format!("pictures/{name}"));
        let expected = ["README.txt", "app/index.html", "bundle.txt"];
        assert_eq!(names, [&expected[..], &pictures.each_ref().map(String::as_str)].concat());
        assert!(files["pictures/a-join.json"].contains("\"/join\""));
        std::fs::remove_file(folder.path().join("a-join.png")).unwrap();
        assert!(pictures_of(folder.path(), list).is_err(), "a screen without its picture");
    }
}
