//! The way in: account, keys, verification.

use serde_json::{Value, json};
use treehouse_client::ClientError;
use treehouse_client::guardian::{Guardian, Verification};
use treehouse_client::opaque::Ksf;
use treehouse_protocol::registry::{Coded as _, Method};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::{Desk, nothing};
use crate::asked::{Asked, Given};
use crate::trouble::Trouble;
use crate::view;

impl Desk {
    pub(super) async fn account(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "deployment" => {
                let server = self.server().await?;
                let methods = server.methods().await?;
                let methods: Vec<&str> = methods.iter().map(|method| method.word()).collect();
                let kinds = server.kinds().await?;
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
                let (name, url) = (&server.pinned().deployment, &server.pinned().url);
                json!({ "name": name, "url": url, "methods": methods, "kinds": kinds }).into()
            }
            "standing" => self.standing().into(),
            "askLink" => {
                let server = self.server().await?;
                Guardian::ask_link(&server, &asked.text(0)?, asked.arg(1)?).await?;
                nothing()
            }
            "register" => {
                let (server, password) = (self.server().await?, Zeroizing::new(asked.text(1)?));
                let token = asked.text(0)?;
                let guardian =
                    Guardian::register(&server, &token, &password, &Ksf::standard()).await?;
                self.leave();
                self.guardian = Some(guardian);
                self.standing().into()
            }
            "signIn" => {
                let (server, password) = (self.server().await?, Zeroizing::new(asked.text(1)?));
                let email = asked.text(0)?;
                let guardian =
                    Guardian::sign_in(&server, &email, &password, &Ksf::standard()).await?;
                self.leave();
                self.guardian = Some(guardian);
                self.unlocked().await?
            }
            "signOut" => {
                let everywhere = asked.arg(0)?;
                if let Some(guardian) = self.guardian.take() {
                    self.leave();
                    guardian.sign_out(everywhere).await?;
                }
                nothing()
            }
            "sessions" => {
                let sessions = self.guardian()?.sessions().await?;
                let listed = sessions.iter();
                let listed = listed.map(|(id, own)| json!({ "id": id, "current": own }));
                listed.collect::<Value>().into()
            }
            "changePassword" => {
                let fresh = Zeroizing::new(asked.text(0)?);
                self.guardian()?.change_password(&fresh, &Ksf::standard()).await?;
                nothing()
            }
            "closeAccount" => {
                if let Some(guardian) = self.guardian.take() {
                    self.leave();
                    let family = guardian.family_id().ok();
                    guardian.close_account().await?;
                    family.map_or(Ok(()), |family| self.memory.forget(family))?;
                }
                nothing()
            }
            _ => return self.keys(asked).await,
        }))
    }

    async fn keys(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "makeKeys" => {
                let invitation: Option<String> = asked.arg(0)?;
                let guardian = self.guardian()?;
                let kit = match invitation {
                    Some(url) => guardian.make_keys_for(&url).await?,
                    None => guardian.make_keys(None).await?,
                };
                json!(*kit.text()).into()
            }
            "unlock" => {
                self.guardian()?.unlock().await?;
                self.unlocked().await?
            }
            "unlockWithKit" => {
                let code = Zeroizing::new(asked.text(0)?);
                self.guardian()?.unlock_with_kit(&code).await?;
                self.unlocked().await?
            }
            "resume" => {
                #[cfg(target_family = "wasm")]
                if self.guardian.is_none() {
                    self.guardian = Guardian::resume(&self.server().await?).await?;
                }
                self.standing().into()
            }
            "passkeys" => json!(self.guardian()?.passkeys().await?).into(),
            "addPasskey" => {
                self.guardian()?.add_passkey(&output(asked)?).await?;
                nothing()
            }
            "removePasskeys" => {
                self.guardian()?.remove_passkeys().await?;
                nothing()
            }
            "unlockWithPasskey" => {
                self.guardian()?.unlock_with_passkey(&output(asked)?).await?;
                self.unlocked().await?
            }
            _ => return self.verify(asked).await,
        }))
    }

    /// How the operator comes to know that this is an adult.
    async fn verify(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "askVerification" => {
                let (method, notice) = (asked.word::<Method>(0)?, asked.hash(1)?);
                let number: Option<String> = asked.arg(2)?;
                let guardian = self.guardian()?;
                let begun = match number {
                    Some(number) => guardian.ask_by_sms(&number, notice).await?,
                    None => guardian.ask_verification(method, notice).await?,
                };
                shown(&begun).into()
            }
            "typeCode" => {
                self.guardian()?.type_code(&asked.text(0)?, &asked.text(1)?).await?;
                nothing()
            }
            "askQuestions" => {
                let (id, person): (String, Value) = (asked.text(0)?, asked.arg(1)?);
                self.guardian()?.ask_questions(&id, person).await?.into()
            }
            "answerQuestions" => {
                let (id, chosen): (String, Vec<u8>) = (asked.text(0)?, asked.arg(1)?);
                shown(&self.guardian()?.answer_questions(&id, &chosen).await?).into()
            }
            "verification" => shown(&self.verification(&asked.text(0)?).await?).into(),
            "confirm" => {
                let server = self.server().await?;
                Guardian::confirm(&server, &asked.text(0)?).await?;
                nothing()
            }
            "form" => Given::Bytes(self.guardian()?.form(&asked.text(0)?).await?),
            "sendForm" => {
                self.guardian()?.send_form(&asked.text(0)?, &asked.bytes).await?;
                nothing()
            }
            _ => return Ok(None),
        }))
    }

    /// How a verification stands; a payment is looked for.
    async fn verification(&mut self, id: &str) -> Result<Verification, Trouble> {
        let guardian = self.guardian()?;
        let found = guardian.verification(id).await?;
        if found.method != Method::PaymentCard.word() || found.state != "asked" {
            return Ok(found);
        }
        Ok(guardian.look_for_payment(id).await?)
    }

    /// Opens keys and family as far as there are any: somebody who is new has none yet. A chain that
    /// isn't the one that was seen before ends it.
    async fn unlocked(&mut self) -> Result<Given, Trouble> {
        match self.read_chain().await {
            Err(
                error @ (ClientError::Impostor(_)
                | ClientError::Nonsense(_)
                | ClientError::Chain(_)
                | ClientError::Local(_)),
            ) => {
                self.leave();
                Err(error.into())
            }
            _ => Ok(self.standing().into()),
        }
    }

    /// Compares the chain with what the slots and this browser remember of it.
    async fn read_chain(&mut self) -> Result<(), ClientError> {
        let Some(guardian) = &mut self.guardian else {
            return Ok(());
        };
        if guardian.public().is_err() {
            guardian.unlock().await?;
        }
        guardian.sync().await?;
        self.memory.compare(guardian.family()?)
    }

    fn standing(&self) -> Value {
        let Some(guardian) = &self.guardian else {
            return json!({ "signedIn": false, "unlocked": false });
        };
        let family = guardian.family().ok();
        let own = guardian.key().ok();
        let member = family.zip(own).and_then(|(family, own)| family.member(own));
        json!({
            "signedIn": true,
            "account": guardian.account().to_string(),
            "unlocked": own.is_some(),
            "family": family.and_then(|_| guardian.family_id().ok()).map(|id| id.to_string()),
            "role": member.and_then(view::role),
        })
    }
}

/// What a passkey gave.
fn output(asked: &Asked) -> Result<Secret<32>, Trouble> {
    let bytes = <[u8; 32]>::try_from(asked.bytes.as_slice());
    let bytes = bytes.map_err(|_| Trouble::invalid("a passkey gives 32 bytes"))?;
    Ok(Secret::from_bytes(*Zeroizing::new(bytes)))
}

fn shown(verification: &Verification) -> Value {
    let Verification { id, method, code, reached_at, pay_at, price, show_at, state, .. } =
        verification;
    json!({
        "id": id,
        "method": method,
        "code": code,
        "reachedAt": reached_at,
        "payAt": pay_at,
        "price": price,
        "showAt": show_at,
        "state": state,
    })
}
