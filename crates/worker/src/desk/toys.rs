//! Toys: linked, named, wiped, taken out.

use serde_json::json;
use treehouse_client::pairing::Check;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::registry::Category;

use super::{Desk, nothing};
use crate::asked::{Asked, Given, word};
use crate::trouble::Trouble;
use crate::view;

/// What a picture's text begins with; anything else is a code that was typed.
const SCANNED: &str = "TREEHOUSE-TOY:";

impl Desk {
    pub(super) async fn toys(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "linkToy" => {
                let (text, child) = (asked.text(0)?, Some(asked.child(1)?));
                let caps = Caps::from_bits(Caps::CAMERA | Caps::SCREEN);
                let caps = caps.ok_or_else(|| Trouble::invalid("unknown capabilities"))?;
                let guardian = self.guardian()?;
                let scanned = text.to_ascii_uppercase().starts_with(SCANNED);
                let pairing = if scanned {
                    guardian.link_scanned(&text, child, caps).await?
                } else {
                    guardian.link_typed(&text, child, caps).await?
                };
                let (toy, can) = (view::name(pairing.key()), view::can(pairing.caps()));
                self.pairing = Some((pairing, None));
                json!({ "id": toy, "toy": toy, "can": can }).into()
            }
            "toyAccepted" => self.accepted().await?,
            "finishLink" => self.finish(asked).await?,
            "nameToy" => {
                self.guardian()?.name_toy(asked.key(0)?, &asked.text(1)?).await?;
                self.family().await?
            }
            "wipeToy" => {
                self.guardian()?.wipe_toy(asked.key(0)?).await?;
                nothing()
            }
            "markLost" => {
                self.guardian()?.mark_lost(asked.key(0)?, &asked.text(1)?).await?;
                self.lost = None;
                self.family().await?
            }
            "markFound" => {
                self.guardian()?.mark_found(asked.key(0)?).await?;
                self.lost = None;
                self.family().await?
            }
            "removeToy" => {
                self.guardian()?.remove_toy(asked.key(0)?).await?;
                self.family().await?
            }
            _ => return Ok(None),
        }))
    }

    async fn accepted(&mut self) -> Result<Given, Trouble> {
        let (pairing, proof) = self.pairing.as_mut().ok_or_else(none)?;
        let guardian = self.guardian.as_ref().ok_or_else(none)?;
        let Some((check, found)) = guardian.accepted(pairing).await? else {
            return Ok(nothing());
        };
        *proof = Some(found);
        Ok(match check {
            Check::Scanned => json!({ "kind": "scanned" }).into(),
            Check::Compare(pictures) => {
                json!({ "kind": "compare", "pictures": pictures.names() }).into()
            }
        })
    }

    async fn finish(&mut self, asked: &Asked) -> Result<Given, Trouble> {
        let rows: Vec<(String, String)> = asked.arg(1)?;
        let rights =
            rows.iter().map(|(kind, may)| Ok((word::<Category>(kind)?, view::rights(may)?)));
        let rights = rights.collect::<Result<Vec<_>, Trouble>>()?;
        let (pairing, proof) = self.pairing.take().ok_or_else(none)?;
        let proof = proof.ok_or_else(|| Trouble::not_now("the toy hasn't accepted yet"))?;
        self.guardian()?.finish_link(&pairing, proof, &rights, asked.hash(2)?).await?;
        self.family().await
    }
}

fn none() -> Trouble {
    Trouble::not_now("no toy is being linked")
}
