//! Letting a further guardian in. The invitation's secret goes from person to person; the server
//! carries the rest, and can't let in anybody else.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, GuardianAdd, NewKey};
use treehouse_protocol::id::{ChildId, Hash, KeyId, Seen};
use treehouse_protocol::invite::{InviteLink, InviteSecret};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::registry::{Category, Coded, Purpose, Rights, Role};
use treehouse_protocol::sign::{Signed, VerifyKey};
use zeroize::Zeroizing;

use super::decide::{Consent, grant};
use super::verification::Verification;
use super::{Guardian, Keys};
use crate::content::Answer;
use crate::error::ClientError;
use crate::http::{B64, Call, b64, id};
use crate::random;

#[derive(Deserialize)]
struct InvitationAnswer {
    invitation: String,
    family: String,
    role: String,
    children: Vec<String>,
    answer: Option<B64>,
}

/// An invitation, for the one who sent it. Keep it until it is answered.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id on the server.
    pub id: String,
    role: Role,
    children: Vec<ChildId>,
    link: InviteLink,
}

/// The address that the invited one opens. What stands behind `#` never reaches a server.
#[must_use]
pub fn invitation_url(public_url: &str, invitation: &Invitation) -> Zeroizing<String> {
    let link = invitation.link.text();
    Zeroizing::new(format!("{public_url}/invite/{}#{}", invitation.id, *link))
}

impl Guardian {
    /// Invites somebody to be a guardian: an owner who decides everything with you, or a carer
    /// for some children. Hand over the address of [`invitation_url`] in person or by a way that
    /// you trust.
    ///
    /// # Errors
    /// No such child, or too many invitations are open.
    pub async fn invite(
        &mut self,
        role: Role,
        children: &[ChildId],
    ) -> Result<Invitation, ClientError> {
        self.sync().await?;
        let family = self.family_id()?;
        let mut children = children.to_vec();
        children.sort_unstable();
        let texts: Vec<String> = children.iter().map(ToString::to_string).collect();
        let body = json!({ "role": role.word(), "children": texts });
        let path = format!("/v1/families/{family}/invitations");
        let call = Call::send(Method::POST, path, body);
        let answer: InvitationAnswer = self.caller.call(call).await?.json()?;
        let secret = InviteSecret::generate(&mut random::rng());
        let link = InviteLink { family, genesis: self.family()?.genesis(), secret };
        Ok(Invitation { id: answer.invitation, role, children, link })
    }

    /// Makes the keys of an invited guardian for the family that invites. Answers the kit's code.
    ///
    /// # Errors
    /// The address isn't an invitation's, or as for [`Guardian::make_keys`].
    pub async fn make_keys_for(
        &mut self,
        url: &str,
    ) -> Result<treehouse_protocol::kit::KitCode, ClientError> {
        let (_, link) = parse_url(url)?;
        let founding = Seen { seq: 0, head: link.genesis };
        let kit = self.make_keys_after(Some(link.family), founding).await?;
        if let Some(keys) = &mut self.keys {
            keys.genesis = Some(link.genesis);
        }
        Ok(kit)
    }

    /// Answers an invitation, with keys that were made for it and a finished verification.
    ///
    /// # Errors
    /// The invitation was answered or is over, or it's for another family than the link says.
    pub async fn answer_invitation(
        &self,
        url: &str,
        verification: &Verification,
    ) -> Result<(), ClientError> {
        self.server().require_adult()?;
        let (invitation, link) = parse_url(url)?;
        let path = format!("/v1/invitations/{invitation}");
        let offer: InvitationAnswer = self.caller.call(Call::get(path.clone())).await?.json()?;
        let Keys { private, family, .. } = self.keys()?;
        if *family != link.family || id(&offer.family)? != link.family {
            return Err(ClientError::Nonsense("the invitation is for another family"));
        }
        let (role, children) = offer_of(&offer)?;
        let vpc = Self::attestation(verification)?;
        let public = private.public();
        let add = GuardianAdd { keys: public.clone(), vpc, role, children, accept_sig: [0; 64] };
        let mut accepted = add.accepted(link.family, &private.sig);
        let answer = Answer {
            signing: *public.sig.bytes(),
            suite: public.kem.suite().code(),
            sealing: public.kem.bytes().to_vec(),
            vpc: accepted.vpc.to_bytes(),
            accept_sig: *accepted.accept_sig(),
            mac: link.secret.mac(link.family, link.genesis, &public),
        };
        let body = json!({ "answer": b64(&answer.to_bytes()) });
        let call = Call::send(Method::POST, format!("{path}/answer"), body);
        self.caller.call(call).await.map(drop)
    }

    /// Lets the one in who answered, after checking that it is the one whom the invitation was
    /// handed to, and lets it read and write the given kinds of data of some children; of a carer
    /// only those that it was invited for. `None`: nobody has answered yet.
    ///
    /// # Errors
    /// Somebody else answered, or the chain's rules forbid it.
    pub async fn admit(
        &mut self,
        invitation: &Invitation,
        share: &[(ChildId, &[Category])],
        notice: Hash,
    ) -> Result<Option<KeyId>, ClientError> {
        self.sync().await?;
        let family = self.family_id()?;
        let path = format!("/v1/families/{family}/invitations");
        let open: Vec<InvitationAnswer> =
            self.caller.call(Call::get(path.clone())).await?.json()?;
        let own = open.into_iter().find(|open| open.invitation == invitation.id);
        let own = own.ok_or(ClientError::NotNow("the invitation is over"))?;
        let Some(answer) = own.answer else {
            return Ok(None);
        };
        let answer = Answer::from_bytes(&answer.0)?;
        let suite = Suite::from_code(answer.suite);
        let suite = suite.ok_or(ClientError::Nonsense("the suite is unknown"))?;
        let keys = PublicKeys {
            sig: VerifyKey::admit(&answer.signing)?,
            kem: KemPublic::admit(suite, &answer.sealing)?,
        };
        let InviteLink { genesis, secret, .. } = &invitation.link;
        secret.verify(family, *genesis, &keys, &answer.mac)?;
        let add = GuardianAdd {
            keys: keys.clone(),
            vpc: Signed::from_bytes(&answer.vpc)?,
            role: invitation.role,
            children: invitation.children.clone(),
            accept_sig: answer.accept_sig,
        };
        self.append(|pen, _, ring| {
            pen.write(Body::GuardianAdd(Box::new(add.clone())))?;
            let cares = |child| add.role != Role::Carer || add.children.contains(child);
            for (child, categories) in share.iter().filter(|(child, _)| cares(child)) {
                let consent = Consent {
                    child: *child,
                    categories,
                    grantee: keys.id(),
                    rights: Rights::GUARDIAN,
                    purpose: Purpose::Care,
                    notice,
                    expires: None,
                };
                grant(pen, ring, &consent)?;
            }
            Ok(())
        })
        .await?;
        let path = format!("{path}/{}", invitation.id);
        self.caller.call(Call::act(Method::DELETE, path)).await?;
        Ok(Some(keys.id()))
    }
}

fn offer_of(offer: &InvitationAnswer) -> Result<(Role, Vec<ChildId>), ClientError> {
    let role = Role::from_word(&offer.role).ok_or(ClientError::Nonsense("the role is unknown"))?;
    let children = offer.children.iter().map(|child| id(child));
    Ok((role, children.collect::<Result<_, _>>()?))
}

/// The invitation's id and its link, from the address that was handed over.
fn parse_url(url: &str) -> Result<(String, InviteLink), ClientError> {
    const WRONG: ClientError = ClientError::NotNow("the address isn't a complete invitation");
    let (path, fragment) = url.trim().split_once('#').ok_or(WRONG)?;
    let (_, invitation) = path.rsplit_once('/').ok_or(WRONG)?;
    Ok((invitation.to_owned(), InviteLink::parse(fragment)?))
}
