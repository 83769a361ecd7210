//! JPEG: a bare copy of the file, and its pixels.
//!
//! The copy has only the segments that make pixels. Making it also shows what the decoder, which
//! is made to render whatever can be rendered, would fill with grey: a file that stops early.

use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::picture::PictureRefused::{self, Damaged};
use crate::picture::check_dimensions;
use crate::picture::pixels::Pixels;

/// Scans of a progressive picture; encoders make about ten.
const SCANS_MAX: usize = 100;

/// The decoder reads this far ahead at most.
const AHEAD_BYTES: usize = 8;

const RARE: PictureRefused =
    PictureRefused::Format { what: "a rare JPEG (print colours, lossless, arithmetic or 12 bits)" };

const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;

/// The pixels, and how to turn them.
pub fn decode(bytes: &[u8]) -> Result<(Pixels, Orientation), PictureRefused> {
    let bare = bare(bytes)?;
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(bare.frame.width))
        .set_max_height(usize::from(bare.frame.height))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bare.bytes), options);
    // The decoder's own words may hold bytes of the file, so they are dropped.
    let rgb = decoder.decode().map_err(|_| Damaged)?;
    let (width, height) = (u32::from(bare.frame.width), u32::from(bare.frame.height));
    let orientation = bare.exif.and_then(Orientation::from_exif_chunk);
    Ok((
        Pixels::new(width, height, rgb).ok_or(Damaged)?,
        orientation.unwrap_or(Orientation::NoTransforms),
    ))
}

/// What a file holds of pixels.
struct Bare<'a> {
    bytes: Vec<u8>,
    frame: Frame,
    exif: Option<&'a [u8]>,
}

#[derive(Clone, Copy)]
struct Frame {
    width: u16,
    height: u16,
    progressive: bool,
}

/// Copies what makes pixels, up to the end of the first picture, and drops the rest.
fn bare(bytes: &[u8]) -> Result<Bare<'_>, PictureRefused> {
    let mut kept = bytes.get(..2).ok_or(Damaged)?.to_vec();
    let mut rest = bytes.get(2..).ok_or(Damaged)?;
    let (mut exif, mut frame, mut scans) = (None, None, 0);
    loop {
        let (marker, after) = next_marker(rest).ok_or(Damaged)?;
        rest = after;
        if marker == EOI {
            break;
        }
        let (segment, after) = segment(rest).ok_or(Damaged)?;
        rest = after;
        let payload = &segment[2..];
        match marker {
            // Frame headers that are decoded; tables and scans; how colours are meant.
            0xc0..=0xc2 if frame.is_none() => frame = Some(read_frame(marker, payload)?),
            0xc4 | 0xdb | 0xdd | 0xe0 | 0xee => {}
            SOS if frame.is_some() && scans < SCANS_MAX => {
                scans += 1;
            }
            APP1 => {
                exif = exif.or(payload.strip_prefix(b"Exif\0\0"));
                continue;
            }
            // Applications' segments, reserved ones, and comments.
            0xe2..=0xfe => continue,
            0xc3 | 0xc5..=0xcf | 0xdc | 0xde | 0xdf => return Err(RARE),
            _ => return Err(Damaged),
        }
        kept.extend([0xff, marker]);
        kept.extend(segment);
        if marker == SOS {
            let (entropy, after) = rest.split_at(entropy_bytes(rest).ok_or(Damaged)?);
            kept.extend(entropy);
            rest = after;
        }
    }
    let frame = frame.filter(|_| scans > 0).ok_or(Damaged)?;
    if frame.progressive {
        kept.extend([0xff, EOI]);
    } else {
        // With a marker at the end, the decoder would make up what is missing before it. Without
        // one it complains, but for the lowest row of blocks. The zeros are for reading ahead.
        kept.extend([0; AHEAD_BYTES]);
    }
    Ok(Bare { bytes: kept, frame, exif })
}

/// The next marker and what follows it. Some cameras leave bytes between segments.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let start = rest.iter().position(|byte| *byte == 0xff)?;
        rest = &rest[start..];
        let fill = rest.iter().position(|byte| *byte != 0xff)?;
        let marker = rest[fill];
        rest = &rest[fill + 1..];
        if marker != 0 {
            return Some((marker, rest));
        }
    }
}

/// A segment with its length in front, and what follows it.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(*bytes.first_chunk()?));
    if length < 2 {
        return None;
    }
    bytes.split_at_checked(length)
}

fn read_frame(marker: u8, payload: &[u8]) -> Result<Frame, PictureRefused> {
    let &[precision, h1, h0, w1, w0, components] = payload.first_chunk().ok_or(Damaged)?;
    if precision != 8 || !matches!(components, 1 | 3) {
        return Err(RARE);
    }
    let height = u16::from_be_bytes([h1, h0]);
    let width = u16::from_be_bytes([w1, w0]);
    check_dimensions(width.into(), height.into())?;
    Ok(Frame { width, height, progressive: marker == 0xc2 })
}

/// The length of the coded pixels at the start: up to a marker other than the restarts, which
/// count 0 to 7 round and round. A file that lost a part of itself has them out of order.
fn entropy_bytes(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut restarts = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match *bytes.get(at + 1)? {
            0 => at += 2,
            restart @ 0xd0..=0xd7 => {
                if restart & 7 != restarts % 8 {
                    return None;
                }
                restarts = (restarts + 1) % 8;
                at += 2;
            }
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}
