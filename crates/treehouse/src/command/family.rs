//! `treehouse family`: a guardian's command line.

mod enter;
mod limits;
mod log;
mod look;
mod recover;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use treehouse_client::Server;
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_client::pairing::Check;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::registry::{Category, Coded, Purpose, Rights};
use treehouse_server::domain::text;
use zeroize::Zeroizing;

use super::home::{Address, Known};
use super::toy::ask;
use crate::output::Output;
use crate::world::notice;
use recover::Recover;

/// Be a guardian: consent, link, look, withdraw, erase.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse family register --server https://localhost:8443 --ca certificate.pem --email ada@example.org\n  \
    treehouse family open TOKEN          # the token of the letter\n  \
    treehouse family confirm TOKEN       # the token of the second letter\n  \
    treehouse family code 12345678       # or the code of the text message\n  \
    treehouse family found\n  \
    treehouse family child Mia --age 6-9\n  \
    treehouse family link 'TREEHOUSE-TOY:…' --child CHILD\n  \
    treehouse family album --child CHILD --out album\n  \
    treehouse family limits --child CHILD --day 60 --bedtime 20:00-7:00\n  \
    treehouse family lost TOY --text 'Please give me back at the school.'\n  \
    treehouse family activity            # who was handed what, proven\n  \
    treehouse family withdraw play --child CHILD\n  \
    treehouse family recover help        # who asks you for a way back\n  \
    treehouse family erase --all\n  \
    treehouse family export --proof family.json   # for `treehouse-audit verify --export`\n  \
    treehouse family close-account\n\n\
    The password is asked for each time, or read from --password-file; no key stays on the disk.")]
pub struct Family {
    /// The folder that remembers which server is which
    #[arg(long, global = true, default_value = "guardian", value_name = "FOLDER")]
    home: PathBuf,
    /// A file that holds the password
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask for a letter that opens an account
    Register {
        #[command(flatten)]
        address: Address,
        /// Your e-mail address
        #[arg(long)]
        email: String,
    },
    /// Open the account with the letter's token, and make the family's keys
    Open {
        /// What stands behind # in the letter's link
        token: String,
        /// How to be verified as an adult: e-mail-plus, text-plus, signed-form, card, call or video
        #[arg(long, default_value = "e-mail-plus")]
        method: String,
        /// The mobile number that is texted, such as '+1 555 555 0123'; for text-plus alone
        #[arg(long)]
        number: Option<String>,
    },
    /// Confirm with the token of the second letter that you are an adult
    Confirm {
        /// What stands behind # in the letter's link
        token: String,
    },
    /// Type the code of the text message
    Code {
        /// Eight digits
        code: String,
    },
    /// Write the form to be signed, or send its scan
    Form {
        /// Where to write the form
        #[arg(long, value_name = "FILE", conflicts_with = "send")]
        out: Option<PathBuf>,
        /// The signed form: PDF, JPEG or PNG
        #[arg(long, value_name = "FILE")]
        send: Option<PathBuf>,
    },
    /// Found the family, once you are verified
    Found,
    /// Remember an account that exists
    SignIn {
        #[command(flatten)]
        address: Address,
        /// Your e-mail address
        #[arg(long)]
        email: String,
    },
    /// Tell who belongs to the family, and who may read what
    List,
    /// Tell who was handed what, each line proven in the log
    Activity,
    /// Add a child
    Child {
        /// What the family calls the child
        nickname: String,
        /// How old: 0-5, 6-9 or 10-12
        #[arg(long, default_value = "6-9")]
        age: String,
    },
    /// Link a toy, by its picture's text or by its code
    Link {
        /// What the picture says, or the code
        code: String,
        /// The child that will play with it
        #[arg(long)]
        child: String,
        /// Let it read photos, too; without this it can only add some
        #[arg(long)]
        read: bool,
        /// Let it add voice messages
        #[arg(long)]
        voice: bool,
        /// Let it add films
        #[arg(long)]
        video: bool,
        /// Let it read the child's limits, and obey them
        #[arg(long)]
        limits: bool,
        /// Don't ask whether the pictures are the same
        #[arg(long)]
        yes: bool,
    },
    /// Open the pictures, voice messages and films of a child
    Album {
        /// The child
        #[arg(long)]
        child: String,
        /// The folder to write them to
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Show how long and when a child's toys may be used, or set it: toys obey offline, too
    Limits(limits::Set),
    /// Withdraw the consent to a purpose, such as play; what was collected for it is destroyed
    Withdraw {
        /// The purpose
        purpose: String,
        /// The child; all children without it
        #[arg(long)]
        child: Option<String>,
    },
    /// Take a toy out of the family; it forgets everything at its next contact
    RemoveToy {
        /// The toy's key, as `list` shows it
        toy: String,
    },
    /// Tell a toy that it is lost: it hides what it keeps, and records and sends nothing until found
    Lost {
        /// The toy's key, as `list` shows it
        toy: String,
        /// What it shows to whoever finds it; at most 120 characters, and no number by itself
        #[arg(long, default_value = "Please give me back where you found me.")]
        text: String,
    },
    /// Tell a toy that it is found again
    Back {
        /// The toy's key, as `list` shows it
        toy: String,
    },
    /// Give a toy a name that only the family reads
    NameToy {
        /// The toy's key, as `list` shows it
        toy: String,
        /// What you call it
        name: String,
    },
    /// Erase a child with everything, or the whole family
    Erase {
        /// The child
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        child: Option<String>,
        /// Every child with everything, and every toy; needs no keys
        #[arg(long)]
        all: bool,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Close the account: the server forgets it, and your address
    CloseAccount {
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Come back to lost keys, or help somebody to theirs
    Recover {
        #[command(subcommand)]
        what: Recover,
    },
    /// Write everything that you can read into one file, or what an auditor needs into another
    Export {
        /// The file for everything: a tar with pictures, profiles and family.json
        #[arg(long, value_name = "FILE", required_unless_present = "proof")]
        out: Option<PathBuf>,
        /// The file for an auditor: only family.json, in which no name and no picture stands
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
}

impl Family {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        match &self.what {
            What::Register { .. }
            | What::Open { .. }
            | What::Confirm { .. }
            | What::Code { .. }
            | What::Form { .. }
            | What::Found
            | What::SignIn { .. } => self.enter(output).await?,
            What::List => self.list(output).await?,
            What::Activity => self.activity(output).await?,
            What::Album { child, out } => self.album(output, child_of(child)?, out).await?,
            What::Export { out, proof } => {
                self.export(output, out.as_deref(), proof.as_deref()).await?;
            }
            What::Child { nickname, age } => self.child(output, nickname, age).await?,
            What::Link { code, child, read, voice, video, limits, yes } => {
                let photos = if *read { Rights::READ_WRITE } else { Rights::WRITE };
                let mut rights = vec![(Category::Photos, photos)];
                for (category, _) in
                    [(Category::Voice, voice), (Category::Video, video)].iter().filter(|row| *row.1)
                {
                    rights.push((*category, Rights::WRITE));
                }
                if *limits {
                    rights.push((Category::Settings, Rights::READ));
                }
                self.link(output, code, child_of(child)?, &rights, *yes).await?;
            }
            What::Withdraw { purpose, child } => {
                let child = child.as_deref().map(child_of).transpose()?;
                self.withdraw(output, purpose, child).await?;
            }
            What::Limits(set) => self.limits(output, set).await?,
            What::RemoveToy { toy } => {
                let key = toy_of(toy)?;
                self.guardian().await?.remove_toy(key).await?;
                done(output, "removed: it forgets everything at its next contact")?;
            }
            What::Lost { toy, text } => {
                let key = toy_of(toy)?;
                self.guardian().await?.mark_lost(key, text).await?;
                done(output, "lost: it hides everything from its next contact on")?;
            }
            What::Back { toy } => {
                let key = toy_of(toy)?;
                self.guardian().await?.mark_found(key).await?;
                done(output, "found: it works again from its next contact on")?;
            }
            What::NameToy { toy, name } => {
                let key = toy_of(toy)?;
                self.guardian().await?.name_toy(key, name).await?;
                done(output, "named: the server sees noise")?;
            }
            What::Erase { child: Some(child), yes, .. } => {
                self.erase(output, child_of(child)?, *yes).await?;
            }
            What::Erase { child: None, yes, .. } => self.erase_all(output, *yes).await?,
            What::CloseAccount { yes } => self.close_account(output, *yes).await?,
            What::Recover { what } => self.recover(output, what).await?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn password(&self) -> Result<Zeroizing<String>> {
        let text = match &self.password_file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.context("the file of --password-file can't be read")?;
                text.trim_end_matches(['\r', '\n']).to_owned()
            }
            None => rpassword::prompt_password("Password: ").context("no password was typed")?,
        };
        Ok(Zeroizing::new(text))
    }

    /// Signs in, unlocks the keys and reads the chain.
    async fn guardian(&self) -> Result<Guardian> {
        let known = Known::read(&self.home)?;
        let server = Server::known(known.pinned)?;
        let password = self.password()?;
        let mut guardian =
            Guardian::sign_in(&server, &known.email, &password, &Ksf::standard()).await?;
        guardian.unlock().await?;
        guardian.sync().await?;
        Ok(guardian)
    }

    async fn child(&self, output: Output, nickname: &str, age: &str) -> Result<()> {
        let age_band = AgeBand::parse(age).context("--age must be 0-5, 6-9 or 10-12")?;
        let mut guardian = self.guardian().await?;
        let kept = [Category::Profile, Category::Photos, Category::Activity, Category::Settings];
        let child = guardian.add_child(&kept).await?;
        let profile = Profile { nickname: nickname.to_owned(), age_band };
        guardian.put_profile(child, &profile).await?;
        output.answer(&json!({ "child": child.to_string() }), |_| {
            format!("{nickname} belongs to the family now: {child}")
        })
    }

    async fn link(
        &self,
        output: Output,
        code: &str,
        child: ChildId,
        rights: &[(Category, Rights)],
        yes: bool,
    ) -> Result<()> {
        let mut guardian = self.guardian().await?;
        let caps = Caps::from_bits(Caps::CAMERA).context("a camera")?;
        let scanned = code.to_ascii_uppercase().starts_with("TREEHOUSE-TOY:");
        let mut pairing = if scanned {
            guardian.link_scanned(code, Some(child), caps).await?
        } else {
            guardian.link_typed(code, Some(child), caps).await?
        };
        output.answer(&json!({ "asked": true }), |_| "The toy is asked …".to_owned())?;
        let (check, proof) = loop {
            if let Some(accepted) = guardian.accepted(&mut pairing).await? {
                break accepted;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        };
        if let Check::Compare(pictures) = check {
            let names = pictures.names().join(", ");
            let question = format!("Does the toy show these three: {names}?");
            if !yes && !ask(&question)? {
                bail!("the toy was not linked: somebody may be in between");
            }
        }
        let notice: Hash = notice(guardian.server()).await?;
        let toy: KeyId = guardian.finish_link(&pairing, proof, rights, notice).await?;
        output.answer(&json!({ "toy": format!("{toy:?}") }), |_| format!("Linked: toy {toy:?}"))
    }

    async fn withdraw(&self, output: Output, purpose: &str, child: Option<ChildId>) -> Result<()> {
        let purpose = Purpose::from_word(purpose)
            .context("the purpose must be one that `list` shows, such as play")?;
        let mut guardian = self.guardian().await?;
        let link = guardian.withdraw(purpose, child).await?;
        self.wait_for_receipt(output, &guardian, link).await
    }

    async fn erase(&self, output: Output, child: ChildId, yes: bool) -> Result<()> {
        if !yes && !ask("Erase this child with everything? It can't be undone.")? {
            bail!("nothing was erased");
        }
        let mut guardian = self.guardian().await?;
        let link = guardian.erase(child, &[]).await?;
        self.wait_for_receipt(output, &guardian, link).await
    }

    async fn erase_all(&self, output: Output, yes: bool) -> Result<()> {
        let question = "Erase the whole family, every child with everything? It can't be undone.";
        if !yes && !ask(question)? {
            bail!("nothing was erased");
        }
        let session = self.session().await?;
        let family = session.own_family().await?;
        session.erase_family_without_keys(family).await?;
        done(output, "erased: what was stored is being destroyed, and receipts are signed for it")
    }

    async fn close_account(&self, output: Output, yes: bool) -> Result<()> {
        if !yes && !ask("Close your account? Nothing of it will be left.")? {
            bail!("nothing was closed");
        }
        let mut session = self.session().await?;
        // With its keys a guardian leaves the family; who lost them goes all the same.
        if session.unlock().await.is_err() {
            output.answer(&json!({ "locked": true }), |_| "(without keys)".to_owned())?;
        }
        session.close_account().await?;
        done(output, "closed: your address is one that nobody has used")
    }
}

fn child_of(digits: &str) -> Result<ChildId> {
    text::id(digits).context("the child must be an id that `treehouse family list` shows")
}

fn toy_of(digits: &str) -> Result<KeyId> {
    text::key_id(digits).context("the toy must be a key that `list` shows")
}

fn done(output: Output, text: &str) -> Result<()> {
    output.answer(&json!({ "done": text }), |_| text.to_owned())
}
