//! Nothing that came beside the pixels is left.

use serde_json::{Map, Value};
use treehouse_client::picture::{Prepared, prepare};

use crate::{exiftool, photos, specimen};

/// All that a file without metadata still says: how it is coded, and how large it is.
const STRUCTURE: [&str; 13] = [
    "File:FileType",
    "File:FileTypeExtension",
    "File:MIMEType",
    "File:ImageWidth",
    "File:ImageHeight",
    "File:EncodingProcess",
    "File:BitsPerSample",
    "File:ColorComponents",
    "File:YCbCrSubSampling",
    "JFIF:JFIFVersion",
    "JFIF:ResolutionUnit",
    "JFIF:XResolution",
    "JFIF:YResolution",
];

/// What `exiftool` says of every file, whatever is in it.
const OF_EVERY_FILE: [&str; 4] = ["SourceFile", "ExifTool:", "System:", "Composite:"];
/// The only two values that it derives from a file without metadata.
const DERIVED: [&str; 2] = ["Composite:ImageSize", "Composite:Megapixels"];

fn sizes(prepared: &Prepared) -> [&[u8]; 3] {
    [&prepared.full, &prepared.mid, &prepared.thumbnail]
}

/// Tags that a picture without metadata doesn't have.
fn surplus(tags: &Map<String, Value>) -> Vec<String> {
    let derived = |tag: &str| tag.starts_with("Composite:") && !DERIVED.contains(&tag);
    let complaint = |tag: &str| tag.ends_with(":Warning") || tag.ends_with(":Error");
    let expected = |tag: &str| {
        STRUCTURE.contains(&tag) || OF_EVERY_FILE.iter().any(|start| tag.starts_with(start))
    };
    tags.iter()
        .filter(|(tag, _)| !expected(tag) || derived(tag) || complaint(tag))
        .map(|(tag, value)| format!("{tag} = {value}"))
        .collect()
}

#[test]
fn exiftool_finds_nothing_but_structure_in_what_is_sealed() {
    let prepared: Vec<Prepared> = photos::GOOD
        .iter()
        .map(|name| prepare(&photos::read(name)).unwrap_or_else(|why| panic!("{name}: {why}")))
        .collect();
    let pictures: Vec<&[u8]> = prepared.iter().flat_map(sizes).collect();
    for (index, tags) in exiftool::tags(&pictures).iter().enumerate() {
        let name = photos::GOOD[index / 3];
        assert_eq!(surplus(tags), Vec::<String>::new(), "{name}, size {}", index % 3);
        assert_eq!(tags["File:MIMEType"], "image/jpeg", "{name}");
        assert_eq!(tags["JFIF:XResolution"], 1, "{name}");
    }
}

/// The control of the test above: the same question finds what is in the originals.
#[test]
fn exiftool_finds_the_places_and_devices_in_the_originals() {
    let originals = photos::WITH_PLACE.map(photos::read);
    let found = exiftool::tags(&originals.each_ref().map(Vec::as_slice));
    for (name, tags) in photos::WITH_PLACE.iter().zip(&found) {
        assert!(tags.contains_key("GPS:GPSLatitude"), "{name} tells no place");
        let surplus = surplus(tags).join("\n");
        assert!(
            surplus.contains("IFD0:Make") && surplus.contains("GPS:GPSLatitude"),
            "{name}: {surplus}"
        );
    }
}

const PLANTED: &str = "Lea-was-here-47.3769N";

fn assert_clean(original: &[u8], places: usize) {
    let count = |bytes: &[u8]| {
        bytes.windows(PLANTED.len()).filter(|window| *window == PLANTED.as_bytes()).count()
    };
    assert_eq!(count(original), places, "the original has the string wherever it was planted");
    let prepared = prepare(original).expect("metadata doesn't damage a picture");
    for bytes in sizes(&prepared) {
        assert_eq!(count(bytes), 0);
    }
    for tags in exiftool::tags(&sizes(&prepared)) {
        assert_eq!(surplus(&tags), Vec::<String>::new());
    }
}

#[test]
fn nothing_planted_in_a_jpeg_survives() {
    let planted = PLANTED.as_bytes();
    let segments: [(u8, Vec<u8>); 9] = [
        (0xe1, specimen::exif_with_text(6, PLANTED)),
        (0xe1, [b"http://ns.adobe.com/xap/1.0/\0<x>", planted, b"</x>"].concat()),
        (0xe1, [b"http://ns.adobe.com/xmp/extension/\0", planted].concat()),
        (0xe2, [b"ICC_PROFILE\0\x01\x01", planted].concat()),
        (0xe2, [b"MPF\0", planted].concat()),
        (0xe7, planted.to_vec()),
        (0xed, [b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0", planted].concat()),
        (0xfe, planted.to_vec()),
        (0xe0, [b"JFXX\0\x10", planted].concat()),
    ];
    for jpeg in [specimen::jpeg(&specimen::scene(96, 64)), specimen::progressive()] {
        let mut original = specimen::with_segments(&jpeg, &segments);
        original.extend(planted);
        original.extend(specimen::with_segments(&jpeg, &[(0xfe, planted.to_vec())]));
        assert_clean(&original, segments.len() + 2);
    }
}

#[test]
fn nothing_planted_in_a_png_survives() {
    let planted = PLANTED.as_bytes();
    let chunks: [(&[u8; 4], Vec<u8>); 6] = [
        (b"iCCP", [b"profile\0\0", planted].concat()),
        (b"tEXt", [b"Comment\0", planted].concat()),
        (b"iTXt", [b"XML:com.adobe.xmp\0\0\0\0\0", planted].concat()),
        (b"eXIf", specimen::tiff(8, PLANTED)),
        (b"tIME", planted.to_vec()),
        (b"prVt", planted.to_vec()),
    ];
    let mut original = specimen::with_chunks(&specimen::png(&specimen::scene(96, 64)), &chunks);
    original.extend(planted);
    assert_clean(&original, chunks.len() + 1);
}

#[test]
fn nothing_planted_in_a_webp_survives() {
    let planted = PLANTED.as_bytes();
    let chunks: [(&[u8; 4], Vec<u8>); 4] = [
        (b"ICCP", planted.to_vec()),
        (b"EXIF", specimen::tiff(3, PLANTED)),
        (b"XMP ", planted.to_vec()),
        (b"ODD?", planted.to_vec()),
    ];
    let mut original = specimen::extended_webp(&specimen::scene(96, 64), &chunks);
    original.extend(planted);
    assert_clean(&original, chunks.len() + 1);
}

#[test]
fn nobody_reads_a_picture_in_a_log() {
    let prepared = prepare(&specimen::jpeg(&specimen::scene(96, 64))).expect("it is good");
    assert_eq!(format!("{prepared:?}"), "Prepared(96x64)");
}
