//! One page of tagged text, written from the top to the bottom.

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
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::FormError;

// A4; also fits US Letter, which is wider and 50 points shorter: the lowest margin is left empty.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 57.0;
const BOTTOM: f32 = 792.0 - 36.0;
const LANGUAGE: &str = "en";

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
}

impl Style {
    /// Height of the letters and space above, in points.
    const fn sizes(self) -> (f32, f32) {
        match self {
            Self::Title => (20.0, 0.0),
            Self::Heading => (13.0, 9.0),
            Self::Text => (10.0, 3.0),
            Self::Code => (30.0, 2.0),
        }
    }

    const fn face(self) -> Face {
        match self {
            Self::Text => Face::Regular,
            Self::Title | Self::Heading | Self::Code => Face::Bold,
        }
    }

    fn tag(self, text: &str) -> TagKind {
        let heading = |level| Tag::Hn(level, Some(text.to_owned())).into();
        match self {
            Self::Title => heading(NonZeroU16::MIN),
            Self::Heading => heading(NonZeroU16::MIN.saturating_add(1)),
            Self::Text | Self::Code => Tag::P.into(),
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

    /// How wide the text is, in points; nothing if the font lacks a sign.
    fn width(self, text: &str, size: f32) -> Option<f32> {
        let font = FontRef::new(self.bytes()).ok()?;
        let (signs, glyphs) =
            (font.charmap(), font.glyph_metrics(Size::new(size), LocationRef::default()));
        text.chars().map(|sign| glyphs.advance_width(signs.map(sign)?)).sum()
    }
}

/// A piece of the page that has its place.
struct Piece {
    style: Style,
    /// The lines, each with its base line.
    lines: Vec<(f32, String)>,
    /// Where a line to write on begins, if there is one.
    blank: Option<f32>,
}

/// The page, while it's written.
pub struct Page {
    pieces: Vec<Piece>,
    y: f32,
}

impl Page {
    /// An empty page.
    pub const fn new() -> Self {
        Self { pieces: Vec::new(), y: MARGIN }
    }

    /// Writes text below what is there, with as many lines as it takes.
    ///
    /// # Errors
    /// The page is full, or the font lacks a sign.
    pub fn write(&mut self, style: Style, text: &str) -> Result<(), FormError> {
        let (size, above) = style.sizes();
        self.y += above;
        let mut lines = Vec::new();
        for line in wrap(style, text)? {
            self.y += size * 1.3;
            lines.push((self.y, line));
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
        let width = Face::Regular.width(label, size).ok_or(FormError::Unprintable)?;
        let lines = vec![(self.y, label.to_owned())];
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
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(FormError::Invalid)?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        let mut tree = TagTree::new().with_lang(Some(LANGUAGE.to_owned()));
        let fonts = Fonts::load()?;
        for piece in &self.pieces {
            tree.push(draw(&mut surface, piece, &fonts)?);
        }
        surface.finish();
        page.finish();
        document.set_tag_tree(tree);
        document.set_outline(self.outline());
        let (year, month, day) = date;
        document.set_metadata(
            Metadata::new()
                .title(title.to_owned())
                .language(LANGUAGE.to_owned())
                .creation_date(DateTime::new(year).month(month).day(day)),
        );
        document.finish().map_err(|_| FormError::Invalid)
    }

    fn outline(&self) -> Outline {
        let mut outline = Outline::new();
        for piece in self.pieces.iter().filter(|piece| piece.style == Style::Heading) {
            let (y, text) = (piece.lines.first().map_or(0.0, |line| line.0), piece.text());
            let place = XyzDestination::new(0, Point::from_xy(0.0, y - 20.0));
            outline.push_child(OutlineNode::new(text, place));
        }
        outline
    }
}

impl Piece {
    fn text(&self) -> String {
        self.lines.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" ")
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

fn draw(
    surface: &mut krilla::surface::Surface<'_>,
    piece: &Piece,
    fonts: &Fonts,
) -> Result<Node, FormError> {
    let (size, _) = piece.style.sizes();
    let mut group = TagGroup::new(piece.style.tag(&piece.text()));
    for (y, line) in &piece.lines {
        let id = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        let (from, font) = (Point::from_xy(MARGIN, *y), fonts.of(piece.style.face()));
        surface.draw_text(from, font, size, line, false, TextDirection::LeftToRight);
        surface.end_tagged();
        group.push(id);
    }
    if let (Some(from), Some((y, _))) = (piece.blank, piece.lines.last()) {
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
    Ok(group.into())
}

/// Breaks text into lines that fit between the margins. Every line but the last ends with a
/// space, so that whoever copies or hears the text gets whole words. A word that is wider than a
/// line is broken.
fn wrap(style: Style, text: &str) -> Result<Vec<String>, FormError> {
    let (size, _) = style.sizes();
    let fits = |line: &str| {
        let width = style.face().width(line, size).ok_or(FormError::Unprintable)?;
        Ok(width <= WIDTH - 2.0 * MARGIN)
    };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        if !fits(&format!("{line}{}", word.trim_end()))? && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for sign in word.chars() {
            if sign != ' ' && !fits(&format!("{line}{sign}"))? {
                lines.push(std::mem::take(&mut line));
            }
            line.push(sign);
        }
    }
    lines.push(line);
    Ok(lines)
}
