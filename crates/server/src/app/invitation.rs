//! Inviting a further guardian. The invited one's client proves with the invitation's secret that
//! its keys are its own; the server carries the answer and can't forge it.

use treehouse_protocol::id::{ChildId, FamilyId};
use treehouse_protocol::registry::Role;

use super::{App, families};
use crate::access;
use crate::data_map::RuleId;
use crate::domain::invitation::{Invitation, InvitationId, InvitationState, Offer};
use crate::domain::principal::{Principal, Session};
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::invitation::{self, Answer, Delete, Invite};

/// Bytes of an answer.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// Invites somebody to be a guardian.
///
/// # Errors
/// Not an owner, no such child, a carer without children, or too many invitations are open.
pub async fn invite(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    role: Role,
    mut children: Vec<ChildId>,
) -> Result<Invitation, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::invite(principal, &family)?;
    children.sort_unstable();
    children.dedup();
    if children.iter().any(|child| family.child(*child).is_none()) {
        return Err(Error::invalid("children", "must be children of the family"));
    }
    if (role == Role::Owner) != children.is_empty() {
        return Err(Error::invalid("children", "must be given for a carer, and for no owner"));
    }
    let offer = Offer { role, children };
    let (invitation, now) = (InvitationId::random(&mut random::rng()), app.now().0);
    let expires_ms = now + RuleId::Invitation.ms();
    let invite = Invite { permit, id: invitation, offer: offer.clone(), now, expires_ms };
    if !app.db.write(invite).await? {
        return Err(Error::Conflict("16 invitations are open: call one off first"));
    }
    Ok(Invitation {
        family: id,
        id: invitation,
        state: InvitationState::Open,
        offer,
        answer: None,
        answered_by: None,
        expires_ms,
    })
}

/// What somebody is invited to, for whoever holds the link.
///
/// # Errors
/// There is no such invitation, or its time is over.
pub async fn find(app: &App, id: InvitationId) -> Result<Invitation, Error> {
    invitation::find(&app.db, id, app.now().0).await?.ok_or(Error::NotFound)
}

/// The invited one answers, with an account of its own.
///
/// # Errors
/// Over or answered, too long, or the account belongs to another family, or to this one already.
pub async fn answer(
    app: &App,
    session: &Session,
    id: InvitationId,
    answer: Vec<u8>,
) -> Result<(), Error> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(Error::invalid("answer", "must have at most 8192 bytes"));
    }
    let invitation = find(app, id).await?;
    if session.family.is_some_and(|family| family != invitation.family) {
        return Err(Error::Conflict("the account belongs to another family already"));
    }
    let family = families::find(app, invitation.family).await?;
    if access::member(&Principal::Guardian(*session), &family).is_ok() {
        return Err(Error::Conflict("you belong to this family already: hand the invitation on"));
    }
    let answer = Answer { id, written: answer, by: session.account, now: app.now().0 };
    if !app.db.write(answer).await? {
        return Err(Error::Conflict("the invitation was answered before"));
    }
    app.bells.ring(invitation.family, Ring::Family);
    Ok(())
}

/// The invitations of a family.
///
/// # Errors
/// Not a guardian.
pub async fn list(
    app: &App,
    principal: &Principal,
    id: FamilyId,
) -> Result<Vec<Invitation>, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::manage(principal, &family)?;
    Ok(invitation::list(&app.db, &permit, app.now().0).await?)
}

/// Calls an invitation off, or clears away one that was carried out.
///
/// # Errors
/// Not a guardian, or there is no such invitation.
pub async fn delete(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    invitation: InvitationId,
) -> Result<(), Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::manage(principal, &family)?;
    let deleted = app.db.write(Delete { permit, id: invitation }).await?;
    if deleted { Ok(()) } else { Err(Error::NotFound) }
}
