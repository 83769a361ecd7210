//! What a guardian decides: children, keys, consent, and what is taken away again.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Erase, GuardianRemove, Policy};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::replay::BATCH_LINKS_MAX;
use treehouse_protocol::chain::{Family, Keyring, Pen};
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash, KeyId};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::{Category, Coded, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::Signed;

use super::Guardian;
use crate::error::ClientError;
use crate::http::{B64, Call};
use crate::random;

/// What is granted to one grantee: a consent.
#[derive(Debug, Clone)]
pub struct Consent<'c> {
    /// The child whose data it is.
    pub child: ChildId,
    /// The categories.
    pub categories: &'c [Category],
    /// To whom: the signing key of a member.
    pub grantee: KeyId,
    /// What it allows.
    pub rights: Rights,
    /// What for.
    pub purpose: Purpose,
    /// The hash of the notice that was read.
    pub notice: Hash,
    /// The first day on which it no longer counts; `None`: until it is withdrawn.
    pub expires: Option<Day>,
}

impl Guardian {
    /// Adds a child, and makes keys for the kinds of data that the family wants to keep of it.
    /// Nobody else can read anything yet.
    ///
    /// # Errors
    /// The chain's rules forbid it.
    pub async fn add_child(&mut self, categories: &[Category]) -> Result<ChildId, ClientError> {
        let child = ChildId::random(&mut random::rng());
        let made = self
            .append(|pen, keys, _| {
                pen.write(Body::ChildAdd(child))?;
                Ok(pen.make_keys(child, categories, Some(&keys.bundle), &mut random::rng())?)
            })
            .await?;
        self.ring.extend(made);
        Ok(child)
    }

    /// Makes keys for further kinds of data of a child.
    ///
    /// # Errors
    /// The chain's rules forbid it.
    pub async fn add_categories(
        &mut self,
        child: ChildId,
        categories: &[Category],
    ) -> Result<(), ClientError> {
        let made = self
            .append(|pen, keys, _| {
                Ok(pen.make_keys(child, categories, Some(&keys.bundle), &mut random::rng())?)
            })
            .await?;
        self.ring.extend(made);
        Ok(())
    }

    /// Consents: lets a member read or write some of a child's data, for one purpose.
    ///
    /// # Errors
    /// No such member or key, or the chain's rules forbid it.
    pub async fn consent(&mut self, consent: &Consent<'_>) -> Result<(), ClientError> {
        self.append(|pen, _, ring| grant(pen, ring, consent)).await.map(drop)
    }

    /// Consents to the notice that was read now, to what these live grants allow already: the
    /// notice has changed, and they don't cover what it asks for. Grants of the same to the same
    /// under this notice aren't written twice.
    ///
    /// # Errors
    /// None of these is live and under another notice, or the chain's rules forbid it.
    pub async fn agree_again(&mut self, grants: &[Hash], notice: Hash) -> Result<(), ClientError> {
        let today = self.today();
        self.append(|pen, _, ring| {
            let due = outdated(pen.family(), today, grants, notice);
            if due.is_empty() {
                return Err(ClientError::NotNow("none of these consents must be renewed"));
            }
            for (grantee, old) in due {
                let consent = Consent {
                    child: old.key.child,
                    categories: &[old.key.category],
                    grantee,
                    rights: old.rights,
                    purpose: old.purpose,
                    notice,
                    expires: old.expires,
                };
                grant(pen, ring, &consent)?;
            }
            Ok(())
        })
        .await
    }

    /// Replaces every key that must be replaced, and grants the new ones again to who still may.
    ///
    /// # Errors
    /// The chain's rules forbid it.
    pub async fn rotate(&mut self) -> Result<usize, ClientError> {
        let made = self
            .append(|pen, keys, _| Ok(pen.rotate(Some(&keys.bundle), &mut random::rng())?))
            .await?;
        let count = made.len();
        self.ring.extend(made);
        Ok(count)
    }

    /// Writes one link, and replaces in the same batch every key that somebody can no longer be
    /// trusted with because of it.
    async fn reduce_with_keys(&mut self, body: &Body) -> Result<Hash, ClientError> {
        let (hash, made) = self
            .append(|pen, keys, _| {
                let hash = pen.write(body.clone())?;
                Ok((hash, pen.rotate(Some(&keys.bundle), &mut random::rng())?))
            })
            .await?;
        self.ring.extend(made);
        Ok(hash)
    }

    /// Takes a toy out of the family. It is told to forget everything at its next contact, and
    /// what it could read gets new keys at once.
    ///
    /// # Errors
    /// No such toy.
    pub async fn remove_toy(&mut self, toy: KeyId) -> Result<(), ClientError> {
        self.reduce_with_keys(&Body::DeviceRemove(toy)).await.map(drop)
    }

    /// Withdraws the consent to a purpose, for a child or for all: ends the grants, replaces the
    /// keys, and has what was collected for it destroyed. Answers the link that the receipt will
    /// name.
    ///
    /// # Errors
    /// Nothing is granted for that purpose.
    pub async fn withdraw(
        &mut self,
        purpose: Purpose,
        child: Option<ChildId>,
    ) -> Result<Hash, ClientError> {
        self.sync().await?;
        let live = self.family()?.live_grants(self.today()).filter(|(_, granted)| {
            let header = &granted.header;
            header.purpose == purpose && child.is_none_or(|child| child == header.key.child)
        });
        let hashes: Vec<Hash> = live.map(|(hash, _)| hash).collect();
        if hashes.is_empty() {
            return Err(ClientError::NotNow("nothing is granted for this purpose"));
        }
        self.reduce_with_keys(&Body::Revoke(hashes)).await
    }

    /// Erases a child with all of its data, or some categories of it. It can't be undone.
    ///
    /// # Errors
    /// No such child.
    pub async fn erase(
        &mut self,
        child: ChildId,
        categories: &[Category],
    ) -> Result<Hash, ClientError> {
        let mut categories = categories.to_vec();
        categories.sort_unstable();
        self.append(|pen, _, _| {
            Ok(pen.write(Body::Erase(Erase { child, categories: categories.clone() }))?)
        })
        .await
    }

    /// Erases the whole family in one act: every child with everything, and every toy. Answers the
    /// links that receipts will name, one a child. It can't be undone.
    ///
    /// # Errors
    /// Not an owner, or there is nothing to erase.
    pub async fn erase_family(&mut self) -> Result<Vec<Hash>, ClientError> {
        let own = self.key()?;
        self.append(|pen, _, _| {
            let family = pen.family();
            let children = family.children().map(|(child, _)| child);
            let children: Vec<ChildId> =
                children.filter(|child| family.decides_for(own, *child)).collect();
            let shared = family.members().filter(|(_, member)| {
                let shared = matches!(member.standing, Standing::Device { child: None, .. });
                shared && member.span.is_open()
            });
            // A batch has an end; more toys than that are taken out by asking again.
            let room = BATCH_LINKS_MAX - children.len();
            let toys: Vec<KeyId> = shared.map(|(key, _)| key).take(room).collect();
            if children.is_empty() && toys.is_empty() {
                return Err(ClientError::NotNow("there is nothing to erase"));
            }
            let mut links = Vec::new();
            for child in children {
                links.push(pen.write(Body::Erase(Erase { child, categories: Vec::new() }))?);
            }
            for toy in toys {
                pen.write(Body::DeviceRemove(toy))?;
            }
            Ok(links)
        })
        .await
    }

    /// The same with the session alone, for who lost all keys. The receipts are in
    /// [`Guardian::receipts`].
    ///
    /// # Errors
    /// Not an owner, or there is nothing to erase.
    pub async fn erase_family_without_keys(&self, family: FamilyId) -> Result<(), ClientError> {
        let path = format!("/v1/families/{family}/reductions");
        let body = json!({ "what": "erase-family" });
        self.caller.call(Call::send(Method::POST, path, body)).await.map(drop)
    }

    /// Every receipt that a family was given, oldest first; needs no keys.
    ///
    /// # Errors
    /// Not a guardian of it, or a receipt isn't the server's for this family.
    pub async fn receipts(&self, family: FamilyId) -> Result<Vec<Receipt>, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            receipt: B64,
        }
        let call = Call::get(format!("/v1/families/{family}/receipts"));
        let answers: Vec<Answer> = self.caller.call(call).await?.json()?;
        let key = self.server().receipt_key()?;
        let mut receipts = Vec::new();
        for answer in answers {
            let receipt: Receipt = Signed::from_bytes(&answer.receipt.0)?.verify(&key)?;
            if receipt.family != family {
                return Err(ClientError::Nonsense("a receipt is for something else"));
            }
            receipts.push(receipt);
        }
        Ok(receipts)
    }

    /// Takes access away with the session alone, as somebody can who lost all keys.
    ///
    /// # Errors
    /// Nothing to take away.
    pub async fn withdraw_without_keys(
        &self,
        family: FamilyId,
        purpose: Purpose,
        child: Option<ChildId>,
    ) -> Result<(), ClientError> {
        let child = child.map(|child| child.to_string());
        let body = json!({ "what": "withdraw", "purpose": purpose.word(), "child": child });
        let path = format!("/v1/families/{family}/reductions");
        self.caller.call(Call::send(Method::POST, path, body)).await.map(drop)
    }

    /// The server's receipt for a link that asked for something to be destroyed; `None` while it
    /// is being done.
    ///
    /// # Errors
    /// The link asked for nothing, or the receipt isn't the server's for this family and link.
    pub async fn receipt(&self, link: Hash) -> Result<Option<Receipt>, ClientError> {
        Ok(self.receipted(link).await?.map(|receipted| receipted.receipt))
    }

    /// Announces that another guardian is to be removed; it counts when the policy's days have
    /// passed, or at once for oneself and for a carer. Answers the announcement's link.
    ///
    /// # Errors
    /// No such guardian.
    pub async fn announce_removal(&mut self, guardian: KeyId) -> Result<Hash, ClientError> {
        self.reduce_with_keys(&Body::GuardianRemove(GuardianRemove::Announce(guardian))).await
    }

    /// Carries out an announced removal, once its days have passed.
    ///
    /// # Errors
    /// It is too early, or the announcement was called off.
    pub async fn carry_out_removal(&mut self, announcement: Hash) -> Result<(), ClientError> {
        let due = Body::GuardianRemove(GuardianRemove::Due(announcement));
        self.reduce_with_keys(&due).await.map(drop)
    }

    /// Changes how the family decides; only stricter than before.
    ///
    /// # Errors
    /// It would be laxer.
    pub async fn set_policy(&mut self, policy: Policy) -> Result<(), ClientError> {
        self.append(|pen, _, _| Ok(pen.write(Body::Policy(policy))?)).await.map(drop)
    }
}

/// Those of these grants, and to whom, that are live, and of which no other allows the same under
/// this notice.
fn outdated(family: &Family, today: Day, grants: &[Hash], notice: Hash) -> Vec<(KeyId, Header)> {
    let allows = |it: &Header| (it.key, it.grantee, it.rights, it.purpose, it.expires);
    let live = || family.live_grants(today).map(|(hash, granted)| (hash, &granted.header));
    let renewed =
        |old: &Header| live().any(|(_, it)| it.notice == notice && allows(it) == allows(old));
    let due = live().filter(|(hash, old)| grants.contains(hash) && !renewed(old));
    let to = |header: &Header| {
        let mut members = family.members();
        members.find(|(_, member)| member.keys.kem.id() == header.grantee).map(|(key, _)| key)
    };
    due.filter_map(|(_, header)| Some((to(header)?, header.clone())))
        .take(BATCH_LINKS_MAX)
        .collect()
}

/// Writes the grant link of a consent.
pub(super) fn grant(
    pen: &mut Pen<'_>,
    ring: &Keyring,
    consent: &Consent<'_>,
) -> Result<Hash, ClientError> {
    let family = pen.family();
    let member = family.member(consent.grantee);
    let member =
        member.ok_or(ClientError::NotNow("there is no such member to grant anything to"))?;
    let grantee = member.keys.kem.clone();
    let kind = match member.standing {
        Standing::Owner { .. } | Standing::Carer { .. } => GranteeKind::Guardian,
        Standing::Device { .. } => GranteeKind::Device,
        Standing::Teen { .. } => GranteeKind::Teen,
    };
    let not_before = pen_day(family);
    let mut headers: Vec<(Header, Option<&CategoryKey>)> = Vec::new();
    for category in consent.categories {
        let name = current(family, consent.child, *category)?;
        let mut header = Header {
            suite: grantee.suite(),
            key: name,
            grantee_kind: kind,
            grantee: grantee.id(),
            rights: consent.rights,
            purpose: consent.purpose,
            notice: consent.notice,
            not_before,
            expires: consent.expires,
            nonce: [0; 16],
        };
        rand_core::Rng::fill_bytes(&mut random::rng(), &mut header.nonce);
        let missing = ClientError::Locked("this guardian doesn't hold the key itself");
        let reads = consent.rights.reads();
        let key = if reads { Some(ring.key(&name).ok_or(missing)?) } else { None };
        headers.push((header, key));
    }
    Ok(pen.consent(headers, &grantee, &mut random::rng())?)
}

/// The first day of a grant that is written now: the day of the last link, which is never later
/// than that of the next.
fn pen_day(family: &Family) -> Day {
    family.day()
}

fn current(family: &Family, child: ChildId, category: Category) -> Result<KeyName, ClientError> {
    let line = family.keys(child, category);
    let made = line.and_then(|line| line.current());
    let made = made.ok_or(ClientError::NotNow("there is no key for this kind of data yet"))?;
    Ok(KeyName { family: family.id(), child, category, version: made.version.version })
}
