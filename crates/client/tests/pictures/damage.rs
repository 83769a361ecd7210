//! What is damaged is refused, and never brings the program down.

use proptest::prelude::*;
use treehouse_client::picture::{FULL_PIXELS_MAX, PictureRefused, prepare};

use crate::{photos, specimen};

fn assert_damaged(bytes: &[u8], what: &str) {
    match prepare(bytes) {
        Err(PictureRefused::Damaged) => {}
        other => panic!("{what} is not refused as damaged but {other:?}"),
    }
}

/// Lengths at which a file of this length is cut: at every byte near both ends, and between.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let step = (length / 150).max(1);
    let ends = (4..length.min(700)).chain(length.saturating_sub(40)..length);
    ends.chain((0..length).step_by(step).filter(|cut| *cut > 12))
}

#[test]
fn a_photograph_that_was_cut_anywhere_is_refused() {
    let whole = photos::read("DSCN0010.jpg");
    for cut in cuts(whole.len()) {
        assert_damaged(&whole[..cut], &format!("a JPEG cut at {cut} of {}", whole.len()));
    }
}

#[test]
fn a_drawing_that_was_cut_anywhere_is_refused() {
    let scene = specimen::scene(96, 64);
    for (what, whole) in [
        ("progressive", specimen::progressive()),
        ("restarts", specimen::jpeg_by(&scene, |encoder| encoder.set_restart_interval(3))),
        ("png", specimen::png(&scene)),
        ("webp", specimen::webp(&scene)),
    ] {
        prepare(&whole).expect("whole, it is good");
        for cut in cuts(whole.len()).filter(|cut| *cut > 12) {
            assert_damaged(&whole[..cut], &format!("{what} cut at {cut} of {}", whole.len()));
        }
    }
}

/// A camera whose card was full may still write an end marker; a decoder makes up the rest.
#[test]
fn a_photograph_that_ends_early_with_an_end_marker_is_refused() {
    for name in ["DSCN0010.jpg", "jolla.jpg"] {
        let whole = photos::read(name);
        for tenths in 3..10 {
            let mut cut = whole[..whole.len() * tenths / 10].to_vec();
            if cut.last() == Some(&0xff) {
                cut.pop();
            }
            cut.extend([0xff, 0xd9]);
            assert_damaged(&cut, &format!("{tenths} tenths of {name} with an end"));
        }
    }
}

#[test]
fn a_lost_restart_interval_is_noticed() {
    let scene = specimen::scene(96, 64);
    let whole = specimen::jpeg_by(&scene, |encoder| encoder.set_restart_interval(3));
    let marker = |restart: u8| {
        let at = whole.windows(2).rposition(|pair| pair == [0xff, 0xd0 | restart]);
        at.expect("the picture has restarts")
    };
    let (from, to) = (marker(3), marker(4));
    assert!(from < to);
    assert_damaged(&[&whole[..from], &whole[to..]].concat(), "a JPEG with an interval missing");
}

#[test]
fn the_corrupted_photograph_is_refused_with_a_word_what_to_do() {
    let refused = prepare(&photos::read("corrupted.jpg")).expect_err("it is corrupted");
    assert_eq!(refused, PictureRefused::Damaged);
    assert!(refused.to_string().contains("copy it from the camera again"));
}

#[test]
fn a_changed_byte_in_a_png_is_noticed_by_its_checksum() {
    let mut png = specimen::png(&specimen::scene(96, 64));
    let data = png.windows(4).position(|name| name == b"IDAT").expect("it has pixels");
    png[data + 40] ^= 1;
    assert_damaged(&png, "a PNG with a changed byte");
}

fn specimens() -> Vec<Vec<u8>> {
    let scene = specimen::scene(40, 24);
    vec![
        specimen::with_segments(&specimen::jpeg(&scene), &[(0xe1, specimen::exif(6))]),
        specimen::progressive(),
        specimen::with_chunks(&specimen::png(&scene), &[(b"eXIf", specimen::tiff(8, ""))]),
        specimen::extended_webp(&scene, &[(b"EXIF", specimen::tiff(3, ""))]),
        specimen::LOSSY_WEBP.to_vec(),
    ]
}

/// Whatever comes out is a picture of the stated size.
fn assert_sound(bytes: &[u8]) {
    if let Ok(prepared) = prepare(bytes) {
        let full = image::load_from_memory(&prepared.full).expect("what is prepared opens");
        assert_eq!((full.width(), full.height()), (prepared.width, prepared.height));
        assert!(full.width().max(full.height()) <= FULL_PIXELS_MAX);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn changed_bytes_never_panic(
        which in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
    ) {
        let mut bytes = specimens().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // A header may now tell of many pixels, which is refused or takes long; neither panics.
        assert_sound(&bytes);
    }

    #[test]
    fn noise_behind_a_signature_never_panics(
        which in 0..3_usize,
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let start: &[u8] = match which {
            0 => b"\xff\xd8\xff",
            1 => b"\x89PNG\r\n\x1a\n",
            _ => b"RIFF\x20\x01\0\0WEBP",
        };
        assert_sound(&[start, &noise].concat());
    }
}
