//! The way in: account, verification, family.

use anyhow::{Context, Result, bail};
use serde_json::json;
use treehouse_client::Server;
use treehouse_client::guardian::{Guardian, Verification};
use treehouse_client::opaque::Ksf;
use treehouse_protocol::registry::{Coded, Method};

use super::{Family, Known, What, done};
use crate::output::Output;
use crate::world::notice;

const NONE_BEGUN: &str = "no verification was begun: treehouse family open TOKEN";

impl Family {
    pub(super) async fn enter(&self, output: Output) -> Result<()> {
        match &self.what {
            What::Register { address, email } => {
                let server = address.connect().await?;
                Guardian::ask_link(&server, email, false).await?;
                self.remember(&server, email, None)?;
                done(output, "a letter is on its way; then: treehouse family open TOKEN")
            }
            What::SignIn { address, email } => {
                let server = address.connect().await?;
                let password = self.password()?;
                Guardian::sign_in(&server, email, &password, &Ksf::standard()).await?;
                self.remember(&server, email, None)?;
                done(output, "the account is remembered; the password is asked for each time")
            }
            What::Open { token, method, number } => {
                self.open(output, token, method, number.as_deref()).await
            }
            What::Code { code } => {
                let known = Known::read(&self.home)?;
                let id = known.verification.clone().context(NONE_BEGUN)?;
                self.unfounded(known).await?.type_code(&id, code).await?;
                done(output, "you are verified; then: treehouse family found")
            }
            What::Confirm { token } => {
                let known = Known::read(&self.home)?;
                Guardian::confirm(&Server::known(known.pinned)?, token).await?;
                done(output, "confirmed; then: treehouse family found")
            }
            What::Form { out, send } => {
                let known = Known::read(&self.home)?;
                let id = known.verification.clone().context(NONE_BEGUN)?;
                let guardian = self.unfounded(known).await?;
                match (out, send) {
                    (Some(path), None) => {
                        let form = guardian.form(&id).await?;
                        std::fs::write(path, form).context("the file of --out can't be written")?;
                        done(output, "written: print it, sign it, and send it or its scan back")
                    }
                    (None, Some(path)) => {
                        let scan = std::fs::read(path);
                        let scan = scan.context("the file of --send can't be read")?;
                        guardian.send_form(&id, &scan).await?;
                        done(output, "sent: two stewards look at it, and a letter tells")
                    }
                    _ => {
                        bail!("say where to write the form with --out, or what to send with --send")
                    }
                }
            }
            _ => self.found(output).await,
        }
    }

    fn remember(&self, server: &Server, email: &str, verification: Option<String>) -> Result<()> {
        let pinned = server.pinned().clone();
        // Whoever signs in again must not be shown an older log for it.
        let before = Known::find(&self.home)?;
        let log = before.filter(|known| known.pinned.url == pinned.url).and_then(|known| known.log);
        Known { pinned, email: email.to_owned(), verification, log }.write(&self.home)
    }

    async fn open(
        &self,
        output: Output,
        token: &str,
        method: &str,
        number: Option<&str>,
    ) -> Result<()> {
        let known = Known::read(&self.home)?;
        let server = Server::known(known.pinned)?;
        let offered = server.methods().await?;
        let words: Vec<&str> = offered.iter().map(|method| method.word()).collect();
        // What people say, beside the word of the protocol.
        let method = if method == "card" { Method::PaymentCard.word() } else { method };
        let method = Method::from_word(method).filter(|method| offered.contains(method));
        let method =
            method.with_context(|| format!("--method must be one of: {}", words.join(", ")))?;
        if number.is_some() != (method == Method::TextPlus) {
            bail!("give --number with --method text-plus, and with no other");
        }
        let password = self.password()?;
        let mut guardian = Guardian::register(&server, token, &password, &Ksf::standard()).await?;
        let kit = guardian.make_keys(None).await?;
        let read = notice(&server).await?;
        let asked = match number {
            Some(number) => guardian.ask_by_sms(number, read).await?,
            None => guardian.ask_verification(method, read).await?,
        };
        self.remember(&server, &known.email, Some(asked.id.clone()))?;
        let kit = kit.text();
        let answer = json!({ "kit": *kit, "code": asked.code, "reached_at": asked.reached_at, "pay_at": asked.pay_at, "price": asked.price, "show_at": asked.show_at });
        output.answer(&answer, |_| {
            format!(
                "The account is open, and the keys are made.\n\nYour recovery kit. Print it, keep \
                 it safe: without it and without the password, nobody can open your data again.\
                 \n\n  {}\n\nNext: {}",
                *kit,
                next_step(&asked)
            )
        })
    }

    /// Signed in, with keys, perhaps without a family.
    async fn unfounded(&self, known: Known) -> Result<Guardian> {
        let server = Server::known(known.pinned)?;
        let password = self.password()?;
        let mut guardian =
            Guardian::sign_in(&server, &known.email, &password, &Ksf::standard()).await?;
        guardian.unlock().await?;
        Ok(guardian)
    }

    async fn found(&self, output: Output) -> Result<()> {
        let known = Known::read(&self.home)?;
        let id = known.verification.clone().context(NONE_BEGUN)?;
        let mut guardian = self.unfounded(known).await?;
        let mut verification = guardian.verification(&id).await?;
        let is_card = verification.method == Method::PaymentCard.word();
        if is_card && verification.state == "asked" {
            verification = guardian.look_for_payment(&id).await?;
            if let (Some(page), "asked") = (&verification.pay_at, verification.state.as_str()) {
                bail!("nothing was paid yet: pay at {page}, then try again");
            }
        }
        if verification.state != "attested" {
            bail!(
                "you aren't verified yet ({}): confirm the second letter, type \
                 the code, or wait for the stewards",
                verification.state
            );
        }
        guardian.found_family(&verification).await?;
        let family = guardian.family_id()?;
        output.answer(&json!({ "family": family.to_string() }), |_| {
            format!("The family is founded: {family}\nNext: treehouse family child NICKNAME")
        })
    }
}

/// What the parent does to be verified.
fn next_step(asked: &Verification) -> String {
    match (&asked.reached_at, &asked.code) {
        (Some(place), Some(code)) => format!(
            "reach the staff at {place}, and read out this code: {code}\nThen: treehouse family found"
        ),
        (None, Some(_)) => "treehouse family form --out form.pdf".to_owned(),
        _ if asked.method == Method::TextPlus.word() => {
            "treehouse family code CODE   (of the text message)".to_owned()
        }
        _ if asked.method == Method::PaymentCard.word() => pay(asked),
        _ if asked.method == Method::Questions.word() => {
            "answer the questions in the app; then: treehouse family found".to_owned()
        }
        _ if Method::from_word(&asked.method).is_some_and(is_shown) => match &asked.show_at {
            Some(page) => {
                format!("show your document at\n\n  {page}\n\nThen: treehouse family found")
            }
            None => "nobody can look at a document now: begin again later".to_owned(),
        },
        _ => "treehouse family confirm TOKEN   (of the second letter)".to_owned(),
    }
}

const fn is_shown(method: Method) -> bool {
    matches!(method, Method::GovernmentId | Method::FaceMatch)
}

fn pay(asked: &Verification) -> String {
    let price = asked.price.as_deref().unwrap_or_default();
    match &asked.pay_at {
        Some(page) => format!(
            "pay {price} by card at\n\n  {page}\n\nYou are given it back at once.\n\
             Then: treehouse family found"
        ),
        None => {
            "the page where you pay isn't ready yet: treehouse family found   (tells it)".to_owned()
        }
    }
}
