//! The way in: an account and its keys in slots.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Genesis, GuardianRemove};
use treehouse_protocol::chain::family::{Member, Standing};
use treehouse_protocol::chain::pen;
use treehouse_protocol::id::{FamilyId, Hash, KeyId, Seen, SlotId};
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, Ksf, Registered};
use treehouse_protocol::registry::Anchor;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};
use zeroize::Zeroizing;

use super::slots::{NOTHING, remembered};
use super::verification::Verification;
use super::{Guardian, Keys};
use crate::caller::Caller;
use crate::data;
use crate::error::ClientError;
use crate::http::{Answer, B64, Call, b64, id};
use crate::platform;
use crate::random;
use crate::server::Server;

/// Characters of a password: what NIST SP 800-63B-4 asks of a single factor.
pub const PASSWORD_CHARS_MIN: usize = 15;

#[derive(Deserialize)]
struct Started {
    response: B64,
}

#[derive(Deserialize)]
struct SignInStarted {
    ticket: B64,
    response: B64,
}

#[derive(Deserialize)]
struct SignedIn {
    account: String,
}

#[derive(Deserialize)]
struct SealedKeys {
    bundle: B64,
    slots: Vec<B64>,
}

#[derive(Deserialize)]
struct Own {
    family: Option<String>,
}

/// A password as it is typed on any keyboard (RFC 8265 section 4.2: NFC).
fn normal(password: &str) -> Zeroizing<String> {
    Zeroizing::new(platform::nfc(password))
}

impl Guardian {
    /// Has a link mailed, to open an account (`register`) or to set a new password (`reset`).
    ///
    /// # Errors
    /// The server can't be reached, or refuses the address; or the system says that it's a child's.
    pub async fn ask_link(server: &Server, email: &str, reset: bool) -> Result<(), ClientError> {
        server.require_account_age()?;
        let body = json!({ "email": email, "purpose": if reset { "reset" } else { "register" } });
        let call = Call::send(Method::POST, "/v1/accounts/links".to_owned(), body);
        server.call(call, &[]).await.map(drop)
    }

    /// Opens an account, or sets its new password, with the token of a mailed link. The password
    /// doesn't leave this machine.
    ///
    /// # Errors
    /// The password is too short; the link was used or is over; another server answers.
    pub async fn register(
        server: &Server,
        token: &str,
        password: &str,
        ksf: &Ksf,
    ) -> Result<Self, ClientError> {
        server.require_account_age()?;
        let long = password.chars().count() >= PASSWORD_CHARS_MIN;
        if !long {
            return Err(ClientError::NotNow("the password must have at least 15 characters"));
        }
        let (state, request) =
            ClientRegistration::start(normal(password).as_bytes(), &mut random::rng())?;
        let body = json!({ "token": token, "request": b64(&request) });
        let call = Call::send(Method::POST, "/v1/accounts/start".to_owned(), body);
        let started: Started = server.call(call, &[]).await?.json()?;
        let registered = finish_registration(server, state, &started.response.0, ksf)?;
        let body = json!({ "token": token, "record": b64(&registered.record) });
        let call = Call::send(Method::POST, "/v1/accounts".to_owned(), body);
        let answer = server.call(call, &[]).await?;
        Self::of(server, &answer, registered.export_key)
    }

    /// Signs in. The password doesn't leave this machine, and a server that doesn't know it
    /// can't pretend to.
    ///
    /// # Errors
    /// [`ClientError::WrongPassword`]: whether the address or the password, nobody can tell.
    pub async fn sign_in(
        server: &Server,
        email: &str,
        password: &str,
        ksf: &Ksf,
    ) -> Result<Self, ClientError> {
        server.require_account_age()?;
        let (state, request) = ClientLogin::start(normal(password).as_bytes(), &mut random::rng())?;
        let body = json!({ "email": email, "request": b64(&request) });
        let call = Call::send(Method::POST, "/v1/sessions/start".to_owned(), body);
        let started: SignInStarted = server.call(call, &[]).await?.json()?;
        let rng = &mut random::rng();
        let finished = state.finish(&started.response.0, server.deployment_name(), ksf, rng);
        let finished = finished.map_err(|_| ClientError::WrongPassword)?;
        if finished.server_key != server.opaque_key() {
            return Err(ClientError::Impostor("its sign-in key is another"));
        }
        let body = json!({ "ticket": started.ticket, "message": b64(&finished.message) });
        let call = Call::send(Method::POST, "/v1/sessions".to_owned(), body);
        let answer = server.call(call, &[]).await.map_err(|error| match error.status() {
            Some(401) => ClientError::WrongPassword,
            _ => error,
        })?;
        Self::of(server, &answer, finished.export_key)
    }

    fn of(server: &Server, answer: &Answer, export_key: Secret<64>) -> Result<Self, ClientError> {
        let account: SignedIn = answer.json()?;
        let caller = Caller::signed_in(server, answer)?;
        Ok(Self::new(caller, id(&account.account)?, export_key))
    }

    /// Makes the guardian's keys, for a new family or for the one that it's invited to, and keeps
    /// them on the server: sealed, with a slot for the password and one for the recovery kit.
    /// Answers the kit's code, which must be printed: without it and without the password, a
    /// lonely guardian's keys are lost.
    ///
    /// # Errors
    /// The server can't be reached, or the password isn't at hand that shall open them.
    pub async fn make_keys(&mut self, family: Option<FamilyId>) -> Result<KitCode, ClientError> {
        self.make_keys_after(family, NOTHING).await
    }

    /// The same by who knows a place of the family's chain already.
    pub(super) async fn make_keys_after(
        &mut self,
        family: Option<FamilyId>,
        seen: Seen,
    ) -> Result<KitCode, ClientError> {
        let rng = &mut random::rng();
        let family = family.unwrap_or_else(|| FamilyId::random(rng));
        let bundle = Bundle::from_seed(Secret::random(rng));
        let private = bundle.keys();
        let owner = Owner { family, guardian: private.sig.id() };
        let (sealed, bundle_key) = SealedBundle::seal(family, &bundle, rng);
        let contents = Opened { bundle_key, seen };
        let kit = KitCode::generate(rng);
        // A page that was loaded anew has none: keys made there would open by the kit alone.
        let missing = ClientError::Locked("sign in with the password first");
        let export_key = self.export_key.as_ref().ok_or(missing)?;
        let slots: Vec<B64> = [Kek::from_kit(&kit), Kek::from_opaque(export_key)]
            .iter()
            .map(|kek| Slot::seal(SlotId::random(rng), &owner, kek, &contents, rng))
            .map(|slot| B64(slot.to_bytes()))
            .collect();
        let body = json!({ "bundle": b64(&sealed.to_bytes()), "slots": slots });
        self.caller.call(Call::send(Method::PUT, "/v1/account/keys".to_owned(), body)).await?;
        let (seen, beside) = (remembered(&contents), Some(Kek::from_kit(&kit)));
        self.keys = Some(Keys { bundle, private, family, genesis: None, seen, beside });
        Ok(kit)
    }

    /// Unlocks the keys with the password that was given at sign-in.
    ///
    /// # Errors
    /// The account has no keys, or none that this password opens.
    pub async fn unlock(&mut self) -> Result<(), ClientError> {
        const NONE: ClientError =
            ClientError::Locked("sign in with the password, or use the recovery kit");
        let kek = Kek::from_opaque(self.export_key.as_ref().ok_or(NONE)?);
        self.unlock_with(&kek).await
    }

    /// Unlocks the keys with the recovery kit, and lets the password open them from now on: what
    /// is left to do after a forgotten password was replaced.
    ///
    /// # Errors
    /// The code isn't the kit's, or the account has no keys.
    pub async fn unlock_with_kit(&mut self, code: &str) -> Result<(), ClientError> {
        let kek = Kek::from_kit(&KitCode::parse(code)?);
        self.unlock_with(&kek).await?;
        self.add_password_slot(&kek).await
    }

    pub(super) async fn unlock_with(&mut self, kek: &Kek) -> Result<(), ClientError> {
        const WRONG: ClientError = ClientError::Locked("this doesn't open the keys");
        let (sealed, slots) = self.fetch_keys().await?;
        let owner = sealed.owner();
        let mut fitting = slots.iter().filter(|slot| slot.anchor() == kek.anchor());
        let opened = fitting.find_map(|slot| slot.open(&owner, kek).ok()).ok_or(WRONG)?;
        let bundle = sealed.open(&owner, &opened.bundle_key)?;
        let (private, family, seen) = (bundle.keys(), owner.family, remembered(&opened));
        let beside = (kek.anchor() != Anchor::Opaque).then(|| kek.clone());
        self.keys = Some(Keys { bundle, private, family, genesis: None, seen, beside });
        Ok(())
    }

    pub(super) async fn fetch_keys(&self) -> Result<(SealedBundle, Vec<Slot>), ClientError> {
        let call = Call::get("/v1/account/keys".to_owned());
        let keys: SealedKeys = self.caller.call(call).await?.json()?;
        let slots = keys.slots.iter().map(|slot| Slot::from_bytes(&slot.0));
        Ok((SealedBundle::from_bytes(&keys.bundle.0)?, slots.collect::<Result<_, _>>()?))
    }

    /// Adds a slot for the password of this session, from one that is open.
    async fn add_password_slot(&self, open: &Kek) -> Result<(), ClientError> {
        let Some(export_key) = &self.export_key else {
            return Ok(());
        };
        self.add_slot(open, &Kek::from_opaque(export_key)).await
    }

    /// Founds the family: writes the first links of its chain.
    ///
    /// # Errors
    /// The keys are locked, the verification isn't finished, or the account has a family.
    pub async fn found_family(&mut self, verification: &Verification) -> Result<(), ClientError> {
        self.server().require_adult()?;
        self.today = data::today(&self.caller, self.today).await?;
        let vpc = Self::attestation(verification)?;
        let keys = self.keys()?;
        let genesis = Genesis { by_teen: false, keys: keys.private.public(), vpc };
        let first = pen::found(keys.family, genesis, self.today, &keys.private.sig);
        let hash = Hash::of(&first);
        let trust = self.caller.server().trust();
        let chain = crate::Chain::replay(hash, vec![first.clone()], trust, self.today)?;
        let mut pen = pen::Pen::new(chain.family(), &keys.private.sig, trust, self.today);
        pen.write(Body::RecoverySet(vec![Anchor::Opaque, Anchor::Kit]))?;
        let mut links = vec![B64(first)];
        links.extend(pen.finish().into_iter().map(B64));
        let body = json!({ "links": links });
        self.caller.call(Call::send(Method::POST, "/v1/families".to_owned(), body)).await?;
        if let Some(keys) = &mut self.keys {
            keys.genesis = Some(hash);
        }
        self.sync().await
    }

    /// The hash of the first link of a family's chain, as the server shows it.
    pub(super) async fn fetch_genesis(
        &self,
        family: FamilyId,
    ) -> Result<Option<Hash>, ClientError> {
        #[derive(Deserialize)]
        struct Page {
            links: Vec<B64>,
        }
        let own: Own = self.caller.call(Call::get("/v1/account".to_owned())).await?.json()?;
        if own.family.is_none() {
            return Ok(None);
        }
        let path = format!("/v1/families/{family}/chain?from=0&limit=1");
        let page: Page = self.caller.call(Call::get(path)).await?.json()?;
        Ok(page.links.first().map(|link| Hash::of(&link.0)))
    }

    /// Changes the password. Every other session of the account ends.
    ///
    /// # Errors
    /// The keys are locked, or the new password is too short.
    pub async fn change_password(&mut self, new: &str, ksf: &Ksf) -> Result<(), ClientError> {
        if new.chars().count() < PASSWORD_CHARS_MIN {
            return Err(ClientError::NotNow("the password must have at least 15 characters"));
        }
        let rng = &mut random::rng();
        let (state, request) = ClientRegistration::start(normal(new).as_bytes(), rng)?;
        let body = json!({ "request": b64(&request) });
        let call = Call::send(Method::POST, "/v1/account/password/start".to_owned(), body);
        let started: Started = self.caller.call(call).await?.json()?;
        let registered = finish_registration(self.server(), state, &started.response.0, ksf)?;
        let (sealed, slots) = self.fetch_keys().await?;
        let owner = sealed.owner();
        let locked = ClientError::Locked("the keys are locked");
        let old = self.export_key.as_ref().map(Kek::from_opaque).ok_or(locked)?;
        let wrong = ClientError::Locked("this doesn't open the keys");
        let contents = slots.iter().find_map(|slot| slot.open(&owner, &old).ok()).ok_or(wrong)?;
        let kek = Kek::from_opaque(&registered.export_key);
        let slot = Slot::seal(SlotId::random(rng), &owner, &kek, &contents, rng);
        let body = json!({ "record": b64(&registered.record), "slot": b64(&slot.to_bytes()) });
        let call = Call::send(Method::POST, "/v1/account/password".to_owned(), body);
        self.caller.call(call).await?;
        self.export_key = Some(registered.export_key);
        Ok(())
    }

    /// Closes the account: the server forgets it and its address. A guardian whose keys are at hand
    /// leaves the family first. The last owner must have erased the family, which ends with it:
    /// [`Guardian::erase_family`].
    ///
    /// # Errors
    /// Something is left of a family that nobody else decides for.
    pub async fn close_account(mut self) -> Result<(), ClientError> {
        if self.keys.is_some() && self.sync().await.is_ok() && self.may_leave()? {
            let leave = GuardianRemove::Announce(self.key()?);
            // Who leaves is told by the next answer that the family doesn't exist.
            match self.append(|pen, _, _| Ok(pen.write(Body::GuardianRemove(leave.clone()))?)).await
            {
                Err(error) if error.status() != Some(404) => return Err(error),
                _ => {}
            }
        }
        self.caller.call(Call::act(Method::DELETE, "/v1/account".to_owned())).await.map(drop)
    }

    /// Whether somebody else decides for the family.
    fn may_leave(&self) -> Result<bool, ClientError> {
        let (family, own) = (self.family()?, self.key()?);
        let owners = |(key, member): (KeyId, &Member)| {
            let owner = matches!(member.standing, Standing::Owner { .. });
            owner && key != own && member.span.is_open()
        };
        Ok(family.members().any(owners))
    }

    /// Signs out; everywhere, if asked.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn sign_out(self, everywhere: bool) -> Result<(), ClientError> {
        let path = if everywhere { "/v1/sessions" } else { "/v1/sessions/current" };
        self.caller.call(Call::act(Method::DELETE, path.to_owned())).await.map(drop)
    }

    /// The names of the account's sessions, oldest first, and whether each is this one.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn sessions(&self) -> Result<Vec<(String, bool)>, ClientError> {
        #[derive(Deserialize)]
        struct Listed {
            session: String,
            own: bool,
        }
        let call = Call::get("/v1/sessions".to_owned());
        let listed: Vec<Listed> = self.caller.call(call).await?.json()?;
        Ok(listed.into_iter().map(|listed| (listed.session, listed.own)).collect())
    }
}

fn finish_registration(
    server: &Server,
    state: ClientRegistration,
    response: &[u8],
    ksf: &Ksf,
) -> Result<Registered, ClientError> {
    let rng = &mut random::rng();
    let registered = state.finish(response, server.deployment_name(), ksf, rng)?;
    if registered.server_key != server.opaque_key() {
        return Err(ClientError::Impostor("its sign-in key is another"));
    }
    Ok(registered)
}
