//! WebP: a bare copy of the file, and its pixels.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};

use crate::picture::PictureRefused::{self, Animated, Damaged};
use crate::picture::check_dimensions;
use crate::picture::pixels::Pixels;

/// Flags of the extended header: that there is transparency, and that there is animation.
const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;

/// Bytes of `RIFF`, the length of what follows, and `WEBP`.
const START_BYTES: usize = 12;

/// The pixels, and how to turn them.
pub fn decode(bytes: &[u8]) -> Result<(Pixels, Orientation), PictureRefused> {
    let (bare, exif) = bare(bytes)?;
    let decoder = WebPDecoder::new(Cursor::new(bare)).map_err(|_| Damaged)?;
    let (width, height) = decoder.dimensions();
    check_dimensions(width, height)?;
    let image = DynamicImage::from_decoder(decoder).map_err(|_| Damaged)?;
    // The older files begin as the segment of a JPEG does.
    let exif = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    let orientation = exif.and_then(Orientation::from_exif_chunk);
    Ok((Pixels::on_white(image), orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Copies the chunks that make pixels and finds the EXIF data. What follows the stated length is
/// dropped.
fn bare(bytes: &[u8]) -> Result<(Vec<u8>, Option<&[u8]>), PictureRefused> {
    let stated = bytes.get(4..).and_then(number).ok_or(Damaged)?;
    let end = stated.checked_add(8).ok_or(Damaged)?;
    let mut rest = bytes.get(START_BYTES..end).ok_or(Damaged)?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut exif = None;
    while !rest.is_empty() {
        let (chunk, after) = chunk(rest).ok_or(Damaged)?;
        rest = after;
        let (name, payload) = (&chunk[..4], &chunk[8..]);
        match name {
            b"VP8X" => {
                let flags = *payload.first().ok_or(Damaged)?;
                if flags & ANIMATION != 0 {
                    return Err(Animated);
                }
                kept.extend(&chunk[..8]);
                kept.push(flags & ALPHA);
                kept.extend(&payload[1..]);
            }
            b"VP8 " | b"VP8L" | b"ALPH" => kept.extend(chunk),
            b"ANIM" | b"ANMF" => return Err(Animated),
            b"EXIF" => exif = exif.or(Some(payload)),
            _ => {}
        }
    }
    let length = u32::try_from(kept.len() - 8).map_err(|_| Damaged)?;
    kept[4..8].copy_from_slice(&length.to_le_bytes());
    Ok((kept, exif))
}

/// A chunk (name, length, payload, a byte if the length is odd) and what follows it.
fn chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let payload = number(bytes.get(4..)?)?;
    bytes.split_at_checked(payload.checked_next_multiple_of(2)?.checked_add(8)?)
}

fn number(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()
}
