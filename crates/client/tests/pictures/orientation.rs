//! Pictures come out as the camera was held.

use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};
use std::io::Cursor;
use treehouse_client::picture::{Prepared, prepare};

use crate::{photos, specimen};

/// How far a channel may be off on average: three rounds of JPEG.
const MEAN_DIFFERENCE_MAX: f64 = 4.0;

fn open(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory(jpeg).expect("what is prepared opens").into_rgb8()
}

fn difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 =
        one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let count = u32::try_from(one.as_raw().len()).expect("pictures of tests are small");
    f64::from(u32::try_from(sum).expect("pictures of tests are small")) / f64::from(count)
}

/// The scene as a camera stores it that was held so, by the table in section 4.6.4 of EXIF 2.3:
/// which side of the scene is the first row, and which the first column.
fn stored(upright: &RgbImage, orientation: u8) -> RgbImage {
    let (width, height) = upright.dimensions();
    let (right, bottom) = (width - 1, height - 1);
    let turned = orientation > 4;
    let (columns, rows) = if turned { (height, width) } else { (width, height) };
    RgbImage::from_fn(columns, rows, |column, row| {
        let (x, y) = match orientation {
            1 => (column, row),
            2 => (right - column, row),
            3 => (right - column, bottom - row),
            4 => (column, bottom - row),
            5 => (row, column),
            6 => (right - row, column),
            7 => (right - row, bottom - column),
            8 => (row, bottom - column),
            _ => unreachable!("EXIF knows eight"),
        };
        *upright.get_pixel(x, y)
    })
}

fn assert_shows(prepared: &Prepared, scene: &RgbImage, what: &str) {
    assert_eq!((prepared.width, prepared.height), scene.dimensions(), "{what}");
    for size in [&prepared.full, &prepared.mid, &prepared.thumbnail] {
        let off = difference(&open(size), scene);
        assert!(off < MEAN_DIFFERENCE_MAX, "{what} is {off} off");
    }
}

#[test]
fn all_eight_orientations_come_out_upright() {
    let scene = specimen::scene(96, 64);
    for orientation in 1..=8 {
        let stored = stored(&scene, orientation);
        let jpeg = specimen::jpeg(&stored);
        let jpeg = specimen::with_segments(&jpeg, &[(0xe1, specimen::exif(orientation))]);
        let exif = specimen::tiff(orientation, "");
        let png = specimen::with_chunks(&specimen::png(&stored), &[(b"eXIf", exif.clone())]);
        let webp = specimen::extended_webp(&stored, &[(b"EXIF", exif)]);
        for (what, original) in [("JPEG", jpeg), ("PNG", png), ("WebP", webp)] {
            let prepared = prepare(&original).expect("it is good");
            assert_shows(&prepared, &scene, &format!("{what} {orientation}"));
        }
    }
}

/// The control: pictures that weren't turned are further off than the tests allow.
#[test]
fn a_picture_that_was_not_turned_is_noticed() {
    let scene = specimen::scene(64, 64);
    for orientation in 2..=8 {
        let off = difference(&stored(&scene, orientation), &scene);
        assert!(off > 2.0 * MEAN_DIFFERENCE_MAX, "orientation {orientation} is only {off} off");
    }
}

#[test]
fn an_unknown_orientation_turns_nothing() {
    let scene = specimen::scene(96, 64);
    for orientation in [0, 9, 255] {
        let segments = [(0xe1, specimen::exif(orientation))];
        let jpeg = specimen::with_segments(&specimen::jpeg(&scene), &segments);
        assert_shows(&prepare(&jpeg).expect("it is good"), &scene, "unknown");
    }
}

#[test]
fn real_photographs_come_out_upright() {
    for (name, size) in [
        ("portrait_6.jpg", (450, 600)),
        ("portrait_8.jpg", (450, 600)),
        ("landscape_3.jpg", (600, 450)),
    ] {
        let original = photos::read(name);
        let prepared = prepare(&original).expect("it is good");
        assert_eq!((prepared.width, prepared.height), size, "{name}");
        let reader = ImageReader::new(Cursor::new(&original)).with_guessed_format();
        let mut decoder = reader.expect("it is in memory").into_decoder().expect("it is good");
        let orientation = decoder.orientation().expect("it is good");
        let mut expected = DynamicImage::from_decoder(decoder).expect("it is good");
        expected.apply_orientation(orientation);
        let off = difference(&open(&prepared.full), &expected.into_rgb8());
        assert!(off < MEAN_DIFFERENCE_MAX, "{name} is {off} off");
    }
}

#[test]
fn a_turned_picture_is_turned_in_every_size() {
    let scene = specimen::scene(2400, 1800);
    let segments = [(0xe1, specimen::exif(6))];
    let jpeg = specimen::with_segments(&specimen::jpeg(&stored(&scene, 6)), &segments);
    let prepared = prepare(&jpeg).expect("it is good");
    assert_eq!(open(&prepared.full).dimensions(), (2400, 1800));
    assert_eq!(open(&prepared.mid).dimensions(), (1600, 1200));
    let thumbnail = open(&prepared.thumbnail);
    let off = difference(&thumbnail, &specimen::scene(320, 240));
    assert!(off < MEAN_DIFFERENCE_MAX, "the thumbnail is {off} off");
}
