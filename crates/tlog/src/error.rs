//! What is refused: a text or a proof that breaks a rule.

/// What was refused: which structure, which of its fields, and the rule that it breaks.
///
/// All three are fixed texts of this crate. Nothing that came from outside is repeated in them,
/// so a refusal can be logged or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{structure}: {field} {rule}")]
pub struct Refused {
    /// The structure, by the name of its specification.
    pub structure: &'static str,
    /// The field of it.
    pub field: &'static str,
    /// The rule, as the end of a sentence that starts with the field.
    pub rule: &'static str,
}

impl Refused {
    /// A refusal of `field` of `structure`, because it breaks `rule`.
    #[must_use]
    pub const fn new(structure: &'static str, field: &'static str, rule: &'static str) -> Self {
        Self { structure, field, rule }
    }
}

/// Refuses unless `holds`.
pub(crate) fn require(
    holds: bool,
    structure: &'static str,
    field: &'static str,
    rule: &'static str,
) -> Result<(), Refused> {
    if holds { Ok(()) } else { Err(Refused::new(structure, field, rule)) }
}
