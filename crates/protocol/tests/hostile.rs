//! Every decoder on what an enemy would send: cut, changed, with lengths that lie, nested, huge.
//!
//! Each answers with a refusal that names structure and field, panics never, and holds at no time
//! more than four times the memory of what it was given.

use std::collections::BTreeMap;

use allocation_counter::measure;
use treehouse_protocol::chain::body::{Body, GuardianRemove};
use treehouse_protocol::chain::replay::BATCH_LINKS_MAX;
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Hash, KeyId};

use house::{DAY, House};
use specimens::Specimen;

#[expect(dead_code, reason = "only its founding is needed here")]
mod house;
mod scan;
mod specimens;

const MEMORY_FACTOR_MAX: u64 = 4;
/// For what doesn't grow with the input, such as the first four items of a list.
const MEMORY_CONSTANT_BYTES: u64 = 1024;
const MIB: usize = 1 << 20;

/// Gives `bytes` to the decoder of `specimen` and holds it to its promises.
fn give(specimen: &Specimen, bytes: &[u8]) -> Result<(), Refused> {
    let bytes = (specimen.envelope)(bytes);
    let mut answer = Ok(());
    let memory = measure(|| answer = (specimen.admit)(&bytes)).bytes_max;
    let most = MEMORY_FACTOR_MAX * bytes.len() as u64 + MEMORY_CONSTANT_BYTES;
    let (name, length) = (specimen.name, bytes.len());
    assert!(memory <= most, "{name}: {memory} bytes held for {length}");
    if let Err(refused) = &answer {
        let texts = [refused.structure, refused.field, refused.rule];
        assert!(texts.iter().all(|text| !text.is_empty()), "{name}: {refused:?}");
    }
    answer
}

/// The same, and it must be refused.
fn give_in_vain(specimen: &Specimen, bytes: &[u8], what: &str) {
    let answer = give(specimen, bytes);
    assert!(answer.is_err(), "{}: {what} was taken", specimen.name);
}

/// What was taken is encoded as it came.
fn encodes_again(specimen: &Specimen, bytes: &[u8]) {
    let given = (specimen.envelope)(bytes);
    let again = (specimen.encode_again)(&given);
    assert_eq!(again.as_ref(), Ok(&given), "{}", specimen.name);
    assert!(scan::is_deterministic(&given), "{}", specimen.name);
}

/// Without it, a counter that counts nothing would let everything pass.
#[test]
fn control_memory_is_counted_also_when_it_was_given_back() {
    let memory = measure(|| drop(vec![0_u8; 4096].clone())).bytes_max;
    assert!((8192..16_384).contains(&memory), "{memory}");
}

#[test]
fn a_specimen_is_taken_and_has_one_encoding() {
    for specimen in specimens::all() {
        give(&specimen, &specimen.bytes).unwrap();
        encodes_again(&specimen, &specimen.bytes);
    }
}

#[test]
fn what_is_cut_or_has_something_behind_it_is_refused() {
    for specimen in specimens::all() {
        for length in 0..specimen.bytes.len() {
            give_in_vain(&specimen, &specimen.bytes[..length], "a beginning");
        }
        for byte in 0..=u8::MAX {
            let longer = [&specimen.bytes[..], &[byte]].concat();
            give_in_vain(&specimen, &longer, "a byte behind the end");
        }
    }
}

#[test]
fn no_structure_is_taken_for_another() {
    let all = specimens::all();
    for one in &all {
        for other in all.iter().filter(|other| other.structure != one.structure) {
            give_in_vain(one, &other.bytes, other.name);
        }
    }
}

/// Structures with public keys in them, or signed anew each time. To check a key takes a tenth of a
/// millisecond, so in their byte strings only single bits change; keys have a fuzz target.
const SLOW: [&str; 11] = [
    "attestation",
    "listing",
    "credential",
    "record-body",
    "link-genesis",
    "link-guardian-add",
    "link-recover-announce",
    "link-device-add",
    "link-promote",
    "link-key-version",
    "link-contact-approve",
];

#[test]
fn one_other_byte_is_refused_or_is_another_value_with_one_encoding() {
    for specimen in specimens::all() {
        let heads = scan::items(&specimen.bytes);
        for (place, byte) in specimen.bytes.iter().enumerate() {
            let inside = SLOW.contains(&specimen.name)
                && heads.iter().any(|item| item.is_inside_bytes(place));
            let others = (1..=u8::MAX).map(|bits| byte ^ bits);
            let few = |other: &u8| !inside || (byte ^ other).is_power_of_two();
            for other in others.filter(few) {
                let mut changed = specimen.bytes.clone();
                changed[place] = other;
                if give(&specimen, &changed).is_ok() {
                    encodes_again(&specimen, &changed);
                }
            }
        }
    }
}

#[test]
fn a_length_that_lies_is_refused_and_costs_nothing() {
    for specimen in specimens::all() {
        for item in scan::items(&specimen.bytes) {
            for head in item.lies() {
                let (before, after) = specimen.bytes.split_at(item.at);
                let bytes = [before, &head, &after[item.head_len..]].concat();
                give_in_vain(&specimen, &bytes, "a length that lies");
                give_in_vain(&specimen, &[before, &head].concat(), "a length alone");
            }
        }
    }
}

#[test]
fn a_list_with_more_items_than_its_limit_is_refused_at_its_head() {
    let specimens = specimens::all();
    let revoke = specimens.iter().find(|each| each.name == "link-revoke").unwrap();
    let list = scan::items(&revoke.bytes).into_iter().rfind(scan::Item::is_array).unwrap();
    let mut bytes = revoke.bytes[..list.at].to_vec();
    // 257 of at most 256, and none of them there.
    bytes.extend([0x99, 0x01, 0x01]);
    let refused = give(revoke, &bytes).unwrap_err();
    assert_eq!(refused.rule, "has more items than allowed");
}

#[test]
fn nesting_without_end_is_refused() {
    // Arrays of one, tags, maps of one, and the beginning of arrays without a length.
    for byte in [0x81, 0xc1, 0xd2, 0xa1, 0x9f] {
        for specimen in specimens::all() {
            for item in scan::items(&specimen.bytes) {
                let nested = vec![byte; 20_000];
                let (before, after) = specimen.bytes.split_at(item.at);
                give_in_vain(&specimen, &[before, &nested, after].concat(), "nesting");
                give_in_vain(&specimen, &[before, &nested[..64], after].concat(), "nesting");
            }
        }
    }
}

#[test]
fn a_mebibyte_of_anything_is_refused() {
    for byte in 0..=u8::MAX {
        let bytes = vec![byte; MIB];
        for specimen in specimens::all() {
            give_in_vain(&specimen, &bytes, "a mebibyte");
        }
    }
}

/// With the shortest items, a list costs the most memory for its bytes.
#[test]
fn the_longest_structures_stay_within_the_memory_of_their_bytes() {
    for specimen in specimens::longest() {
        give(&specimen, &specimen.bytes).unwrap();
        let step = specimen.bytes.len() / 199 + 1;
        for length in (0..specimen.bytes.len()).step_by(step) {
            give_in_vain(&specimen, &specimen.bytes[..length], "a beginning");
        }
    }
}

#[test]
fn replay_stops_at_the_first_refused_link_of_an_endless_chain() {
    let house = House::new(1);
    let genesis = house.links[0].as_slice();
    let mut read = 0;
    let endless = std::iter::repeat(genesis).inspect(|_| read += 1);
    let refused = Family::replay(Hash::of(genesis), endless, &house.trust, DAY).unwrap_err();
    assert_eq!((refused.seq, read), (1, 2));
}

#[test]
fn a_batch_over_its_limit_is_refused_before_a_link_is_read() {
    let house = House::new(2);
    let batch = vec![&b"not a link"[..]; BATCH_LINKS_MAX + 1];
    let refused = house.family.append(&batch, &house.trust, DAY).unwrap_err();
    assert_eq!((refused.cause.field, refused.link_type), ("batch", None));
    assert!(house.family.append(&[], &house.trust, DAY).is_err());
}

/// Each link costs its own signature, and at most eight more.
#[test]
fn a_link_carries_no_more_signatures_than_its_limit() {
    let (_, link) = specimens::links::all()
        .into_iter()
        .find(|(name, _)| *name == "link-remove-agreed")
        .unwrap();
    let agreed = |count: u8| {
        let signatures = (0..count)
            .map(|number| (KeyId::of(&[number]), [number; 64]))
            .collect::<BTreeMap<_, _>>();
        let guardian = KeyId::of(b"guardian");
        Link {
            body: Body::GuardianRemove(GuardianRemove::Agreed {
                guardian,
                signatures: signatures.into_iter().collect(),
            }),
            ..link.clone()
        }
    };
    let refused = |count| {
        let specimen = Specimen::of("agreed", &agreed(count));
        give(&specimen, &specimen.bytes).err()
    };
    assert_eq!(refused(8), None);
    let rule = "has more items than allowed";
    assert_eq!(refused(9).map(|refused| refused.rule), Some(rule));
}
