//! Linking a toy, with a check of its keys that doesn't trust the server.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Caps, DeviceAdd};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{ChildId, Hash, KeyId, RecordId};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::pairing::{GuardianCheck, PairingQr, UserCode};
use treehouse_protocol::record::{self, Expected};
use treehouse_protocol::registry::{Category, Coded, Purpose, Rights};
use treehouse_protocol::sign::{Signed, VerifyKey};

use super::Guardian;
use super::decide::{Consent, grant};
use crate::content::back::ToyName;
use crate::error::ClientError;
use crate::http::{B64, Call, b64};
use crate::pairing::Check;
use crate::random;

#[derive(Deserialize)]
struct Claimed {
    pairing: String,
    signing_key: B64,
    suite: u8,
    sealing_key: B64,
    commitment: B64,
    #[serde(default)]
    caps: u8,
}

impl Claimed {
    /// What the toy says that it can do, or what is known of one that says nothing. To bring guardians
    /// back is a right, and none that it takes.
    fn caps(&self, known: Caps) -> Result<Caps, ClientError> {
        let said = self.caps & !Caps::RECOVERY;
        let caps = if said == 0 { known.bits() } else { said | known.bits() & Caps::RECOVERY };
        let caps = Caps::from_bits(caps);
        caps.ok_or(ClientError::Nonsense("the capabilities are unknown"))
    }
}

#[derive(Deserialize)]
struct Status {
    nonce: Option<B64>,
    accept_sig: Option<B64>,
}

/// A toy that is being linked.
#[derive(Debug)]
pub struct Pairing {
    id: String,
    keys: PublicKeys,
    checking: Checking,
    child: Option<ChildId>,
    caps: Caps,
}

/// How far the check of the toy's keys has come. A check that failed never becomes anything else.
#[derive(Debug)]
enum Checking {
    Typed(GuardianCheck),
    Done(Check),
    Failed,
}

impl Checking {
    /// How the keys were checked, once the toy has told its nonce.
    fn answer(&mut self, nonce: &[u8]) -> Result<Check, ClientError> {
        let check = match std::mem::replace(self, Self::Failed) {
            Self::Typed(check) => Check::Compare(check.finish(&exactly(nonce)?)?),
            Self::Done(check) => check,
            Self::Failed => return Err(FAILED),
        };
        *self = Self::Done(check.clone());
        Ok(check)
    }
}

const FAILED: ClientError =
    ClientError::NotNow("the toy's keys weren't checked: begin again, with a new code");

/// Who reads a child's profile reads the names of its toys.
const NAMES: Category = Category::Profile;

#[derive(Deserialize)]
struct ToyAnswer {
    key: String,
    state: String,
    name: Option<B64>,
}

/// A toy in the family's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedToy {
    /// Its signing key.
    pub key: KeyId,
    /// The child that plays with it; `None` for one of the whole family.
    pub child: Option<ChildId>,
    /// `linked`, `to-be-wiped` or `wiped`.
    pub state: String,
    /// What a guardian calls it, as far as this one can open that.
    pub name: Option<String>,
    name_ver: u32,
}

impl Pairing {
    /// The id of the toy's signing key, as the server says.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.keys.id()
    }

    /// What the toy can do, as it says and as is known of it.
    #[must_use]
    pub const fn caps(&self) -> Caps {
        self.caps
    }
}

impl Guardian {
    /// Begins to link the toy whose picture was scanned: its keys are checked against the
    /// fingerprint in it, so the server can't show others, and the toy is told by its secret which
    /// family has scanned it, so the server can't take it into another.
    ///
    /// # Errors
    /// No toy shows this code now, or the server's keys aren't the toy's.
    pub async fn link_scanned(
        &mut self,
        qr: &str,
        child: Option<ChildId>,
        caps: Caps,
    ) -> Result<Pairing, ClientError> {
        let qr = PairingQr::parse(qr)?;
        let claimed = self.claim(&qr.code).await?;
        let keys = keys_of(&claimed)?;
        if keys.fingerprint() != qr.fingerprint {
            return Err(ClientError::Swapped("the keys that came aren't the toy's"));
        }
        let answer = qr.answer(self.family()?.genesis());
        let (checking, caps) = (Checking::Done(Check::Scanned), claimed.caps(caps)?);
        self.propose(Pairing { id: claimed.pairing, keys, checking, child, caps }, answer).await
    }

    /// Begins to link the toy whose code was typed: three pictures must be compared later.
    ///
    /// # Errors
    /// No toy shows this code now.
    pub async fn link_typed(
        &mut self,
        code: &str,
        child: Option<ChildId>,
        caps: Caps,
    ) -> Result<Pairing, ClientError> {
        let claimed = self.claim(&UserCode::parse(code)?).await?;
        let keys = keys_of(&claimed)?;
        let (commitment, genesis) = (exactly(&claimed.commitment.0)?, self.family()?.genesis());
        let (check, nonce) =
            GuardianCheck::start(commitment, keys.fingerprint(), genesis, &mut random::rng());
        let (checking, caps) = (Checking::Typed(check), claimed.caps(caps)?);
        self.propose(Pairing { id: claimed.pairing, keys, checking, child, caps }, nonce).await
    }

    async fn claim(&mut self, code: &UserCode) -> Result<Claimed, ClientError> {
        self.sync().await?;
        let path = format!("/v1/families/{}/pairings", self.family_id()?);
        let body = json!({ "user_code": code.text() });
        self.caller.call(Call::send(Method::POST, path, body)).await?.json()
    }

    /// Offers the toy its place in the family.
    async fn propose(&self, pairing: Pairing, nonce: [u8; 16]) -> Result<Pairing, ClientError> {
        let child = pairing.child.map(|child| child.to_string());
        let body = json!({ "child": child, "caps": pairing.caps.bits(), "nonce": b64(&nonce) });
        let path = format!("/v1/families/{}/pairings/{}", self.family_id()?, pairing.id);
        self.caller.call(Call::send(Method::PUT, path, body)).await?;
        Ok(pairing)
    }

    /// Whether the toy has accepted; then how its keys were checked, or what must be compared
    /// before [`Guardian::finish_link`].
    ///
    /// # Errors
    /// The code is over, or the toy's part of the check isn't the one it committed to: then this
    /// pairing is over, and asking again changes nothing.
    pub async fn accepted(
        &self,
        pairing: &mut Pairing,
    ) -> Result<Option<(Check, [u8; 64])>, ClientError> {
        let path = format!("/v1/families/{}/pairings/{}", self.family_id()?, pairing.id);
        let status: Status = self.caller.call(Call::get(path)).await?.json()?;
        let (Some(nonce), Some(proof)) = (status.nonce, status.accept_sig) else {
            return Ok(None);
        };
        let check = pairing.checking.answer(&nonce.0)?;
        Ok(Some((check, exactly(&proof.0)?)))
    }

    /// Links the toy, and lets it write or read some of the child's data. To be called only once
    /// somebody has said that the pictures are the same, if there were any.
    ///
    /// # Errors
    /// The toy's keys weren't checked, or failed the check; the chain's rules forbid it.
    pub async fn finish_link(
        &mut self,
        pairing: &Pairing,
        accept_sig: [u8; 64],
        rights: &[(Category, Rights)],
        notice: Hash,
    ) -> Result<KeyId, ClientError> {
        if !matches!(pairing.checking, Checking::Done(_)) {
            return Err(FAILED);
        }
        let toy = pairing.keys.id();
        let (child, caps) = (pairing.child, pairing.caps);
        if let Some(child) = child {
            self.make_missing(child, rights, notice).await?;
        }
        self.append(|pen, _, ring| {
            let keys = pairing.keys.clone();
            let add = DeviceAdd { keys, child, caps, accept_sig };
            pen.write(Body::DeviceAdd(Box::new(add)))?;
            let Some(child) = child else {
                return Ok(());
            };
            for (category, rights) in rights {
                let consent = Consent {
                    child,
                    categories: &[*category],
                    grantee: toy,
                    rights: *rights,
                    purpose: Purpose::Play,
                    notice,
                    expires: None,
                };
                grant(pen, ring, &consent)?;
            }
            Ok(())
        })
        .await?;
        let obeys = rights.iter().any(|(kind, may)| *kind == Category::Settings && may.reads());
        if let Some(child) = child.filter(|_| obeys) {
            self.renew_limits(child).await?;
            self.renew_lost(child).await?;
        }
        Ok(toy)
    }

    /// Makes keys for kinds of data that the family has kept none of until now, and lets those
    /// guardians read them who read the child's profile.
    async fn make_missing(
        &mut self,
        child: ChildId,
        rights: &[(Category, Rights)],
        notice: Hash,
    ) -> Result<(), ClientError> {
        self.sync().await?;
        let family = self.family()?;
        let none = |category: &Category| family.keys(child, *category).is_none();
        let missing: Vec<Category> = rights.iter().map(|row| row.0).filter(none).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (own, today) = (self.key()?, self.today());
        let others = family.members().filter(|(key, member)| {
            let reads = family.live_grants(today).any(|(_, it)| {
                let header = &it.header;
                header.grantee == member.keys.kem.id()
                    && (header.key.child, header.key.category) == (child, NAMES)
                    && header.rights.reads()
            });
            // Who made the profile's key reads it without a grant.
            let made = family.keys(child, NAMES).and_then(|line| line.current());
            let made = made.is_some_and(|made| made.maker == *key);
            *key != own && member.is_guardian() && member.span.is_open() && (reads || made)
        });
        let others: Vec<KeyId> = others.map(|(key, _)| key).collect();
        self.add_categories(child, &missing).await?;
        for grantee in others {
            let consent = Consent {
                child,
                categories: &missing,
                grantee,
                rights: Rights::GUARDIAN,
                purpose: Purpose::Care,
                notice,
                expires: None,
            };
            self.consent(&consent).await?;
        }
        Ok(())
    }

    /// Asks a toy to forget everything at its next contact: it's lost, or in other hands.
    ///
    /// # Errors
    /// No such toy.
    pub async fn wipe_toy(&self, toy: KeyId) -> Result<(), ClientError> {
        let path = format!("/v1/families/{}/toys/{toy}/wipe", self.family_id()?);
        self.caller.call(Call::act(Method::POST, path)).await.map(drop)
    }

    /// Gives a toy a name, sealed for those who read its child's profile; the server sees noise, of
    /// one length for all names.
    ///
    /// # Errors
    /// No such toy, one that hasn't heard yet that it was linked, one of the whole family, or this guardian doesn't read the child's profile.
    pub async fn name_toy(&mut self, toy: KeyId, name: &str) -> Result<(), ClientError> {
        let named = ToyName(name.to_owned()).to_bytes();
        ToyName::from_bytes(&named)?;
        let listed = self.toys().await?;
        let missing = ClientError::NotNow("there is no such toy in the family");
        let before = listed.into_iter().find(|listed| listed.key == toy).ok_or(missing)?;
        let shared = ClientError::NotNow("a toy of the whole family has no name of its own");
        let child = before.child.ok_or(shared)?;
        let sealed = self.seal(child, NAMES, name_record(toy), before.name_ver + 1, &named)?;
        let path = format!("/v1/families/{}/toys/{toy}/name", self.family_id()?);
        let body = json!({ "name": b64(&sealed.to_bytes()) });
        self.caller.call(Call::send(Method::PUT, path, body)).await.map(drop)
    }

    /// The family's toys, those too that were removed.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn toys(&mut self) -> Result<Vec<ListedToy>, ClientError> {
        self.sync().await?;
        let path = format!("/v1/families/{}/toys", self.family_id()?);
        let listed: Vec<ToyAnswer> = self.caller.call(Call::get(path)).await?.json()?;
        let mut toys = Vec::new();
        for answer in listed {
            let key = KeyId::from_bytes(crate::http::hex(&answer.key)?);
            let member = self.family()?.members().find(|(own, _)| *own == key);
            let child = member.and_then(|(_, member)| match member.standing {
                Standing::Device { child, .. } => child,
                _ => None,
            });
            // A name that can't be opened, or isn't one, is no name: the toy is listed all the same.
            let opened = answer.name.and_then(|name| self.open_name(key, child?, &name.0).ok());
            let (name, name_ver) = opened.map_or((None, 0), |(name, ver)| (Some(name), ver));
            toys.push(ListedToy { key, child, state: answer.state, name, name_ver });
        }
        Ok(toys)
    }

    /// Opens a name that a guardian of the family sealed for this toy, and none that is older than
    /// one that was seen.
    fn open_name(
        &mut self,
        toy: KeyId,
        child: ChildId,
        sealed: &[u8],
    ) -> Result<(String, u32), ClientError> {
        let family_id = self.family_id()?;
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let family = self.chain.as_ref().ok_or(unread)?.family();
        let checked =
            record::check_in(&Signed::from_bytes(sealed)?, family, self.caller.server().trust())?;
        let name = checked.header().name;
        let by = family.members().find(|(key, _)| *key == checked.header().writer);
        if !by.is_some_and(|(_, member)| member.is_guardian()) {
            return Err(ClientError::Nonsense("a guardian names a toy"));
        }
        let heads =
            self.heads.get_or_insert_with((child, NAMES), || Heads::new(family_id, child, NAMES));
        heads.admit(&checked)?;
        let missing = ClientError::Locked("this guardian doesn't hold the key");
        let key = self.ring.key(&name).ok_or(missing)?;
        let record = Some(name_record(toy));
        let of_child = KeyName { family: family_id, child, category: NAMES, ..name };
        let opened = checked.open(key, &Expected { name: of_child, record })?;
        Ok((ToyName::from_bytes(&opened.plain)?.0, opened.header.ver))
    }
}

/// The record that a toy's name stands in: one a toy, so that no name is moved to another.
const fn name_record(toy: KeyId) -> RecordId {
    RecordId::from_bytes(*toy.bytes())
}

fn keys_of(claimed: &Claimed) -> Result<PublicKeys, ClientError> {
    const WRONG: ClientError = ClientError::Nonsense("the toy's keys are malformed");
    let suite = Suite::from_code(claimed.suite).ok_or(WRONG)?;
    let signing = VerifyKey::admit(&exactly(&claimed.signing_key.0)?)?;
    Ok(PublicKeys { sig: signing, kem: KemPublic::admit(suite, &claimed.sealing_key.0)? })
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], ClientError> {
    bytes.try_into().map_err(|_| ClientError::Nonsense("a field has another length"))
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::pairing::ToyCheck;

    use super::*;

    #[test]
    fn a_check_that_failed_never_becomes_one_that_was_scanned() {
        let (rng, fingerprint) = (&mut random::rng(), [7; 20]);
        let (_, commitment) = ToyCheck::start(fingerprint, rng);
        for wrong in [&[0; 16][..], &[0; 15]] {
            let (check, _) = GuardianCheck::start(commitment, fingerprint, Hash::NONE, rng);
            let mut checking = Checking::Typed(check);
            for time in 0..3 {
                assert!(checking.answer(wrong).is_err(), "asked {time} times before");
            }
            assert!(matches!(checking, Checking::Failed));
        }
        // The control: a picture that was scanned stays so, whatever the nonce.
        let mut scanned = Checking::Done(Check::Scanned);
        for _ in 0..2 {
            assert_eq!(scanned.answer(&[]).ok(), Some(Check::Scanned));
        }
    }
}
