//! Pictures that a browser has decoded, made smaller and encoded anew: its canvas knows pixels and
//! nothing else. What comes from there is looked at once more before it is sealed.

use super::{INPUT_BYTES_MAX, PictureRefused, Prepared, check_dimensions};

/// Begins a JPEG, and each segment.
const MARK: u8 = 0xff;
const START: u8 = 0xd8;
const SCAN: u8 = 0xda;
/// JFIF's own segment, which every encoder writes: density and no more.
const JFIF: u8 = 0xe0;
/// The bytes of a JFIF segment without a preview.
const JFIF_BYTES: usize = 16;
const COMMENT: u8 = 0xfe;

impl Prepared {
    /// One picture in three sizes, each a JPEG without metadata.
    ///
    /// # Errors
    /// One of them isn't a JPEG, is too long, or holds anything beside the pixels.
    pub fn bare(
        full: Vec<u8>,
        mid: Vec<u8>,
        thumbnail: Vec<u8>,
        (width, height): (u32, u32),
    ) -> Result<Self, PictureRefused> {
        check_dimensions(width, height)?;
        for bytes in [&full, &mid, &thumbnail] {
            check(bytes)?;
        }
        Ok(Self { full, mid, thumbnail, width, height })
    }
}

/// Walks the segments up to the pixels.
fn check(bytes: &[u8]) -> Result<(), PictureRefused> {
    if bytes.len() > INPUT_BYTES_MAX {
        return Err(PictureRefused::TooLong);
    }
    let mut rest = bytes.strip_prefix(&[MARK, START]).ok_or(PictureRefused::Damaged)?;
    loop {
        let [MARK, kind, high, low, ..] = *rest else {
            return Err(PictureRefused::Damaged);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let tells = match kind {
            SCAN => return Ok(()),
            JFIF => length != JFIF_BYTES,
            COMMENT => true,
            kind => (0xe1..=0xef).contains(&kind),
        };
        if tells {
            return Err(PictureRefused::Metadata);
        }
        rest = rest.get(2 + length..).ok_or(PictureRefused::Damaged)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::prepare;

    fn drawn() -> Vec<u8> {
        let mut png = Vec::new();
        let image = image::RgbImage::from_pixel(64, 48, image::Rgb([31, 111, 84]));
        let mut out = std::io::Cursor::new(&mut png);
        image.write_to(&mut out, image::ImageFormat::Png).unwrap();
        prepare(&png).unwrap().full
    }

    fn bare(bytes: &[u8]) -> Result<Prepared, PictureRefused> {
        Prepared::bare(bytes.to_vec(), bytes.to_vec(), bytes.to_vec(), (64, 48))
    }

    fn with_segment(bytes: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&bytes[..2], &[MARK, kind], &length, content, &bytes[2..]].concat()
    }

    #[test]
    fn a_bare_jpeg_passes_and_one_that_tells_more_does_not() {
        let picture = drawn();
        assert!(bare(&picture).is_ok());
        let told: [(u8, &[u8]); 4] =
            [(0xe1, b"Exif\0\0"), (0xed, b"Photoshop"), (COMMENT, b"at home"), (JFIF, &[7; 99])];
        for (kind, content) in told {
            let refused = bare(&with_segment(&picture, kind, content));
            assert_eq!(refused.unwrap_err(), PictureRefused::Metadata, "{kind:x}");
        }
    }

    #[test]
    fn what_is_no_jpeg_is_refused() {
        let picture = drawn();
        for bytes in [&[][..], b"\x89PNG\r\n\x1a\n", &picture[..9], &picture[2..]] {
            assert_eq!(bare(bytes).unwrap_err(), PictureRefused::Damaged);
        }
        assert!(Prepared::bare(picture.clone(), picture.clone(), picture, (0, 4)).is_err());
    }
}
