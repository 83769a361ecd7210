//! `treehouse toy`: a virtual camera.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::json;
use treehouse_client::content::limits::Kind;
use treehouse_client::limits::{LocalTime, Verdict};
use treehouse_client::pairing::Check;
use treehouse_client::recording::Film;
use treehouse_client::toy::{Progress, Toy as Camera};
use treehouse_client::{ClientError, picture, recording};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::RecordId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::Coded;

use super::home::Address;
use super::wall::Clock;
use crate::output::Output;

/// Be a toy: a virtual camera in a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse toy new --home camera --server https://localhost:8443 --ca certificate.pem\n  \
    treehouse toy link --home camera\n  \
    treehouse toy snap --home camera tree.jpg house.jpg     # works offline\n  \
    treehouse toy say --home camera hello.webm\n  \
    treehouse toy film --home camera swing.webm --poster swing.jpg\n  \
    treehouse toy limits --home camera --clock 2027-05-03T20:15\n  \
    treehouse toy sync --home camera\n\n\
    The folder holds the toy's keys and what it hasn't sent yet, sealed.")]
pub struct Toy {
    /// The folder of the toy
    #[arg(long, global = true, default_value = "toy", value_name = "FOLDER")]
    home: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a new toy, with keys of its own
    New {
        #[command(flatten)]
        address: Address,
    },
    /// Show a code and a picture, and wait until a guardian links the toy
    Link {
        /// Accept without asking whether the pictures are the same
        #[arg(long)]
        yes: bool,
    },
    /// Take pictures: strip them, make them smaller, keep them until they are sent
    Snap {
        /// The pictures: JPEG, PNG or WebP
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        clock: Clock,
    },
    /// Take voice messages: strip them, keep them until they are sent
    Say {
        /// The messages: `WebM` (Opus) or WAV (PCM), at most 12 MiB and 120 seconds each
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        clock: Clock,
    },
    /// Take a film: strip it, keep it until it is sent
    Film {
        /// The film: `WebM` (VP8 or VP9), at most 32 MiB, 60 seconds and 1920 pixels a side
        file: PathBuf,
        /// A picture to be shown before it is played: JPEG, PNG or WebP
        #[arg(long, value_name = "FILE")]
        poster: Option<PathBuf>,
        #[command(flatten)]
        clock: Clock,
    },
    /// Tell what the child's limits allow now; works offline
    Limits {
        #[command(flatten)]
        clock: Clock,
    },
    /// Go online: read what the family decided, and send what waits
    Sync,
    /// Confirm that a guardian who lost its keys shows this number: announces new keys, which the
    /// toy hands over after three days, when it goes online
    Confirm {
        /// The number on the guardian's screen
        code: String,
    },
    /// Tell how the toy is
    Status,
}

impl Toy {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        match &self.what {
            What::New { address } => {
                let server = address.connect().await?;
                let toy = Camera::create(&self.home, &server, Suite::X25519)?;
                let made = json!({ "toy": format!("{:?}", toy.key()), "home": self.home });
                let home = self.home.display();
                output.answer(&made, |_| {
                    format!("A new toy lies in {home}. Next: treehouse toy link --home {home}")
                })?;
            }
            What::Link { yes } => self.link(output, *yes).await?,
            What::Snap { files, clock } => {
                let mut toy = self.ready(Kind::Pictures, clock)?;
                each(output, files, |bytes| Ok(toy.snap(bytes, None)?))?;
            }
            What::Say { files, clock } => {
                let mut toy = self.ready(Kind::Chat, clock)?;
                each(output, files, |bytes| {
                    Ok(toy.keep_voice(&recording::voice(bytes).map_err(ClientError::from)?, None)?)
                })?;
            }
            What::Film { file, poster, clock } => {
                let mut toy = self.ready(Kind::Pictures, clock)?;
                let poster = poster.as_deref().map(poster_of).transpose()?;
                each(output, std::slice::from_ref(file), |bytes| {
                    let film = recording::video(bytes).map_err(ClientError::from)?;
                    Ok(toy.keep_film(&Film { poster: poster.clone(), ..film }, None)?)
                })?;
            }
            What::Limits { clock } => self.limits(output, clock.read()?)?,
            What::Sync => {
                let mut toy = Camera::open(&self.home)?;
                let sent = toy.sync().await?;
                toy.hand_over_due().await?;
                let lost = toy.lost()?.is_some();
                let answer = json!({ "sent": sent.sent, "waiting": sent.waiting, "lost": lost });
                output.answer(&answer, |_| {
                    let lost = if lost { "; the toy is lost, and sends nothing" } else { "" };
                    format!("{} sent, {} wait{lost}", sent.sent, sent.waiting)
                })?;
            }
            What::Confirm { code } => self.confirm(output, code).await?,
            What::Status => {
                let toy = Camera::open(&self.home)?;
                let (linked, waiting) = (toy.is_linked(), toy.waiting()?);
                let lost = toy.lost()?;
                let answer = json!({ "linked": linked, "waiting": waiting, "lost": lost });
                output.answer(&answer, |_| {
                    if let Some(text) = &lost {
                        return format!("I'm lost; please give me back\n{text}");
                    }
                    let linked = if linked { "belongs to a family" } else { "is not linked" };
                    format!("The toy {linked}; {waiting} recordings wait")
                })?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn link(&self, output: Output, yes: bool) -> Result<()> {
        let mut toy = Camera::open(&self.home)?;
        let mut waiting = toy.ask_code_for(Caps::CAMERA | Caps::MICROPHONE).await?;
        let (code, qr) = (waiting.code(), waiting.qr());
        let shown = QrCode::new(qr.as_bytes()).context("the picture can't be made")?;
        let shown = shown.render::<Dense1x2>().build();
        output.answer(&json!({ "code": code, "qr": qr }), |_| {
            format!(
                "{shown}\n\nScan this picture, or type the code: {code}\n\n  \
                 treehouse family link '{qr}' --child CHILD"
            )
        })?;
        loop {
            match toy.progress(&mut waiting).await? {
                Progress::Waiting | Progress::Accepted => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Progress::Proposed(Check::Scanned) => toy.accept(&waiting).await?,
                Progress::Proposed(Check::Compare(pictures)) => {
                    let pictures = pictures.names().join(", ");
                    let question = format!("A guardian wants this toy. Three pictures: {pictures}");
                    output.answer(&json!({ "pictures": pictures }), |_| question)?;
                    if !yes && !ask("Does the guardian see the same?")? {
                        bail!("the toy was not linked: begin again, near each other");
                    }
                    toy.accept(&waiting).await?;
                }
                Progress::Linked => {
                    toy.refresh().await?;
                    output.answer(&json!({ "linked": true }), |_| {
                        "Linked: the toy belongs to the family now".to_owned()
                    })?;
                    return Ok(());
                }
            }
        }
    }

    async fn confirm(&self, output: Output, code: &str) -> Result<()> {
        let mut toy = Camera::open(&self.home)?;
        let asked = toy.asked_back().await?;
        let asked = asked.into_iter().find(|asked| asked.is(code));
        let asked = asked.context("no guardian of the family asks with this number")?;
        let link = toy.confirm(&asked, code).await?;
        output.answer(&json!({ "announced": link.to_string() }), |_| {
            "Announced: every guardian is told, and can call it off for three days".to_owned()
        })
    }

    fn limits(&self, output: Output, now: LocalTime) -> Result<()> {
        let toy = Camera::open(&self.home)?;
        let mut told = Vec::new();
        for (kind, _, word) in Kind::ALL {
            let verdict = match toy.may(*kind, now)? {
                Verdict::Yes(None) => "yes".to_owned(),
                Verdict::Yes(Some(left)) => format!("yes, for {left} minutes"),
                Verdict::No(why) => format!("no: {why}"),
            };
            told.push((*word, verdict));
        }
        let answer: serde_json::Map<_, _> =
            told.iter().map(|(word, said)| ((*word).to_owned(), said.as_str().into())).collect();
        output.answer(&answer, |_| {
            let lines: Vec<String> =
                told.iter().map(|(word, said)| format!("{word:9} {said}")).collect();
            lines.join("\n")
        })
    }

    /// The toy, unless the child's limits forbid this now.
    fn ready(&self, kind: Kind, clock: &Clock) -> Result<Camera> {
        let toy = Camera::open(&self.home)?;
        toy.obey(kind, clock.read()?)?;
        Ok(toy)
    }
}

/// Keeps each of these files, and tells what became of it.
fn each(
    output: Output,
    files: &[PathBuf],
    mut keep: impl FnMut(&[u8]) -> Result<RecordId>,
) -> Result<()> {
    let mut refused = 0;
    for file in files {
        let name = file.display();
        let bytes = std::fs::read(file).with_context(|| format!("{name} can't be read"))?;
        match keep(&bytes) {
            Ok(record) => output.answer(
                &json!({ "file": name.to_string(), "record": record.to_string() }),
                |_| format!("{name}: stripped, and kept until it is sent"),
            )?,
            Err(error) => {
                refused += 1;
                let error = error.to_string();
                let answer = json!({ "file": name.to_string(), "refused": error });
                output.answer(&answer, |_| format!("{name}: refused: {error}"))?;
            }
        }
    }
    if refused > 0 {
        bail!("{refused} of {} files were refused; nothing of them is kept", files.len());
    }
    Ok(())
}

/// A picture of a film, without metadata.
fn poster_of(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file).context("the file of --poster can't be read")?;
    Ok(picture::prepare(&bytes).map_err(ClientError::from)?.mid)
}

/// Asks a question that is answered by yes or no.
pub fn ask(question: &str) -> Result<bool> {
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
