//! Voice messages and films, made fit to be sealed: sound, pixels and nothing else.
//!
//! What a recorder writes beside them says where a child was, when, and with which device. So a file
//! is never passed on: it is read, the few fields that a player needs are checked one by one, and a
//! new file is written around the frames. What isn't on the short list of things that are known is
//! left behind, whatever it is: tags, titles, dates, attachments, chapters, and what nobody knows.
//!
//! Only formats are taken whose frames have no place for words either:
//!
//! - voice: `WebM` with Opus, as browsers record it, and WAV with plain samples, as small devices do;
//! - film: `WebM` with VP8 or VP9, and Opus for its sound, or none.
//!
//! MP4 is refused, and H.264, HEVC and AV1 wherever they come: their frames carry messages of their
//! own, and MP4 spreads its metadata over boxes that makers invent. So are Ogg, MP3 and others.
//!
//! What isn't removed is what is heard and seen, and each recorder's own way to encode it.

use thiserror::Error;

mod ebml;
mod opus;
mod wav;
mod webm;

/// The longest file of a voice message.
pub const VOICE_BYTES_MAX: usize = 12 << 20;
/// The longest voice message.
pub const VOICE_SECONDS_MAX: u32 = 120;
/// The longest file of a film.
pub const VIDEO_BYTES_MAX: usize = 32 << 20;
/// The longest film.
pub const VIDEO_SECONDS_MAX: u32 = 60;
/// The longest side of a film.
pub const VIDEO_SIDE_PIXELS_MAX: u32 = 1920;

/// A voice message that holds nothing but sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    /// The file.
    pub bytes: Vec<u8>,
    /// [`SOUND_TYPE`] or [`WAV_TYPE`].
    pub media_type: &'static str,
    /// How long it is, counted frame by frame, in milliseconds.
    pub duration_ms: u32,
}

/// A film that holds nothing but pixels and sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Film {
    /// The file.
    pub bytes: Vec<u8>,
    /// How long it is, in milliseconds.
    pub duration_ms: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// A picture of it, to be shown before it is played: a JPEG without metadata, made by
    /// [`crate::picture`].
    pub poster: Option<Vec<u8>>,
}

/// The media type of a voice message from a browser.
pub const SOUND_TYPE: &str = "audio/webm";
/// The media type of one that is plain samples.
pub const WAV_TYPE: &str = "audio/wav";
/// The media type of every film.
pub const FILM_TYPE: &str = "video/webm";

impl std::fmt::Debug for Sound {
    /// How long, and no more: a child's voice doesn't belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sound({} ms)", self.duration_ms)
    }
}

impl std::fmt::Debug for Film {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Film({} ms, {}x{})", self.duration_ms, self.width, self.height)
    }
}

/// Why a recording isn't taken, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordingRefused {
    /// The content, whatever the file's name says, is of no format that can be cleaned.
    #[error(
        "this is {what}, from which what it tells beside sound and pictures can't be taken out; \
         record voice as WebM (Opus) or WAV (PCM), and films as WebM (VP8 or VP9)"
    )]
    Format {
        /// What it seems to be.
        what: &'static str,
    },
    /// The file is cut off, or its bytes contradict each other.
    #[error("the recording is damaged or incomplete; record it again")]
    Damaged,
    /// A voice message with pictures, or a film without.
    #[error("a voice message has sound only, and a film has pictures: give each as what it is")]
    OtherKind,
    /// The file is longer than [`VOICE_BYTES_MAX`] or [`VIDEO_BYTES_MAX`].
    #[error("the file is over 12 MiB for voice, or 32 MiB for a film; record less, or smaller")]
    TooLong,
    /// It lasts longer than [`VOICE_SECONDS_MAX`] or [`VIDEO_SECONDS_MAX`].
    #[error("it lasts over 120 seconds for voice, or 60 seconds for a film; record it in parts")]
    TooMuch,
    /// A side is longer than [`VIDEO_SIDE_PIXELS_MAX`].
    #[error("the film has a side over 1920 pixels; set the camera to 1080p or less")]
    TooLarge,
}

/// Makes a voice message fit to be sealed.
///
/// # Errors
/// See [`RecordingRefused`].
pub fn voice(bytes: &[u8]) -> Result<Sound, RecordingRefused> {
    if bytes.len() > VOICE_BYTES_MAX {
        return Err(RecordingRefused::TooLong);
    }
    let sound = match format_of(bytes)? {
        Format::Wav => wav::bare(bytes)?,
        Format::Webm => webm::voice(bytes)?,
    };
    if sound.duration_ms > VOICE_SECONDS_MAX * 1000 {
        return Err(RecordingRefused::TooMuch);
    }
    Ok(sound)
}

/// Makes a film fit to be sealed.
///
/// # Errors
/// See [`RecordingRefused`].
pub fn video(bytes: &[u8]) -> Result<Film, RecordingRefused> {
    if bytes.len() > VIDEO_BYTES_MAX {
        return Err(RecordingRefused::TooLong);
    }
    let film = match format_of(bytes)? {
        Format::Wav => return Err(RecordingRefused::OtherKind),
        Format::Webm => webm::video(bytes)?,
    };
    if film.duration_ms > VIDEO_SECONDS_MAX * 1000 {
        return Err(RecordingRefused::TooMuch);
    }
    if film.width.max(film.height) > VIDEO_SIDE_PIXELS_MAX {
        return Err(RecordingRefused::TooLarge);
    }
    Ok(film)
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Wav,
    Webm,
}

/// By its first bytes, whatever its name says.
fn format_of(bytes: &[u8]) -> Result<Format, RecordingRefused> {
    let what = match bytes {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => return Ok(Format::Webm),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => return Ok(Format::Wav),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "an MP4, M4A or QuickTime file",
        [b'O', b'g', b'g', b'S', ..] => "an Ogg file",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "an MP3 or AAC file",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file",
        [b'#', b'!', b'A', b'M', b'R', ..] => "an AMR file",
        [b'R', b'I', b'F', b'F', ..] => "an AVI file",
        [] => return Err(RecordingRefused::Damaged),
        _ => "a file of a kind that isn't known here",
    };
    Err(RecordingRefused::Format { what })
}

#[cfg(test)]
mod tests;
