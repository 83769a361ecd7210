//! Invitations of a further guardian.

use treehouse_protocol::id::{AccountId, ChildId, KeyId};
use treehouse_protocol::registry::{Coded, Role};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use crate::access::{Permit, action};
use crate::domain::invitation::{
    INVITATIONS_MAX, Invitation, InvitationId, InvitationState, Offer,
};

statements! {
    COUNT = "SELECT COUNT(*) FROM invitation WHERE family_id = $1 AND expires_ms > $2";
    INSERT = "INSERT INTO invitation (family_id, invitation_id, state, offer, invited_by, created_ms, expires_ms) VALUES ($1, $2, 0, $3, $4, $5, $6)";
    FIND = "SELECT family_id, invitation_id, state, offer, answer, answered_by, expires_ms FROM invitation WHERE invitation_id = $1 AND expires_ms > $2";
    LIST = "SELECT family_id, invitation_id, state, offer, answer, answered_by, expires_ms FROM invitation WHERE family_id = $1 AND expires_ms > $2 ORDER BY invitation_id LIMIT 64";
    ANSWER = "UPDATE invitation SET state = 1, answer = $2, answered_by = $3 WHERE invitation_id = $1 AND state = 0 AND expires_ms > $4";
    DELETE = "DELETE FROM invitation WHERE family_id = $1 AND invitation_id = $2";
    EXPIRE = "DELETE FROM invitation WHERE family_id = $1 AND expires_ms <= $2";
}

fn invitation_of(row: &Row) -> Result<Invitation, StoreError> {
    let state = InvitationState::from_code(row.int(2)?);
    Ok(Invitation {
        family: row.id(0)?,
        id: row.id(1)?,
        state: state.ok_or(StoreError::Corrupt { what: "invitation.state" })?,
        offer: decode_offer(&row.blob(3)?)?,
        answer: row.opt_blob(4)?,
        answered_by: row.opt_id(5)?,
        expires_ms: row.int(6)?,
    })
}

fn encode_offer(offer: &Offer) -> Vec<u8> {
    let children = offer.children.iter().flat_map(|child| *child.bytes());
    std::iter::once(offer.role.code()).chain(children).collect()
}

fn decode_offer(bytes: &[u8]) -> Result<Offer, StoreError> {
    let corrupt = StoreError::Corrupt { what: "invitation.offer" };
    let Some((role, rest)) = bytes.split_first() else {
        return Err(corrupt);
    };
    let (Some(role), 0) = (Role::from_code(*role), rest.len() % 16) else {
        return Err(corrupt);
    };
    let children = rest.chunks_exact(16).filter_map(|id| id.try_into().ok());
    Ok(Offer { role, children: children.map(ChildId::from_bytes).collect() })
}

/// The invitation with this id.
pub async fn find(db: &Db, id: InvitationId, now: i64) -> Result<Option<Invitation>, StoreError> {
    db.row(FIND, args![id, now]).await?.as_ref().map(invitation_of).transpose()
}

/// The invitations of a family that still count.
pub async fn list(
    db: &Db,
    permit: &Permit<action::Manage>,
    now: i64,
) -> Result<Vec<Invitation>, StoreError> {
    db.rows(LIST, args![permit.family(), now]).await?.iter().map(invitation_of).collect()
}

/// Invites somebody.
#[derive(Debug)]
pub struct Invite {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// The new invitation's id.
    pub id: InvitationId,
    /// What the invited one is to be.
    pub offer: Offer,
    /// Now, in milliseconds.
    pub now: i64,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
}

impl Write for Invite {
    const NAME: &'static str = "invite";
    /// Whether there was room.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let family = self.permit.family();
        tx.execute(EXPIRE, args![family, self.now]).await?;
        let open = tx.row(COUNT, args![family, self.now]).await?;
        if open.map_or(Ok(0), |row| row.int(0))? >= INVITATIONS_MAX {
            return Ok(false);
        }
        let (offer, by): (_, KeyId) = (encode_offer(&self.offer), self.permit.by());
        let row = args![family, self.id, offer, by, self.now, self.expires_ms];
        tx.execute(INSERT, row).await?;
        Ok(true)
    }
}

/// The invited one answers; one answer counts.
#[derive(Debug)]
pub struct Answer {
    /// Which.
    pub id: InvitationId,
    /// What the invited one's client wrote.
    pub written: Vec<u8>,
    /// The account that answers.
    pub by: AccountId,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Answer {
    const NAME: &'static str = "answer-invitation";
    /// Whether it was open.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let row = args![self.id, self.written.clone(), self.by, self.now];
        Ok(tx.execute(ANSWER, row).await? == 1)
    }
}

/// Calls an invitation off, or clears away one that was carried out.
#[derive(Debug)]
pub struct Delete {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// Which.
    pub id: InvitationId,
}

impl Write for Delete {
    const NAME: &'static str = "delete-invitation";
    /// Whether it was there.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        Ok(tx.execute(DELETE, args![self.permit.family(), self.id]).await? == 1)
    }
}
