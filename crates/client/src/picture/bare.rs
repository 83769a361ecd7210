//! Pictures that a browser has decoded, made smaller and encoded anew: its canvas knows pixels and
//! nothing else. Some browsers add a colour profile of their own, which is taken out here with
//! whatever else isn't needed to see the picture.

use super::{INPUT_BYTES_MAX, PictureRefused, Prepared, check_dimensions};

/// Begins a JPEG, and each segment.
const MARK: u8 = 0xff;
const START: u8 = 0xd8;
const SCAN: u8 = 0xda;
const END: u8 = 0xd9;
/// JFIF's own segment, which every encoder writes: density and no more.
const JFIF: u8 = 0xe0;
/// The bytes of a JFIF segment without a preview.
const JFIF_BYTES: usize = 18;
const COMMENT: u8 = 0xfe;

impl Prepared {
    /// One picture in three sizes, each a JPEG without metadata.
    ///
    /// # Errors
    /// One of them isn't a JPEG of one picture, or is too long.
    pub fn bare(
        full: &[u8],
        mid: &[u8],
        thumbnail: &[u8],
        (width, height): (u32, u32),
    ) -> Result<Self, PictureRefused> {
        check_dimensions(width, height)?;
        Ok(Self { full: bare(full)?, mid: bare(mid)?, thumbnail: bare(thumbnail)?, width, height })
    }
}

/// One picture without metadata, such as that of a film: a JPEG of whatever size.
///
/// # Errors
/// It isn't a JPEG of one picture, or is too long.
pub fn bare_jpeg(bytes: &[u8]) -> Result<Vec<u8>, PictureRefused> {
    bare(bytes)
}

/// The same picture without the segments that aren't needed to see it.
fn bare(bytes: &[u8]) -> Result<Vec<u8>, PictureRefused> {
    if bytes.len() > INPUT_BYTES_MAX {
        return Err(PictureRefused::TooLong);
    }
    let mut rest = bytes.strip_prefix(&[MARK, START]).ok_or(PictureRefused::Damaged)?;
    let mut kept = vec![MARK, START];
    loop {
        let [MARK, kind, high, low, ..] = *rest else {
            return Err(PictureRefused::Damaged);
        };
        if kind == SCAN {
            break;
        }
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let (segment, after) = rest.split_at_checked(length).ok_or(PictureRefused::Damaged)?;
        let needed = match kind {
            JFIF => length == JFIF_BYTES,
            COMMENT => false,
            kind => !(0xe1..=0xef).contains(&kind),
        };
        if needed {
            kept.extend_from_slice(segment);
        }
        rest = after;
    }
    // Nothing may follow the one picture.
    let end = rest.windows(2).position(|two| two == [MARK, END]);
    if end != Some(rest.len() - 2) {
        return Err(PictureRefused::Damaged);
    }
    kept.extend_from_slice(rest);
    Ok(kept)
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

    fn with_segment(bytes: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&bytes[..2], &[MARK, kind], &length, content, &bytes[2..]].concat()
    }

    #[test]
    fn a_bare_jpeg_stays_as_it_is_and_what_tells_more_is_taken_out() {
        let picture = drawn();
        assert_eq!(bare(&picture).unwrap(), picture);
        let told: [(u8, &[u8]); 4] =
            [(0xe1, b"Exif\0\0"), (0xe2, b"ICC_PROFILE"), (COMMENT, b"at home"), (JFIF, &[7; 99])];
        for (kind, content) in told {
            assert_eq!(bare(&with_segment(&picture, kind, content)).unwrap(), picture, "{kind:x}");
        }
    }

    #[test]
    fn what_is_no_jpeg_of_one_picture_is_refused() {
        let picture = drawn();
        let twice = [&picture[..], &picture].concat();
        let longer = [&picture[..], b"at home"].concat();
        for bytes in [&[][..], b"\x89PNG\r\n\x1a\n", &picture[..9], &picture[2..], &twice, &longer]
        {
            assert_eq!(bare(bytes).unwrap_err(), PictureRefused::Damaged);
        }
        assert!(Prepared::bare(&picture, &picture, &picture, (0, 4)).is_err());
    }
}
