//! How long files and functions may be.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "lengths";

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const SOURCES: [&str; 7] = ["rs", "ts", "svelte", "mjs", "js", "py", "sh"];
const GENERATED: &str = "docs/generated/";

/// Finds files and functions that are too long to read in one go.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| SOURCES.contains(&file.extension()) && !file.path.starts_with(GENERATED))
        .flat_map(|file| {
            let mut findings: Vec<Finding> = long_file(file).into_iter().collect();
            findings.extend(long_functions(file));
            findings
        })
        .collect()
}

fn long_file(file: &File) -> Option<Finding> {
    let lines = file.text.lines().count();
    let advice = format!("{lines} lines; split the file (at most {FILE_LINES_MAX})");
    (lines > FILE_LINES_MAX).then(|| Finding::new(file, FILE_LINES_MAX + 1, RULE, advice))
}

fn long_functions(file: &File) -> Vec<Finding> {
    if file.extension() != "rs" {
        return Vec::new();
    }
    let Ok(source) = syn::parse_file(&file.text) else {
        return vec![Finding::new(file, 1, RULE, "this is not Rust; mend the syntax")];
    };
    let mut functions = Functions { found: Vec::new() };
    functions.visit_file(&source);
    functions
        .found
        .into_iter()
        .filter(|function| function.lines() > FUNCTION_LINES_MAX)
        .map(|function| {
            let advice = format!(
                "`{}` has {} lines; split it (at most {FUNCTION_LINES_MAX})",
                function.name,
                function.lines()
            );
            Finding::new(file, function.first, RULE, advice)
        })
        .collect()
}

/// From the signature to the closing brace; attributes and documentation don't count.
struct Function {
    name: String,
    first: usize,
    last: usize,
}

impl Function {
    fn new(signature: &syn::Signature, block: &syn::Block) -> Self {
        Self {
            name: signature.ident.to_string(),
            first: signature.span().start().line,
            last: block.span().end().line,
        }
    }

    fn lines(&self) -> usize {
        self.last.saturating_sub(self.first) + 1
    }
}

struct Functions {
    found: Vec<Function>,
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.found.push(Function::new(&item.sig, &item.block));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.found.push(Function::new(&item.sig, &item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.found.push(Function::new(&item.sig, block));
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    work();\n".repeat(lines - 2))
    }

    #[test]
    fn the_first_line_too_many_is_found() {
        let tree = Tree::of(&[
            ("a.mjs", &"x\n".repeat(501)),
            ("b.mjs", &"x\n".repeat(500)),
            ("docs/generated/c.ts", &"x\n".repeat(900)),
            ("package-lock.json", &"x\n".repeat(900)),
        ]);
        assert_found(&check(&tree), &["a.mjs:501"]);
    }

    #[test]
    fn a_function_of_71_lines_is_found_and_one_of_70_is_not() {
        let tree = Tree::of(&[("a.rs", &function(71)), ("b.rs", &function(70))]);
        assert_found(&check(&tree), &["a.rs:1"]);
    }

    #[test]
    fn methods_and_default_methods_are_functions() {
        let text =
            format!("struct A;\nimpl A {{\n{}}}\ntrait B {{\n{}}}\n", function(80), function(80));
        assert_found(&check(&Tree::of(&[("a.rs", &text)])), &["a.rs:3", "a.rs:85"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_passed_over() {
        assert_found(&check(&Tree::of(&[("a.rs", "fn (")])), &["a.rs:1"]);
    }
}
