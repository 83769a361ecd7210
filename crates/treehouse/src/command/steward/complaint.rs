//! Complaints, as a steward sees them.

use anyhow::{Context, Result};
use clap::Subcommand;
use serde_json::json;
use treehouse_server::app::{App, complaint};
use treehouse_server::domain::account::EmailAddress;
use treehouse_server::domain::complaint::{ComplaintId, ComplaintState, ComplaintText};
use treehouse_server::domain::steward::StewardId;
use treehouse_server::domain::text;

use super::Because;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(super) enum Complaint {
    /// List complaints
    List {
        /// open, answered or closed
        #[arg(long, default_value = "open")]
        state: String,
    },
    /// Read one
    Read {
        /// The complaint
        id: String,
        #[command(flatten)]
        because: Because,
    },
    /// Answer one, by letter if an address was given
    Answer {
        /// The complaint
        id: String,
        /// The answer: 10 to 4000 characters
        #[arg(long)]
        text: String,
        #[command(flatten)]
        because: Because,
    },
    /// Close one without an answer
    Close {
        /// The complaint
        id: String,
        #[command(flatten)]
        because: Because,
    },
}

impl Complaint {
    pub(super) async fn act(&self, app: &App, own: StewardId, output: Output) -> Result<()> {
        let done = |text: &str| output.answer(&json!({ "done": text }), |_| text.to_owned());
        match self {
            Self::List { state } => {
                let state = ComplaintState::from_word(state);
                let state = state.context("--state must be open, answered or closed")?;
                let listed = complaint::list(app, own, state).await?;
                let each = listed.iter().map(|(id, at_ms)| {
                    json!({ "id": id.to_string(), "received_ms": at_ms, "state": state.word() })
                });
                output.answer(&each.collect::<Vec<_>>(), |_| {
                    if listed.is_empty() {
                        return format!("no complaint is {}", state.word());
                    }
                    let lines = listed.iter().map(|(id, at_ms)| format!("{id}  {at_ms}"));
                    lines.collect::<Vec<_>>().join("\n")
                })
            }
            Self::Read { id, because } => {
                let found = complaint::read(app, own, id_of(id)?, &because.parse()?).await?;
                let email = found.email.as_ref().map(EmailAddress::text);
                let (text, state) = (found.text.text(), found.state.word());
                let value = json!({ "text": text, "email": email, "state": state });
                output.answer(&value, |_| {
                    let to = email.unwrap_or("no answer is wanted");
                    format!("{state}; answer to: {to}\n\n{text}")
                })
            }
            Self::Answer { id, text, because } => {
                let text = ComplaintText::parse(text);
                let text = text.context("--text must have 10 to 4000 characters")?;
                let reason = because.parse()?;
                let goes = complaint::answer(app, own, id_of(id)?, &text, &reason).await?;
                let how = if goes { "a letter goes out" } else { "no letter was asked for" };
                done(&format!("answered: {how}"))
            }
            Self::Close { id, because } => {
                complaint::close(app, own, id_of(id)?, &because.parse()?).await?;
                done("closed")
            }
        }
    }
}

fn id_of(digits: &str) -> Result<ComplaintId> {
    text::id(digits).context("the id must be one of `treehouse steward … complaint list`")
}
