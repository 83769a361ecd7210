//! Being linked: the toy shows a code, a guardian proposes a place, the toy proves its key.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::chain::body::{Caps, DeviceAdd, NewKey};
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::pairing::{PairingQr, ToyCheck, UserCode};
use treehouse_protocol::registry::Coded;

use super::{Linked, Toy};
use crate::caller::Caller;
use crate::error::ClientError;
use crate::http::{B64, Call, b64, hash, id};
use crate::pairing::Check;
use crate::random;

#[derive(Deserialize)]
struct Code {
    device_code: String,
    user_code: String,
}

#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
enum Answer {
    AuthorizationPending,
    Proposed { family: String, genesis: String, child: Option<String>, caps: u8, nonce: B64 },
    Linked { family: String, access_token: String },
}

/// A toy that waits to be linked.
#[derive(Debug)]
pub struct Waiting {
    device_code: String,
    /// What the toy shows, and a guardian scans, or types the code of.
    shown: PairingQr,
    check: Option<ToyCheck>,
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    family: FamilyId,
    genesis: Hash,
    child: Option<ChildId>,
    caps: Caps,
    toy_nonce: [u8; 16],
}

/// How far the linking has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has typed the code yet.
    Waiting,
    /// A guardian wants the toy. If there are pictures, show them and ask whether the telephone
    /// shows the same; then [`Toy::accept`].
    Proposed(Check),
    /// The guardian has yet to finish.
    Accepted,
    /// The toy belongs to the family.
    Linked,
}

impl Waiting {
    /// The code that the toy shows, for those who can't scan.
    #[must_use]
    pub fn code(&self) -> String {
        self.shown.code.text()
    }

    /// The text of the picture that the toy shows: the code, the fingerprint of its keys, and a
    /// secret by which it knows who has seen the picture. It's for the toy's own screen only.
    #[must_use]
    pub fn qr(&self) -> String {
        self.shown.text()
    }
}

impl Toy {
    /// Asks for a code.
    ///
    /// # Errors
    /// The toy belongs to a family, or the server can't be reached.
    pub async fn ask_code(&self) -> Result<Waiting, ClientError> {
        self.ask_code_for(0).await
    }

    /// The same for a toy that says what it can do, by the bits of [`Caps`]: guardians are asked
    /// about nothing else.
    ///
    /// # Errors
    /// As for [`Toy::ask_code`].
    pub async fn ask_code_for(&self, caps: u8) -> Result<Waiting, ClientError> {
        if self.is_linked() {
            return Err(ClientError::NotNow(
                "the toy belongs to a family: it must be released first",
            ));
        }
        let public = self.keys.public();
        let (check, commitment) = ToyCheck::start(public.fingerprint(), &mut random::rng());
        let body = json!({
            "signing_key": b64(public.sig.bytes()),
            "suite": public.kem.suite().code(),
            "sealing_key": b64(public.kem.bytes()),
            "commitment": b64(&commitment),
            "caps": caps,
        });
        let call = Call::send(Method::POST, "/v1/toys/code".to_owned(), body);
        let code: Code = self.server.call(call, &[]).await?.json()?;
        let shown = check.qr(UserCode::parse(&code.user_code)?);
        Ok(Waiting { device_code: code.device_code, shown, check: Some(check), place: None })
    }

    /// Asks how far the linking has come.
    ///
    /// # Errors
    /// The code is over, or the server can't be reached.
    pub async fn progress(&mut self, waiting: &mut Waiting) -> Result<Progress, ClientError> {
        let body = json!({ "device_code": waiting.device_code });
        let call = Call::send(Method::POST, "/v1/toys/progress".to_owned(), body);
        let answer: Answer = self.server.call(call, &[]).await?.json()?;
        match (answer, waiting.check.take()) {
            (Answer::AuthorizationPending, check) => {
                waiting.check = check;
                let accepted = waiting.place.is_some();
                Ok(if accepted { Progress::Accepted } else { Progress::Waiting })
            }
            (Answer::Proposed { family, genesis, child, caps, nonce }, Some(check)) => {
                let nonce = nonce.0.as_slice().try_into();
                let nonce: [u8; 16] =
                    nonce.map_err(|_| ClientError::Nonsense("the nonce has another length"))?;
                let genesis = hash(&genesis)?;
                let (toy_nonce, pictures) = check.reveal(&nonce, genesis);
                let caps = Caps::from_bits(caps);
                waiting.place = Some(Place {
                    family: id(&family)?,
                    genesis,
                    child: child.as_deref().map(id).transpose()?,
                    caps: caps.ok_or(ClientError::Nonsense("the capabilities are unknown"))?,
                    toy_nonce,
                });
                Ok(Progress::Proposed(pictures.map_or(Check::Scanned, Check::Compare)))
            }
            (Answer::Proposed { .. }, None) => Ok(Progress::Accepted),
            (Answer::Linked { family, access_token }, _) => {
                self.be_linked(waiting, &family, access_token)?;
                Ok(Progress::Linked)
            }
        }
    }

    /// Accepts the place that was proposed: the pictures were the same on both sides, if there were
    /// any.
    ///
    /// # Errors
    /// Nothing was proposed, or the code is over.
    pub async fn accept(&self, waiting: &Waiting) -> Result<(), ClientError> {
        let nothing = ClientError::NotNow("no guardian has proposed a place yet");
        let place = waiting.place.as_ref().ok_or(nothing)?;
        let add = DeviceAdd {
            keys: self.keys.public(),
            child: place.child,
            caps: place.caps,
            accept_sig: [0; 64],
        };
        let mut accepted = add.accepted(place.family, &self.keys.sig);
        let body = json!({
            "device_code": waiting.device_code,
            "nonce": b64(&place.toy_nonce),
            "accept_sig": b64(accepted.accept_sig()),
        });
        let call = Call::send(Method::POST, "/v1/toys/accept".to_owned(), body);
        self.server.call(call, &[]).await.map(drop)
    }

    /// Pins the family that scanned the toy, or whose pictures were compared; the server can't put
    /// another in its place.
    fn be_linked(
        &mut self,
        waiting: &Waiting,
        family: &str,
        token: String,
    ) -> Result<(), ClientError> {
        let place = waiting.place.as_ref();
        let place = place.ok_or(ClientError::Nonsense("it links a toy that accepted nothing"))?;
        if id(family)? != place.family {
            return Err(ClientError::Swapped("it links the toy to another family"));
        }
        self.caller = Some(Caller::toy(&self.server, &token, &self.keys.sig));
        self.state.linked = Some(Linked {
            token,
            family: B64(place.family.bytes().to_vec()),
            genesis: B64(place.genesis.bytes().to_vec()),
            child: place.child.map(|child| B64(child.bytes().to_vec())),
        });
        self.save()
    }
}
