//! Reading Rust source as tokens: comments are gone, strings are literals, macros are open.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path such as `crate::store::db`, where it stands, and the modules around it.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedPath {
    pub segments: Vec<String>,
    pub line: usize,
    /// Inline modules (`mod tests { .. }`) that contain it.
    pub inside: Vec<String>,
}

impl NamedPath {
    /// The first segment: a crate, a module, `crate`, `super` or a local name.
    pub fn root(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    /// True if the path begins with these segments.
    pub fn starts_with(&self, segments: &[&str]) -> bool {
        self.segments.len() >= segments.len()
            && self.segments.iter().zip(segments).all(|(have, want)| have == want)
    }
}

/// The tokens of a file, or nothing if it isn't Rust; the compiler says that better.
pub fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

/// Every path in the file, with `use a::{b, c}` taken apart, also inside macros.
///
/// A single name is a path of one segment.
pub fn paths(text: &str) -> Vec<NamedPath> {
    let mut found = Vec::new();
    walk(tokens(text), &[], &[], &mut found);
    found
}

fn walk(stream: TokenStream, prefix: &[String], inside: &[String], found: &mut Vec<NamedPath>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut index = 0;
    while let Some(tree) = trees.get(index) {
        match tree {
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let (segments, next) = segments(&trees, index);
                index = next;
                let full: Vec<String> = prefix.iter().cloned().chain(segments).collect();
                if let (true, Some(TokenTree::Group(group))) =
                    (ends_in_colons(&trees, index), trees.get(index + 2))
                {
                    // `a::b::{..}`: what is in the braces continues the path.
                    walk(group.stream(), &full, inside, found);
                    index += 3;
                    continue;
                }
                if let (["mod"], Some(name), Some(TokenTree::Group(group))) =
                    (&slices(&full)[..], word(&trees, index), trees.get(index + 1))
                {
                    let inner: Vec<String> = inside.iter().cloned().chain([name]).collect();
                    walk(group.stream(), &[], &inner, found);
                    index += 2;
                    continue;
                }
                found.push(NamedPath { segments: full, line, inside: inside.to_vec() });
            }
            TokenTree::Group(group) => {
                // Within `use a::{{b}}` braces nest; elsewhere a group starts afresh.
                walk(group.stream(), &[], inside, found);
                index += 1;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => index += 1,
        }
    }
}

/// Reads `a::b::c` from `index`; gives the segments and the index after them.
fn segments(trees: &[TokenTree], mut index: usize) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    while let Some(name) = word(trees, index) {
        segments.push(name);
        index += 1;
        if !ends_in_colons(trees, index) || word(trees, index + 2).is_none() {
            break;
        }
        index += 2;
    }
    (segments, index)
}

fn word(trees: &[TokenTree], index: usize) -> Option<String> {
    match trees.get(index) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn ends_in_colons(trees: &[TokenTree], index: usize) -> bool {
    [index, index + 1]
        .iter()
        .all(|at| matches!(trees.get(*at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':'))
}

fn slices(segments: &[String]) -> Vec<&str> {
    segments.iter().map(String::as_str).collect()
}

/// Every attribute as its words and its line: `#[cfg_attr(test, allow(x))]` gives
/// `["cfg_attr", "test", "allow", "x"]`. Documentation is left out.
pub fn attributes(text: &str) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    collect_attributes(tokens(text), &mut found);
    found
}

fn collect_attributes(stream: TokenStream, found: &mut Vec<(Vec<String>, usize)>) {
    let mut after_hash = false;
    for tree in stream {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                after_hash = true;
                continue;
            }
            // `#![..]`
            TokenTree::Punct(punct) if after_hash && punct.as_char() == '!' => continue,
            TokenTree::Group(group) if after_hash && group.delimiter() == Delimiter::Bracket => {
                let words = words(group.stream());
                if words.first().is_none_or(|word| word != "doc") {
                    found.push((words, group.span_open().start().line));
                }
            }
            TokenTree::Group(group) => collect_attributes(group.stream(), found),
            _ => {}
        }
        after_hash = false;
    }
}

fn words(stream: TokenStream) -> Vec<String> {
    stream
        .into_iter()
        .flat_map(|tree| match tree {
            TokenTree::Ident(ident) => vec![ident.to_string()],
            TokenTree::Group(group) => words(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
        })
        .collect()
}

/// Every string literal with its line, without those of documentation.
pub fn strings(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    collect_strings(tokens(text), &mut found);
    found
}

fn collect_strings(stream: TokenStream, found: &mut Vec<(String, usize)>) {
    for tree in stream {
        match tree {
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let Ok(string) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    found.push((string.value(), line));
                }
            }
            TokenTree::Group(group) => {
                let is_documentation = matches!(
                    group.stream().into_iter().next(),
                    Some(TokenTree::Ident(ident)) if ident == "doc"
                );
                if !is_documentation {
                    collect_strings(group.stream(), found);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        paths(source).into_iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn grouped_imports_are_taken_apart() {
        let found = texts("use crate::{store::{db, dialect}, http};");
        assert!(found.contains(&"crate::store::db".to_owned()), "{found:?}");
        assert!(found.contains(&"crate::store::dialect".to_owned()), "{found:?}");
        assert!(found.contains(&"crate::http".to_owned()), "{found:?}");
    }

    #[test]
    fn macros_hide_nothing_and_comments_say_nothing() {
        let found = texts("fn f() { println!(\"{}\", std::time::now()); } // std::fs::read");
        assert!(found.contains(&"std::time::now".to_owned()), "{found:?}");
        assert!(!found.iter().any(|path| path.starts_with("std::fs")), "{found:?}");
    }

    #[test]
    fn paths_know_the_inline_module_around_them() {
        let found = paths("mod tests { use super::x; }");
        let path = found.iter().find(|path| path.root() == "super").unwrap();
        assert_eq!(path.inside, ["tests"]);
    }

    #[test]
    fn attributes_are_seen_through_cfg_attr() {
        let found = attributes("#[cfg_attr(test, allow(dead_code))]\nfn f() {}");
        assert_eq!(found.len(), 1);
        assert!(found[0].0.contains(&"allow".to_owned()));
    }

    #[test]
    fn documentation_is_neither_attribute_nor_string() {
        assert!(attributes("/// allow\nfn f() {}").is_empty());
        assert!(strings("/// SELECT\nfn f() {}").is_empty());
        assert_eq!(strings("const A: &str = \"SELECT\";"), [("SELECT".to_owned(), 1)]);
    }
}
