//! What children are told, with a picture each, and what stands beside a form.

use super::compose::Writer;
use super::words::Arg;
use super::{NoticeError, Section};
use crate::data_map::{Feature, Word as _};
use crate::domain::offer::category_of;

/// The pictures of features, by their names in the app.
const PICTOGRAMS: [(Feature, &str); 11] = [
    (Feature::Profile, "name-tag"),
    (Feature::Pictures, "camera"),
    (Feature::Voice, "microphone"),
    (Feature::Video, "film"),
    (Feature::Activity, "blocks"),
    (Feature::Downloads, "books"),
    (Feature::Location, "map"),
    (Feature::Contacts, "friends"),
    (Feature::Settings, "clock"),
    (Feature::Avatar, "figure"),
    (Feature::Messages, "letter"),
];

fn shown(
    writer: &Writer<'_>,
    id: &str,
    pictogram: &str,
    phrases: &[&str],
) -> Result<Section, NoticeError> {
    let mut section = writer.section(id, &["UK-4"])?;
    section.pictogram = Some(pictogram.to_owned());
    section.paragraphs =
        phrases.iter().map(|phrase| writer.words.plain(phrase)).collect::<Result<_, _>>()?;
    Ok(section)
}

/// In a child's words: one picture and a sentence or two for each kind of data that is on.
pub(super) fn child(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    let mut sections = vec![shown(writer, "child-hello", "wave", &["child-hello"])?];
    for (feature, pictogram) in PICTOGRAMS {
        if writer.sources.offer.features().contains(&feature) {
            let id = format!("child-feature-{}", feature.word());
            sections.push(shown(writer, &id, pictogram, &[&id])?);
        }
    }
    let see: &[&str] = match (writer.chats(), writer.sealed_from_us()) {
        // Friends keep what they were sent, so there is somebody else.
        (false, true) => &["child-see", "child-nobody"],
        _ => &["child-see"],
    };
    sections.push(shown(writer, "child-see", "eye", see)?);
    for (id, pictogram) in [("child-erase", "bin"), ("child-no", "hand"), ("child-ask", "question")]
    {
        sections.push(shown(writer, id, pictogram, &[id])?);
    }
    Ok(sections)
}

/// One section a form, named as the feature that needs what is asked there.
pub(super) fn forms(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    let url = writer.online_url();
    let text = writer.words.say("forms-text", &[("url", Arg::Text(&url))])?;
    let mut sections = Vec::new();
    for feature in writer.sources.offer.features() {
        let list = writer.facts_where(|fact| fact.required_by.contains(feature))?;
        if list.is_empty() {
            continue;
        }
        let pictogram = category_of(*feature).and_then(|_| {
            PICTOGRAMS.iter().find(|row| row.0 == *feature).map(|row| row.1.to_owned())
        });
        sections.push(Section {
            id: feature.word(),
            heading: writer.words.word("feature", feature)?,
            paragraphs: vec![text.clone()],
            list,
            elements: vec!["ON-01".to_owned(), "UK-4".to_owned()],
            pictogram,
        });
    }
    Ok(sections)
}
