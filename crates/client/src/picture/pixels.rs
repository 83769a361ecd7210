//! Pixels on their way from one file to the next: smaller, turned, encoded.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder};

/// A decoded picture: red, green and blue with 8 bits each.
#[derive(Clone)]
pub struct Pixels(DynamicImage);

impl Pixels {
    /// A picture of these bytes; `None` if there are not three for each pixel.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let bytes = u64::from(width) * u64::from(height) * 3;
        if u64::try_from(rgb.len()) != Ok(bytes) {
            return None;
        }
        RgbImage::from_raw(width, height, rgb).map(|image| Self(image.into()))
    }

    /// A picture in front of white, since JPEG has no transparency.
    pub fn on_white(image: DynamicImage) -> Self {
        if !image.color().has_alpha() {
            return Self(image.into_rgb8().into());
        }
        let image = image.into_rgba8();
        let (width, height) = image.dimensions();
        let mut flat = RgbImage::new(width, height);
        for (to, from) in flat.pixels_mut().zip(image.pixels()) {
            let [red, green, blue, alpha] = from.0;
            *to = Rgb([red, green, blue].map(|channel| over_white(channel, alpha)));
        }
        Self(flat.into())
    }

    /// Width and height in pixels.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.0.width(), self.0.height())
    }

    /// A smaller copy with sides no longer than this; `None` if the picture's own are not.
    pub fn smaller(&self, side_max: u32) -> Option<Self> {
        let (width, height) = self.dimensions();
        let longest = width.max(height);
        if longest <= side_max {
            return None;
        }
        let shrink = |side: u32| {
            let side = u64::from(side) * u64::from(side_max);
            let rounded = (side + u64::from(longest) / 2) / u64::from(longest);
            u32::try_from(rounded).map_or(side_max, |side| side.clamp(1, side_max))
        };
        let mut smaller = DynamicImage::new_rgb8(shrink(width), shrink(height));
        let how = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        resize(&self.0, &mut smaller, &how);
        Some(Self(smaller))
    }

    /// The picture as the camera was held.
    pub fn upright(mut self, orientation: Orientation) -> Self {
        self.0.apply_orientation(orientation);
        self
    }

    /// The picture as a JPEG without metadata, of a quality between 1 and 100.
    pub fn to_jpeg(&self, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&self.0, quality, &mut bytes);
        bytes
    }
}

#[expect(clippy::expect_used, reason = "both pictures have the same kind of pixels and no side 0")]
fn resize(from: &DynamicImage, to: &mut DynamicImage, how: &ResizeOptions) {
    Resizer::new().resize(from, to, how).expect("pictures of one kind are resized");
}

#[expect(clippy::expect_used, reason = "the sides are 1 to 4096, and a Vec takes every byte")]
fn encode(image: &DynamicImage, quality: u8, bytes: &mut Vec<u8>) {
    let side = |side: u32| u16::try_from(side).expect("a side is at most FULL_PIXELS_MAX");
    let (width, height) = (side(image.width()), side(image.height()));
    let mut encoder = Encoder::new(bytes, quality);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder
        .encode(image.as_bytes(), width, height, ColorType::Rgb)
        .expect("a picture with pixels is encoded");
}

/// One channel with its alpha, in front of white.
fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u16::from(channel), u16::from(alpha));
    let mixed = (channel * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_is_white_and_opaque_stays() {
        assert_eq!([over_white(0, 0), over_white(7, 255), over_white(0, 128)], [255, 7, 127]);
    }

    #[test]
    fn a_narrow_picture_keeps_a_pixel() {
        let line = Pixels::new(9000, 1, vec![0; 27000]).expect("three bytes for each pixel");
        let smaller = line.smaller(320).expect("it is too long");
        assert_eq!(smaller.dimensions(), (320, 1));
    }
}
