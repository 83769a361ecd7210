//! The public exif-samples: real photographs with real metadata.

use std::path::{Path, PathBuf};

const GIVEN: &str = "TREEHOUSE_TEST_PHOTOS";
/// Where they are if nobody says otherwise, seen from the repository.
const BESIDE: &str = "../shared/data/photos";

/// Photographs that are taken, in the order of their names.
pub const GOOD: [&str; 13] = [
    "45-gps_ifd.jpg",
    "Canon_40D.jpg",
    "DSCN0010.jpg",
    "DSCN0021.jpg",
    "DSCN0042.jpg",
    "HMD_Nokia_8.3_5G.jpg",
    "Nikon_D70.jpg",
    "image00971.jpg",
    "image01551.jpg",
    "jolla.jpg",
    "landscape_3.jpg",
    "portrait_6.jpg",
    "portrait_8.jpg",
];

/// Those of them that tell a place.
pub const WITH_PLACE: [&str; 4] =
    ["DSCN0010.jpg", "DSCN0021.jpg", "DSCN0042.jpg", "HMD_Nokia_8.3_5G.jpg"];

/// The bytes of one photograph.
pub fn read(name: &str) -> Vec<u8> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(BESIDE);
    let file = std::env::var_os(GIVEN).map_or_else(beside, PathBuf::from).join(name);
    std::fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "{} can't be read ({error}); set {GIVEN} to a folder with the jpg and heic pictures \
             of https://github.com/ianare/exif-samples",
            file.display()
        )
    })
}
