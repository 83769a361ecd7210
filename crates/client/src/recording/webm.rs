//! `WebM`, read as browsers record it and written anew, with a length and places to jump to.

use super::ebml::{Element, Elements, Writer, size, uint};
use super::{
    Film, RecordingRefused, SOUND_TYPE, Sound, VIDEO_SECONDS_MAX, VOICE_SECONDS_MAX, opus,
};

const DAMAGED: RecordingRefused = RecordingRefused::Damaged;

const EBML: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const SCALE: u32 = 0x002a_d7b1;
const DURATION: u32 = 0x4489;
const MUXER: u32 = 0x4d80;
const WRITER: u32 = 0x5741;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const NUMBER: u32 = 0xd7;
const UID: u32 = 0x73c5;
const TYPE: u32 = 0x83;
const CODEC: u32 = 0x86;
const PRIVATE: u32 = 0x63a2;
const ENCODINGS: u32 = 0x6d80;
const DELAY: u32 = 0x56aa;
const PRE_ROLL: u32 = 0x56bb;
const VIDEO: u32 = 0xe0;
const WIDTH: u32 = 0xb0;
const HEIGHT: u32 = 0xba;
const AUDIO: u32 = 0xe1;
const RATE: u32 = 0xb5;
const CHANNELS: u32 = 0x9f;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE: u32 = 0xa3;
const GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const REFERENCE: u32 = 0xfb;
const CUES: u32 = 0x1c53_bb6b;
const CUE: u32 = 0xbb;
const CUE_TIME: u32 = 0xb3;
const CUE_PLACES: u32 = 0xb7;
const CUE_TRACK: u32 = 0xf7;
const CUE_CLUSTER: u32 = 0xf1;
/// What may stand beside clusters, and so ends one that doesn't say how long it is: with those
/// above, seeking, chapters, tags and attachments.
const BESIDE: [u32; 8] =
    [CLUSTER, CUES, INFO, TRACKS, 0x114d_9b74, 0x1043_a770, 0x1254_c367, 0x1941_a469];

/// Nanoseconds of a millisecond: the unit of every timestamp that is written here.
const MS_NS: u64 = 1_000_000;
/// Sound begins a new cluster so often, so that a player finds its way.
const CLUSTER_MS: u64 = 5_000;
/// The farthest that a block may be from its cluster.
const CLUSTER_MS_MAX: u64 = 30_000;
/// What a player of Opus decodes before it is in tune (RFC 7845, section 4.6).
const PRE_ROLL_NS: u64 = 80_000_000;
/// The samples of Opus in a second, to which its delay counts.
const OPUS_RATE: u64 = 48_000;

/// A voice message: one track of Opus.
pub fn voice(bytes: &[u8]) -> Result<Sound, RecordingRefused> {
    let file = File::read(bytes, u64::from(VOICE_SECONDS_MAX) * 1000)?;
    if file.pictures.is_some() {
        return Err(RecordingRefused::OtherKind);
    }
    let duration_ms = file.duration_ms()?;
    Ok(Sound { bytes: file.write(duration_ms), media_type: SOUND_TYPE, duration_ms })
}

/// A film: one track of VP8 or VP9, and at most one of Opus.
pub fn video(bytes: &[u8]) -> Result<Film, RecordingRefused> {
    let file = File::read(bytes, u64::from(VIDEO_SECONDS_MAX) * 1000)?;
    let Some(Pictures { width, height, .. }) = file.pictures else {
        return Err(RecordingRefused::OtherKind);
    };
    let duration_ms = file.duration_ms()?;
    Ok(Film { bytes: file.write(duration_ms), duration_ms, width, height, poster: None })
}

/// A track of moving pictures.
#[derive(Debug, Clone, Copy)]
struct Pictures {
    number: u64,
    codec: &'static [u8],
    width: u32,
    height: u32,
}

/// A track of sound.
#[derive(Debug, Clone, Copy)]
struct Voice {
    number: u64,
    head: [u8; 19],
    channels: u8,
}

/// A frame of one of the two.
#[derive(Debug, Clone, Copy)]
struct Frame<'b> {
    /// Whether it's of the pictures.
    seen: bool,
    at_ms: u64,
    /// Whether it can be decoded alone.
    key: bool,
    bytes: &'b [u8],
    /// At its end.
    padding: usize,
    us: u32,
}

/// What is left of a file.
#[derive(Debug, Default)]
struct File<'b> {
    scale_ns: u64,
    pictures: Option<Pictures>,
    voice: Option<Voice>,
    frames: Vec<Frame<'b>>,
}

impl<'b> File<'b> {
    /// Reads a file of at most `ms_max` milliseconds.
    fn read(bytes: &'b [u8], ms_max: u64) -> Result<Self, RecordingRefused> {
        let mut outer = Elements(bytes);
        let head = outer.next()?.filter(|head| head.id == EBML && head.sized).ok_or(DAMAGED)?;
        if child(head.body, DOC_TYPE)? != Some(b"webm") {
            return Err(RecordingRefused::Format { what: "a Matroska file" });
        }
        let segment = outer.next()?.filter(|segment| segment.id == SEGMENT).ok_or(DAMAGED)?;
        // Nothing may follow the one recording.
        if outer.next()?.is_some() {
            return Err(DAMAGED);
        }
        let mut file = Self { scale_ns: MS_NS, ..Self::default() };
        let mut parts = Elements(segment.body);
        while let Some(part) = parts.next()? {
            match part.id {
                INFO => {
                    let scale = child(part.body, SCALE)?.map(uint).transpose()?;
                    file.scale_ns = scale.unwrap_or(MS_NS);
                }
                TRACKS => file.tracks(part.body)?,
                CLUSTER => parts = Elements(file.cluster(&part, parts.0)?),
                _ if part.sized => {}
                _ => return Err(DAMAGED),
            }
        }
        file.begin_at_zero(ms_max)?;
        Ok(file)
    }

    fn tracks(&mut self, body: &[u8]) -> Result<(), RecordingRefused> {
        let mut entries = Elements(body);
        while let Some(entry) = entries.next()?.filter(|entry| entry.sized) {
            if entry.id != TRACK {
                continue;
            }
            let own = |id| child(entry.body, id);
            let number = own(NUMBER)?.map(uint).transpose()?.ok_or(DAMAGED)?;
            // Packed or ciphered frames can't be looked at.
            if own(ENCODINGS)?.is_some() {
                return Err(DAMAGED);
            }
            let codec = own(CODEC)?.unwrap_or_default();
            match codec {
                b"A_OPUS" if self.voice.is_none() => {
                    let (head, channels) = opus::head(own(PRIVATE)?.ok_or(DAMAGED)?)?;
                    self.voice = Some(Voice { number, head, channels });
                }
                b"V_VP8" | b"V_VP9" if self.pictures.is_none() => {
                    let shown = own(VIDEO)?.ok_or(DAMAGED)?;
                    let side = |id| -> Result<u32, RecordingRefused> {
                        let pixels = child(shown, id)?.map(uint).transpose()?;
                        let pixels = pixels.filter(|pixels| *pixels > 0).ok_or(DAMAGED)?;
                        u32::try_from(pixels).map_err(|_| RecordingRefused::TooLarge)
                    };
                    let (width, height) = (side(WIDTH)?, side(HEIGHT)?);
                    let codec: &[u8] = if codec == b"V_VP8" { b"V_VP8" } else { b"V_VP9" };
                    self.pictures = Some(Pictures { number, codec, width, height });
                }
                _ => {
                    let what = "a WebM file with more than one track of VP8 or VP9 and one of Opus";
                    return Err(RecordingRefused::Format { what });
                }
            }
        }
        Ok(())
    }

    /// Reads a cluster, and answers what stands behind it.
    fn cluster(
        &mut self,
        part: &Element<'b>,
        after: &'b [u8],
    ) -> Result<&'b [u8], RecordingRefused> {
        let mut base = None;
        let mut blocks = Elements(part.body);
        loop {
            let here = blocks.0;
            let Some(block) = blocks.next()? else {
                break;
            };
            if !part.sized && BESIDE.contains(&block.id) {
                return Ok(here);
            }
            if !block.sized {
                return Err(DAMAGED);
            }
            let base_of = || base.ok_or(DAMAGED);
            match block.id {
                TIMESTAMP => base = Some(uint(block.body)?),
                SIMPLE => self.block(base_of()?, block.body, None)?,
                GROUP => {
                    let whole = child(block.body, BLOCK)?.ok_or(DAMAGED)?;
                    let key = child(block.body, REFERENCE)?.is_none();
                    self.block(base_of()?, whole, Some(key))?;
                }
                _ => {}
            }
        }
        Ok(after)
    }

    /// One block: which track, when, and one frame.
    fn block(
        &mut self,
        base: u64,
        bytes: &'b [u8],
        key: Option<bool>,
    ) -> Result<(), RecordingRefused> {
        const LACED: u8 = 0x06;
        const KEY: u8 = 0x80;
        let (number, rest) = size(bytes)?;
        let [high, low, flags, frame @ ..] = rest else {
            return Err(DAMAGED);
        };
        if flags & LACED != 0 || frame.is_empty() {
            return Err(DAMAGED);
        }
        let offset = i64::from(i16::from_be_bytes([*high, *low]));
        let at = base.checked_add_signed(offset).ok_or(DAMAGED)?;
        let at_ms = at.checked_mul(self.scale_ns).ok_or(DAMAGED)? / MS_NS;
        let key = key.unwrap_or(flags & KEY != 0);
        let seen = self.pictures.is_some_and(|track| Some(track.number) == number);
        if !seen && self.voice.is_none_or(|track| Some(track.number) != number) {
            return Err(DAMAGED);
        }
        let opus::Packet { us, padding } =
            if seen { opus::Packet { us: 0, padding: 0 } } else { opus::packet(frame)? };
        let key = key || !seen;
        self.frames.push(Frame { seen, at_ms, key, bytes: frame, padding, us });
        Ok(())
    }

    /// Lets time begin at zero: what stood there may have been the time of day.
    fn begin_at_zero(&mut self, ms_max: u64) -> Result<(), RecordingRefused> {
        self.frames.sort_by_key(|frame| frame.at_ms);
        let begin_ms = self.frames.first().ok_or(DAMAGED)?.at_ms;
        for frame in &mut self.frames {
            frame.at_ms -= begin_ms;
        }
        if self.frames.last().is_some_and(|last| last.at_ms > ms_max) {
            return Err(RecordingRefused::TooMuch);
        }
        if let Some(track) = self.pictures {
            let first = self.frames.iter().find(|frame| frame.seen).ok_or(DAMAGED)?;
            let begins = match (track.codec, first.bytes) {
                (b"V_VP8", [first, _, _, 0x9d, 0x01, 0x2a, ..]) => first & 1 == 0,
                // A marker of two bits, and the sync code of a key frame.
                (b"V_VP9", [first, 0x49, 0x83, 0x42, ..]) => first >> 6 == 2,
                _ => false,
            };
            if !begins || !first.key {
                return Err(DAMAGED);
            }
        }
        Ok(())
    }

    /// How long it is: where the last frame ends. Sound tells that by itself.
    fn duration_ms(&self) -> Result<u32, RecordingRefused> {
        let heard_us: u64 = self.frames.iter().map(|frame| u64::from(frame.us)).sum();
        let seen = self.frames.iter().filter(|frame| frame.seen).count() as u64;
        let last_ms = self.frames.last().map_or(0, |last| last.at_ms);
        // A last picture is shown as long as those before it were on the average.
        let seen_ms = if seen > 1 { last_ms + last_ms / (seen - 1) } else { last_ms };
        let duration_ms = seen_ms.max(heard_us.div_ceil(1000));
        u32::try_from(duration_ms.max(1)).map_err(|_| RecordingRefused::TooMuch)
    }

    fn write(&self, duration_ms: u32) -> Vec<u8> {
        let (mut clusters, mut starts) = (Writer::default(), Vec::new());
        let mut rest = self.frames.as_slice();
        while let Some(first) = rest.first() {
            let end = self.cluster_end(rest);
            starts.push((first.at_ms, clusters.len()));
            let mut cluster = Writer::default();
            cluster.uint(TIMESTAMP, first.at_ms);
            for frame in &rest[..end] {
                cluster.bytes(SIMPLE, &written(frame, first.at_ms));
            }
            clusters.nested(CLUSTER, &cluster);
            rest = &rest[end..];
        }
        let mut before = self.before(duration_ms);
        // Every number has eight bytes, so the list is as long before its places are known.
        let ahead = before.len() + self.cues(&starts, 0).len();
        before.append(&mut self.cues(&starts, ahead));
        before.append(&mut clusters.into_bytes());
        let mut file = Writer::default();
        let mut head = Writer::default();
        head.uint(0x4286, 1).uint(0x42f7, 1).uint(0x42f2, 4).uint(0x42f3, 8);
        head.bytes(DOC_TYPE, b"webm").uint(0x4287, 4).uint(0x4285, 2);
        file.nested(EBML, &head).bytes(SEGMENT, &before);
        file.into_bytes()
    }

    /// How many of these frames go into one cluster. One that is seen begins with a key frame, so
    /// that a player can jump to it.
    fn cluster_end(&self, frames: &[Frame<'_>]) -> usize {
        let begin_ms = frames.first().map_or(0, |frame| frame.at_ms);
        let ends = |frame: &Frame<'_>| {
            let ms = frame.at_ms - begin_ms;
            let jump = frame.key && frame.seen == self.pictures.is_some();
            ms >= CLUSTER_MS_MAX || jump && ms >= CLUSTER_MS
        };
        frames.iter().position(ends).unwrap_or(frames.len())
    }

    /// What stands before the frames.
    fn before(&self, duration_ms: u32) -> Vec<u8> {
        let mut info = Writer::default();
        info.uint(SCALE, MS_NS).float(DURATION, f64::from(duration_ms));
        info.bytes(MUXER, b"Treehouse").bytes(WRITER, b"Treehouse");
        let mut tracks = Writer::default();
        if let Some(Pictures { codec, width, height, .. }) = self.pictures {
            let (mut track, mut shown) = (Writer::default(), Writer::default());
            shown.uint(WIDTH, width.into()).uint(HEIGHT, height.into());
            track.uint(NUMBER, 1).uint(UID, 1).uint(TYPE, 1).bytes(CODEC, codec);
            track.nested(VIDEO, &shown);
            tracks.nested(TRACK, &track);
        }
        if let Some(Voice { head, channels, .. }) = self.voice {
            let (mut track, mut heard) = (Writer::default(), Writer::default());
            let skipped = u64::from(u16::from_le_bytes([head[10], head[11]]));
            heard.float(RATE, 48_000.0).uint(CHANNELS, channels.into());
            track.uint(NUMBER, 2).uint(UID, 2).uint(TYPE, 2).bytes(CODEC, b"A_OPUS");
            track.bytes(PRIVATE, &head).uint(DELAY, skipped * 1000 * MS_NS / OPUS_RATE);
            track.uint(PRE_ROLL, PRE_ROLL_NS).nested(AUDIO, &heard);
            tracks.nested(TRACK, &track);
        }
        let mut before = Writer::default();
        before.nested(INFO, &info).nested(TRACKS, &tracks);
        before.into_bytes()
    }

    /// Where to jump to: each cluster, by its time and its place behind what stands before them.
    fn cues(&self, starts: &[(u64, usize)], ahead: usize) -> Vec<u8> {
        let mut cues = Writer::default();
        for (at_ms, place) in starts {
            let (mut cue, mut places) = (Writer::default(), Writer::default());
            let track = if self.pictures.is_some() { 1 } else { 2 };
            places.uint(CUE_TRACK, track).uint(CUE_CLUSTER, (ahead + place) as u64);
            cue.uint(CUE_TIME, *at_ms).nested(CUE_PLACES, &places);
            cues.nested(CUE, &cue);
        }
        let mut whole = Writer::default();
        whole.nested(CUES, &cues);
        whole.into_bytes()
    }
}

/// A block with one frame, at its time in a cluster that begins at `begin_ms`.
fn written(frame: &Frame<'_>, begin_ms: u64) -> Vec<u8> {
    let number = if frame.seen { 0x81 } else { 0x82 };
    let offset = u16::try_from(frame.at_ms - begin_ms).unwrap_or(u16::MAX);
    let [high, low] = offset.to_be_bytes();
    let mut block = vec![number, high, low, if frame.key { 0x80 } else { 0 }];
    let (sounds, padding) = frame.bytes.split_at(frame.bytes.len() - frame.padding);
    block.extend_from_slice(sounds);
    // Padding is zero (RFC 6716, section 3.2.5), whatever stood there.
    block.resize(block.len() + padding.len(), 0);
    block
}

/// The content of the first child with this id.
fn child(body: &[u8], id: u32) -> Result<Option<&[u8]>, RecordingRefused> {
    let mut children = Elements(body);
    while let Some(child) = children.next()? {
        if child.id == id && child.sized {
            return Ok(Some(child.body));
        }
    }
    Ok(None)
}
