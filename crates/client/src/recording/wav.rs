//! WAV with plain samples: the one chunk that says how they are to be read is written anew, and the
//! samples follow. Every other chunk stays behind.

use super::{RecordingRefused, Sound, WAV_TYPE};

const DAMAGED: RecordingRefused = RecordingRefused::Damaged;
const HEAD_BYTES: u32 = 44;
const PCM: u16 = 1;

struct Samples {
    channels: u16,
    rate: u32,
    bits: u16,
}

impl Samples {
    fn read(chunk: &[u8]) -> Result<Self, RecordingRefused> {
        let two = |at: usize| Some(u16::from_le_bytes([*chunk.get(at)?, *chunk.get(at + 1)?]));
        let (Some(format), Some(channels), Some(bits)) = (two(0), two(2), two(14)) else {
            return Err(DAMAGED);
        };
        let rate = u32::from(two(4).ok_or(DAMAGED)?) | u32::from(two(6).ok_or(DAMAGED)?) << 16;
        if format != PCM {
            return Err(RecordingRefused::Format { what: "a WAV file of compressed samples" });
        }
        let known = matches!(channels, 1 | 2) && matches!(bits, 8 | 16);
        if known && (8_000..=48_000).contains(&rate) {
            Ok(Self { channels, rate, bits })
        } else {
            Err(DAMAGED)
        }
    }

    fn block_bytes(&self) -> u16 {
        self.channels * (self.bits / 8)
    }

    fn second_bytes(&self) -> u32 {
        self.rate * u32::from(self.block_bytes())
    }
}

/// The same samples with a head of ours.
pub fn bare(bytes: &[u8]) -> Result<Sound, RecordingRefused> {
    let mut rest = bytes.get(12..).ok_or(DAMAGED)?;
    let (mut samples, mut data) = (None, None);
    while data.is_none() {
        let (name, after) = rest.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or(DAMAGED)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (chunk, after) = after.split_at_checked(length).ok_or(DAMAGED)?;
        match name {
            b"fmt " => samples = Some(Samples::read(chunk)?),
            b"data" => data = Some(chunk),
            _ => {}
        }
        // Chunks begin at even places.
        rest = after.get(length % 2..).unwrap_or_default();
    }
    let (samples, data) = samples.zip(data).ok_or(DAMAGED)?;
    let whole = data.len() - data.len() % usize::from(samples.block_bytes());
    written(&samples, &data[..whole])
}

fn written(samples: &Samples, data: &[u8]) -> Result<Sound, RecordingRefused> {
    let length = u32::try_from(data.len()).map_err(|_| DAMAGED)?;
    let second = samples.second_bytes();
    let mut bytes = Vec::with_capacity(data.len() + HEAD_BYTES as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(length + HEAD_BYTES - 8).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend_from_slice(&samples.channels.to_le_bytes());
    bytes.extend_from_slice(&samples.rate.to_le_bytes());
    bytes.extend_from_slice(&second.to_le_bytes());
    bytes.extend_from_slice(&samples.block_bytes().to_le_bytes());
    bytes.extend_from_slice(&samples.bits.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(data);
    let duration_ms = u64::from(length) * 1000 / u64::from(second);
    let duration_ms = u32::try_from(duration_ms).map_err(|_| RecordingRefused::TooMuch)?;
    if duration_ms == 0 {
        return Err(DAMAGED);
    }
    Ok(Sound { bytes, media_type: WAV_TYPE, duration_ms })
}
