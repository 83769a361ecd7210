//! Structure-aware: an input is a program that family, server, toys and strangers run on one
//! chain, honestly or not.
//!
//! Whatever they do: a refused link changes nothing; a link that was changed, moved, repeated or
//! forged is refused; nobody gains access but by the hand of who decides; replay from the first
//! link leads to the same family.

mod bodies;
mod cast;
mod watch;

use std::sync::LazyLock;

use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::id::{Day, FamilyId, Hash, KeyId};

use crate::input::{Input, pick};
use crate::specimens::{payload, sign_raw};
use bodies::body;
use cast::Cast;

/// What one program does at most; a step has 8 bytes.
const STEPS_MAX: usize = 24;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

/// Runs a program.
pub fn replay(input: &[u8]) {
    let _ = links_taken(input);
}

/// Runs a program, and answers how many of its links were taken.
#[must_use]
pub fn links_taken(input: &[u8]) -> usize {
    let mut input = Input::new(input);
    let how = input.byte();
    let mut play = Play::new(&CAST);
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        play.step(Step::read(&mut input));
    }
    if how % 32 == 31 {
        play.check_whole(true);
    } else if how.is_multiple_of(2) {
        play.check_whole(false);
    }
    play.taken.len()
}

/// One step of a program.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    what: u8,
    signer: u8,
    /// What the body is made of.
    pub of: [u8; 5],
    /// 0 to 127: honest.
    tamper: u8,
}

impl Step {
    pub const BYTES: usize = 8;

    fn read(input: &mut Input<'_>) -> Self {
        Self {
            what: input.byte(),
            signer: input.byte(),
            of: input.bytes(),
            tamper: input.byte(),
        }
    }
}

/// A chain in the making.
pub struct Play<'c> {
    pub cast: &'c Cast,
    pub family: Family,
    /// What was taken, with the family before it.
    taken: Vec<(Vec<u8>, Family, Day)>,
    /// A link that was signed and is held back.
    held: Option<Vec<u8>>,
    pub today: Day,
    last_day: Day,
    /// The hashes of all links that were taken.
    pub hashes: Vec<Hash>,
    pub count: u32,
}

impl<'c> Play<'c> {
    fn new(cast: &'c Cast) -> Self {
        Self {
            cast,
            family: cast.house.family.clone(),
            taken: Vec::new(),
            held: None,
            today: cast.house.today,
            last_day: cast.house.today,
            hashes: Vec::new(),
            count: 0,
        }
    }

    fn step(&mut self, step: Step) {
        self.count += 1;
        match step.what % 24 {
            20 => {
                let days = *pick(&[1_u32, 2, 4, 15, 91], step.of[0]);
                self.today = self.today.plus(days);
            }
            21 => self.repeat(step),
            22 => self.held = Some(self.sign(step, step.of[4] % 19)),
            23 => {
                if let Some(link) = self.held.take() {
                    self.give(&link, step);
                }
            }
            19 => self.batch(step),
            kind => {
                let link = self.sign(step, kind);
                if step.tamper < 128 {
                    self.give(&link, step);
                } else if let Some(changed) = self.tampered(step, &link) {
                    self.give_in_vain(&changed);
                }
            }
        }
    }

    /// A link as an honest client of the signer makes it; what it says may still be forbidden.
    fn sign(&self, step: Step, kind: u8) -> Vec<u8> {
        let (body, key) = (body(self, kind, step), self.cast.signer(step.signer));
        let seen = self.family.seen();
        let ahead = u32::from(step.signer >= 240);
        let link = Link {
            family: self.family.id(),
            seq: seen.seq + 1,
            prev: seen.head,
            day: self.today.max(self.last_day).plus(ahead),
            body,
        };
        link.sign(key)
    }

    /// Gives a link to the family and watches what it does.
    fn give(&mut self, link: &[u8], step: Step) {
        let before = self.family.clone();
        let answer = self.family.apply(link, &self.cast.house.trust, self.today);
        if answer.is_err() {
            assert_eq!(self.family, before, "a refused link changed something");
            return;
        }
        let said = read(link).expect("what was taken says something");
        self.last_day = said.day;
        self.hashes.push(Hash::of(link));
        let trust = &self.cast.house.trust;
        if step.of[4] % 8 == 1 {
            match before.append(&[link], trust, self.today) {
                Ok(family) => assert_eq!(family, self.family, "append and apply differ"),
                Err(refused) => assert!(["rotation", "day"].contains(&refused.cause.field)),
            }
        }
        watch::taken(self.cast, &before, &self.family, link, &said);
        self.taken.push((link.to_vec(), before, self.today));
    }

    fn give_in_vain(&mut self, link: &[u8]) {
        let before = self.family.clone();
        let answer = self.family.apply(link, &self.cast.house.trust, self.today);
        assert!(answer.is_err(), "a link that nobody signed so was taken");
        assert_eq!(self.family, before, "a refused link changed something");
    }

    /// A link of before, or of the founding, once more.
    fn repeat(&mut self, step: Step) {
        let old = self.cast.house.links.iter();
        let all: Vec<_> = old
            .chain(self.taken.iter().map(|(link, _, _)| link))
            .collect();
        let link = (*pick(&all, step.of[0])).clone();
        self.give_in_vain(&link);
    }

    /// A guardian takes a device out and makes new keys, in one batch.
    fn batch(&mut self, step: Step) {
        let trust = &self.cast.house.trust;
        let key = self.cast.signer(step.signer);
        let day = self.today.max(self.last_day);
        let mut pen = treehouse_protocol::chain::Pen::new(&self.family, key, trust, day);
        let kid = pick(&self.cast.actors, step.of[0]).id();
        let mut rng = crate::specimens::rng();
        let body = treehouse_protocol::chain::body::Body::DeviceRemove(kid);
        if pen.write(body).is_err() || pen.rotate(None, &mut rng).is_err() {
            return;
        }
        for link in pen.finish() {
            let count = self.taken.len();
            self.give(&link, step);
            assert_eq!(self.taken.len(), count + 1, "what a pen wrote is refused");
        }
    }

    /// The same link, changed on its way or signed by somebody else.
    fn tampered(&self, step: Step, link: &[u8]) -> Option<Vec<u8>> {
        let place = usize::from(u16::from_le_bytes([step.of[3], step.of[4]])) % link.len();
        let mut said = read(link)?;
        match step.tamper % 8 {
            0 => {
                let mut changed = link.to_vec();
                changed[place] ^= 1 << (step.of[2] % 8);
                return Some(changed);
            }
            1 => return Some(link[..place].to_vec()),
            2 => {
                let forged = sign_raw(&self.cast.stranger, payload(link));
                return Some(renamed(&forged, self.cast.signer(step.signer).id()));
            }
            3 => {
                let other = u64::from(step.of[2]).checked_sub(1);
                said.seq = other.filter(|seq| *seq != said.seq)?;
            }
            4 => said.prev = *pick(&self.cast.heads, step.of[2]),
            5 => said.family = FamilyId::from_bytes([9; 16]),
            6 => said.day = self.today.plus(2 + u32::from(step.of[2])),
            _ => said.day = Day(self.last_day.0.checked_sub(1 + u32::from(step.of[2]))?),
        }
        Some(said.sign(self.cast.signer(step.signer)))
    }

    /// The chain as a whole: replayed, swapped, doubled.
    fn check_whole(&self, from_genesis: bool) {
        let Some((last, _, _)) = self.taken.last() else {
            return;
        };
        let house = &self.cast.house;
        let new = self.taken.iter().map(|(link, _, _)| link.as_slice());
        let family = if from_genesis {
            let links = house.links.iter().map(Vec::as_slice).chain(new);
            Family::replay(Hash::of(&house.links[0]), links, &house.trust, self.today)
                .expect("what was taken is taken again")
        } else {
            let mut family = house.family.clone();
            for link in new {
                let again = family.apply(link, &house.trust, self.today);
                again.expect("what was taken is taken again");
            }
            family
        };
        assert_eq!(family, self.family, "replay leads elsewhere");
        let again = self.family.clone().apply(last, &house.trust, self.today);
        assert!(again.is_err(), "a link was taken twice");
        if let [.., (_, before, _), (later, ..)] = &self.taken[..] {
            let swapped = before.clone().apply(later, &house.trust, self.today);
            assert!(swapped.is_err(), "a link was taken before its time");
        }
        assert!(self.family.check_seen(&house.family.seen()).is_ok());
        assert!(house.family.check_seen(&self.family.seen()).is_err());
    }
}

/// What a link says, without asking who signed it; `None` if it can't be read.
fn read(link: &[u8]) -> Option<Link> {
    use treehouse_protocol::cbor::Canonical;
    Link::from_bytes(payload(link)).ok()
}

/// An envelope that names another signer.
fn renamed(signed: &[u8], kid: KeyId) -> Vec<u8> {
    const PLACE: usize = 8;
    let mut signed = signed.to_vec();
    signed[PLACE..PLACE + 16].copy_from_slice(kid.bytes());
    signed
}
