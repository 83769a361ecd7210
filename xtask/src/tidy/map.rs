//! What only the source knows of the data map: fields of sealed contents, log lines, labels of
//! metrics, variables of letters, cookies and what is kept in memory. Whatever the code has must
//! stand on the map, and whatever stands there must be in the code.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Expr, Fields, ImplItem, Item, Lit};

use super::rust;
use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "data-map";

const MAP: &str = "data-map.toml";
const CONTENT: &str = "crates/client/src/content";
const LETTERS: &str = "crates/server/src/domain/letter.rs";
const PRINCIPAL: &str = "crates/server/src/http/principal.rs";
const SERVER: &str = "crates/server/src/";
/// Where lines are logged and numbers counted that an operator's machines keep.
const SPEAKING: [&str; 2] = [SERVER, "crates/treehouse/src/"];
const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "event"];
const METERS: [&str; 3] = ["counter", "gauge", "histogram"];

/// Places by kind, each with the file and line that has it.
type Places<'a> = BTreeMap<&'static str, BTreeMap<String, (&'a File, usize)>>;

/// Compares the source with the map.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.file(MAP) else {
        return Vec::new();
    };
    let declared = match declared(&map.text) {
        Ok(declared) => declared,
        Err(problem) => return vec![Finding::new(map, 1, RULE, problem)],
    };
    let mut findings = Vec::new();
    let found = found(tree, &mut findings);
    for (kind, places) in &found {
        let own = declared.get(*kind).cloned().unwrap_or_default();
        for (place, (file, line)) in places {
            if !own.contains(place) {
                let advice = format!("{place} isn't in {kind} of any datum in {MAP}: declare it");
                findings.push(Finding::new(file, *line, RULE, advice));
            }
        }
        for place in own.iter().filter(|place| !places.contains_key(*place)) {
            let line = line_of(&map.text, place);
            let advice = format!("{place} of {kind} isn't in the source: take it from the map");
            findings.push(Finding::new(map, line, RULE, advice));
        }
    }
    findings.extend(memory(tree, map, &declared));
    findings
}

fn declared(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let map: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let data = map.get("datum").and_then(toml::Value::as_array).ok_or("it has no datum")?;
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for datum in data.iter().filter_map(toml::Value::as_table) {
        for (kind, value) in datum {
            let each = value.as_array().into_iter().flatten();
            let each = each.filter_map(toml::Value::as_str).map(str::to_owned);
            places.entry(kind.clone()).or_default().extend(each);
        }
    }
    Ok(places)
}

fn line_of(text: &str, place: &str) -> usize {
    let quoted = format!("\"{place}\"");
    text.lines().position(|line| line.contains(&quoted)).map_or(1, |index| index + 1)
}

fn found<'a>(tree: &'a Tree, findings: &mut Vec<Finding>) -> Places<'a> {
    let kinds = ["fields", "blobs", "log_fields", "labels", "letters", "cookies"];
    let mut places: Places<'a> = kinds.into_iter().map(|kind| (kind, BTreeMap::new())).collect();
    let mut add = |kind: &'static str, place: String, file: &'a File, line: usize| {
        places.entry(kind).or_default().entry(place).or_insert((file, line));
    };
    for file in tree.with_extension("rs") {
        if file.path.starts_with(CONTENT) {
            for (place, is_blob, line) in contents(&file.text) {
                add(if is_blob { "blobs" } else { "fields" }, place, file, line);
            }
        }
        if file.path == LETTERS {
            for (place, line) in letters(&file.text) {
                add("letters", place, file, line);
            }
        }
        if file.path == PRINCIPAL {
            for (name, line) in rust::strings(&file.text) {
                if name.starts_with("__Host-") {
                    add("cookies", name, file, line);
                }
            }
        }
        if SPEAKING.iter().any(|folder| file.path.starts_with(folder)) {
            let module = module(&file.path);
            let constants = constants(&file.text);
            let mut spoken = Spoken { constants, ..Spoken::default() };
            spoken.walk(rust::tokens(&file.text));
            for (field, line) in spoken.log_fields {
                add("log_fields", format!("{module}.{field}"), file, line);
            }
            for (label, line) in spoken.labels {
                add("labels", label, file, line);
            }
            for (problem, line) in spoken.problems {
                findings.push(Finding::new(file, line, RULE, problem));
            }
        }
    }
    places
}

/// `server::app::alarm` for `crates/server/src/app/alarm.rs`.
fn module(path: &str) -> String {
    let path = path.trim_start_matches("crates/").trim_end_matches(".rs");
    path.replace("/src", "").replace('/', "::")
}

/// Whether a field refers to a blob, or may.
fn is_blob(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else {
        return false;
    };
    path.path.segments.last().is_some_and(|last| {
        let inner = match &last.arguments {
            syn::PathArguments::AngleBracketed(inner) if last.ident == "Option" => &inner.args,
            _ => return last.ident == "BlobRef",
        };
        inner.iter().any(|one| matches!(one, syn::GenericArgument::Type(ty) if is_blob(ty)))
    })
}

/// Fields of the types that have a `NAME` of TH/1, as `NAME.field`, and whether each is a blob.
fn contents(text: &str) -> Vec<(String, bool, usize)> {
    let Ok(source) = syn::parse_file(text) else {
        return Vec::new();
    };
    let names: BTreeMap<String, String> = source.items.iter().filter_map(name_of).collect();
    let mut found = Vec::new();
    for item in &source.items {
        let Item::Struct(item) = item else {
            continue;
        };
        let Some(name) = names.get(&item.ident.to_string()) else {
            continue;
        };
        for (index, field) in item.fields.iter().enumerate() {
            // A type with one nameless field has the name that its decoder gives it.
            let own = field.ident.as_ref().map(ToString::to_string);
            let own = own.unwrap_or_else(|| nameless(index));
            let is_blob = is_blob(&field.ty);
            found.push((format!("{name}.{own}"), is_blob, item.ident.span().start().line));
        }
    }
    found
}

fn nameless(index: usize) -> String {
    if index == 0 { "name".to_owned() } else { index.to_string() }
}

/// The type and the `NAME` of an `impl Canonical for`.
fn name_of(item: &Item) -> Option<(String, String)> {
    let Item::Impl(item) = item else {
        return None;
    };
    item.trait_.as_ref().filter(|(_, path, _)| path.is_ident("Canonical"))?;
    let syn::Type::Path(of) = &*item.self_ty else {
        return None;
    };
    let name = item.items.iter().find_map(|each| match each {
        ImplItem::Const(constant) if constant.ident == "NAME" => match &constant.expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })?;
    Some((of.path.get_ident()?.to_string(), name))
}

/// Fields of the letters, as `Letter.variable`, and of their sender.
fn letters(text: &str) -> Vec<(String, usize)> {
    let Ok(source) = syn::parse_file(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut take = |of: &syn::Ident, fields: &Fields| {
        for (index, field) in fields.iter().enumerate() {
            let own = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
            found.push((format!("{of}.{own}"), of.span().start().line));
        }
    };
    for item in &source.items {
        match item {
            Item::Enum(letters) => {
                letters.variants.iter().for_each(|each| take(&each.ident, &each.fields));
            }
            Item::Struct(sender) => take(&sender.ident, &sender.fields),
            _ => {}
        }
    }
    found
}

fn constants(text: &str) -> BTreeMap<String, String> {
    let items = syn::parse_file(text).map(|source| source.items).unwrap_or_default();
    let texts = items.into_iter().filter_map(|item| match item {
        Item::Const(constant) => match *constant.expr {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => {
                Some((constant.ident.to_string(), text.value()))
            }
            _ => None,
        },
        _ => None,
    });
    texts.collect()
}

/// What macros log and count.
#[derive(Default)]
struct Spoken {
    /// Texts of the file's own constants.
    constants: BTreeMap<String, String>,
    log_fields: Vec<(String, usize)>,
    labels: Vec<(String, usize)>,
    problems: Vec<(&'static str, usize)>,
}

impl Spoken {
    fn walk(&mut self, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        for (index, tree) in trees.iter().enumerate() {
            let TokenTree::Group(group) = tree else {
                continue;
            };
            let bang = index.checked_sub(1).and_then(|before| trees.get(before));
            let is_macro = matches!(bang, Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
            let word = index.checked_sub(2).and_then(|before| trees.get(before));
            let line = group.span_open().start().line;
            if let (true, Some(TokenTree::Ident(word))) = (is_macro, word) {
                let word = word.to_string();
                let of = |name: &str| of_crate(&trees, index, name);
                if LEVELS.contains(&word.as_str()) && of("tracing") {
                    self.log_line(group.stream(), line);
                } else if METERS.contains(&word.as_str()) && of("metrics") {
                    self.meter(group.stream(), line);
                } else if ["span", "instrument", "describe"].contains(&word.as_str()) {
                    self.problems.push(("log with a macro of `tracing`, by its whole name", line));
                }
            }
            if group.delimiter() == Delimiter::Bracket
                && group.stream().to_string().contains("instrument")
            {
                let problem = "#[instrument] logs every argument; log what must be logged by name";
                self.problems.push((problem, line));
            }
            self.walk(group.stream());
        }
    }

    /// Arguments before the text are fields, `name`, `%name`, `?name` or `name = value`; in the text,
    /// what stands in braces is.
    fn log_line(&mut self, stream: TokenStream, line: usize) {
        for argument in arguments(stream) {
            let first = argument.iter().find(|tree| !matches!(tree, TokenTree::Punct(_)));
            match first {
                Some(TokenTree::Literal(text)) => {
                    let text = text.to_string();
                    self.log_fields.extend(captured(&text).map(|field| (field, line)));
                }
                Some(TokenTree::Ident(_)) => {
                    let words = argument.iter().take_while(|tree| !is_punct(tree, '='));
                    let name = words.filter_map(|tree| match tree {
                        TokenTree::Ident(ident) => Some(ident.to_string()),
                        _ => None,
                    });
                    let name: Vec<String> = name.collect();
                    self.log_fields.push((name.join("."), line));
                }
                _ => {}
            }
        }
    }

    /// `name, "label" => value, …`; the name may be a constant with a text of ours.
    fn meter(&mut self, stream: TokenStream, line: usize) {
        let arguments = arguments(stream);
        let Some(name) = arguments.first().map(|name| text_of(name)) else {
            return;
        };
        let name = self.constants.get(&name).cloned().unwrap_or(name);
        for argument in arguments.iter().skip(1) {
            let label: Vec<TokenTree> =
                argument.iter().take_while(|tree| !is_punct(tree, '=')).cloned().collect();
            self.labels.push((format!("{name}.{}", text_of(&label)), line));
        }
    }
}

/// Whether the macro before this group is called by the name of its crate, or alone after an import.
fn of_crate(trees: &[TokenTree], index: usize, name: &str) -> bool {
    let at = |back: usize| index.checked_sub(back).and_then(|before| trees.get(before));
    let colons = [3, 4].into_iter().all(|back| at(back).is_some_and(|tree| is_punct(tree, ':')));
    let named = matches!(at(5), Some(TokenTree::Ident(word)) if word == name);
    // Called alone, it was imported: `error!` and its like have no other home here.
    !colons || named
}

fn is_punct(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn arguments(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut all = vec![Vec::new()];
    for tree in stream {
        if is_punct(&tree, ',') {
            all.push(Vec::new());
        } else if let Some(last) = all.last_mut() {
            last.push(tree);
        }
    }
    all.retain(|argument| !argument.is_empty());
    all
}

fn text_of(trees: &[TokenTree]) -> String {
    let words = trees.iter().map(ToString::to_string);
    words.collect::<String>().trim_matches('"').to_owned()
}

/// The names in the braces of a text.
fn captured(text: &str) -> impl Iterator<Item = String> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let names = inside.map(|(inside, _)| inside.split(':').next().unwrap_or_default().to_owned());
    names.filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'))
}

/// What is kept in memory must be a type of the module that the map names.
fn memory(tree: &Tree, map: &File, declared: &BTreeMap<String, BTreeSet<String>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in declared.get("memory").into_iter().flatten() {
        let is_there = place.rsplit_once('.').is_some_and(|(module, name)| {
            let file = tree.file(&format!("{SERVER}{module}.rs"));
            file.is_some_and(|file| {
                ["struct", "enum"].iter().any(|kind| file.text.contains(&format!("{kind} {name}")))
            })
        });
        if !is_there {
            let advice = format!("{place} isn't a type of that module of the server");
            findings.push(Finding::new(map, line_of(&map.text, place), RULE, advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
