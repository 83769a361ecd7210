//! What an assessor of a whole period asks for (parts V, VI and VIII of the order, 16 CFR 312.8).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use treehouse_protocol::id::Day;
use treehouse_protocol::registry::Coded as _;

use super::rows::{Shown, summary};
use super::{Collected, date, kinds, moment};
use crate::data_map::Word;
use crate::registers::Registers;

/// The registers as they stand at the end of the period, their states, and the days with faults.
pub(super) fn registers(found: &Collected) -> Value {
    let states = found.registers.iter().map(|(at, _)| moment(*at));
    let last = at_end_of(found, found.period.to);
    json!({
        "as_they_stand": last,
        "states_since": states.collect::<Vec<_>>(),
        "days_with_faults": faults(found),
    })
}

/// The registers that counted at the end of a day.
fn at_end_of(found: &Collected, day: Day) -> Option<&Registers> {
    let before = found.registers.iter().rev().find(|(at, _)| at.day() <= day);
    before.map(|(_, registers)| registers)
}

/// From when until when which faults closed the gate to further children.
fn faults(found: &Collected) -> Vec<Value> {
    let mut spans: Vec<(Day, Day, Vec<String>)> = Vec::new();
    for number in found.period.from.0..=found.period.to.0 {
        let day = Day(number);
        if day > found.made.day() {
            break;
        }
        let Some(registers) = at_end_of(found, day) else {
            continue;
        };
        let said: Vec<String> = registers.faults(day).iter().map(ToString::to_string).collect();
        if said.is_empty() {
            continue;
        }
        match spans.last_mut() {
            Some((_, last, same)) if last.0 + 1 == number && *same == said => *last = day,
            _ => spans.push((day, day, said)),
        }
    }
    let each = spans.into_iter().map(
        |(first, last, said)| json!({ "from": date(first), "to": date(last), "faults": said }),
    );
    each.collect()
}

/// All of it.
pub(super) fn assessment(found: &Collected, rows: &[Shown]) -> Value {
    let mut acts: BTreeMap<&str, usize> = BTreeMap::new();
    for acted in &found.acts {
        *acts.entry(acted.act.word()).or_default() += 1;
    }
    let registers = at_end_of(found, found.period.to);
    let notices = found.publications.iter().filter(|each| found.period.has(each.at.day()));
    let methods = found.methods.iter().map(|method| method.word());
    json!({
        "operator": {
            "name": found.operator.name(),
            "address": found.operator.address(),
            "email": found.operator.email(),
        },
        "period": { "from": date(found.period.from), "to": date(found.period.to) },
        "program": found.program,
        "order_V_A_coordinator": registers.map(|registers| &registers.profile.coordinator),
        "order_V_B_risks": registers.map(|registers| &registers.risk),
        "order_V_C_tests": summary(rows),
        "order_V_D_providers": registers.map(|registers| &registers.party),
        "order_V_E_reviews": registers.map(|registers| &registers.review),
        "order_VII_receipts": registers.map(|registers| &registers.receipt),
        "training": registers.map(|registers| &registers.training),
        "order_VI_through_the_period": {
            "log_entries": kinds(&found.log.counts),
            "days_with_entries": found.log.counts.len(),
            "restores": found.restores.len(),
            "days_with_faults_of_registers": faults(found),
        },
        "order_IX_complaints": found.complaints,
        "alarms": found.alarms.len(),
        "order_VIII_methods_of_verification": methods.collect::<Vec<_>>(),
        "order_VIII_published_in_the_period": notices.map(super::publication).collect::<Vec<_>>(),
        "features": found.features.iter().map(Word::word).collect::<Vec<_>>(),
        "acts_of_stewards": acts,
    })
}
