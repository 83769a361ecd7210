//! Ways back to lost keys beside the password and the printed kit: another guardian, and a toy.
//!
//! A mailed link gives a session, and a session no keys. What the server carries between the one
//! who asks and the one who helps could be of its own making, so both show a code of it, and
//! whoever helps compares: see [`Asked::code`].

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Announcement, Body, NewKey};
use treehouse_protocol::id::{AccountId, FamilyId, Hash, KeyId, SlotId};
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::registry::Anchor;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};

use super::slots::{NOTHING, remembered};
use super::verification::Verification;
use super::{Guardian, Keys};
use crate::content::back::{self, AskGuardian, AskToy, Kept};
use crate::data;
use crate::error::ClientError;
use crate::http::{B64, Call, b64, id};
use crate::random;

/// The slots of a guardian who is somebody's anchor; a request shows no more.
const HELPERS_MAX: usize = 8;
const NO_PASSWORD: ClientError = ClientError::Locked("sign in with the password first");
const MALFORMED: ClientError = ClientError::Nonsense("what was kept isn't ours");

#[derive(Deserialize)]
struct OwnAnswer {
    kept: B64,
    answer: Option<B64>,
}

/// Another guardian who lost its keys and asks for help.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The account that asks.
    pub account: AccountId,
    request: Vec<u8>,
}

impl Asked {
    /// What the asker's device must show, too. Compare it face to face, or with a voice that you
    /// know: it is all that tells the guardian from somebody who has got into its mailbox.
    #[must_use]
    pub fn code(&self) -> String {
        back::code(&self.request)
    }
}

impl Guardian {
    /// Lets another guardian of the family give the keys back, should they be lost. That guardian
    /// could read everything that this one may.
    ///
    /// # Errors
    /// The keys are locked, or there is no such guardian.
    pub async fn trust_guardian(&mut self, other: KeyId) -> Result<(), ClientError> {
        self.sync().await?;
        let missing = ClientError::NotNow("there is no such guardian in the family");
        let member = self.family()?.member(other).filter(|member| member.is_guardian());
        let sealing = member.ok_or(missing)?.keys.kem.clone();
        let own = self.password_kek()?;
        let (sealed, slots) = self.fetch_keys().await?;
        let owner = sealed.owner();
        let wrong = ClientError::Locked("this doesn't open the keys");
        let contents = slots.iter().find_map(|slot| slot.open(&owner, &own).ok()).ok_or(wrong)?;
        let contents = Opened { seen: contents.seen.advance(self.chain()?.seen())?, ..contents };
        let rng = &mut random::rng();
        let (anchor, fresh) = (Anchor::Guardian, SlotId::random(rng));
        let slot = Slot::seal_to(fresh, &owner, (anchor, &sealing), &contents, rng)?;
        let body = json!({ "slot": b64(&slot.to_bytes()) });
        self.caller.call(Call::send(Method::PUT, "/v1/account/slots".to_owned(), body)).await?;
        let mut anchors: Vec<Anchor> = slots.iter().map(Slot::anchor).collect();
        anchors.push(anchor);
        self.tell_anchors(anchors).await
    }

    /// Tells the family of one's own ways back; a carer's are nobody's business.
    async fn tell_anchors(&mut self, mut anchors: Vec<Anchor>) -> Result<(), ClientError> {
        anchors.sort_unstable();
        anchors.dedup();
        let key = self.key()?;
        self.append(|pen, _, _| {
            let member = pen.family().member(key);
            if member.is_some_and(|member| {
                matches!(member.standing, treehouse_protocol::chain::family::Standing::Owner { .. })
            }) {
                pen.write(Body::RecoverySet(anchors.clone()))?;
            }
            Ok(())
        })
        .await
    }

    fn password_kek(&self) -> Result<Kek, ClientError> {
        Ok(Kek::from_opaque(self.export_key.as_ref().ok_or(NO_PASSWORD)?))
    }

    /// Asks the guardians whom one trusted for help, with the session alone. Answers the code that
    /// the helper's device must show, too.
    ///
    /// # Errors
    /// No guardian was trusted, or the server can't be reached.
    pub async fn ask_guardian(&self) -> Result<String, ClientError> {
        let (sealed, slots) = self.fetch_keys().await?;
        let theirs = |slot: &Slot| slot.anchor() == Anchor::Guardian;
        let slots: Vec<Slot> = slots.into_iter().filter(theirs).take(HELPERS_MAX).collect();
        if slots.is_empty() {
            return Err(ClientError::NotNow("no guardian was trusted with a way back"));
        }
        let family = sealed.owner().family;
        let (fresh, kept) = self.fresh_bundle(family)?;
        let genesis = self.shown_genesis(family).await?;
        let ask = AskGuardian { genesis, reply: fresh.keys().public().kem, slots };
        self.put_request(&ask.to_bytes(), &kept).await
    }

    /// Takes the help that a guardian gave: unlocks the keys, and lets the password open them from
    /// now on. `false`: nobody has helped yet.
    ///
    /// # Errors
    /// Nothing was asked, or what was answered opens nothing.
    pub async fn take_help(&mut self) -> Result<bool, ClientError> {
        let own = self.own_request().await?;
        let Some(answer) = own.answer else {
            return Ok(false);
        };
        let fresh = self.open_kept(&own.kept.0)?;
        let (sealed, _) = self.fetch_keys().await?;
        let owner = sealed.owner();
        let contents = Slot::from_bytes(&answer.0)?.open_as(&owner, &fresh.keys().kem)?;
        let bundle = sealed.open(&owner, &contents.bundle_key)?;
        let (private, family, seen) = (bundle.keys(), owner.family, remembered(&contents));
        self.put_password_slot(&owner, &contents).await?;
        self.keys = Some(Keys { bundle, private, family, genesis: None, seen, beside: None });
        self.forget_request().await?;
        Ok(true)
    }

    async fn put_password_slot(&self, owner: &Owner, contents: &Opened) -> Result<(), ClientError> {
        let rng = &mut random::rng();
        let slot = Slot::seal(SlotId::random(rng), owner, &self.password_kek()?, contents, rng);
        let body = json!({ "slot": b64(&slot.to_bytes()) });
        let call = Call::send(Method::PUT, "/v1/account/slots".to_owned(), body);
        self.caller.call(call).await.map(drop)
    }

    /// The guardians who ask for help now.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn asked_for_help(&mut self) -> Result<Vec<Asked>, ClientError> {
        self.sync().await?;
        let asked = data::asked_back(&self.caller, self.family_id()?).await?;
        let asked = asked.into_iter().filter(|(_, bytes)| AskGuardian::from_bytes(bytes).is_ok());
        Ok(asked.map(|(account, request)| Asked { account, request }).collect())
    }

    /// Helps a guardian who lost its keys, after the codes were compared. `code` is what the
    /// other one's device shows, read out or scanned; never what the server says.
    ///
    /// # Errors
    /// The code is another: somebody else asks. Or this guardian was never trusted with it.
    pub async fn help(&mut self, asked: &Asked, code: &str) -> Result<(), ClientError> {
        if !back::is_code(&asked.request, code) {
            return Err(ClientError::Swapped("somebody else asks: the codes differ"));
        }
        let ask = AskGuardian::from_bytes(&asked.request)?;
        self.sync().await?;
        let (keys, family) = (self.keys()?, self.family()?);
        if ask.genesis != family.genesis() {
            return Err(ClientError::Swapped("the other guardian was shown another family"));
        }
        let members = family
            .members()
            .filter(|(_, member)| member.span.is_open() && member.account() == Some(asked.account));
        let owners = members.map(|(guardian, _)| Owner { family: keys.family, guardian });
        let mut opened = owners.filter_map(|owner| {
            let open = |slot: &Slot| slot.open_as(&owner, &keys.private.kem).ok();
            ask.slots.iter().find_map(open).map(|contents| (owner, contents))
        });
        let none = ClientError::NotNow("this guardian wasn't trusted with their way back");
        let (owner, contents) = opened.next().ok_or(none)?;
        let rng = &mut random::rng();
        let to = (Anchor::Guardian, &ask.reply);
        let slot = Slot::seal_to(SlotId::random(rng), &owner, to, &contents, rng)?;
        let path = format!("/v1/families/{}/recoveries/{}/answer", keys.family, asked.account);
        let body = json!({ "answer": b64(&slot.to_bytes()) });
        self.caller.call(Call::send(Method::POST, path, body)).await.map(drop)
    }

    /// Makes new keys, to come back with by a toy's word. They must be verified like the first,
    /// by [`Guardian::ask_verification`]; until the toy's three days are over they open nothing.
    /// The old keys stay where they are.
    ///
    /// # Errors
    /// The account never had keys, or the server can't be reached.
    pub async fn make_new_keys(&mut self) -> Result<(), ClientError> {
        let (sealed, _) = self.fetch_keys().await?;
        let family = sealed.owner().family;
        let (bundle, kept) = self.fresh_bundle(family)?;
        self.put_request(&[], &kept).await?;
        self.take_up(bundle, family).await
    }

    /// Takes up the new keys of [`Guardian::make_new_keys`] again, in another session.
    ///
    /// # Errors
    /// There are none, or the password is another.
    pub async fn unlock_new_keys(&mut self) -> Result<(), ClientError> {
        let own = self.own_request().await?;
        let family = Kept::from_bytes(&own.kept.0)?.bundle.owner().family;
        let bundle = self.open_kept(&own.kept.0)?;
        self.take_up(bundle, family).await
    }

    async fn take_up(&mut self, bundle: Bundle, family: FamilyId) -> Result<(), ClientError> {
        let genesis = Some(self.shown_genesis(family).await?);
        let private = bundle.keys();
        self.keys = Some(Keys { bundle, private, family, genesis, seen: None, beside: None });
        self.chain = None;
        Ok(())
    }

    /// Asks the family's toys to announce the new keys. Answers the code that the toy must show,
    /// too, before anybody presses its button.
    ///
    /// # Errors
    /// No new keys were made, or they aren't verified yet.
    pub async fn ask_toy(&self, verification: &Verification) -> Result<String, ClientError> {
        let own = self.own_request().await?;
        let (sealed, _) = self.fetch_keys().await?;
        let Keys { private, family, genesis, .. } = self.keys()?;
        let none = ClientError::NotNow("make new keys first");
        let genesis = genesis.ok_or(none)?;
        let announcement = Announcement {
            lost: sealed.owner().guardian,
            keys: private.public(),
            vpc: Self::attestation(verification)?,
            accept_sig: [0; 64],
        };
        let announcement = announcement.accepted(*family, &private.sig);
        let ask = AskToy { genesis, announcement };
        self.put_request(&ask.to_bytes(), &own.kept.0).await
    }

    /// Comes back with the new keys, once a toy has handed over what it may read: keeps them in
    /// place of the lost ones, and replaces every key that the lost ones knew. Answers the code of
    /// a new recovery kit.
    ///
    /// # Errors
    /// The toy's three days aren't over, or its announcement was called off.
    pub async fn come_back(&mut self) -> Result<KitCode, ClientError> {
        self.sync().await?;
        let Keys { bundle, private, family, .. } = self.keys()?;
        if self.family()?.member(private.sig.id()).is_none() {
            return Err(ClientError::NotNow("no toy has brought these keys into the family yet"));
        }
        let rng = &mut random::rng();
        let owner = Owner { family: *family, guardian: private.sig.id() };
        let (sealed, bundle_key) = SealedBundle::seal(*family, bundle, rng);
        let contents = Opened { bundle_key, seen: self.chain()?.seen() };
        let kit = KitCode::generate(rng);
        let slots: Vec<B64> = [self.password_kek()?, Kek::from_kit(&kit)]
            .iter()
            .map(|kek| Slot::seal(SlotId::random(rng), &owner, kek, &contents, rng))
            .map(|slot| B64(slot.to_bytes()))
            .collect();
        let body = json!({ "bundle": b64(&sealed.to_bytes()), "slots": slots });
        self.caller.call(Call::send(Method::PUT, "/v1/account/keys".to_owned(), body)).await?;
        if let Some(keys) = &mut self.keys {
            keys.beside = Some(Kek::from_kit(&kit));
        }
        self.tell_anchors(vec![Anchor::Opaque, Anchor::Kit]).await?;
        self.rotate().await?;
        self.forget_request().await?;
        Ok(kit)
    }

    /// The new keys that toys have announced, by the link that calls them off, with the key that
    /// was lost and the toy.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn announced_keys(&mut self) -> Result<Vec<(Hash, KeyId, KeyId)>, ClientError> {
        self.sync().await?;
        let announced = self.family()?.recoveries();
        Ok(announced.map(|asked| (asked.link, asked.lost, asked.by)).collect())
    }

    /// Calls off new keys that a toy has announced: nobody lost any.
    ///
    /// # Errors
    /// It was called off or carried out before, or isn't this guardian's to decide.
    pub async fn call_off(&mut self, announcement: Hash) -> Result<(), ClientError> {
        self.append(|pen, _, _| Ok(pen.write(Body::Revoke(vec![announcement]))?)).await.map(drop)
    }

    /// The same with the session alone, for who did lose the keys and not this way.
    ///
    /// # Errors
    /// As for [`Guardian::call_off`].
    pub async fn call_off_without_keys(
        &self,
        family: FamilyId,
        announcement: Hash,
    ) -> Result<(), ClientError> {
        let body = json!({ "what": "call-off", "announcement": announcement.to_string() });
        let path = format!("/v1/families/{family}/reductions");
        self.caller.call(Call::send(Method::POST, path, body)).await.map(drop)
    }

    /// Fresh keys, and the same sealed for the server to keep.
    fn fresh_bundle(&self, family: FamilyId) -> Result<(Bundle, Vec<u8>), ClientError> {
        let rng = &mut random::rng();
        let bundle = Bundle::from_seed(Secret::random(rng));
        let owner = Owner { family, guardian: bundle.keys().sig.id() };
        let (sealed, bundle_key) = SealedBundle::seal(family, &bundle, rng);
        let contents = Opened { bundle_key, seen: NOTHING };
        let slot = Slot::seal(SlotId::random(rng), &owner, &self.password_kek()?, &contents, rng);
        Ok((bundle, Kept { bundle: sealed, slot }.to_bytes()))
    }

    fn open_kept(&self, kept: &[u8]) -> Result<Bundle, ClientError> {
        let Kept { bundle, slot } = Kept::from_bytes(kept)?;
        let owner = bundle.owner();
        let opened = slot.open(&owner, &self.password_kek()?);
        let another = ClientError::Locked("the password was changed since: ask again");
        Ok(bundle.open(&owner, &opened.map_err(|_| another)?.bundle_key)?)
    }

    /// The first link as the server shows it. Whoever helps compares it with its own.
    async fn shown_genesis(&self, family: FamilyId) -> Result<Hash, ClientError> {
        self.fetch_genesis(family).await?.ok_or(MALFORMED)
    }

    async fn put_request(&self, request: &[u8], kept: &[u8]) -> Result<String, ClientError> {
        let body = json!({ "request": b64(request), "kept": b64(kept) });
        let path = "/v1/account/recovery".to_owned();
        self.caller.call(Call::send(Method::PUT, path, body)).await?;
        Ok(back::code(request))
    }

    async fn own_request(&self) -> Result<OwnAnswer, ClientError> {
        let call = Call::get("/v1/account/recovery".to_owned());
        let answer = self.caller.call(call).await.map_err(|error| match error.status() {
            Some(404) => ClientError::NotNow("nobody was asked for help"),
            _ => error,
        })?;
        answer.json()
    }

    /// Takes back what was asked.
    ///
    /// # Errors
    /// Nothing was asked.
    pub async fn forget_request(&self) -> Result<(), ClientError> {
        let call = Call::act(Method::DELETE, "/v1/account/recovery".to_owned());
        self.caller.call(call).await.map(drop)
    }

    /// The family that the account belongs to, whether or not its keys are at hand.
    ///
    /// # Errors
    /// The server can't be reached, or there is none.
    pub async fn own_family(&self) -> Result<FamilyId, ClientError> {
        #[derive(Deserialize)]
        struct Own {
            family: Option<String>,
        }
        let own: Own = self.caller.call(Call::get("/v1/account".to_owned())).await?.json()?;
        let none = ClientError::NotNow("the account belongs to no family yet");
        id(&own.family.ok_or(none)?)
    }
}
