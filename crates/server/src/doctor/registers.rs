//! Whether the operator's registers let children in, and whether the notices' claims are shown.

use super::Finding;
use crate::claims::Claims;
use crate::config::Config;
use crate::port::clock::Time;
use crate::registers::Registers;
use crate::results::Results;

const SUBJECT: &str = "registers";

pub(super) fn examine(config: &Config, now: Time) -> Finding {
    let registers = match Registers::read(config.registers.file.as_deref()) {
        Ok((registers, _)) => registers,
        Err(error) => {
            return Finding::refuse(SUBJECT, error.to_string(), "mend the file of [registers]");
        }
    };
    if registers.demonstration {
        let advice = "give [registers] a file of your own before a real family comes";
        return Finding::choice(SUBJECT, "those of a demonstration", advice);
    }
    let mut faults = registers.faults(now.day());
    faults.extend(config.card.as_ref().and_then(|_| registers.payment_fault()));
    faults.extend(config.verifier.as_ref().and_then(|_| registers.verifier_fault()));
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if faults.is_empty() {
        return Finding::ok(SUBJECT, "filled in, and nothing in them is over");
    }
    let found = format!("no further child is served: {}", faults.join("; "));
    Finding::warn(SUBJECT, found, "fill in the file of [registers]; then restart the server")
}

/// Whether the tests that the notices' claims rest on have passed.
pub(super) fn claims(config: &Config) -> Finding {
    const SUBJECT: &str = "claims";
    let Some(file) = config.claims.results.as_deref() else {
        let found = "no results of tests: the notices' claims rest on the tests of the release";
        return Finding::ok(SUBJECT, found);
    };
    let claims = match Results::read(file) {
        Ok(results) => Claims::of(&results),
        Err(error) => {
            return Finding::refuse(SUBJECT, error.to_string(), "mend claims.results");
        }
    };
    let broken = claims.broken().map(|(phrase, outcome)| format!("{phrase}: {}", outcome.word()));
    let broken: Vec<String> = broken.collect();
    if broken.is_empty() {
        return Finding::ok(SUBJECT, "every test that they rest on has passed");
    }
    let advice = "find out why; claims that the law doesn't demand are no longer made";
    Finding::warn(SUBJECT, format!("not shown to be so: {}", broken.join("; ")), advice)
}
