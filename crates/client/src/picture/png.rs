//! PNG: a bare copy of the file, and its pixels.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, Limits};

use crate::picture::PictureRefused::{self, Animated, Damaged};
use crate::picture::check_dimensions;
use crate::picture::pixels::Pixels;

/// The first bytes of every PNG.
pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Memory for one picture of the largest area with 16 bits in each of four channels.
const DECODED_BYTES_MAX: u64 = super::AREA_PIXELS_MAX * 8;

/// The pixels, and how to turn them.
pub fn decode(bytes: &[u8]) -> Result<(Pixels, Orientation), PictureRefused> {
    let (bare, exif) = bare(bytes)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let image = PngDecoder::with_limits(Cursor::new(bare), limits)
        .and_then(DynamicImage::from_decoder)
        .map_err(|_| Damaged)?;
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    Ok((Pixels::on_white(image), orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Copies the chunks that make pixels, up to the end chunk, and finds the EXIF data. A compressed
/// profile or text is never unpacked.
fn bare(bytes: &[u8]) -> Result<(Vec<u8>, Option<&[u8]>), PictureRefused> {
    let mut kept = SIGNATURE.to_vec();
    let mut rest = bytes.strip_prefix(SIGNATURE).ok_or(Damaged)?;
    let mut exif = None;
    loop {
        let (chunk, after) = chunk(rest).ok_or(Damaged)?;
        rest = after;
        let (name, payload) = (&chunk[4..8], &chunk[8..chunk.len() - 4]);
        if (name == b"IHDR") != (kept.len() == SIGNATURE.len()) {
            return Err(Damaged);
        }
        match name {
            b"IHDR" => {
                let number = |at: usize| {
                    let bytes = payload.get(at..)?.first_chunk()?;
                    Some(u32::from_be_bytes(*bytes))
                };
                check_dimensions(number(0).ok_or(Damaged)?, number(4).ok_or(Damaged)?)?;
            }
            b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => {}
            b"acTL" => return Err(Animated),
            b"eXIf" => {
                exif = exif.or(Some(payload));
                continue;
            }
            _ => continue,
        }
        kept.extend(chunk);
        if name == b"IEND" {
            return Ok((kept, exif));
        }
    }
}

/// A chunk (length, name, payload, checksum) and what follows it.
fn chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let payload = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    bytes.split_at_checked(payload.checked_add(12)?)
}
