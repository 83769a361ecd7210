//! The functions of a core in an order that packs well.
//!
//! gzip looks back 32 KiB. The bindings put the largest function first, so that what is alike lies
//! far apart; by name, the functions of a crate and the variants of one function lie together. That
//! is a fortieth of what a browser fetches.

use std::convert::Infallible;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionSectionReader, KnownCustom, Name, Parser,
    Payload, TypeRef,
};

/// The module with its functions by name, and without the names.
pub fn by_name(module: &[u8]) -> Result<Vec<u8>> {
    let (imported, names) = functions(module)?;
    let mut order: Vec<usize> = (0..names.len()).collect();
    // Stable: those of the same name stay in the order in which they came.
    order.sort_by_key(|function| &names[*function]);
    let mut new = vec![0; names.len()];
    for (place, function) in order.iter().enumerate() {
        new[*function] = imported + u32::try_from(place)?;
    }
    let mut ordered = Module::new();
    let mut reorder = Reorder { imported, order, new };
    let written = reorder.parse_core_module(&mut ordered, Parser::new(0), module);
    written.map_err(|error| anyhow::anyhow!("putting functions in order: {error}"))?;
    Ok(ordered.finish())
}

/// How many functions are imported, and what the others are called.
fn functions(module: &[u8]) -> Result<(u32, Vec<String>)> {
    let (mut imported, mut names) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(section) => {
                names.resize(usize::try_from(section.count())?, String::new());
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else {
                    continue;
                };
                for subsection in subsections {
                    let Name::Function(map) = subsection? else {
                        continue;
                    };
                    for naming in map {
                        let naming = naming?;
                        let Some(own) = naming.index.checked_sub(imported) else {
                            continue;
                        };
                        let place = names.get_mut(usize::try_from(own)?);
                        *place.context("a name of no function")? = plain(naming.name);
                    }
                }
            }
            _ => {}
        }
    }
    Ok((imported, names))
}

/// A name without what stands before its crate, and without the hashes of crates.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for character in name.trim_start_matches(['<', '&']).chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    plain
}

struct Reorder {
    imported: u32,
    /// By new place, the old one; both without the imported.
    order: Vec<usize>,
    /// By old place, the new number, with the imported.
    new: Vec<u32>,
}

type Written = Result<(), reencode::Error<Infallible>>;

impl Reencode for Reorder {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        let own = function.checked_sub(self.imported);
        Ok(own.map_or(function, |own| self.new[own as usize]))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Written {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in &self.order {
            functions.function(types[*function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Written {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for function in self.order.clone() {
            self.parse_function_body(code, bodies[function].clone())?;
        }
        Ok(())
    }

    /// Names have done their work.
    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Written {
        Ok(())
    }
}
