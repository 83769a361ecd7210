//! `treehouse steward`: what the operator's staff does, at the machine of the server.

mod complaint;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use treehouse_protocol::registry::{Coded as _, Method};
use treehouse_server::app::{App, steward};
use treehouse_server::config::Config;
use treehouse_server::domain::steward::{Reason, StewardId, StewardName};
use treehouse_server::domain::talk::{Step, Talk};
use treehouse_server::domain::text;
use treehouse_server::domain::verification::{CaseCode, Decision, VerificationId};
use treehouse_server::port::clock::SystemClock;
use treehouse_server::start;

use super::ConfigFile;
use crate::output::Output;

/// Look at forms, talk to parents, and decide, as a steward. Every act needs a reason, which the parent can read;
/// none leads to a child's data.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse steward --config treehouse.toml --as jo forms\n  \
    treehouse steward --config treehouse.toml --as jo scan ID --out scan.pdf --reason \"to check the form\"\n  \
    treehouse steward --config treehouse.toml --as jo recommend ID --reason \"signed, name is complete\"\n  \
    treehouse steward --config treehouse.toml --as jo script call\n  \
    treehouse steward --config treehouse.toml --as jo talk 7KQ4M-2XW9R --done code,notice,... --reason \"asked by telephone\"\n  \
    treehouse steward --config treehouse.toml --as kim approve ID --reason \"second look: same result\"")]
pub struct Steward {
    #[command(flatten)]
    file: ConfigFile,
    /// Who acts: 2 to 40 of a-z 0-9 . -
    #[arg(long = "as", value_name = "NAME")]
    name: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a pass for the stewards' desk of the API, which lasts 12 hours
    Pass {
        #[command(flatten)]
        because: Because,
    },
    /// List the forms and talks that wait
    Forms,
    /// Read the scan of a form
    Scan {
        /// The verification
        id: String,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        because: Because,
    },
    /// Recommend a form: the first of two steps
    Recommend {
        /// The verification
        id: String,
        #[command(flatten)]
        because: Because,
    },
    /// Print what the staff goes through with a parent who calls, or comes to a video conference
    Script {
        /// call or video
        #[arg(value_parser = talking)]
        method: Method,
    },
    /// Say that a parent was talked to, with the code that was read out: the first of two steps
    Talk {
        /// The code that the parent read out
        code: String,
        /// Words of the steps that were done, with commas between: all of the script
        #[arg(long, value_delimiter = ',', value_name = "WORDS", required = true)]
        done: Vec<String>,
        #[command(flatten)]
        because: Because,
    },
    /// Approve a form that another steward recommended, or a talk that another one had
    Approve {
        /// The verification
        id: String,
        #[command(flatten)]
        because: Because,
    },
    /// Decline a form that another steward recommended, or a talk that another one had
    Decline {
        /// The verification
        id: String,
        #[command(flatten)]
        because: Because,
    },
    /// List what stewards did, the latest first
    Acts,
    /// Look at complaints and answer them
    #[command(subcommand)]
    Complaint(complaint::Complaint),
}

#[derive(Debug, Args)]
struct Because {
    /// Why: a sentence of 10 to 500 characters
    #[arg(long)]
    reason: String,
}

impl Because {
    fn parse(&self) -> Result<Reason> {
        Reason::parse(&self.reason).context("--reason must be one line of 10 to 500 characters")
    }
}

const PASS_MS: i64 = 12 * 60 * 60 * 1000;

impl Steward {
    /// Does it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        if let What::Script { method } = self.what {
            let steps: Vec<_> = Talk::steps(method).collect();
            let listed: Vec<_> =
                steps.iter().map(|step| json!({ "word": step.word, "text": step.text })).collect();
            let line = |step: &&Step| format!("{:<11} {}", step.word, step.text);
            output.answer(&listed, |_| steps.iter().map(line).collect::<Vec<_>>().join("\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let config = Config::read(self.file.path())?;
        let app = start::start(&config, Arc::new(SystemClock)).await?.app;
        let name = StewardName::parse(&self.name).context("--as must be 2 to 40 of a-z 0-9 . -")?;
        if let What::Pass { because } = &self.what {
            let token = steward::issue_pass(&app, &name, PASS_MS, &because.parse()?).await?;
            let text = token.text();
            output.answer(&json!({ "pass": *text }), |_| {
                format!("The pass, shown once, for 12 hours:\n  {}", *text)
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let reason = Reason::parse("acts at the machine of the server").context("a reason")?;
        let token = steward::issue_pass(&app, &name, PASS_MS, &reason).await?;
        let own = steward::find(&app, &token).await?;
        self.act(&app, own, output).await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn act(&self, app: &App, own: StewardId, output: Output) -> Result<()> {
        let done = |text: &str| output.answer(&json!({ "done": text }), |_| text.to_owned());
        match &self.what {
            What::Pass { .. } | What::Script { .. } => Ok(()),
            What::Complaint(complaint) => complaint.act(app, own, output).await,
            What::Forms => {
                let forms = steward::queue(app, own).await?;
                let listed: Vec<_> = forms
                    .iter()
                    .map(|form| {
                        let code = form.code.as_ref().map(CaseCode::text);
                        let (id, method) = (form.id.to_string(), form.method.word());
                        json!({ "id": id, "method": method, "state": form.state.word(), "code": code, "review_at": form.review_at })
                    })
                    .collect();
                output.answer(&listed, |listed| {
                    if listed.is_empty() {
                        return "no form and no talk waits".to_owned();
                    }
                    let line = |form: &serde_json::Value| {
                        let [id, method] = [&form["id"], &form["method"]];
                        let at = if form["review_at"].is_null() { "code" } else { "review_at" };
                        format!("{id}  {method}  {}  {}", form["state"], form[at])
                    };
                    listed.iter().map(line).collect::<Vec<_>>().join("\n").replace('"', "")
                })
            }
            What::Scan { id, out, because } => {
                let (kind, bytes) = steward::scan(app, own, id_of(id)?, &because.parse()?).await?;
                std::fs::write(out, &*bytes).context("the file of --out can't be written")?;
                done(&format!("written: a scan of type {}", kind.media_type()))
            }
            What::Recommend { id, because } => {
                steward::recommend(app, own, id_of(id)?, &because.parse()?).await?;
                done("recommended: another steward decides")
            }
            What::Talk { code, done, because } => {
                let code = CaseCode::parse(code).context("the code must be the one of the app")?;
                let id = steward::talk(app, own, &code, done, &because.parse()?).await?;
                output.answer(&json!({ "id": id.to_string() }), |_| {
                    format!("written down: another steward decides about {id}")
                })
            }
            What::Approve { id, because } => {
                let reason = because.parse()?;
                steward::decide(app, own, id_of(id)?, Decision::Approve, &reason).await?;
                done("approved: the parent is told, and a scan deleted")
            }
            What::Decline { id, because } => {
                let reason = because.parse()?;
                steward::decide(app, own, id_of(id)?, Decision::Decline, &reason).await?;
                done("declined: the parent is told why, and a scan deleted")
            }
            What::Acts => {
                let acts = steward::acts(app, own, None).await?;
                let listed: Vec<_> = acts
                    .iter()
                    .map(|act| json!({ "by": act.by, "act": act.act.word(), "reason": act.reason, "at_ms": act.at_ms }))
                    .collect();
                output.answer(&listed, |_| {
                    let lines = acts
                        .iter()
                        .map(|act| format!("{}  {}: {}", act.by, act.act.word(), act.reason));
                    lines.collect::<Vec<_>>().join("\n")
                })
            }
        }
    }
}

fn talking(word: &str) -> Result<Method, &'static str> {
    Method::from_word(word).filter(|method| Talk::is(*method)).ok_or("must be call or video")
}

fn id_of(digits: &str) -> Result<VerificationId> {
    text::id(digits).context("the id must be one of `treehouse steward forms`")
}
