//! Pictures of the demo: drawn here, so that it needs no file; and shown in a terminal.

use std::fmt::Write as _;
use std::io::Cursor;

use anyhow::{Context, Result};
use image::{ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 640;

/// A tree house at some hour of the day, as PNG; each number gives another one.
pub fn picture(number: u32) -> Result<Vec<u8>> {
    let hour = number % 8;
    let sky = [Rgb([255, 196, 128]), Rgb([142, 206, 250]), Rgb([96, 150, 220]), Rgb([40, 44, 90])];
    let sky = sky[(hour / 2) as usize];
    let drawn = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| pixel(x, y, sky, number));
    let mut bytes = Cursor::new(Vec::new());
    drawn.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn pixel(x: u32, y: u32, sky: Rgb<u8>, number: u32) -> Rgb<u8> {
    let within = |left: u32, right: u32, top: u32, bottom: u32| {
        (left..right).contains(&x) && (top..bottom).contains(&y)
    };
    let near = |across: u32, down: u32, radius: u32| {
        x.abs_diff(across).pow(2) + y.abs_diff(down).pow(2) < radius.pow(2)
    };
    let roof = (170..250).contains(&y) && x.abs_diff(480) < (y - 170) * 2;
    if near(140 + number * 70 % 700, 90, 46) {
        Rgb([255, 236, 140])
    } else if within(440, 520, 300, 370) {
        Rgb([255, 226, 120])
    } else if roof {
        Rgb([178, 58, 48])
    } else if within(350, 610, 250, 400) {
        Rgb([176, 122, 72])
    } else if within(455, 505, 400, 580) {
        Rgb([104, 70, 42])
    } else if near(330, 330, 130) || near(630, 330, 130) || near(480, 200, 170) {
        Rgb([58, 128, 62])
    } else if y > 560 {
        Rgb([98, 160, 74])
    } else {
        sky
    }
}

/// A JPEG as coloured half blocks, `columns` wide, for terminals with 24-bit colour.
pub fn in_terminal(jpeg: &[u8], columns: u32) -> Result<String> {
    let decoded = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg);
    let decoded = decoded.context("the picture can't be shown")?;
    let small = decoded.thumbnail(columns, columns).into_rgb8();
    let mut text = String::new();
    for top in (0..small.height().saturating_sub(1)).step_by(2) {
        text.push_str("    ");
        for x in 0..small.width() {
            let Rgb([red, green, blue]) = small.get_pixel(x, top);
            let Rgb([below_red, below_green, below_blue]) = small.get_pixel(x, top + 1);
            write!(
                text,
                "\x1b[38;2;{red};{green};{blue}m\x1b[48;2;{below_red};{below_green};{below_blue}m▀"
            )?;
        }
        text.push_str("\x1b[0m\n");
    }
    Ok(text)
}
