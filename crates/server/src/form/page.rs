//! Pages of tagged text, written from the top to the bottom.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::validate::{Accessibility, Archival};
use krilla::configure::{Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Node, SpanTag, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, TextDirection};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use super::FormError;

// A4; also fits US Letter, which is wider and 50 points shorter: the lowest margin is left empty.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 57.0;
const BOTTOM: f32 = 792.0 - 36.0;
const LANGUAGE: &str = "en";
/// Pages of a longer text.
const PAGES_MAX: usize = 60;

/// How a piece of text looks and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The title of the page.
    Title,
    /// The heading of a section.
    Heading,
    /// A paragraph.
    Text,
    /// The code, large.
    Code,
    /// One of several things in a list.
    Item,
}

impl Style {
    /// Height of the letters and space above, in points.
    const fn sizes(self) -> (f32, f32) {
        match self {
            Self::Title => (20.0, 0.0),
            Self::Heading => (13.0, 9.0),
            Self::Text | Self::Item => (10.0, 3.0),
            Self::Code => (30.0, 2.0),
        }
    }

    const fn face(self) -> Face {
        match self {
            Self::Text | Self::Item => Face::Regular,
            Self::Title | Self::Heading | Self::Code => Face::Bold,
        }
    }

    /// How far to the right of the margin it begins, in points.
    const fn indent(self) -> f32 {
        match self {
            Self::Item => 12.0,
            _ => 0.0,
        }
    }

    fn tag(self, text: &str) -> TagKind {
        let heading = |level| Tag::Hn(level, Some(text.to_owned())).into();
        match self {
            Self::Title => heading(NonZeroU16::MIN),
            Self::Heading => heading(NonZeroU16::MIN.saturating_add(1)),
            Self::Text | Self::Code | Self::Item => Tag::P.into(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Regular,
    Bold,
}

impl Face {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => ttf_noto_sans::REGULAR,
            Self::Bold => ttf_noto_sans::BOLD,
        }
    }
}

/// A piece of the page that has its place.
struct Piece {
    style: Style,
    /// The lines, each with its page and its base line.
    lines: Vec<(usize, f32, String)>,
    /// Where a line to write on begins, if there is one.
    blank: Option<f32>,
}

/// The page, or the pages, while they are written.
pub struct Page {
    pieces: Vec<Piece>,
    language: &'static str,
    /// How many pages there may be.
    pages_max: usize,
    /// The page that is written on, from 0.
    page: usize,
    y: f32,
}

impl Page {
    /// An empty page, in English. What doesn't fit is refused.
    pub const fn new() -> Self {
        Self { pieces: Vec::new(), language: LANGUAGE, pages_max: 1, page: 0, y: MARGIN }
    }

    /// As many pages as it takes, in the language with this tag.
    pub fn several(language: &'static str) -> Self {
        Self { language, pages_max: PAGES_MAX, ..Self::new() }
    }

    /// Writes text below what is there, with as many lines as it takes.
    ///
    /// # Errors
    /// The page is full, or the font lacks a sign.
    pub fn write(&mut self, style: Style, text: &str) -> Result<(), FormError> {
        let (size, above) = style.sizes();
        self.y += above;
        let mut lines = Vec::new();
        let wrapped = wrap(style, text)?;
        // A heading at the foot of a page would be without what it is about.
        let below = if style == Style::Heading { 40.0 } else { 0.0 };
        for line in wrapped {
            self.y += size * 1.3;
            if self.y + below > BOTTOM && self.page + 1 < self.pages_max {
                self.page += 1;
                self.y = MARGIN + size * 1.3;
            }
            lines.push((self.page, self.y, line));
        }
        self.place(Piece { style, lines, blank: None })
    }

    /// Writes a label with a line after it, to be filled in by hand.
    ///
    /// # Errors
    /// The page is full.
    pub fn blank(&mut self, label: &str) -> Result<(), FormError> {
        let (size, _) = Style::Text.sizes();
        self.y += 27.0;
        let ruler = Ruler::new(Face::Regular, size).ok_or(FormError::Invalid)?;
        let width = ruler.width(label)?;
        let lines = vec![(self.page, self.y, label.to_owned())];
        self.place(Piece { style: Style::Text, lines, blank: Some(MARGIN + width.max(60.0) + 8.0) })
    }

    fn place(&mut self, piece: Piece) -> Result<(), FormError> {
        if self.y > BOTTOM {
            return Err(FormError::Unprintable);
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// The page as PDF, checked by both standards.
    ///
    /// # Errors
    /// It breaks one of them.
    pub fn finish(self, title: &str, date: (u16, u8, u8)) -> Result<Vec<u8>, FormError> {
        let mut document = Document::new_with(settings()?);
        let mut tree = TagTree::new().with_lang(Some(self.language.to_owned()));
        let fonts = Fonts::load()?;
        let tag = |piece: &Piece| TagGroup::new(piece.style.tag(&piece.text()));
        let mut groups: Vec<TagGroup> = self.pieces.iter().map(tag).collect();
        for number in 0..=self.page {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(FormError::Invalid)?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for (piece, group) in self.pieces.iter().zip(&mut groups) {
                draw(&mut surface, piece, number, &fonts, group)?;
            }
            surface.finish();
            page.finish();
        }
        for group in groups {
            tree.push(Node::from(group));
        }
        document.set_tag_tree(tree);
        document.set_outline(self.outline());
        let (year, month, day) = date;
        document.set_metadata(
            Metadata::new()
                .title(title.to_owned())
                .language(self.language.to_owned())
                .creation_date(DateTime::new(year).month(month).day(day)),
        );
        document.finish().map_err(|_| FormError::Invalid)
    }

    fn outline(&self) -> Outline {
        let mut outline = Outline::new();
        for piece in self.pieces.iter().filter(|piece| piece.style == Style::Heading) {
            let (page, y) = piece.lines.first().map_or((0, 0.0), |line| (line.0, line.1));
            let place = XyzDestination::new(page, Point::from_xy(0.0, y - 20.0));
            outline.push_child(OutlineNode::new(piece.text(), place));
        }
        outline
    }
}

impl Piece {
    fn text(&self) -> String {
        self.lines.iter().map(|(.., line)| line.trim()).collect::<Vec<_>>().join(" ")
    }
}

struct Fonts {
    regular: Font,
    bold: Font,
}

impl Fonts {
    fn load() -> Result<Self, FormError> {
        let load = |face: Face| Font::new(face.bytes().into(), 0).ok_or(FormError::Invalid);
        Ok(Self { regular: load(Face::Regular)?, bold: load(Face::Bold)? })
    }

    fn of(&self, face: Face) -> Font {
        match face {
            Face::Regular => self.regular.clone(),
            Face::Bold => self.bold.clone(),
        }
    }
}

fn settings() -> Result<SerializeSettings, FormError> {
    let standards: Configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| FormError::Invalid)?;
    Ok(SerializeSettings { configuration: standards, ..SerializeSettings::default() })
}

/// Draws what of a piece stands on this page.
fn draw(
    surface: &mut krilla::surface::Surface<'_>,
    piece: &Piece,
    number: usize,
    fonts: &Fonts,
    group: &mut TagGroup,
) -> Result<(), FormError> {
    let (size, _) = piece.style.sizes();
    let here = piece.lines.iter().filter(|(page, ..)| *page == number);
    for (_, y, line) in here {
        let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        let left = MARGIN + piece.style.indent();
        let (from, font) = (Point::from_xy(left, *y), fonts.of(piece.style.face()));
        surface.draw_text(from, font, size, line, false, TextDirection::LeftToRight);
        surface.end_tagged();
        group.push(id);
    }
    let last = piece.lines.last().filter(|(page, ..)| *page == number);
    if let (Some(from), Some((_, y, _))) = (piece.blank, last) {
        let mut path = PathBuilder::new();
        path.move_to(from, y + 2.0);
        path.line_to(WIDTH - MARGIN, y + 2.0);
        let path = path.finish().ok_or(FormError::Invalid)?;
        // The line is for hands; a reader that speaks needs the label only.
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        surface.set_stroke(Some(Stroke { width: 0.6, ..Stroke::default() }));
        surface.draw_path(&path);
        surface.set_stroke(None);
        surface.end_tagged();
    }
    Ok(())
}

/// Breaks text into lines that fit between the margins. Every line but the last ends with a
/// space, so that whoever copies or hears the text gets whole words. A word that is wider than a
/// line is broken.
fn wrap(style: Style, text: &str) -> Result<Vec<String>, FormError> {
    let (size, _) = style.sizes();
    let room = WIDTH - 2.0 * MARGIN - style.indent();
    let ruler = Ruler::new(style.face(), size).ok_or(FormError::Invalid)?;
    let (mut lines, mut line, mut width) = (Vec::new(), String::new(), 0.0);
    for word in text.split_inclusive(' ') {
        let own = ruler.width(word.trim_end())?;
        if width + own > room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            width = 0.0;
        }
        for sign in word.chars() {
            let step = ruler.width(sign.encode_utf8(&mut [0; 4]))?;
            if sign != ' ' && width + step > room {
                lines.push(std::mem::take(&mut line));
                width = 0.0;
            }
            line.push(sign);
            width += step;
        }
    }
    lines.push(line);
    Ok(lines)
}

/// Measures text in one face and size; reading the font's tables once is enough for a page.
struct Ruler {
    signs: Charmap<'static>,
    glyphs: GlyphMetrics<'static>,
}

impl Ruler {
    fn new(face: Face, size: f32) -> Option<Self> {
        let font = FontRef::new(face.bytes()).ok()?;
        let glyphs = font.glyph_metrics(Size::new(size), LocationRef::default());
        Some(Self { signs: font.charmap(), glyphs })
    }

    /// How wide the text is, in points.
    fn width(&self, text: &str) -> Result<f32, FormError> {
        let step = |sign| self.glyphs.advance_width(self.signs.map(sign)?);
        text.chars().map(step).sum::<Option<f32>>().ok_or(FormError::Unprintable)
    }
}
