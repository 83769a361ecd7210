//! Pictures that are made here, byte by byte where it matters.

use std::io::Cursor;

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageFormat, Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder};

/// A scene in which every corner has a colour of its own, so that no turn goes unnoticed.
pub fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let shade = u8::try_from((x * 40 / width) + (y * 40 / height)).expect("at most 80");
        match (x < width / 2, y < height / 2) {
            (true, true) => Rgb([220, shade, shade]),
            (false, true) => Rgb([shade, 200, shade]),
            (true, false) => Rgb([shade, shade, 210]),
            (false, false) => Rgb([200, 190, shade]),
        }
    })
}

fn side(side: u32) -> u16 {
    u16::try_from(side).expect("specimens are small")
}

/// A baseline JPEG.
pub fn jpeg(image: &RgbImage) -> Vec<u8> {
    jpeg_by(image, |_| ())
}

/// A JPEG by an encoder that was set up so.
pub fn jpeg_by(image: &RgbImage, set_up: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    set_up(&mut encoder);
    let (width, height) = (side(image.width()), side(image.height()));
    encoder.encode(image.as_raw(), width, height, ColorType::Rgb).expect("it has pixels");
    bytes
}

/// A progressive JPEG of a scene.
pub fn progressive() -> Vec<u8> {
    jpeg_by(&scene(96, 64), |encoder| encoder.set_progressive(true))
}

/// A JPEG of other channels than red, green and blue: `channels` bytes for each of 32 x 32 pixels.
pub fn jpeg_of(color: ColorType, channels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = vec![90; 32 * 32 * channels];
    Encoder::new(&mut bytes, 95).encode(&pixels, 32, 32, color).expect("it has pixels");
    bytes
}

/// The JPEG with these segments behind its start.
pub fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, payload) in segments {
        bytes.extend([0xff, *marker]);
        let length = u16::try_from(payload.len() + 2).expect("a segment is short");
        bytes.extend(length.to_be_bytes());
        bytes.extend(payload);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// The payload of a JPEG's EXIF segment.
pub fn exif(orientation: u8) -> Vec<u8> {
    exif_with_text(orientation, "")
}

/// The same with an image description.
pub fn exif_with_text(orientation: u8, text: &str) -> Vec<u8> {
    [b"Exif\0\0", tiff(orientation, text).as_slice()].concat()
}

/// EXIF as PNG and WebP have it: orientation and image description.
pub fn tiff(orientation: u8, text: &str) -> Vec<u8> {
    let mut bytes = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    let length = u32::try_from(text.len() + 1).expect("a text is short");
    bytes.extend(b"\x01\x0e\0\x02");
    bytes.extend(length.to_be_bytes());
    bytes.extend(38_u32.to_be_bytes());
    bytes.extend(b"\x01\x12\0\x03\0\0\0\x01\0");
    bytes.extend([orientation, 0, 0]);
    bytes.extend([0; 4]);
    bytes.extend(text.as_bytes());
    bytes.push(0);
    bytes
}

/// A PNG.
pub fn png(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).expect("it has pixels");
    bytes.into_inner()
}

/// The PNG with these chunks behind its header.
pub fn with_chunks(png: &[u8], chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    /// Signature, and the header with length, name and checksum.
    const HEADER_END: usize = 8 + 25;
    let mut bytes = png[..HEADER_END].to_vec();
    for (name, payload) in chunks {
        bytes.extend(chunk(**name, payload));
    }
    bytes.extend(&png[HEADER_END..]);
    bytes
}

/// One chunk of a PNG.
pub fn chunk(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a chunk is short");
    let named = [&name, payload].concat();
    [&length.to_be_bytes(), named.as_slice(), &crc(&named).to_be_bytes()].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// A lossless WebP.
pub fn webp(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    WebPEncoder::new_lossless(&mut bytes)
        .encode(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .expect("it has pixels");
    bytes
}

/// The same in the extended container, with these chunks behind the pixels.
pub fn extended_webp(image: &RgbImage, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let flags = chunks.iter().fold(0, |flags, (name, _)| match *name {
        b"ICCP" => flags | 0x20,
        b"EXIF" => flags | 0x08,
        b"XMP " => flags | 0x04,
        b"ANIM" => flags | 0x02,
        _ => flags,
    });
    let mut header = vec![flags, 0, 0, 0];
    header.extend(&(image.width() - 1).to_le_bytes()[..3]);
    header.extend(&(image.height() - 1).to_le_bytes()[..3]);
    let mut body = b"WEBP".to_vec();
    riff(&mut body, *b"VP8X", &header);
    body.extend(&webp(image)[12..]);
    for (name, payload) in chunks {
        riff(&mut body, **name, payload);
    }
    let mut bytes = Vec::new();
    riff(&mut bytes, *b"RIFF", &body);
    bytes
}

fn riff(bytes: &mut Vec<u8>, name: [u8; 4], payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a chunk is short");
    bytes.extend(name);
    bytes.extend(length.to_le_bytes());
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
}

/// A lossy WebP of 16 x 16 pixels by another encoder: the left half red, the right half blue and
/// transparent.
#[rustfmt::skip]
pub const LOSSY_WEBP: &[u8] = &[
    0x52, 0x49, 0x46, 0x46, 0x64, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x58,
    0x0a, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x41, 0x4c,
    0x50, 0x48, 0x0f, 0x00, 0x00, 0x00, 0x01, 0x10, 0x12, 0x10, 0xfe, 0x9f, 0x96, 0x64, 0x35, 0x22,
    0x26, 0xc0, 0x24, 0x7f, 0x01, 0x00, 0x56, 0x50, 0x38, 0x20, 0x2e, 0x00, 0x00, 0x00, 0x70, 0x01,
    0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00, 0x02, 0xc0, 0x4c, 0x25, 0xa0, 0x02, 0x74, 0x01,
    0x40, 0x00, 0x00, 0xfe, 0xef, 0x5f, 0xff, 0xc5, 0xce, 0xf8, 0xaf, 0xff, 0xf4, 0x24, 0xfc, 0x46,
    0xf9, 0x3b, 0xff, 0xf4, 0x9b, 0x0e, 0xdf, 0xff, 0x49, 0x8b, 0x20, 0x00,
];
