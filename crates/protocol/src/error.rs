//! The one kind of failure of this crate: something was refused, and why.

use std::ops::Deref;

/// What was refused: which structure, which of its fields, and the rule that it breaks.
///
/// All three are fixed texts of this crate. Nothing that came from outside is repeated in them,
/// so a refusal can be logged or shown without leaking what was in the bytes.
///
/// One pointer, because a result is passed on far more often than refused: three texts in each of
/// them were a twelfth of the browser's core.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{0}")]
pub struct Refused(Box<Cause>);

/// What a refusal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{structure}: {field} {rule}")]
pub struct Cause {
    /// The type string of the structure, such as `TH-GRANT/1`.
    pub structure: &'static str,
    /// The field, by the name that `docs/protocol.md` gives it.
    pub field: &'static str,
    /// The rule, as the end of a sentence that starts with the field.
    pub rule: &'static str,
}

impl Refused {
    /// A refusal of `field` of `structure`, because it breaks `rule`.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn new(structure: &'static str, field: &'static str, rule: &'static str) -> Self {
        Self(Box::new(Cause { structure, field, rule }))
    }
}

impl Deref for Refused {
    type Target = Cause;

    fn deref(&self) -> &Cause {
        &self.0
    }
}

/// Refuses unless `holds`; the other half of every rule in this crate.
pub(crate) fn require(
    holds: bool,
    structure: &'static str,
    field: &'static str,
    rule: &'static str,
) -> Result<(), Refused> {
    if holds { Ok(()) } else { Err(Refused::new(structure, field, rule)) }
}
