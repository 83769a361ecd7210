//! Pictures, made fit to be sealed: pixels and nothing else.
//!
//! What a camera writes beside the pixels says where a child was, when, and with which device. So
//! every picture is decoded and encoded anew, and what leaves here holds none of the bytes that
//! came in: no EXIF, XMP, IPTC or colour profile, no comment, preview or second picture, and
//! nothing after the end. Even the tables of the encoder are ours and not the camera's. The
//! decoders, too, see only a copy of the file without its metadata.
//!
//! What isn't removed is what the picture shows, and the sensor's own noise in the full size.
//!
//! - The orientation that EXIF tells is applied to the pixels.
//! - A colour profile is dropped and the pixels are taken as sRGB: pictures of other spaces, such
//!   as Display P3, come out slightly paler.
//! - What is transparent becomes white. 16 bits a channel become 8.
//! - An animation is refused, as keeping one picture of it would lose the others silently.
//! - Of several pictures in one JPEG file (MPO, HDR gain map), the first is kept.
//!
//! Peak memory is about 10 bytes a pixel of the original, 16 for a progressive JPEG.

use thiserror::Error;

#[cfg(not(target_family = "wasm"))]
use crate::picture::format::Format;

mod bare;

pub use bare::bare_jpeg;

// A browser has decoders of its own.
#[cfg(not(target_family = "wasm"))]
mod format;
#[cfg(not(target_family = "wasm"))]
mod jpeg;
#[cfg(not(target_family = "wasm"))]
mod pixels;
#[cfg(not(target_family = "wasm"))]
mod png;
#[cfg(not(target_family = "wasm"))]
mod webp;

/// The longest file that is looked at.
pub const INPUT_BYTES_MAX: usize = 32 << 20;
/// The longest side of an original.
pub const SIDE_PIXELS_MAX: u32 = 16_384;
/// The most pixels of an original.
pub const AREA_PIXELS_MAX: u64 = 64_000_000;
/// The longest side of [`Prepared::full`].
pub const FULL_PIXELS_MAX: u32 = 4096;
/// The longest side of [`Prepared::mid`]: fills the screen of a phone.
pub const MID_PIXELS_MAX: u32 = 1600;
/// The longest side of [`Prepared::thumbnail`].
pub const THUMBNAIL_PIXELS_MAX: u32 = 320;

/// The media type of all that [`prepare`] makes.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// JPEG quality (1 to 100) of the full size, which is kept; and of the others, which are looked at.
#[cfg(not(target_family = "wasm"))]
const FULL_QUALITY: u8 = 88;
#[cfg(not(target_family = "wasm"))]
const VIEW_QUALITY: u8 = 82;

/// One picture in three sizes, each a JPEG of its own without metadata, and upright.
///
/// A picture is never enlarged: of a small one, two or all three have the same size.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The picture itself; its longest side is at most [`FULL_PIXELS_MAX`].
    pub full: Vec<u8>,
    /// For looking at; its longest side is at most [`MID_PIXELS_MAX`].
    pub mid: Vec<u8>,
    /// For lists; its longest side is at most [`THUMBNAIL_PIXELS_MAX`].
    pub thumbnail: Vec<u8>,
    /// Width of `full` in pixels.
    pub width: u32,
    /// Height of `full` in pixels.
    pub height: u32,
}

impl std::fmt::Debug for Prepared {
    /// Sizes only: a child's picture doesn't belong in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prepared({}x{})", self.width, self.height)
    }
}

/// Why a picture isn't taken, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PictureRefused {
    /// The content, whatever the file's name says, is no JPEG, PNG or WebP.
    #[error(
        "this is {what}, which no well-kept memory-safe library decodes for us; set the camera to \
         JPEG, or save the picture as JPEG, PNG or WebP"
    )]
    Format {
        /// What it seems to be.
        what: &'static str,
    },
    /// The file is cut off, or its bytes contradict each other.
    #[error("the picture is damaged or incomplete; copy it from the camera again")]
    Damaged,
    /// The file is longer than [`INPUT_BYTES_MAX`].
    #[error("the file is longer than 32 MiB; save the picture smaller")]
    TooLong,
    /// There are more pixels than [`SIDE_PIXELS_MAX`] or [`AREA_PIXELS_MAX`].
    #[error("the picture has a side over 16384 pixels, or over 64 megapixels; save it smaller")]
    TooLarge,
    /// The file is an animation.
    #[error("this is an animation; save one picture of it")]
    Animated,
}

/// Makes a JPEG, PNG or WebP fit to be sealed. In a browser, its canvas does that:
/// [`Prepared::bare`].
///
/// # Errors
///
/// See [`PictureRefused`]. Size and format are known before anything is decoded.
#[cfg(not(target_family = "wasm"))]
pub fn prepare(bytes: &[u8]) -> Result<Prepared, PictureRefused> {
    if bytes.len() > INPUT_BYTES_MAX {
        return Err(PictureRefused::TooLong);
    }
    let (pixels, orientation) = match format::of(bytes)? {
        Format::Jpeg => jpeg::decode(bytes)?,
        Format::Png => png::decode(bytes)?,
        Format::Webp => webp::decode(bytes)?,
    };
    // Each size is turned after it was made smaller: turning costs most where the pixels are most.
    let full = pixels.smaller(FULL_PIXELS_MAX).unwrap_or(pixels);
    let mid = full.smaller(MID_PIXELS_MAX).unwrap_or_else(|| full.clone());
    let thumbnail = mid.smaller(THUMBNAIL_PIXELS_MAX).unwrap_or_else(|| mid.clone());
    let mid = mid.upright(orientation).to_jpeg(VIEW_QUALITY);
    let thumbnail = thumbnail.upright(orientation).to_jpeg(VIEW_QUALITY);
    let full = full.upright(orientation);
    let (width, height) = full.dimensions();
    Ok(Prepared { full: full.to_jpeg(FULL_QUALITY), mid, thumbnail, width, height })
}

/// Refuses what is too large to decode, or has no pixel.
fn check_dimensions(width: u32, height: u32) -> Result<(), PictureRefused> {
    if width == 0 || height == 0 {
        return Err(PictureRefused::Damaged);
    }
    let area = u64::from(width) * u64::from(height);
    if width.max(height) > SIDE_PIXELS_MAX || area > AREA_PIXELS_MAX {
        return Err(PictureRefused::TooLarge);
    }
    Ok(())
}
