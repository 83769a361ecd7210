//! Opus packets (RFC 6716, section 3): how long each sounds, and where it is padded.

use super::RecordingRefused;

const DAMAGED: RecordingRefused = RecordingRefused::Damaged;
/// A packet lasts at most this long.
const PACKET_US_MAX: u32 = 120_000;
/// The bytes of the head that stands before the packets (RFC 7845, section 5.1).
const HEAD_BYTES: usize = 19;

/// The head anew: of what was there, the number of channels and the samples to skip count.
pub fn head(private: &[u8]) -> Result<([u8; HEAD_BYTES], u8), RecordingRefused> {
    let (head, _) = private.split_first_chunk::<HEAD_BYTES>().ok_or(DAMAGED)?;
    let (channels, family) = (head[9], head[18]);
    if !head.starts_with(b"OpusHead") || !matches!(channels, 1 | 2) || family != 0 {
        return Err(DAMAGED);
    }
    let mut fresh = [0; HEAD_BYTES];
    fresh[..8].copy_from_slice(b"OpusHead");
    (fresh[8], fresh[9]) = (1, channels);
    fresh[10..12].copy_from_slice(&head[10..12]);
    fresh[12..16].copy_from_slice(&48_000_u32.to_le_bytes());
    Ok((fresh, channels))
}

/// One packet, looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// How long it sounds, in microseconds.
    pub us: u32,
    /// How many bytes at its end are padding, in which anything could stand.
    pub padding: usize,
}

/// Looks at a packet: its frames must fill it.
pub fn packet(bytes: &[u8]) -> Result<Packet, RecordingRefused> {
    let (toc, rest) = bytes.split_first().ok_or(DAMAGED)?;
    let (count, padding) = match toc & 3 {
        0 => (1, 0),
        1 if rest.len().is_multiple_of(2) => (2, 0),
        2 => {
            let (length, rest) = frame_length(rest)?;
            if length > rest.len() {
                return Err(DAMAGED);
            }
            (2, 0)
        }
        3 => many(rest)?,
        _ => return Err(DAMAGED),
    };
    let us = count * frame_us(*toc);
    if us > PACKET_US_MAX { Err(DAMAGED) } else { Ok(Packet { us, padding }) }
}

/// A packet that says how many frames it has, and how much padding.
fn many(rest: &[u8]) -> Result<(u32, usize), RecordingRefused> {
    let (said, mut rest) = rest.split_first().ok_or(DAMAGED)?;
    let count = u32::from(said & 0x3f);
    let mut padding = 0;
    if said & 0x40 != 0 {
        loop {
            let (more, after) = rest.split_first().ok_or(DAMAGED)?;
            rest = after;
            padding += usize::from(*more).min(254);
            if *more != 255 {
                break;
            }
        }
    }
    let sounds = rest.len().checked_sub(padding).ok_or(DAMAGED)?;
    let mut frames = &rest[..sounds];
    if said & 0x80 == 0 {
        let fits = count > 0 && sounds.is_multiple_of(count as usize);
        return if fits { Ok((count, padding)) } else { Err(DAMAGED) };
    }
    let mut sum = 0;
    for _ in 1..count {
        let (length, after) = frame_length(frames)?;
        (sum, frames) = (sum + length, after);
    }
    if count == 0 || sum > frames.len() { Err(DAMAGED) } else { Ok((count, padding)) }
}

fn frame_length(bytes: &[u8]) -> Result<(usize, &[u8]), RecordingRefused> {
    match bytes {
        [short @ 0..=251, rest @ ..] => Ok((usize::from(*short), rest)),
        [long, more, rest @ ..] => Ok((usize::from(*more) * 4 + usize::from(*long), rest)),
        _ => Err(DAMAGED),
    }
}

/// Microseconds of a frame, by the configuration in the upper five bits (RFC 6716, table 2).
const fn frame_us(toc: u8) -> u32 {
    let config = toc >> 3;
    match (config, config & 3) {
        (16.., size) => 2_500 << size,
        (12..=15, size) => 10_000 << (size & 1),
        (_, 3) => 60_000,
        (_, size) => 10_000 << size,
    }
}
