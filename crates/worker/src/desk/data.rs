//! What is kept and who read it: pictures, the log, an export.

use serde_json::Value;
use treehouse_client::guardian::Picture;
use treehouse_client::log::Log;
use treehouse_client::{Pinned, Server};

use super::{Desk, nothing};
use crate::asked::{Asked, Given};
use crate::trouble::Trouble;
use crate::view;

impl Desk {
    pub(super) async fn data(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "album" => {
                let child = asked.child(0)?;
                let album = self.guardian()?.album(child).await?;
                let shown = album.iter().map(view::picture).collect::<Value>();
                self.album.retain(|picture| picture.header.name.child != child);
                self.album.extend(album);
                shown.into()
            }
            "picture" => {
                let (picture, size) = (self.shown(asked)?, asked.text(1)?);
                let reference = match size.as_str() {
                    "thumbnail" => &picture.photo.thumbnail,
                    "mid" => &picture.photo.mid,
                    "full" => &picture.photo.full,
                    _ => return Err(Trouble::invalid("a size is thumbnail, mid or full")),
                };
                let bytes = self.guardian()?.blob(&picture.header, reference).await?;
                Given::Bytes(bytes.to_vec())
            }
            "deletePicture" => {
                let picture = self.shown(asked)?;
                self.guardian()?.delete_picture(&picture).await?;
                self.album.retain(|other| other.record != picture.record);
                nothing()
            }
            "activity" => {
                let mut log = self.log().await?;
                let guardian = self.guardian()?;
                guardian.sync().await?;
                let activity = guardian.activity(&mut log).await?;
                let shown = view::activity(&activity, &log, guardian)?;
                self.keep_log(log)?;
                shown.into()
            }
            "exportAll" => self.export().await?,
            "logStatus" => {
                let mut log = self.log().await?;
                let advanced = log.advance().await;
                let shown = view::log_status(&log);
                // What was seen is kept, also when what came then was refused.
                self.keep_log(log)?;
                advanced?;
                shown.into()
            }
            "pinned" => {
                let pinned = serde_json::to_value(self.server().await?.pinned());
                pinned.map_err(|_| Trouble::not_now("what was pinned can't be told"))?.into()
            }
            "publication" => {
                // Who pinned before asks whether it's still that deployment's log.
                let server = match asked.arg::<Option<Pinned>>(1)? {
                    Some(pinned) => Server::known(pinned)?,
                    None => self.server().await?,
                };
                view::publication(&server.publication(&asked.text(0)?).await?).into()
            }
            _ => return Ok(None),
        }))
    }

    fn shown(&self, asked: &Asked) -> Result<Picture, Trouble> {
        let record = asked.text(0)?;
        let found = self.album.iter().find(|picture| picture.record.to_string() == record);
        found.cloned().ok_or_else(|| Trouble::not_now("open the album first"))
    }

    /// Follows the log from the head that this browser saw last.
    async fn log(&mut self) -> Result<Log, Trouble> {
        if let Some(log) = self.log.take() {
            return Ok(log);
        }
        let server = self.server().await?;
        Ok(self.memory.log(&server)?)
    }

    fn keep_log(&mut self, log: Log) -> Result<(), Trouble> {
        self.memory.keep(&log)?;
        self.log = Some(log);
        Ok(())
    }

    /// The auditor's file, and every picture, voice message and film, opened.
    async fn export(&mut self) -> Result<Given, Trouble> {
        let mut log = self.log().await?;
        let guardian = self.guardian()?;
        let export = guardian.export(&mut log).await?;
        let text = serde_json::to_vec_pretty(&export);
        let text = text.map_err(|_| Trouble::not_now("the family's file can't be written"))?;
        let mut files = vec![("family.json".to_owned(), text)];
        let family = guardian.family()?;
        let children: Vec<_> = family.children().filter(|(_, child)| !child.erased).collect();
        let children: Vec<_> = children.into_iter().map(|(id, _)| id).collect();
        for child in children {
            if let Ok(Some(profile)) = guardian.profile(child).await {
                let text = format!("{}\n{}\n", profile.nickname, profile.age_band.word());
                files.push((format!("{child}/profile.txt"), text.into_bytes()));
            }
            for picture in guardian.album(child).await? {
                let bytes = guardian.blob(&picture.header, &picture.photo.full).await?;
                files.push((format!("{child}/{}.jpg", picture.record), bytes.to_vec()));
            }
            for recording in guardian.recordings(child).await? {
                let bytes = guardian.blob(&recording.header, recording.recorded.whole()).await?;
                files.push((format!("{child}/{}", recording.file_name()), bytes.to_vec()));
                if let Some(poster) = recording.recorded.poster() {
                    let bytes = guardian.blob(&recording.header, poster).await?;
                    files.push((format!("{child}/{}.jpg", recording.record), bytes.to_vec()));
                }
            }
        }
        self.keep_log(log)?;
        Ok(Given::Files(files))
    }
}
