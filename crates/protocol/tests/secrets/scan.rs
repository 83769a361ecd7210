//! Finds the public types of the crate in its sources.

use std::path::{Path, PathBuf};

/// A public type: where it stands, and its text from its name to the end of its definition.
pub struct Type {
    /// Module and name, such as `chain::pen::Pen`.
    pub name: String,
    pub text: String,
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(path);
        }
    }
}

/// All of them, by name.
pub fn public_types() -> Vec<Type> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut types = Vec::new();
    for file in files {
        let module = file.strip_prefix(&root).unwrap().with_extension("");
        let module: Vec<_> = module.iter().map(|part| part.to_str().unwrap()).collect();
        let text = std::fs::read_to_string(&file).unwrap();
        types.extend(types_of(&module.join("::"), &text));
    }
    types.sort_by(|one, other| one.name.cmp(&other.name));
    types
}

fn types_of(module: &str, text: &str) -> Vec<Type> {
    let mut types = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_start();
        let named = ["pub struct ", "pub enum ", "pub union "];
        let Some(rest) = named.iter().find_map(|keyword| line.strip_prefix(keyword)) else {
            continue;
        };
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        types.push(Type {
            name: format!("{module}::{name}"),
            text: definition(&text[start..]).to_owned(),
        });
    }
    types
}

/// Up to the semicolon of a tuple, or the brace that closes the fields.
fn definition(text: &str) -> &str {
    let mut depth = 0_u32;
    for (place, character) in text.char_indices() {
        match character {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ';' if depth == 0 => return &text[..place],
            _ => {}
        }
        if character == '}' && depth == 0 {
            return &text[..=place];
        }
    }
    text
}

#[test]
fn types_are_found_with_their_whole_definition() {
    let text = "pub struct One<const N: usize>([u8; N]);\n\
        pub(crate) struct Hidden;\n\
        mod kind {\n    pub enum Two {}\n}\n\
        pub struct Three {\n    pub a: [u8; 3],\n    b: Vec<u8>,\n}\nfn four() {}\n";
    let types = types_of("place", text);
    let found: Vec<_> = types.iter().map(|one| (one.name.as_str(), one.text.trim())).collect();
    assert_eq!(found[0], ("place::One", "pub struct One<const N: usize>([u8; N])"));
    assert_eq!(found[1], ("place::Two", "pub enum Two {}"));
    let three = "pub struct Three {\n    pub a: [u8; 3],\n    b: Vec<u8>,\n}";
    assert_eq!(found[2], ("place::Three", three));
    assert_eq!(found.len(), 3);
}
