//! Whether the operator's registers let children in.

use super::Finding;
use crate::config::Config;
use crate::port::clock::Time;
use crate::registers::Registers;

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
        return Finding::warn(SUBJECT, "those of a demonstration", advice);
    }
    let faults: Vec<String> = registers.faults(now.day()).iter().map(ToString::to_string).collect();
    if faults.is_empty() {
        return Finding::ok(SUBJECT, "filled in, and nothing in them is over");
    }
    let found = format!("no further child is served: {}", faults.join("; "));
    Finding::warn(SUBJECT, found, "fill in the file of [registers]; then restart the server")
}
