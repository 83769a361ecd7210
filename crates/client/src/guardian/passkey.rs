//! A passkey as a further way to one's keys. What it gives for a fixed salt (by its PRF
//! extension) opens a slot, as the password does; the server learns that there is such a slot.

use http::Method;
use serde_json::json;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::SlotId;
use treehouse_protocol::registry::Anchor;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{Kek, Slot};

use super::Guardian;
use crate::error::ClientError;
use crate::http::{Call, b64};
use crate::random;

impl Guardian {
    /// The guardian whose session this browser still holds, with locked keys; `None` if there is
    /// none.
    ///
    /// # Errors
    /// The server can't be reached, or isn't the one that was pinned.
    #[cfg(target_family = "wasm")]
    pub async fn resume(server: &crate::server::Server) -> Result<Option<Self>, ClientError> {
        #[derive(serde::Deserialize)]
        struct Own {
            account: String,
        }
        server.require_account_age()?;
        let caller = crate::caller::Caller::resumed(server);
        let own: Own = match caller.call(Call::get("/v1/account".to_owned())).await {
            Ok(answer) => answer.json()?,
            Err(error) if error.status() == Some(401) => return Ok(None),
            Err(error) => return Err(error),
        };
        let account = crate::http::id(&own.account)?;
        Ok(Some(Self {
            export_key: None,
            ..Self::new(caller, account, Secret::from_bytes([0; 64]))
        }))
    }

    /// Lets a passkey open the keys from now on. `output` is what it gave for
    /// [`PRF_SALT`](treehouse_protocol::slot::PRF_SALT).
    ///
    /// # Errors
    /// This session isn't by password, or there is no room for another slot.
    pub async fn add_passkey(&self, output: &Secret<32>) -> Result<(), ClientError> {
        let locked = ClientError::Locked("sign in with the password first");
        let open = self.export_key.as_ref().map(Kek::from_opaque).ok_or(locked)?;
        self.add_slot(&open, &Kek::from_prf(output)).await
    }

    /// Unlocks the keys with a passkey.
    ///
    /// # Errors
    /// It isn't a passkey of this account, or the account has no keys.
    pub async fn unlock_with_passkey(&mut self, output: &Secret<32>) -> Result<(), ClientError> {
        self.unlock_with(&Kek::from_prf(output)).await
    }

    /// How many passkeys open the keys.
    ///
    /// # Errors
    /// The server can't be reached, or the account has no keys.
    pub async fn passkeys(&self) -> Result<usize, ClientError> {
        let (_, slots) = self.fetch_keys().await?;
        Ok(slots.iter().filter(|slot| slot.anchor() == Anchor::Prf).count())
    }

    /// Lets no passkey open the keys any more.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn remove_passkeys(&self) -> Result<(), ClientError> {
        let (_, slots) = self.fetch_keys().await?;
        for slot in slots.iter().filter(|slot| slot.anchor() == Anchor::Prf) {
            let path = format!("/v1/account/slots/{}", slot.id());
            self.caller.call(Call::act(Method::DELETE, path)).await?;
        }
        Ok(())
    }

    /// Adds a slot for an anchor, from one that is open. There is one already: nothing to do.
    pub(super) async fn add_slot(&self, open: &Kek, fresh: &Kek) -> Result<(), ClientError> {
        let (sealed, slots) = self.fetch_keys().await?;
        let owner = sealed.owner();
        if slots.iter().any(|slot| slot.open(&owner, fresh).is_ok()) {
            return Ok(());
        }
        let wrong = ClientError::Locked("this doesn't open the keys");
        let contents = slots.iter().find_map(|slot| slot.open(&owner, open).ok()).ok_or(wrong)?;
        let rng = &mut random::rng();
        let slot = Slot::seal(SlotId::random(rng), &owner, fresh, &contents, rng);
        let body = json!({ "slot": b64(&slot.to_bytes()) });
        self.caller.call(Call::send(Method::PUT, "/v1/account/slots".to_owned(), body)).await?;
        Ok(())
    }
}
