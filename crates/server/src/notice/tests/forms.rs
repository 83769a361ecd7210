//! Pages, texts and sheets.

use treehouse_protocol::id::Day;

use super::*;

#[test]
fn a_page_holds_all_of_the_text_and_nothing_that_runs_or_loads() {
    for (kind, _) in Kind::ALL {
        let version = version(kind, Ground::new(&everything(), DEMONSTRATION).compose(kind));
        for (lang, text) in each(&version.document) {
            let page = html(&version, lang).unwrap();
            assert!(page.starts_with(&format!("<!doctype html>\n<html lang=\"{}\">", lang.tag())));
            for bad in ["<script", "<img", "<link", "<iframe", " src=", "style=\"", "javascript:"] {
                assert!(!page.contains(bad), "{kind:?} {lang:?}: {bad}");
            }
            assert_eq!(page.matches("<section ").count(), text.sections.len());
            assert_eq!(page.matches("<h1>").count(), 1);
            for section in &text.sections {
                assert!(page.contains(&format!("id=\"{}\"", section.id)), "{}", section.id);
            }
            let items: usize = text.sections.iter().map(|section| section.list.len()).sum();
            let main = page.split("<main>").nth(1).unwrap().split("</main>").next().unwrap();
            assert_eq!(main.matches("<li>").count(), items, "{kind:?} {lang:?}");
            assert!(page.contains(&version.hash.to_string()));
        }
    }
}

#[test]
fn what_an_operator_writes_stays_text() {
    let evil = PROFILE.replace("holes@toys.example", "<script>alert(1)</script>");
    let ground = Ground::new(&USUAL, &evil);
    let version = version(Kind::Online, ground.compose(Kind::Online));
    let page = html(&version, Lang::En).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script"));
}

#[test]
fn plain_text_has_every_word_and_no_long_line() {
    for (kind, _) in Kind::ALL {
        let version = version(kind, Ground::new(&everything(), PROFILE).compose(kind));
        for (lang, notice) in each(&version.document) {
            let page = text(&version, lang).unwrap();
            let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
            for section in &notice.sections {
                for part in section.paragraphs.iter().chain(&section.list) {
                    let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(flat.contains(&part), "{kind:?} {lang:?}: {part}");
                }
            }
            let longest = page.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= 90, "{kind:?} {lang:?}: a line of {longest}");
        }
    }
}

#[test]
fn a_sheet_is_tagged_dated_and_as_long_as_it_takes() {
    for (kind, lang, pages) in [(Kind::Online, Lang::Es, 3..12), (Kind::Child, Lang::De, 1..3)] {
        let version = version(kind, Ground::new(&everything(), PROFILE).compose(kind));
        let sheet = pdf(&version, lang, Day(20_779)).unwrap();
        assert_eq!(sheet, pdf(&version, lang, Day(20_779)).unwrap(), "the same bytes again");
        let read = lopdf::Document::load_mem(&sheet).unwrap();
        let numbers: Vec<u32> = read.get_pages().into_keys().collect();
        assert!(pages.contains(&numbers.len()), "{kind:?}: {} pages", numbers.len());
        let catalog = read.catalog().unwrap();
        assert!(catalog.has(b"StructTreeRoot"));
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), lang.tag().as_bytes());
        let flat: String = read.extract_text(&numbers).unwrap().split_whitespace().collect();
        for section in &version.document.text(lang).unwrap().sections {
            for part in section.paragraphs.iter().chain(&section.list) {
                let part: String = part.split_whitespace().collect();
                assert!(flat.contains(&part), "{kind:?}: {part}");
            }
        }
    }
}
