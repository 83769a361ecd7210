//! Voice messages and films.

use serde_json::Value;
use treehouse_client::guardian::Recording;

use super::{Desk, nothing};
use crate::asked::{Asked, Given};
use crate::trouble::Trouble;
use crate::view;

/// Blobs that are fetched at the same time.
const OPENINGS_MAX: usize = 8;

impl Desk {
    pub(super) async fn recordings(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "recordings" => {
                let child = asked.child(0)?;
                let recordings = self.guardian()?.recordings(child).await?;
                let shown = recordings.iter().map(view::recording).collect::<Value>();
                self.recordings.retain(|recording| recording.header.name.child != child);
                self.recordings.extend(recordings);
                shown.into()
            }
            "recordingPart" => self.part(asked).await?,
            "deleteRecording" => {
                let recording = self.recorded(asked)?;
                self.guardian()?.delete_recording(&recording).await?;
                self.recordings.retain(|other| other.record != recording.record);
                nothing()
            }
            _ => return Ok(None),
        }))
    }

    fn recorded(&self, asked: &Asked) -> Result<Recording, Trouble> {
        let record = asked.text(0)?;
        let mut found = self.recordings.iter();
        let found = found.find(|recording| recording.record.to_string() == record);
        found.cloned().ok_or_else(|| Trouble::not_now("open the album first"))
    }

    /// The next part of a voice message, a film or its poster: from the first if it's another than
    /// the last time; empty at the end. So no more than one part of a film lies in the worker.
    async fn part(&mut self, asked: &Asked) -> Result<Given, Trouble> {
        let (recording, what, first) =
            (self.recorded(asked)?, asked.text(1)?, asked.arg::<bool>(2)?);
        let reference = match what.as_str() {
            "whole" => Some(recording.recorded.whole()),
            "poster" => recording.recorded.poster(),
            _ => return Err(Trouble::invalid("a part is of whole or poster")),
        };
        let reference = reference.ok_or_else(|| Trouble::not_now("it has no poster"))?;
        let name = (recording.record, what);
        let going = self.openings.iter().position(|(of, _)| *of == name);
        let mut opening = match going.map(|place| self.openings.swap_remove(place)) {
            Some((_, opening)) if !first => opening,
            _ if first => self.guardian()?.open_blob(&recording.header, reference),
            _ => return Err(Trouble::not_now("its first part wasn't fetched")),
        };
        let part = self.guardian()?.next_part(&mut opening).await?;
        let Some(part) = part else {
            return Ok(Given::Bytes(Vec::new()));
        };
        // What was begun and left lies here; no more than a few.
        self.openings.truncate(OPENINGS_MAX - 1);
        self.openings.push((name, opening));
        Ok(Given::Bytes(part.to_vec()))
    }
}
