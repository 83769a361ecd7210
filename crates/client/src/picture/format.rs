//! What a file is, by its first bytes. Names and media types are what somebody says.

use crate::picture::PictureRefused;

/// A format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

/// Formats that are refused, by the bytes at their start, and how they are called.
const REFUSED: [(&[u8], &str); 8] = [
    (b"GIF8", "a GIF"),
    (b"II*\0", "a TIFF or a camera's raw picture"),
    (b"MM\0*", "a TIFF or a camera's raw picture"),
    (b"II+\0", "a BigTIFF"),
    (b"MM\0+", "a BigTIFF"),
    (b"BM", "a Windows bitmap"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
];

/// Brands of the ISO media container, in the order in which they decide.
const BRANDS: [(&[&[u8; 4]], &str); 2] = [
    (&[b"avif", b"avis"], "AVIF"),
    (
        &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"],
        "HEIF",
    ),
];

/// The format of these bytes.
pub fn of(bytes: &[u8]) -> Result<Format, PictureRefused> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    }
    if bytes.starts_with(super::png::SIGNATURE) {
        return Ok(Format::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Format::Webp);
    }
    let what = match REFUSED.iter().find(|(start, _)| bytes.starts_with(start)) {
        Some((_, what)) => what,
        None if bytes.get(4..8) == Some(b"ftyp") => media(bytes),
        None => "in an unknown format",
    };
    Err(PictureRefused::Format { what })
}

/// What an ISO media file calls itself: HEIF, AVIF and films share the container.
fn media(bytes: &[u8]) -> &'static str {
    /// Brands that are read at most; real files have fewer than ten.
    const BRANDS_MAX: usize = 32;
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
    let end = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    let brands = bytes.get(8..end).unwrap_or_default().chunks_exact(4).take(BRANDS_MAX);
    BRANDS
        .iter()
        .find(|(names, _)| brands.clone().any(|brand| names.iter().any(|name| **name == *brand)))
        .map_or("a film", |(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> &'static str {
        match of(bytes) {
            Err(PictureRefused::Format { what }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn brands_tell_heif_from_avif_and_films() {
        assert_eq!(refused(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), "HEIF");
        assert_eq!(refused(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), "AVIF");
        assert_eq!(refused(b"\0\0\0\x14ftypisom\0\0\0\0mp41heic"), "a film");
    }

    #[test]
    fn everything_else_has_a_name_or_is_unknown() {
        assert_eq!(refused(b"GIF89a"), "a GIF");
        assert_eq!(refused(b"II*\0\x08\0\0\0"), "a TIFF or a camera's raw picture");
        assert_eq!(refused(b""), "in an unknown format");
        assert_eq!(refused(b"RIFF\0\0\0\0WAVE"), "in an unknown format");
    }
}
