//! Ways back to lost keys: the kit, another guardian, a toy.

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde_json::json;
use treehouse_client::Server;
use treehouse_client::guardian::{Asked, Guardian};
use treehouse_client::opaque::Ksf;
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Method;
use treehouse_server::domain::text;

use super::{Family, Known, done};
use crate::output::Output;
use crate::world::notice;

#[derive(Debug, Subcommand)]
pub enum Recover {
    /// Let another guardian give your keys back, should you lose them
    Trust {
        /// The guardian's key, as `list` shows it
        guardian: String,
    },
    /// Ask for a letter that sets a new password
    Letter,
    /// Set a new password with the letter's token: it lets you sign in, and gives no keys back
    Password {
        /// What stands behind # in the letter's link
        token: String,
    },
    /// Come back with the printed recovery kit
    Kit {
        /// The code on it
        code: String,
    },
    /// Ask the guardians whom you trusted; tells the number that their screen must show
    Ask,
    /// Take what a guardian gave back
    Take,
    /// Help a guardian whose screen shows this number; without it, list who asks
    Help {
        /// The number, from the other one's screen
        code: Option<String>,
    },
    /// Make new keys, to come back with by a toy's word
    NewKeys,
    /// Ask the family's toys to announce the new keys; tells the number that the toy must show
    AskToy,
    /// Come back with the new keys, three days after the toy has announced them
    ComeBack,
    /// Call off new keys that a toy has announced; without a link, list them
    CallOff {
        /// The link, as this command lists it
        link: Option<String>,
    },
}

impl Family {
    pub(super) async fn recover(&self, output: Output, what: &Recover) -> Result<()> {
        match what {
            Recover::Trust { guardian } => {
                let key = text::key_id(guardian).context("say a key that `list` shows")?;
                self.guardian().await?.trust_guardian(key).await?;
                done(output, "that guardian can give your keys back; and could read what you read")
            }
            Recover::Letter => {
                let known = Known::read(&self.home)?;
                Guardian::ask_link(&Server::known(known.pinned)?, &known.email, true).await?;
                done(
                    output,
                    "a letter is on its way; then: treehouse family recover password TOKEN",
                )
            }
            Recover::Password { token } => {
                let server = Server::known(Known::read(&self.home)?.pinned)?;
                let password = self.password()?;
                Guardian::register(&server, token, &password, &Ksf::standard()).await?;
                done(output, "the password is new; the keys come back by kit, guardian or toy")
            }
            Recover::Kit { code } => {
                self.session().await?.unlock_with_kit(code).await?;
                done(output, "the keys are back; the new password opens them from now on")
            }
            Recover::Ask => {
                let code = self.session().await?.ask_guardian().await?;
                output.answer(&json!({ "code": code }), |_| {
                    format!("Their screen must show this, read to them by you:\n\n  {code}")
                })
            }
            Recover::Take => {
                if self.session().await?.take_help().await? {
                    return done(output, "the keys are back; the new password opens them");
                }
                bail!("nobody has helped yet")
            }
            Recover::Help { code } => self.help(output, code.as_deref()).await,
            Recover::CallOff { link } => self.call_off(output, link.as_deref()).await,
            Recover::NewKeys | Recover::AskToy | Recover::ComeBack => {
                self.by_toy(output, what).await
            }
        }
    }

    /// Signs in, and leaves the keys where they are.
    pub(super) async fn session(&self) -> Result<Guardian> {
        let known = Known::read(&self.home)?;
        let (server, password) = (Server::known(known.pinned)?, self.password()?);
        Ok(Guardian::sign_in(&server, &known.email, &password, &Ksf::standard()).await?)
    }

    async fn help(&self, output: Output, code: Option<&str>) -> Result<()> {
        let mut guardian = self.guardian().await?;
        let asked = guardian.asked_for_help().await?;
        let Some(code) = code else {
            let codes: Vec<String> = asked.iter().map(Asked::code).collect();
            return output.answer(&json!({ "asked": codes }), |_| match codes.as_slice() {
                [] => "nobody asks for help".to_owned(),
                _ => format!(
                    "Asked for, with these numbers: {}\nHelp only if you stand beside each other \
                     or know the voice, and their screen shows the same.",
                    codes.join("; ")
                ),
            });
        };
        for asked in asked {
            if guardian.help(&asked, code).await.is_ok() {
                return done(output, "helped: they can take it now");
            }
        }
        bail!("nobody who trusted you asks with this number; give nothing to whoever sent it")
    }

    async fn call_off(&self, output: Output, link: Option<&str>) -> Result<()> {
        let Some(link) = link else {
            let announced = self.guardian().await?.announced_keys().await?;
            let links: Vec<String> = announced.iter().map(|(link, ..)| link.to_string()).collect();
            return output.answer(&json!({ "announced": links }), |_| links.join("\n"));
        };
        let link: Hash = text::hash(link).context("say a link that this command lists")?;
        let session = self.session().await?;
        session.call_off_without_keys(session.own_family().await?, link).await?;
        done(output, "called off: the new keys never count")
    }

    async fn by_toy(&self, output: Output, what: &Recover) -> Result<()> {
        let mut known = Known::read(&self.home)?;
        let mut session = self.session().await?;
        if matches!(what, Recover::NewKeys) {
            session.make_new_keys().await?;
            let read = notice(session.server()).await?;
            let asked = session.ask_verification(Method::EmailPlus, read).await?;
            known.verification = Some(asked.id);
            known.write(&self.home)?;
            return done(output, "confirm the letter; then: treehouse family recover ask-toy");
        }
        session.unlock_new_keys().await?;
        if matches!(what, Recover::ComeBack) {
            let kit = session.come_back().await?.text();
            return output.answer(&json!({ "kit": *kit }), |_| {
                format!("You are back. Print the new recovery kit:\n\n  {}", *kit)
            });
        }
        let none = "make new keys first: treehouse family recover new-keys";
        let id = known.verification.context(none)?;
        let code = session.ask_toy(&session.verification(&id).await?).await?;
        output.answer(&json!({ "code": code }), |_| {
            format!("The toy must show this before anybody confirms on it:\n\n  {code}")
        })
    }
}
