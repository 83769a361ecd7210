//! Links in Markdown that lead to files of this repository.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "links";

/// Finds links to files that aren't there.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let places = places(tree);
    tree.with_extension("md")
        .flat_map(|file| {
            targets(&file.text)
                .into_iter()
                .filter(|(target, _)| !leads_somewhere(&places, &file.path, target))
                .map(|(target, line)| {
                    Finding::new(
                        file,
                        line,
                        RULE,
                        format!("nothing is at `{target}`; mend the link"),
                    )
                })
                .collect::<Vec<Finding>>()
        })
        .collect()
}

/// Every file and every folder that holds one.
fn places(tree: &Tree) -> BTreeSet<String> {
    let mut places = BTreeSet::from([String::new()]);
    for File { path, .. } in &tree.files {
        places.insert(path.clone());
        places.extend(
            path.match_indices('/').filter_map(|(at, _)| path.get(..at)).map(str::to_owned),
        );
    }
    places
}

fn targets(text: &str) -> Vec<(String, usize)> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES)
        .into_offset_iter()
        .filter_map(|(event, range)| {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event
            else {
                return None;
            };
            let before = text.get(..range.start).unwrap_or("");
            Some((dest_url.into_string(), before.matches('\n').count() + 1))
        })
        .collect()
}

fn leads_somewhere(places: &BTreeSet<String>, from: &str, target: &str) -> bool {
    let path = target.split(['#', '?']).next().unwrap_or("");
    if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if let Some(absolute) = path.strip_prefix('/') {
        absolute.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    resolve(&joined).is_some_and(|resolved| places.contains(&resolved))
}

/// Takes `.` and `..` out of a path; nothing, if it leaves the repository.
fn resolve(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn check_one(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[("docs/a.md", text), ("docs/b.md", ""), ("src/lib.rs", "")]))
    }

    #[test]
    fn dead_links_of_every_form_are_found() {
        assert_found(&check_one("one\n[x](c.md)"), &["docs/a.md:2"]);
        assert_found(&check_one("![x](picture.png)"), &["docs/a.md:1"]);
        assert_found(&check_one("[x][r]\n\n[r]: ../gone.md"), &["docs/a.md:1"]);
        assert_found(&check_one("| a |\n|---|\n| [x](c.md#part) |"), &["docs/a.md:3"]);
        assert_found(&check_one("[x](../../outside.md)"), &["docs/a.md:1"]);
    }

    #[test]
    fn live_links_pass() {
        let text = "[a](b.md) [b](b.md#part) [c](../src) [d](../src/lib.rs) [e](#part) \
                    [f](https://example.org/x.md) [g](/src/lib.rs) `[h](gone.md)`";
        assert_found(&check_one(text), &[]);
    }
}
