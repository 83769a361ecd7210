//! A notice as a page: readable on a phone, in light and dark, on paper and by ear. It has no
//! script, and loads nothing.

use std::fmt::Write as _;

use super::words::{Arg, Words};
use super::{Kind, Lang, NoticeError, Version};

/// The only style of the page, inside it. The policy of its answer names the hash of this text.
pub const STYLE: &str = include_str!("page.css");

/// The page of a version in one language.
///
/// # Errors
/// It wasn't written in any.
pub fn html(version: &Version, lang: Lang) -> Result<String, NoticeError> {
    let text = version.document.text(lang).ok_or(NoticeError::Stored)?;
    let words = Words::of(lang)?;
    let (title, tag, kind) = (escaped(&text.title), lang.tag(), version.kind);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body class=\"{}\">\n<header>\n",
        kind.word()
    );
    // Writing to a string can't fail.
    let languages = words.plain("page-languages")?;
    let each = Lang::ALL.iter().map(|(other, tag, name)| {
        let here = if *other == lang { " aria-current=\"page\"" } else { "" };
        let href = address(kind, "html", tag, version.number);
        format!("<li><a hreflang=\"{tag}\" lang=\"{tag}\" href=\"{href}\"{here}>{name}</a></li>")
    });
    let _ = writeln!(page, "{}", navigation(&languages, each));
    let _ = writeln!(page, "<h1>{title}</h1>\n</header>\n<main>");
    for section in &text.sections {
        let id = escaped(&section.id);
        let _ = writeln!(page, "<section id=\"{id}\" aria-labelledby=\"{id}-h\">");
        let _ = writeln!(page, "<h2 id=\"{id}-h\">{}</h2>", escaped(&section.heading));
        for paragraph in &section.paragraphs {
            let _ = writeln!(page, "<p>{}</p>", linked(paragraph));
        }
        if !section.list.is_empty() {
            page.push_str("<ul>\n");
            for item in &section.list {
                let _ = writeln!(page, "<li>{}</li>", linked(item));
            }
            page.push_str("</ul>\n");
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n<footer>\n");
    footer(&mut page, &words, version, lang)?;
    page.push_str("</footer>\n</body>\n</html>\n");
    Ok(page)
}

fn footer(
    page: &mut String,
    words: &Words,
    version: &Version,
    lang: Lang,
) -> Result<(), NoticeError> {
    let (tag, kind) = (lang.tag(), version.kind);
    let number = words.say("page-version", &[("version", Arg::Count(version.number))])?;
    let fingerprint = words.plain("page-fingerprint")?;
    let _ = writeln!(page, "<p>{number}. {fingerprint}: <code>{}</code></p>", version.hash);
    let save = words.plain("page-save")?;
    let each = [("txt", "TXT"), ("pdf", "PDF")].into_iter().map(|(form, name)| {
        let href = address(kind, form, tag, version.number);
        format!("<li><a href=\"{href}\">{save} {name}</a></li>")
    });
    let _ = writeln!(page, "{}", navigation(&save, each));
    let mut each = Vec::new();
    for (other, word) in Kind::ALL {
        let title = escaped(&words.plain(&format!("{word}-title"))?);
        let here = if other == kind { " aria-current=\"page\"" } else { "" };
        let href = format!("/notice/{word}.html?lang={tag}");
        each.push(format!("<li><a href=\"{href}\"{here}>{title}</a></li>"));
    }
    let notices = words.plain("page-notices")?;
    let _ = writeln!(page, "{}", navigation(&notices, each.into_iter()));
    Ok(())
}

fn navigation(label: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!("<nav aria-label=\"{}\">\n<ul>\n{}\n</ul>\n</nav>", escaped(label), items.join("\n"))
}

fn address(kind: Kind, form: &str, tag: &str, version: u32) -> String {
    format!("/notice/{}.{form}?lang={tag}&amp;version={version}", kind.word())
}

/// Text with addresses of the web as links.
fn linked(text: &str) -> String {
    let mut page = String::new();
    for (place, word) in text.split(' ').enumerate() {
        if place > 0 {
            page.push(' ');
        }
        let bare = word.trim_end_matches(['.', ',', ')', ';']);
        let rest = word.strip_prefix(bare).unwrap_or_default();
        if bare.starts_with("https://") {
            let bare = escaped(bare);
            let _ = write!(page, "<a href=\"{bare}\">{bare}</a>{}", escaped(rest));
        } else {
            page.push_str(&escaped(word));
        }
    }
    page
}

/// Text that can't be anything else than text.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_only_addresses_become_links() {
        assert_eq!(linked("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(
            linked("see https://a.example/x?y=1&z=2. End"),
            "see <a href=\"https://a.example/x?y=1&amp;z=2\">https://a.example/x?y=1&amp;z=2</a>. End"
        );
        assert_eq!(linked("javascript:alert(1)"), "javascript:alert(1)");
        assert!(!linked("https://a\"onclick=\"x").contains("\"onclick"));
    }
}
