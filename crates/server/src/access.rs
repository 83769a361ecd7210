//! The whole policy of who may do what, on one page. Nothing else can make a permit, and the
//! functions of the store that add to a family's data or read it take nothing but permits.
//!
//! What a family decides stands in its chain, and the protocol crate reads it; here is only which
//! of its answers a request needs. A permit holds for the chain as it was read: a store function
//! that adds links, records or blobs compares the head again inside its transaction, so that what
//! was withdrawn meanwhile is not done. What only takes away, or names a thing, doesn't.

use std::marker::PhantomData;

use treehouse_protocol::chain::family::{Member, Standing};
use treehouse_protocol::chain::{Family, ReadRight};
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::record::Header;
use treehouse_protocol::registry::Category;
use treehouse_protocol::trust::Trust;

use crate::domain::data::Shelf;
use crate::domain::principal::Principal;
use crate::error::Error;

/// What permits allow: one empty type for each action.
pub mod action {
    /// Read the chain and what everybody of the family may know: which toys, which feed.
    #[derive(Debug, Clone, Copy)]
    pub enum ReadFamily {}
    /// Add links to the chain.
    #[derive(Debug, Clone, Copy)]
    pub enum Append {}
    /// Decide about toys and invitations beside the chain.
    #[derive(Debug, Clone, Copy)]
    pub enum Manage {}
    /// Read sealed records and blobs of one shelf.
    #[derive(Debug, Clone, Copy)]
    pub enum ReadData {}
    /// Add sealed records and blobs to one shelf.
    #[derive(Debug, Clone, Copy)]
    pub enum WriteData {}
    /// Take records and blobs of one shelf away.
    #[derive(Debug, Clone, Copy)]
    pub enum DeleteData {}
    /// Take access away without a key: what a session alone may do.
    #[derive(Debug, Clone, Copy)]
    pub enum Reduce {}
    /// Ask the family for a way back to lost keys.
    #[derive(Debug, Clone, Copy)]
    pub enum AskBack {}
    /// Take the whole family along, as the last who decides there.
    #[derive(Debug, Clone, Copy)]
    pub enum EndFamily {}
}

/// Proof that the policy allowed one action in one family, as its chain stood.
#[derive(Debug, Clone, Copy)]
pub struct Permit<A> {
    family: FamilyId,
    seen: Seen,
    by: KeyId,
    action: PhantomData<fn() -> A>,
}

impl<A> Permit<A> {
    /// The family.
    #[must_use]
    pub const fn family(&self) -> FamilyId {
        self.family
    }

    /// The last link that the decision knew of.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// The member who acts.
    #[must_use]
    pub const fn by(&self) -> KeyId {
        self.by
    }
}

/// Proof that the policy allowed one action on the data of one child in one category.
#[derive(Debug, Clone, Copy)]
pub struct DataPermit<A> {
    permit: Permit<A>,
    child: ChildId,
    category: Category,
    grant: Option<Hash>,
    token: Hash,
}

impl<A> DataPermit<A> {
    /// Whose data of which kind.
    #[must_use]
    pub const fn shelf(&self) -> Shelf {
        Shelf { family: self.permit.family, child: self.child, category: self.category }
    }

    /// The last link that the decision knew of.
    #[must_use]
    pub const fn seen(&self) -> Seen {
        self.permit.seen
    }

    /// The member who acts.
    #[must_use]
    pub const fn by(&self) -> KeyId {
        self.permit.by
    }

    /// The hash of the token that was shown; of nothing for what doesn't read.
    #[must_use]
    pub const fn token(&self) -> Hash {
        self.token
    }

    /// The grant that a reader holds; none if it made the key itself, or doesn't read.
    #[must_use]
    pub const fn grant(&self) -> Option<Hash> {
        self.grant
    }
}

/// Refuses what is about any family but the asker's own, before that family is looked up: not even
/// the time of the refusal tells whether it exists. Whether the asker is a member still, its chain
/// says: see [`member`].
///
/// # Errors
/// [`Error::NotFound`].
pub fn own(principal: &Principal, family: FamilyId) -> Result<(), Error> {
    if principal.family() == Some(family) { Ok(()) } else { Err(Error::NotFound) }
}

/// Finds the member that a principal is, in this family, now.
///
/// # Errors
/// [`Error::NotFound`] for everybody else: whether a foreign family exists is nobody's business.
pub fn member(principal: &Principal, family: &Family) -> Result<KeyId, Error> {
    match principal {
        Principal::Guardian(session) => {
            let mut own = family.members().filter(|(_, member)| {
                member.span.is_open() && member.account() == Some(session.account)
            });
            own.next().map(|(key, _)| key).ok_or(Error::NotFound)
        }
        Principal::Toy(toy) if toy.family == family.id() => {
            family.member(toy.key).map(|_| toy.key).ok_or(Error::NotFound)
        }
        Principal::Toy(_) | Principal::Steward(_) => Err(Error::NotFound),
    }
}

fn permit<A>(family: &Family, by: KeyId) -> Permit<A> {
    Permit { family: family.id(), seen: family.seen(), by, action: PhantomData }
}

/// Members read what everybody of the family may know.
///
/// # Errors
/// Not a member.
pub fn read_family(
    principal: &Principal,
    family: &Family,
) -> Result<Permit<action::ReadFamily>, Error> {
    Ok(permit(family, member(principal, family)?))
}

/// Members hand in links. Whether a link counts, its signature and the table of rules decide.
///
/// # Errors
/// Not a member.
pub fn append(principal: &Principal, family: &Family) -> Result<Permit<action::Append>, Error> {
    Ok(permit(family, member(principal, family)?))
}

/// The server hands in links of its own: freezes, removals and purge receipts. The chain takes
/// nothing else of it.
#[must_use]
pub fn append_as_server(family: &Family, server: KeyId) -> Permit<action::Append> {
    permit(family, server)
}

/// Guardians decide about toys and invitations.
///
/// # Errors
/// Not a guardian of this family.
pub fn manage(principal: &Principal, family: &Family) -> Result<Permit<action::Manage>, Error> {
    guardian(principal, family).map(|by| permit(family, by))
}

/// A guardian's session alone, without any key, takes access away.
///
/// # Errors
/// Not a guardian of this family.
pub fn reduce(principal: &Principal, family: &Family) -> Result<Permit<action::Reduce>, Error> {
    guardian(principal, family).map(|by| permit(family, by))
}

/// Guardians have a toy forget everything, as far as they may remove it.
///
/// # Errors
/// Not a guardian of this family, or not this toy's.
pub fn wipe(
    principal: &Principal,
    family: &Family,
    toy: KeyId,
) -> Result<Permit<action::Reduce>, Error> {
    over(principal, family, toy)
}

/// Who decides for a toy's child names the toy.
///
/// # Errors
/// Not a guardian of this family, or not this toy's.
pub fn name(
    principal: &Principal,
    family: &Family,
    toy: KeyId,
) -> Result<Permit<action::Manage>, Error> {
    over(principal, family, toy)
}

/// A guardian's permit about one toy, as far as [`stops`] allows.
fn over<A>(principal: &Principal, family: &Family, toy: KeyId) -> Result<Permit<A>, Error> {
    let by = guardian(principal, family)?;
    stops(family, by, toy)?;
    Ok(permit(family, by))
}

/// Refuses whoever may not stop a toy. Without keys the server signs, and of the server the chain takes
/// the end of any toy: so it asks here what the chain's table asks of a guardian who signs. A toy of a
/// child is for those who decide for that child, one of the whole family for owners.
///
/// # Errors
/// No such toy, or it isn't the guardian's to stop.
pub fn stops(family: &Family, by: KeyId, toy: KeyId) -> Result<(), Error> {
    let decides = match family.member(toy).map(|member| &member.standing) {
        Some(Standing::Device { child: Some(child), .. }) => family.decides_for(by, *child),
        Some(Standing::Device { child: None, .. }) => is_owner(family, by),
        _ => return Err(Error::NotFound),
    };
    if decides {
        Ok(())
    } else {
        Err(Error::Denied("who decides for the toy's child names and stops it"))
    }
}

/// A guardian's session alone asks the family for a way back to lost keys; whether anybody helps is
/// for guardians and toys to decide.
///
/// # Errors
/// Not a guardian of this family.
pub fn ask_back(principal: &Principal, family: &Family) -> Result<Permit<action::AskBack>, Error> {
    guardian(principal, family).map(|by| permit(family, by))
}

/// Owners let others in, because only an owner's signature does; a carer can't begin it.
///
/// # Errors
/// Not an owner of this family.
pub fn invite(principal: &Principal, family: &Family) -> Result<Permit<action::Manage>, Error> {
    let by = guardian(principal, family)?;
    if is_owner(family, by) {
        return Ok(permit(family, by));
    }
    Err(Error::Denied("only an owner lets a guardian in"))
}

/// The last owner ends the family by closing the account, once nobody and nothing else is in it.
/// `None`: other owners stay, and so does the family.
///
/// # Errors
/// Not a guardian of this family, or [`Error::Conflict`] if something is left in it.
pub fn end_family(
    principal: &Principal,
    family: &Family,
) -> Result<Option<Permit<action::EndFamily>>, Error> {
    let ends = end_family_in_place(principal, family)?;
    let alone = ends.as_ref().is_none_or(|permit| others(family, permit.by()).next().is_none());
    if alone {
        return Ok(ends);
    }
    Err(Error::Conflict("you are the family's last owner: remove its carers first"))
}

/// The same in the place of an owner who isn't there any more. Carers don't keep it: without a child they
/// decide nothing, and only a guardian with keys could take them out.
///
/// # Errors
/// Not a guardian of this family, or [`Error::Conflict`] if a child or a toy is left in it.
pub fn end_family_in_place(
    principal: &Principal,
    family: &Family,
) -> Result<Option<Permit<action::EndFamily>>, Error> {
    let by = guardian(principal, family)?;
    if !is_owner(family, by) || others(family, by).any(|(key, _)| is_owner(family, key)) {
        return Ok(None);
    }
    let children = family.children().any(|(_, child)| child.span.is_open());
    if children || others(family, by).any(|(_, member)| !member.is_guardian()) {
        return Err(Error::Conflict("you are the family's last owner: erase the family first"));
    }
    Ok(Some(permit(family, by)))
}

fn others(family: &Family, by: KeyId) -> impl Iterator<Item = (KeyId, &Member)> {
    family.members().filter(move |(key, member)| *key != by && member.span.is_open())
}

/// Whether this member decides for the family, and not for some children only.
#[must_use]
pub fn is_owner(family: &Family, key: KeyId) -> bool {
    family.member(key).is_some_and(|member| matches!(member.standing, Standing::Owner { .. }))
}

fn guardian(principal: &Principal, family: &Family) -> Result<KeyId, Error> {
    let by = member(principal, family)?;
    let decides = family.member(by).is_some_and(Member::is_guardian);
    if decides { Ok(by) } else { Err(Error::Denied("only a guardian decides this")) }
}

/// Whoever may read at least one version of the shelf's key is given its sealed data; what it
/// can open is a matter of keys.
///
/// # Errors
/// Not a member, or nobody granted it this shelf.
pub fn read_data(
    principal: &Principal,
    family: &Family,
    shelf: &Shelf,
    today: Day,
    trust: &Trust,
) -> Result<DataPermit<action::ReadData>, Error> {
    let by = member(principal, family)?;
    let line = family.keys(shelf.child, shelf.category);
    let versions = line.and_then(|line| line.current()).map_or(0, |made| made.version.version);
    // The newest first: that is the one which most readers hold.
    let mut rights = (1..=versions)
        .rev()
        .filter_map(|version| family.reads_by(by, &shelf.key(version), today, trust));
    let grant = match rights.next().ok_or(Error::NotFound)? {
        ReadRight::Made => None,
        ReadRight::Granted(grant) => Some(grant),
    };
    let token = match principal {
        Principal::Guardian(session) => session.hash,
        Principal::Toy(toy) => toy.hash,
        Principal::Steward(_) => return Err(Error::NotFound),
    };
    Ok(DataPermit { grant, token, ..on_shelf(permit(family, by), shelf) })
}

/// Whoever holds the right to write under the current key of the shelf, now, and had it when it
/// sealed, may store what it sealed.
///
/// # Errors
/// Not a member, another's record, or no right.
pub fn write_data(
    principal: &Principal,
    family: &Family,
    header: &Header,
    today: Day,
    trust: &Trust,
) -> Result<DataPermit<action::WriteData>, Error> {
    let by = member(principal, family)?;
    if header.writer != by {
        return Err(Error::Denied("a record is sent by the one who sealed it"));
    }
    family.writer(by, &header.name, family.seen().seq, today, trust)?;
    Ok(on_shelf(permit(family, by), &Shelf::of(&header.name)))
}

/// The same for a blob, which has no header of its own: the right to write now.
///
/// # Errors
/// Not a member, or no right.
pub fn write_blob(
    principal: &Principal,
    family: &Family,
    shelf: &Shelf,
    version: u32,
    today: Day,
    trust: &Trust,
) -> Result<DataPermit<action::WriteData>, Error> {
    let by = member(principal, family)?;
    family.writer(by, &shelf.key(version), family.seen().seq, today, trust)?;
    Ok(on_shelf(permit(family, by), shelf))
}

/// Guardians who decide for the child take its data away.
///
/// # Errors
/// Not a guardian, or not this child's.
pub fn delete_data(
    principal: &Principal,
    family: &Family,
    shelf: &Shelf,
) -> Result<DataPermit<action::DeleteData>, Error> {
    let by = member(principal, family)?;
    if !family.decides_for(by, shelf.child) {
        return Err(Error::NotFound);
    }
    Ok(on_shelf(permit(family, by), shelf))
}

fn on_shelf<A>(permit: Permit<A>, shelf: &Shelf) -> DataPermit<A> {
    let Shelf { child, category, .. } = *shelf;
    DataPermit { permit, child, category, grant: None, token: Hash::NONE }
}
