//! Looking: who may read what, the album, and everything in one file.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use treehouse_client::guardian::{Export, Guardian, Picture, Recording};
use treehouse_client::log::Log;
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Coded};
use treehouse_tlog::proof::Head;

use super::Family;
use crate::output::Output;

const UNWRITABLE: &str = "the folder of --out can't be written";
const UNWRITTEN: &str = "the file can't be written";

impl Family {
    pub(super) async fn list(&self, output: Output) -> Result<()> {
        let mut guardian = self.guardian().await?;
        let states = guardian.toys().await?;
        let state_of = |key: &str| {
            let found = states.iter().find(|toy| format!("{:?}", toy.key) == key);
            let state = found.map_or("linked", |toy| toy.state.as_str()).to_owned();
            (state, found.and_then(|toy| toy.name.clone()))
        };
        let family = guardian.family()?;
        let members: Vec<Value> = family
            .members()
            .filter(|(_, member)| member.span.is_open())
            .map(|(key, member)| {
                let key = format!("{key:?}");
                let none = (String::new(), None);
                let (what, (state, name)) = match member.standing {
                    Standing::Owner { .. } => ("owner", none),
                    Standing::Carer { .. } => ("carer", none),
                    Standing::Device { .. } => ("toy", state_of(&key)),
                    Standing::Teen { .. } => ("teen", none),
                };
                json!({ "key": key, "what": what, "state": state, "name": name })
            })
            .collect();
        let grants: Vec<Value> = family
            .live_grants(guardian.today())
            .map(|(_, granted)| {
                let header = &granted.header;
                let holder =
                    family.members().find(|(_, member)| member.keys.kem.id() == header.grantee);
                json!({
                    "to": holder.map(|(key, _)| format!("{key:?}")),
                    "child": header.key.child.to_string(),
                    "category": header.key.category.word(),
                    "version": header.key.version,
                    "reads": header.rights.reads(),
                    "writes": header.rights.writes(),
                    "purpose": header.purpose.word(),
                })
            })
            .collect();
        let ids: Vec<ChildId> = children(&guardian)?;
        let mut named = Vec::new();
        for child in ids {
            let profile = guardian.profile(child).await.ok().flatten();
            let nickname = profile.map(|profile| profile.nickname);
            named.push(json!({ "child": child.to_string(), "nickname": nickname }));
        }
        let seen = guardian.family()?.seen();
        let head: String = seen.head.to_string().chars().take(8).collect();
        let all = json!({
            "family": guardian.family_id()?.to_string(),
            "log": seen.seq,
            "head": head,
            "children": named,
            "members": members,
            "grants": grants,
        });
        output.answer(&all, table)
    }

    pub(super) async fn album(&self, output: Output, child: ChildId, out: &Path) -> Result<()> {
        let mut guardian = self.guardian().await?;
        let pictures = guardian.album(child).await?;
        std::fs::create_dir_all(out).context("the folder of --out can't be made")?;
        let recordings = guardian.recordings(child).await?;
        let bar = bar(pictures.len() + recordings.len())?;
        let mut written = Vec::new();
        for picture in &pictures {
            let path = out.join(format!("{}.jpg", picture.record));
            let plain = guardian.blob(&picture.header, &picture.photo.full).await?;
            std::fs::write(&path, &*plain).context(UNWRITABLE)?;
            written.push(path);
            bar.inc(1);
        }
        let mut recorded = Vec::new();
        for recording in &recordings {
            let path = out.join(recording.file_name());
            let file = File::create(&path).context(UNWRITABLE)?;
            if let Err(error) = write_whole(&guardian, recording, file).await {
                // What came before its end was proven is nothing.
                std::fs::remove_file(&path).context(UNWRITABLE)?;
                return Err(error);
            }
            recorded.push(path);
            bar.inc(1);
        }
        bar.finish_and_clear();
        output.answer(&json!({ "pictures": written, "recordings": recorded }), |_| {
            let (pictures, recordings) = (written.len(), recorded.len());
            let out = out.display();
            format!("{pictures} pictures, {recordings} voice messages and films opened, in {out}")
        })
    }

    /// Writes what was asked for: everything as a tar, and what an auditor needs as JSON.
    pub(super) async fn export(
        &self,
        output: Output,
        out: Option<&Path>,
        proof: Option<&Path>,
    ) -> Result<()> {
        let mut guardian = self.guardian().await?;
        // Before anything is read: a file that is there stays as it is.
        let files = [out, proof].map(|path| path.map(new_file).transpose());
        let [everything, for_auditor] = files;
        let (everything, for_auditor) = (everything?, for_auditor?);
        let export = whole_export(&mut guardian).await?;
        let json = serde_json::to_vec(&export)?;
        if let Some(mut file) = for_auditor {
            file.write_all(&json).and_then(|()| file.sync_all()).context(UNWRITTEN)?;
        }
        let mut pictures = None;
        if let Some(file) = everything {
            pictures = Some(write_everything(&mut guardian, file, &json).await?);
        }
        let answer = json!({
            "file": out, "pictures": pictures, "proof": proof, "whole": export.is_whole(),
        });
        output.answer(&answer, |_| {
            let mut lines = Vec::new();
            if let (Some(out), Some(pictures)) = (out, pictures) {
                let out = out.display();
                lines.push(format!(
                    "{pictures} pictures and the family's chain lie in {out}: readable by \
                     everybody who has it"
                ));
            }
            if let Some(proof) = proof {
                lines.push(format!("What an auditor needs lies in {}", proof.display()));
            }
            if !export.is_whole() {
                lines.push("The log doesn't show yet all that happened; try again later".into());
            }
            lines.join("\n")
        })
    }
}

/// Writes a voice message or a film part by part.
async fn write_whole(guardian: &Guardian, recording: &Recording, mut file: File) -> Result<()> {
    let mut opening = guardian.open_blob(&recording.header, recording.recorded.whole());
    while let Some(part) = guardian.next_part(&mut opening).await? {
        file.write_all(&part).context(UNWRITABLE)?;
    }
    file.sync_all().context(UNWRITABLE)
}

/// What an auditor needs, once the log shows all that happened; as it is, if that takes too long.
async fn whole_export(guardian: &mut Guardian) -> Result<Export> {
    const TRIES_MAX: u32 = 20;
    let mut log = Log::follow(guardian.server(), Head::EMPTY)?;
    for _ in 1..TRIES_MAX {
        let export = guardian.export(&mut log).await?;
        if export.is_whole() {
            return Ok(export);
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    Ok(guardian.export(&mut log).await?)
}

/// Writes the tar, and answers how many pictures are in it.
async fn write_everything(guardian: &mut Guardian, file: File, json: &[u8]) -> Result<usize> {
    let mut tar = tar::Builder::new(file);
    add(&mut tar, "family.json", json)?;
    for (number, link) in guardian.links()?.enumerate() {
        add(&mut tar, &format!("chain/{number:05}.cbor"), link)?;
    }
    let toys = guardian.toys().await?.into_iter().map(|toy| {
        let (key, child) = (format!("{:?}", toy.key), toy.child.map(|child| child.to_string()));
        json!({ "key": key, "child": child, "state": toy.state, "name": toy.name })
    });
    let toys = Value::from(toys.collect::<Vec<_>>());
    add(&mut tar, "toys.json", toys.to_string().as_bytes())?;
    let mut pictures: Vec<(ChildId, Picture)> = Vec::new();
    let mut recordings: Vec<(ChildId, Recording)> = Vec::new();
    for child in children(guardian)? {
        if let Ok(Some(profile)) = guardian.profile(child).await {
            let text = json!({ "nickname": profile.nickname, "age": profile.age_band.word() });
            add(&mut tar, &format!("{child}/profile.json"), text.to_string().as_bytes())?;
        }
        // Whatever the family has of each kind, as it was sealed: an app's own records, too.
        for (category, _, word) in Category::ALL {
            for item in guardian.shelf(child, *category).await.unwrap_or_default() {
                if let Some(Ok(opened)) = item.opened {
                    let path = format!("{child}/{word}/{}.cbor", item.record);
                    add(&mut tar, &path, &opened.plain)?;
                }
            }
        }
        let album = guardian.album(child).await.unwrap_or_default();
        pictures.extend(album.into_iter().map(|picture| (child, picture)));
        let recorded = guardian.recordings(child).await.unwrap_or_default();
        recordings.extend(recorded.into_iter().map(|recording| (child, recording)));
    }
    let bar = bar(pictures.len() + recordings.len())?;
    for (child, picture) in &pictures {
        let plain = guardian.blob(&picture.header, &picture.photo.full).await?;
        add(&mut tar, &format!("{child}/photos/{}.jpg", picture.record), &plain)?;
        bar.inc(1);
    }
    for (child, recording) in &recordings {
        let (word, name) = (recording.header.name.category.word(), recording.file_name());
        let plain = guardian.blob(&recording.header, recording.recorded.whole()).await?;
        add(&mut tar, &format!("{child}/{word}/{name}"), &plain)?;
        if let Some(poster) = recording.recorded.poster() {
            let plain = guardian.blob(&recording.header, poster).await?;
            add(&mut tar, &format!("{child}/{word}/{}.jpg", recording.record), &plain)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    tar.into_inner()?.sync_all()?;
    Ok(pictures.len())
}

fn new_file(path: &Path) -> Result<File> {
    File::create_new(path).with_context(|| format!("{} can't be made anew", path.display()))
}

fn children(guardian: &Guardian) -> Result<Vec<ChildId>> {
    let children = guardian.family()?.children();
    Ok(children.filter(|(_, child)| child.span.is_open()).map(|(id, _)| id).collect())
}

fn bar(length: usize) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length as u64);
    bar.set_style(ProgressStyle::with_template("  {bar:30} {pos}/{len} pictures {eta}")?);
    Ok(bar)
}

fn add(tar: &mut tar::Builder<File>, path: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append_data(&mut header, path, bytes).context(UNWRITTEN)
}

fn table(all: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let mut lines = vec![format!(
        "Family {}, log #{} {}",
        text(&all["family"]),
        all["log"],
        text(&all["head"])
    )];
    let rows = |name: &str| all[name].as_array().cloned().unwrap_or_default();
    lines.push("Children".to_owned());
    for row in rows("children") {
        lines.push(format!("  {}  {}", text(&row["child"]), text(&row["nickname"])));
    }
    lines.push("Members".to_owned());
    for row in rows("members") {
        let (key, what, state) = (text(&row["key"]), text(&row["what"]), text(&row["state"]));
        lines.push(format!("  {key}  {what} {state} {}", text(&row["name"])));
    }
    lines.push("Who may what, beside those who made the keys".to_owned());
    for row in rows("grants") {
        let may = match (row["reads"].as_bool(), row["writes"].as_bool()) {
            (Some(true), Some(true)) => "reads and adds",
            (Some(true), _) => "reads",
            _ => "adds",
        };
        lines.push(format!(
            "  {}  {may} {} of {} for {}",
            text(&row["to"]),
            text(&row["category"]),
            text(&row["child"]),
            text(&row["purpose"])
        ));
    }
    lines.join("\n")
}
