//! What the deployment has logged about the family: who was handed what, and receipts, each proven.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use treehouse_client::guardian::{Guardian, Receipted};
use treehouse_client::log::{Kept, Log};
use treehouse_protocol::id::{Hash, Seen};
use treehouse_protocol::leaf::What;
use treehouse_protocol::registry::Coded;

use super::{Family, Known, done};
use crate::output::Output;

/// How often it's asked for a receipt, and for its proof, once a second.
const TRIES_MAX: u32 = 60;
/// How often it's asked for the proof of a receipt that is there, once a second.
const PROOF_TRIES_MAX: u32 = 10;

impl Family {
    /// Lists what was logged, compares the log with what was seen before, and remembers the newest.
    pub(super) async fn activity(&self, output: Output) -> Result<()> {
        let mut guardian = self.guardian().await?;
        let mut known = Known::read(&self.home)?;
        let mut log = Log::follow(guardian.server(), Kept::head_of(known.log.as_ref())?)?;
        let activity = guardian.activity(&mut log).await?;
        known.log = Some(log.seen().into());
        known.write(&self.home)?;
        let lines: Vec<Value> = activity
            .leaves
            .iter()
            .map(|logged| {
                let event = &logged.leaf.event;
                let (day, what) = (event.day().0, said(&event.what));
                json!({ "entry": logged.place, "day": day, "what": what })
            })
            .collect();
        let places = |links: &[Seen]| links.iter().map(|seen| seen.seq).collect::<Vec<_>>();
        let (missing, unshown) = (places(&activity.unlogged), places(&activity.unshown));
        let witnesses = log.cosigned().len();
        let all = json!({
            "lines": lines,
            "unlogged": missing,
            "unshown": unshown,
            "entries": log.seen().size,
            "witnesses": witnesses,
        });
        output.answer(&all, |_| {
            let mut text = String::new();
            for line in &lines {
                let what = line["what"].as_str().unwrap_or_default();
                // Writing to a string can't fail.
                let _ = writeln!(text, "entry {:>6}  day {}  {what}", line["entry"], line["day"]);
            }
            for seq in &missing {
                let _ = writeln!(text, "link {seq} of your family is NOT in the log (yet)");
            }
            for seq in &unshown {
                let _ = writeln!(
                    text,
                    "STOP: the log proves link {seq} of your family, and the server doesn't show it: \
                     decide nothing, keep this, and tell others"
                );
            }
            let entries = log.seen().size;
            text + &format!(
                "Each line is proven in the log of {entries} entries, witnessed by {witnesses}; \
                 it has only grown since you looked last"
            )
        })
    }

    /// Waits for the server's receipt, which comes when everything is destroyed, and for the proof
    /// that it is in the log.
    pub(super) async fn wait_for_receipt(
        &self,
        output: Output,
        guardian: &Guardian,
        link: Hash,
    ) -> Result<()> {
        let mut proof_tries = 0;
        for _ in 0..TRIES_MAX {
            match guardian.receipted(link).await {
                Ok(Some(receipted)) => {
                    proof_tries += 1;
                    if receipted.proven.is_some() || proof_tries >= PROOF_TRIES_MAX {
                        return show(output, &receipted);
                    }
                }
                Ok(None) => {}
                // Nothing had been collected, so nothing had to be destroyed.
                Err(error) if error.status() == Some(404) => {
                    return done(output, "done: there was nothing to destroy");
                }
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        done(output, "the server is still at it; the receipt will come")
    }
}

fn show(output: Output, Receipted { receipt, proven }: &Receipted) -> Result<()> {
    let answer = json!({
        "records": receipt.records,
        "blobs": receipt.blobs,
        "keys": receipt.outer_keys,
        "day": receipt.day.0,
        "entry": proven.as_ref().map(|proven| proven.index),
        "witnesses": proven.as_ref().map(|proven| proven.cosigned.len()),
    });
    output.answer(&answer, |_| {
        let logged = match proven {
            Some(proven) => format!(
                "proven in the log at entry {}, witnessed by {}",
                proven.index,
                proven.cosigned.len()
            ),
            None => "not in the log yet: ask again with `treehouse family activity`".to_owned(),
        };
        format!(
            "Done, and the server signed for it: {} records, {} blobs and {} keys destroyed; {logged}",
            receipt.records, receipt.blobs, receipt.outer_keys
        )
    })
}

/// What happened, in a few words.
fn said(what: &What) -> String {
    match what {
        What::Release(release) => {
            let (category, child) = (release.category.word(), release.child);
            let what = match (release.records.len(), &release.blob) {
                (0, _) => "a file".to_owned(),
                (count, _) => format!("{count} records"),
            };
            format!("{what} of {category} of {child} handed out to {:?}", release.reader)
        }
        What::Link { seen, .. } => format!("link {} added to the family's chain", seen.seq),
        What::Erasure { link, .. } => {
            let link: String = link.to_string().chars().take(8).collect();
            format!("what link {link} asked for was destroyed")
        }
        other => other.kind().word().to_owned(),
    }
}
