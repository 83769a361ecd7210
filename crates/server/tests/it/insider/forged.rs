//! Rows that nobody but somebody with write access puts there: memberships, roles, grants, sessions,
//! passes, data.

use treehouse_protocol::id::{AccountId, ChildId, FamilyId, Hash, Id};
use treehouse_server::domain::account::LinkPurpose;
use treehouse_server::domain::principal::SessionId;
use treehouse_server::domain::token::Token;
use treehouse_server::store::{Sql, Value, args};

use super::cells::Dice;
use super::{House, Tampering, value};

// `NULLIF` tells PostgreSQL which type an argument has.
const LINKS: Sql = Sql::new("SELECT signed FROM link WHERE family_id = $1 ORDER BY seq");
const LINK: Sql = Sql::new("INSERT INTO link (family_id, seq, signed) VALUES ($1, $2, $3)");
const UNLINK: Sql = Sql::new("DELETE FROM link WHERE family_id = $1 AND seq = $2");
const HEAD: Sql = Sql::new("UPDATE family SET seq = $2, head = $3 WHERE family_id = $1");
const SESSION: Sql = Sql::new(
    "INSERT INTO session (session_hash, session_id, account_id, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5)",
);
const ADDRESS_OF: Sql =
    Sql::new("SELECT email_index, email_sealed FROM account WHERE account_id = $1");
const MAIL_LINK: Sql = Sql::new(
    "INSERT INTO mail_link (token_hash, purpose, email_index, email_sealed, expires_ms) VALUES ($1, $2, $3, $4, $5)",
);
const NO_MAIL_LINK: Sql = Sql::new("DELETE FROM mail_link WHERE token_hash = $1");
const NO_SESSION: Sql = Sql::new("DELETE FROM session WHERE session_hash = $1");
const STEWARD: Sql = Sql::new(
    "INSERT INTO steward (steward_id, name, token_hash, expires_ms) VALUES ($1, 'mallory', $2, $3)",
);
const NO_STEWARD: Sql = Sql::new("DELETE FROM steward WHERE steward_id = $1");
const ACT: Sql = Sql::new(
    "INSERT INTO steward_act (act_id, steward_id, act, subject, reason, at_ms) SELECT NULLIF($1, act_id), steward_id, 'approve', NULLIF($2, act_id), reason, at_ms FROM steward_act WHERE act_id = (SELECT act_id FROM steward_act ORDER BY act_id LIMIT 1)",
);
const NO_ACT: Sql = Sql::new("DELETE FROM steward_act WHERE act_id = $1");
const TOY: Sql = Sql::new(
    "INSERT INTO toy (family_id, key_id, token_hash, state, last_contact_day, linked_ms) VALUES ($1, $2, $3, 0, 0, 0)",
);
const NO_TOY: Sql = Sql::new("DELETE FROM toy WHERE family_id = $1 AND key_id = $2");
const RECORD: Sql = Sql::new(
    "INSERT INTO record (family_id, record_id, child_id, category, version, ver, writer, feed, hash, sealed, frank_tag, received_day) SELECT NULLIF($3, record_id), NULLIF($4, family_id), NULLIF($5, record_id), category, version, ver, writer, feed, hash, sealed, frank_tag, received_day FROM record WHERE family_id = $1 AND record_id = $2",
);
const NO_RECORD: Sql = Sql::new("DELETE FROM record WHERE family_id = $1 AND record_id = $2");
const ADDRESS: Sql = Sql::new("INSERT INTO address (email_index, account_id) VALUES ($1, $2)");
const NO_ADDRESS: Sql = Sql::new("DELETE FROM address WHERE email_index = $1");
const LEAF: Sql = Sql::new(
    "INSERT INTO leaf (place, owner_id, leaf_id, child_id, at_ms, leaf) SELECT $4, NULLIF($1, leaf_id), NULLIF($2, owner_id), child_id, at_ms, leaf FROM leaf WHERE owner_id = $3 AND place = (SELECT MIN(place) FROM leaf WHERE owner_id = $3)",
);
const NO_LEAF: Sql = Sql::new("DELETE FROM leaf WHERE place = $1");
const PLACE: Sql = Sql::new("SELECT MIN(place) FROM leaf WHERE owner_id = $1");
const MOVE_LEAF: Sql = Sql::new("UPDATE leaf SET place = $2 WHERE place = $1");

/// A token that whoever forges rows knows.
pub fn token() -> Token {
    Token::parse(&"A".repeat(43)).expect("43 letters")
}

fn fresh<K>(dice: &mut Dice) -> Id<K> {
    Id::from_bytes(std::array::from_fn(|_| u8::try_from(dice.below(256)).unwrap_or_default()))
}

/// Any of them.
pub async fn any(house: &House, dice: &mut Dice) -> Tampering {
    match dice.below(9) {
        0 => link(house, dice).await,
        1 => session(house, false),
        2 => steward(dice),
        3 => act(house, dice),
        4 => toy(house),
        5 => record(house, dice),
        6 => address(house, dice),
        7 => mail_link(house, false).await,
        _ => leaf(house, dice).await,
    }
}

/// A link of one family, or of the same, at the end of a chain: whoever it makes a guardian, and
/// whatever it grants.
async fn link(house: &House, dice: &mut Dice) -> Tampering {
    let (ada, eve) = (house.ada.family_id(), house.eve.family_id());
    let (from, to) = [(eve, ada), (ada, eve), (ada, ada), (eve, eve)][dice.below(4)];
    let links = house.world.db.rows(LINKS, args![from]).await.expect("links");
    let Value::Blob(signed) = value(&links[dice.below(links.len())], 0) else {
        panic!("a link is bytes");
    };
    let end = house.ends[usize::from(to == eve)];
    let (old, seq) = (number(end.seq), number(end.seq + 1));
    Tampering {
        what: "inserted a link".to_owned(),
        done: vec![
            (LINK, args![to, seq, signed.clone()]),
            (HEAD, args![to, seq, Hash::of(&signed)]),
        ],
        undone: vec![(UNLINK, args![to, seq]), (HEAD, args![to, old, end.head])],
    }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).expect("a short chain")
}

/// A session of Ada's account, under a token that is known; with the seal, if somebody had it.
pub fn session(house: &House, sealed: bool) -> Tampering {
    let (hash, account) = (token().hash(), house.ada.guardian.account());
    let (created, ends) = (house.world.app.now().0, i64::MAX);
    let id = if sealed {
        house.world.app.row_seal().session(account, hash, created, ends)
    } else {
        SessionId::from_bytes([7; 16])
    };
    Tampering {
        what: "inserted a session".to_owned(),
        done: vec![(SESSION, args![hash, id, account, created, ends])],
        undone: vec![(NO_SESSION, args![hash])],
    }
}

/// A link by which Ada would set a new password, under a token that is known; with the seal, if
/// somebody had it.
pub async fn mail_link(house: &House, sealed: bool) -> Tampering {
    let account = house.ada.guardian.account();
    let row = house.world.db.row(ADDRESS_OF, args![account]).await.expect("an account");
    let row = row.expect("Ada's");
    let (index, address): ([u8; 32], _) = (row.bytes(0).expect("32"), row.blob(1).expect("bytes"));
    let (hash, purpose, ends) = (token().hash(), LinkPurpose::Reset, i64::MAX);
    let seal =
        if sealed { house.world.app.row_seal().link(hash, purpose, &index, ends) } else { [7; 32] };
    let kept = [address.as_slice(), &seal].concat();
    Tampering {
        what: "inserted a mailed link".to_owned(),
        done: vec![(MAIL_LINK, args![hash, purpose.code(), index, kept, ends])],
        undone: vec![(NO_MAIL_LINK, args![hash])],
    }
}

fn steward(dice: &mut Dice) -> Tampering {
    let id: Id<()> = fresh(dice);
    let kept = [&token().hash().bytes()[..], &[7; 32]].concat();
    Tampering {
        what: "inserted a steward".to_owned(),
        done: vec![(STEWARD, args![id, kept, i64::MAX])],
        undone: vec![(NO_STEWARD, args![id])],
    }
}

fn act(house: &House, dice: &mut Dice) -> Tampering {
    let (id, subject): (Id<()>, AccountId) = (fresh(dice), house.ada.guardian.account());
    Tampering {
        what: "inserted an act".to_owned(),
        done: vec![(ACT, args![id, subject])],
        undone: vec![(NO_ACT, args![id])],
    }
}

/// Eve's doll, as if Ada had linked it.
fn toy(house: &House) -> Tampering {
    let (family, key) = (house.ada.family_id(), house.doll.key());
    Tampering {
        what: "inserted a toy".to_owned(),
        done: vec![(TOY, args![family, key, token().hash()])],
        undone: vec![(NO_TOY, args![family, key])],
    }
}

/// A record once more, under another name: on its own shelf, or for another child or family.
fn record(house: &House, dice: &mut Dice) -> Tampering {
    let (ada, eve) = ((house.ada.family_id(), house.mia), (house.eve.family_id(), house.kim));
    let (family, child): (FamilyId, ChildId) = [ada, eve][dice.below(2)];
    let known: Vec<_> = house.truth.keys().collect();
    let (from, id): (_, Id<()>) = (*known[dice.below(known.len())], fresh(dice));
    let copies = [ada.0, eve.0].map(|own| (RECORD, args![own, from, family, id, child]));
    Tampering {
        what: "inserted a record".to_owned(),
        // The record is one of the two families'.
        done: copies.to_vec(),
        undone: vec![(NO_RECORD, args![family, id])],
    }
}

fn address(house: &House, dice: &mut Dice) -> Tampering {
    let index: [u8; 32] =
        std::array::from_fn(|_| u8::try_from(dice.below(256)).unwrap_or_default());
    Tampering {
        what: "inserted an address".to_owned(),
        done: vec![(ADDRESS, args![index, house.ada.guardian.account()])],
        undone: vec![(NO_ADDRESS, args![index])],
    }
}

/// A leaf once more, for its own family, or the other; or at another place. Each place is taken but
/// those after the last.
async fn leaf(house: &House, dice: &mut Dice) -> Tampering {
    let (ada, eve) = (house.ada.family_id(), house.eve.family_id());
    let place = 1_000_000 + i64::try_from(dice.below(1000)).expect("small");
    if dice.below(3) == 0 {
        let row = house.world.db.row(PLACE, args![ada]).await.expect("rows").expect("a place");
        let first = row.int(0).expect("a number");
        return Tampering {
            what: "moved a leaf".to_owned(),
            done: vec![(MOVE_LEAF, args![first, place])],
            undone: vec![(MOVE_LEAF, args![place, first])],
        };
    }
    let (from, to) = [(eve, ada), (ada, ada)][dice.below(2)];
    let id: Id<()> = fresh(dice);
    Tampering {
        what: "inserted a leaf".to_owned(),
        done: vec![(LEAF, args![to, id, from, place])],
        undone: vec![(NO_LEAF, args![place])],
    }
}
