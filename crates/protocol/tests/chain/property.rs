//! What holds of every chain that can come about: random families, played by the rules.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use std::collections::BTreeSet;

use crate::game::{Game, Move, moves};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use treehouse_protocol::chain::body::{Body, Erase, Freeze, FreezeReason};
use treehouse_protocol::chain::{Family, LinkType};
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Coded;

fn replay(game: &Game, links: &[Vec<u8>]) -> Family {
    let pinned = Hash::of(&game.house.links[0]);
    let links = links.iter().map(Vec::as_slice);
    Family::replay(pinned, links, &game.house.trust, game.house.today).unwrap()
}

/// A property that holds because nothing happens would prove nothing.
#[test]
fn the_game_gets_to_where_the_properties_are_hard() {
    let mut runner = TestRunner::deterministic();
    let mut types = BTreeSet::new();
    let (mut removed_readers, mut teens, mut frozen) = (0, 0, 0);
    for _ in 0..32 {
        let game = Game::play(&moves().new_tree(&mut runner).unwrap().current());
        let family = &game.house.family;
        types.extend(game.types());
        let gone = game.everybody().filter(|keys| family.member(keys.sig.id()).is_none());
        removed_readers += gone.filter(|keys| !game.opened_by(keys).is_empty()).count();
        teens += family.children().filter(|(_, child)| child.teen.is_some()).count();
        let members = family.members();
        frozen += members.filter(|(kid, _)| family.is_frozen(*kid, game.house.today)).count();
    }
    let unseen = [
        LinkType::RecoverySet,
        LinkType::ContactApprove,
        LinkType::ContactRevoke,
        LinkType::Purge,
        LinkType::Recover,
    ];
    let seen = LinkType::ALL.iter().map(|row| row.0).filter(|seen| !unseen.contains(seen));
    assert_eq!(types, seen.collect());
    assert!(
        removed_readers >= 8 && teens >= 4 && frozen >= 1,
        "{removed_readers} {teens} {frozen}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_chain_reads_the_same_in_any_portions(played in moves(), cut in any::<prop::sample::Index>()) {
        let game = Game::play(&played);
        let links = &game.house.links;
        let whole = replay(&game, links);
        prop_assert_eq!(&whole, &game.house.family);

        let mut in_two = replay(&game, &links[..=cut.index(links.len())]);
        for link in &links[cut.index(links.len()) + 1..] {
            in_two.apply(link, &game.house.trust, game.house.today).unwrap();
        }
        prop_assert_eq!(&in_two, &whole);

        let mut in_batches = replay(&game, &links[..1]);
        for (day, batch) in &game.batches {
            let batch: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
            in_batches = in_batches.append(&batch, &game.house.trust, *day).unwrap();
        }
        prop_assert_eq!(&in_batches, &whole);
    }

    #[test]
    fn a_link_with_any_bit_flipped_is_refused_and_changes_nothing(
        played in moves(),
        which in any::<prop::sample::Index>(),
        flips in prop::collection::vec(any::<prop::sample::Index>(), 32),
    ) {
        let game = Game::play(&played);
        let links = &game.house.links;
        let at = 1 + which.index(links.len() - 1);
        let before = replay(&game, &links[..at]);
        for flip in flips {
            let mut link = links[at].clone();
            let bit = flip.index(link.len() * 8);
            link[bit / 8] ^= 1 << (bit % 8);
            let mut family = before.clone();
            let refused = family.apply(&link, &game.house.trust, game.house.today).unwrap_err();
            prop_assert_eq!(refused.seq, at as u64);
            prop_assert_eq!(&family, &before);
        }
    }

    #[test]
    fn whoever_was_removed_opens_nothing_that_is_sealed_later(played in moves()) {
        let game = Game::play(&played);
        let family = &game.house.family;
        for keys in game.everybody() {
            let member = family.members().find(|(kid, _)| *kid == keys.sig.id()).unwrap().1;
            let Some(until) = member.span.until else { continue };
            for (name, key) in game.opened_by(keys) {
                let line = family.keys(name.child, name.category).unwrap();
                let made = line.version(name.version).unwrap();
                prop_assert!(made.span.since <= until, "{name:?} was made after the removal");
                // Of what it held, nothing is written under any more, from its removal on.
                let closed = made.span.until.or(made.due_since);
                let closed = closed.is_some_and(|closed| closed <= until + crate::game::BATCH_MOST);
                prop_assert!(closed, "{name:?} is still written under");
                let current = line.current().unwrap();
                prop_assert!(current.span.since <= until
                    || current.version.commitment != key.commitment());
            }
        }
    }

    #[test]
    fn withdrawal_needs_no_key_of_the_family_in_any_state(played in moves(), frozen in any::<bool>()) {
        let mut game = Game::play(&played);
        let server = game.house.server.clone();
        if frozen {
            let (until, reason) = (game.house.today.plus(90), FreezeReason::Takeover);
            let freeze = Freeze { guardian: None, until, reason };
            game.house.sign(&server, Body::Freeze(freeze)).unwrap();
        }
        let family = &game.house.family;
        let mut bodies = Vec::new();
        for (child, _) in family.children().filter(|(_, child)| child.span.is_open()) {
            let categories = Vec::new();
            bodies.extend([Body::ChildRemove(child), Body::Erase(Erase { child, categories })]);
        }
        let grants = family.grants().filter(|(_, granted)| granted.span.is_open());
        bodies.extend(grants.map(|(hash, _)| Body::Revoke(vec![hash])));
        let devices = game.devices.iter().map(|device| device.sig.id());
        let devices = devices.filter(|kid| family.member(*kid).is_some());
        bodies.extend(devices.map(Body::DeviceRemove));
        for body in bodies {
            let said = format!("{body:?}");
            prop_assert!(game.house.clone().sign(&server, body).is_ok(), "{said}");
        }
    }

    #[test]
    fn no_server_alone_lets_anybody_read_more(played in moves(), more in moves()) {
        let mut game = Game::play(&played);
        let reads = |game: &Game| game.house.family.live_grants(game.house.today).count();
        let (grants, members) = (reads(&game), game.house.family.members().count());
        for step in more {
            game.step(&Move { who: u8::MAX, days: 0, ..step });
        }
        prop_assert!(reads(&game) <= grants);
        prop_assert_eq!(game.house.family.members().count(), members);
    }
}
