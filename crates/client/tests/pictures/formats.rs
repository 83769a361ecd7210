//! What is taken, what isn't, and how much of it.

use image::{Rgb, RgbImage, RgbaImage};
use jpeg_encoder::ColorType;
use treehouse_client::picture::{
    FULL_PIXELS_MAX, INPUT_BYTES_MAX, MID_PIXELS_MAX, PictureRefused, Prepared,
    THUMBNAIL_PIXELS_MAX, prepare,
};

use crate::{photos, specimen};

fn sizes(prepared: &Prepared) -> [(u32, u32); 3] {
    [&prepared.full, &prepared.mid, &prepared.thumbnail].map(|jpeg| {
        let image = image::load_from_memory(jpeg).expect("what is prepared opens");
        (image.width(), image.height())
    })
}

fn color_at(jpeg: &[u8], x: u32, y: u32) -> Rgb<u8> {
    *image::load_from_memory(jpeg).expect("what is prepared opens").into_rgb8().get_pixel(x, y)
}

fn assert_near(found: Rgb<u8>, expected: [u8; 3]) {
    let off = found.0.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
    assert!(off < Some(24), "{found:?} is not {expected:?}");
}

#[test]
fn a_large_photograph_is_bounded_in_every_size() {
    let prepared = prepare(&photos::read("HMD_Nokia_8.3_5G.jpg")).expect("it is good");
    assert_eq!(sizes(&prepared), [(4096, 1756), (1600, 686), (320, 137)]);
    assert_eq!([FULL_PIXELS_MAX, MID_PIXELS_MAX, THUMBNAIL_PIXELS_MAX], [4096, 1600, 320]);
    assert!(prepared.thumbnail.len() < 40_000, "{}", prepared.thumbnail.len());
}

#[test]
fn a_small_picture_is_not_enlarged() {
    let prepared = prepare(&photos::read("image01551.jpg")).expect("it is good");
    assert_eq!(sizes(&prepared), [(61, 58); 3]);
}

#[test]
fn heif_is_refused_by_content_under_any_name() {
    for name in ["HMD_Nokia_8.3_5G.heif", "IMG_5195.HEIC"] {
        let refused = prepare(&photos::read(name)).expect_err("it is HEIF");
        assert_eq!(refused, PictureRefused::Format { what: "HEIF" }, "{name}");
        let text = refused.to_string();
        assert!(text.contains("HEIF") && text.contains("set the camera to JPEG"), "{text}");
    }
}

#[test]
fn every_kind_of_jpeg_that_cameras_make_is_taken() {
    let scene = specimen::scene(96, 64);
    let plain = specimen::jpeg(&scene);
    let fill = [&plain[..2], b"\xff\xff\xff", &plain[2..]].concat();
    for (what, jpeg) in [
        ("progressive", specimen::progressive()),
        ("restarts", specimen::jpeg_by(&scene, |encoder| encoder.set_restart_interval(3))),
        (
            "own tables",
            specimen::jpeg_by(&scene, |encoder| encoder.set_optimized_huffman_tables(true)),
        ),
        ("fill bytes", fill),
        ("second picture", [plain.as_slice(), &specimen::progressive()].concat()),
    ] {
        let prepared = prepare(&jpeg).unwrap_or_else(|why| panic!("{what}: {why}"));
        assert_near(color_at(&prepared.full, 10, 10), [220, 10, 10]);
        assert_near(color_at(&prepared.full, 90, 60), [200, 190, 75]);
    }
    let grey = prepare(&specimen::jpeg_of(ColorType::Luma, 1)).expect("grey is taken");
    assert_near(color_at(&grey.full, 5, 5), [90; 3]);
}

/// No row of blocks is so short that a whole picture looks cut.
#[test]
fn tiny_pictures_of_every_size_are_taken() {
    for side in 1..=40 {
        for (width, height) in [(side, side), (1, side), (side, 1), (3, side * 9)] {
            for shade in [0, 128, 255] {
                let plain = RgbImage::from_pixel(width, height, Rgb([shade; 3]));
                let prepared = prepare(&specimen::jpeg(&plain));
                let prepared = prepared.unwrap_or_else(|why| panic!("{width}x{height}: {why}"));
                assert_eq!((prepared.width, prepared.height), (width, height));
                assert_near(color_at(&prepared.full, width - 1, height - 1), [shade; 3]);
            }
        }
    }
}

#[test]
fn a_rare_jpeg_is_refused_before_its_colours_come_out_wrong() {
    let refused = prepare(&specimen::jpeg_of(ColorType::Cmyk, 4)).expect_err("print colours");
    assert!(refused.to_string().contains("rare JPEG"), "{refused}");
    let mut lossless = specimen::jpeg(&specimen::scene(32, 32));
    let frame = lossless.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("it has a frame");
    lossless[frame + 1] = 0xc3;
    assert!(matches!(prepare(&lossless), Err(PictureRefused::Format { .. })));
}

#[test]
fn transparency_becomes_white() {
    let mut image = RgbaImage::from_pixel(32, 32, image::Rgba([10, 20, 30, 0]));
    image.get_pixel_mut(0, 0).0 = [10, 20, 30, 255];
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).expect("it has pixels");
    let prepared = prepare(bytes.get_ref()).expect("it is good");
    assert_near(color_at(&prepared.full, 20, 20), [255; 3]);
    let prepared = prepare(specimen::LOSSY_WEBP).expect("it is good");
    assert_near(color_at(&prepared.full, 2, 8), [220, 30, 30]);
    assert_near(color_at(&prepared.full, 14, 8), [255; 3]);
}

#[test]
fn an_animation_is_refused_and_not_cut_to_one_picture() {
    let scene = specimen::scene(32, 32);
    let control = [0, 0, 0, 2, 0, 0, 0, 0];
    let png = specimen::with_chunks(&specimen::png(&scene), &[(b"acTL", control.to_vec())]);
    assert_eq!(prepare(&png), Err(PictureRefused::Animated));
    let webp = specimen::extended_webp(&scene, &[(b"ANIM", vec![0; 6])]);
    assert_eq!(prepare(&webp), Err(PictureRefused::Animated));
}

/// The file is small; what it would unpack to is what must not be made.
#[test]
fn a_bomb_is_refused_by_its_header() {
    let header = |width: u32, height: u32| {
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat()
    };
    for (width, height) in [(30_000, 30_000), (16_385, 1), (10_000, 6_401), (u32::MAX, u32::MAX)] {
        let png = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            specimen::chunk(*b"IHDR", &header(width, height)),
            specimen::chunk(*b"IDAT", &[0; 9]),
            specimen::chunk(*b"IEND", &[]),
        ]
        .concat();
        assert_eq!(prepare(&png), Err(PictureRefused::TooLarge), "{width}x{height}");
    }
    let mut jpeg = specimen::jpeg(&specimen::scene(32, 32));
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("it has a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
    assert_eq!(prepare(&jpeg), Err(PictureRefused::TooLarge));
    let mut webp = specimen::extended_webp(&specimen::scene(32, 32), &[]);
    webp[24..30].copy_from_slice(&[0x2f, 0x75, 0, 0x2f, 0x75, 0]);
    assert_eq!(prepare(&webp), Err(PictureRefused::TooLarge));
}

#[test]
fn a_file_that_is_too_long_is_not_looked_at() {
    let mut jpeg = specimen::jpeg(&specimen::scene(32, 32));
    jpeg.resize(INPUT_BYTES_MAX, 0);
    assert!(prepare(&jpeg).is_ok());
    jpeg.push(0);
    assert_eq!(prepare(&jpeg), Err(PictureRefused::TooLong));
}
