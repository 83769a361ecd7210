//! Who asks, and how each proves who it is.

use anyhow::{Result, ensure};
use rand_core::Rng as _;
use treehouse_client::Server;
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_protocol::registry::Method;
use treehouse_server::random;

use super::moves::Draft;
use crate::house::{House, password, sign_in};
use crate::serve::Served;
use crate::wire::{Answer, Wire, request};

/// Whom no consent stands behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Somebody who proves nothing.
    Nobody,
    /// A guardian with an account and keys, who was never verified.
    Opened,
    /// The same, whose verification was begun and never finished.
    Asked,
    /// A toy whose guardian has taken the consent back.
    Toy,
}

impl Asker {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Opened, Self::Asked, Self::Toy];

    /// One of them.
    pub fn any() -> Self {
        Self::ALL[random::rng().next_u32() as usize % Self::ALL.len()]
    }

    /// Opens an account with keys; answers the header line of its session.
    pub async fn opened(served: &Served, number: usize) -> Result<String> {
        let email = begin(served, number).await?.0;
        sign_in(&mut served.connect().await?, &email).await
    }

    /// The same, with a verification that waits for an answer to its letter.
    pub async fn asked(served: &Served, number: usize) -> Result<String> {
        let (email, guardian) = begin(served, number).await?;
        let notice = guardian.server().notice("direct", "en").await?.hash;
        guardian.ask_verification(Method::EmailPlus, notice).await?;
        sign_in(&mut served.connect().await?, &email).await
    }
}

async fn begin(served: &Served, number: usize) -> Result<(String, Guardian)> {
    let email = format!("nobody-{number}@families.example");
    let connection = Server::connect(&served.url(), Some(&served.authority)).await?;
    Guardian::ask_link(&connection, &email, false).await?;
    let token = served.post.token(&email, "open").await?;
    let ksf = Ksf::cheap_for_load_tests();
    let mut guardian = Guardian::register(&connection, &token, &password(&email), &ksf).await?;
    guardian.make_keys(None).await?;
    Ok((email, guardian))
}

/// A connection on which all of them ask in turn.
pub struct Session<'s> {
    served: &'s Served,
    house: &'s House,
    cookies: [String; 2],
    wire: Wire,
    nonce: String,
}

impl<'s> Session<'s> {
    /// Connects.
    pub async fn connect(
        served: &'s Served,
        house: &'s House,
        cookies: [String; 2],
    ) -> Result<Self> {
        let wire = served.connect().await?;
        Ok(Self { served, house, cookies, wire, nonce: String::new() })
    }

    /// Sends a request, once more if the toy's proof needs another nonce or the server has closed
    /// the connection, as it does after some refusals.
    pub async fn ask(&mut self, asker: Asker, draft: &Draft) -> Result<Answer> {
        let answer = if let Ok(answer) = self.once(asker, draft).await {
            answer
        } else {
            self.wire = self.served.connect().await?;
            self.once(asker, draft).await?
        };
        let nonce = answer.header("dpop-nonce").filter(|nonce| *nonce != self.nonce);
        let answer = match nonce {
            Some(nonce) if answer.status == 401 && asker == Asker::Toy => {
                nonce.clone_into(&mut self.nonce);
                self.once(asker, draft).await?
            }
            _ => answer,
        };
        if answer.header("connection") == Some("close") {
            self.wire = self.served.connect().await?;
        }
        Ok(answer)
    }

    /// Fails unless somebody is still known: else every request would be refused, whatever it is.
    pub async fn require_known(&mut self, asker: Asker) -> Result<()> {
        let target = match asker {
            Asker::Nobody => "/v1/deployment".to_owned(),
            Asker::Opened | Asker::Asked => "/v1/account".to_owned(),
            Asker::Toy => format!("/v1/families/{}/chain", self.house.family),
        };
        let (name, method) = (target.clone(), "GET".to_owned());
        let draft = Draft { name, method, target, kind: "application/json", body: Vec::new() };
        let status = self.ask(asker, &draft).await?.status;
        ensure!(status == 200, "control: {} is answered with {status} at the end", draft.name);
        Ok(())
    }

    async fn once(&mut self, asker: Asker, draft: &Draft) -> Result<Answer> {
        let path = draft.target.split('?').next().unwrap_or_default();
        let proof = match asker {
            Asker::Nobody => String::new(),
            Asker::Opened => self.cookies[0].clone(),
            Asker::Asked => self.cookies[1].clone(),
            Asker::Toy => self.house.proof(&self.served.url(), &draft.method, path, &self.nonce),
        };
        let bytes = request(&draft.method, &draft.target, &proof, draft.kind, &draft.body);
        self.wire.exchange(&bytes).await
    }
}
