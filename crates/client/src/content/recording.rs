//! What a child says and films.

use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;

/// A voice message: `["TH-VOICE/1", taken_ms|null, duration_ms, sound]`, with the sound as a
/// reference to a blob. It holds no place and no device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// When it was spoken by the toy's clock, in milliseconds since 1970, if the toy has one.
    pub taken_ms: Option<u64>,
    /// How long it is, in milliseconds.
    pub duration_ms: u32,
    /// The sound.
    pub sound: BlobRef,
}

impl Canonical for Voice {
    const NAME: &'static str = "TH-VOICE/1";
    const BYTES_MAX: usize = 512;

    fn encode(&self, writer: &mut Writer) {
        writer.array(4).text(Self::NAME);
        taken(writer, self.taken_ms);
        writer.uint(self.duration_ms).nested(&self.sound);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(4)?;
        Ok(Self {
            taken_ms: reader.optional(|reader| reader.uint("taken_ms"))?,
            duration_ms: reader.uint("duration_ms")?,
            sound: reader.nested()?,
        })
    }
}

/// A film: `["TH-VIDEO/1", taken_ms|null, duration_ms, width, height, film, poster|null]`, with the
/// film and a picture of it as references to blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Video {
    /// When it was filmed by the toy's clock, in milliseconds since 1970, if the toy has one.
    pub taken_ms: Option<u64>,
    /// How long it is, in milliseconds.
    pub duration_ms: u32,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The film.
    pub film: BlobRef,
    /// What is shown before it's played.
    pub poster: Option<BlobRef>,
}

impl Canonical for Video {
    const NAME: &'static str = "TH-VIDEO/1";
    const BYTES_MAX: usize = 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME);
        taken(writer, self.taken_ms);
        writer.uint(self.duration_ms).uint(self.width).uint(self.height).nested(&self.film);
        match &self.poster {
            Some(poster) => writer.nested(poster),
            None => writer.null(),
        };
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            taken_ms: reader.optional(|reader| reader.uint("taken_ms"))?,
            duration_ms: reader.uint("duration_ms")?,
            width: reader.uint("width")?,
            height: reader.uint("height")?,
            film: reader.nested()?,
            poster: reader.optional(Reader::nested)?,
        })
    }
}

fn taken(writer: &mut Writer, ms: Option<u64>) {
    match ms {
        Some(ms) => writer.uint(ms),
        None => writer.null(),
    };
}
