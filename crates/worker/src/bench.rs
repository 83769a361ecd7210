//! A toy in a browser: real keys, real chain, an outbox that the page keeps.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use treehouse_client::content::limits::Kind;
use treehouse_client::limits::{LocalTime, Verdict};
use treehouse_client::pairing::Check;
use treehouse_client::picture::{self, Prepared};
use treehouse_client::recording::{self, Film};
use treehouse_client::toy::{Progress, Toy, Waiting};
use treehouse_client::{ClientError, Memory, files};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::kem::Suite;

use crate::asked::{Asked, Given};
use crate::trouble::Trouble;
use crate::view;

/// Bytes of a sealed file that are shown.
const HEAD_BYTES: usize = 96;

/// What taking one picture counts for.
const SNAP_MINUTES: u16 = 1;

/// One toy.
#[derive(Debug)]
pub struct Bench {
    url: String,
    memory: Memory,
    toy: Option<Toy>,
    waiting: Option<Waiting>,
    wiped: bool,
}

impl Bench {
    /// At the deployment with this address, which is remembered in a folder.
    pub fn new(url: &str, folder: &Path) -> Self {
        let memory = Memory::of(folder);
        Self { url: url.to_owned(), memory, toy: None, waiting: None, wiped: false }
    }

    /// Does what a page asks.
    pub async fn call(&mut self, asked: &Asked) -> Result<Given, Trouble> {
        let done = self.carry_out(asked).await;
        match done {
            Err(Failed::Client(ClientError::Wiped)) => {
                self.wiped = true;
                Ok(self.state().into())
            }
            Err(Failed::Client(error)) => Err(error.into()),
            Err(Failed::Trouble(trouble)) => Err(trouble),
            Ok(given) => Ok(given),
        }
    }

    async fn carry_out(&mut self, asked: &Asked) -> Result<Given, Failed> {
        Ok(match asked.word.as_str() {
            "create" => {
                let server = self.memory.server(&self.url, None).await?;
                // The page makes the id, and finds the toy again by it.
                let folder = PathBuf::from(asked.text(0)?);
                self.toy = Some(Toy::create(&folder, &server, Suite::XWing)?);
                self.wiped = false;
                self.state().into()
            }
            "open" => {
                self.toy = Some(Toy::open(&PathBuf::from(asked.text(0)?))?);
                self.state().into()
            }
            "forget" => {
                if let Some(toy) = self.toy.take() {
                    let folder = toy.folder().to_owned();
                    for name in files::names(&folder).unwrap_or_default() {
                        files::remove(&folder, &name).ok();
                    }
                }
                (self.waiting, self.wiped) = (None, false);
                Value::Null.into()
            }
            "askCode" => {
                let toy = self.toy()?;
                let caps = asked.arg::<Option<u8>>(0)?.unwrap_or(Caps::CAMERA | Caps::SCREEN);
                let waiting = toy.ask_code_for(caps).await?;
                let (code, qr) = (waiting.code(), waiting.qr());
                self.waiting = Some(waiting);
                json!({ "code": code, "qr": qr }).into()
            }
            "progress" => self.progress().await?.into(),
            "accept" => {
                let waiting = self.waiting.as_ref().ok_or_else(not_asked)?;
                self.toy.as_ref().ok_or_else(none)?.accept(waiting).await?;
                Value::Null.into()
            }
            "refresh" => {
                self.toy()?.refresh().await?;
                self.state().into()
            }
            "may" => self.may(asked)?.into(),
            "sync" => {
                let sent = self.toy()?.sync().await?;
                json!({ "sent": sent.sent, "waiting": sent.waiting }).into()
            }
            "wire" => self.wire()?,
            _ => return self.take(asked),
        })
    }

    /// What the child does with the toy, as far as the limits allow it.
    fn take(&mut self, asked: &Asked) -> Result<Given, Failed> {
        Ok(match asked.word.as_str() {
            "spend" => {
                let (kind, now, minutes) = (asked.word(0)?, local(asked, 1)?, asked.arg(2)?);
                let toy = self.toy()?;
                toy.obey(kind, now)?;
                toy.spend(kind, now.day, minutes)?;
                self.may(asked)?.into()
            }
            "snap" => {
                let (now, prepared) = (local(asked, 3)?, prepared(asked)?);
                let toy = self.toy()?;
                toy.obey(Kind::Pictures, now)?;
                toy.keep(&prepared, asked.arg(0)?)?;
                toy.spend(Kind::Pictures, now.day, SNAP_MINUTES)?;
                self.state().into()
            }
            "say" => {
                let now = local(asked, 1)?;
                let sound = recording::voice(&asked.bytes).map_err(ClientError::from)?;
                let toy = self.toy()?;
                toy.obey(Kind::Chat, now)?;
                toy.keep_voice(&sound, asked.arg(0)?)?;
                toy.spend(Kind::Chat, now.day, SNAP_MINUTES)?;
                self.state().into()
            }
            "film" => {
                let (now, film) = (local(asked, 2)?, film(asked)?);
                let toy = self.toy()?;
                toy.obey(Kind::Pictures, now)?;
                toy.keep_film(&film, asked.arg(0)?)?;
                toy.spend(Kind::Pictures, now.day, SNAP_MINUTES)?;
                self.state().into()
            }
            other => return Err(Trouble::invalid(&format!("nothing is called {other}")).into()),
        })
    }

    fn toy(&mut self) -> Result<&mut Toy, Trouble> {
        self.toy.as_mut().ok_or_else(none)
    }

    async fn progress(&mut self) -> Result<Value, Failed> {
        let waiting = self.waiting.as_mut().ok_or_else(not_asked)?;
        let toy = self.toy.as_mut().ok_or_else(none)?;
        Ok(match toy.progress(waiting).await? {
            Progress::Waiting => json!({ "state": "waiting" }),
            Progress::Proposed(Check::Scanned) => json!({ "state": "proposed", "pictures": [] }),
            Progress::Proposed(Check::Compare(pictures)) => {
                json!({ "state": "proposed", "pictures": pictures.names() })
            }
            Progress::Accepted => json!({ "state": "accepted" }),
            Progress::Linked => {
                self.waiting = None;
                json!({ "state": "linked" })
            }
        })
    }

    /// What the limits say of a kind now, and what was spent today.
    fn may(&mut self, asked: &Asked) -> Result<Value, Failed> {
        let (kind, now) = (asked.word(0)?, local(asked, 1)?);
        let toy = self.toy()?;
        let (own, all) = toy.spent(kind, now.day)?;
        let spent = json!({ "own": own, "all": all });
        Ok(match toy.may(kind, now)? {
            Verdict::Yes(left) => json!({ "yes": true, "left": left, "spent": spent }),
            Verdict::No(why) => {
                let (why, until) = why.word();
                json!({ "yes": false, "why": why, "until": until, "spent": spent })
            }
        })
    }

    fn state(&self) -> Value {
        let Some(toy) = &self.toy else {
            return Value::Null;
        };
        let child = toy.child().ok();
        let may = toy
            .family()
            .ok()
            .zip(child)
            .map(|(family, child)| view::may(family, toy.key(), child, toy.today()));
        json!({
            "id": toy.folder().to_string_lossy(),
            "linked": toy.is_linked(),
            "wiped": self.wiped,
            "child": child.map(|child| child.to_string()),
            "waiting": toy.waiting().unwrap_or_default(),
            "lost": toy.lost().unwrap_or_default(),
            "may": may.unwrap_or_default(),
        })
    }

    /// What lies in the outbox, as it is sealed: pairs of a name and the first bytes.
    fn wire(&self) -> Result<Given, Trouble> {
        let toy = self.toy.as_ref().ok_or_else(none)?;
        if toy.lost()?.is_some() {
            return Ok(Given::Files(Vec::new()));
        }
        let folder = toy.folder();
        let names = files::names(folder).unwrap_or_default();
        let sealed = names.into_iter().filter_map(|name| {
            let mut bytes = files::read(folder, &name).ok()??;
            let shown = format!("{name} {}", bytes.len());
            bytes.truncate(HEAD_BYTES);
            Some((shown, bytes))
        });
        Ok(Given::Files(sealed.collect()))
    }
}

/// Why a toy didn't get on; being wiped isn't a trouble.
enum Failed {
    Client(ClientError),
    Trouble(Trouble),
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Three JPEGs, one behind the other; their lengths, and the size of the first in pixels.
fn prepared(asked: &Asked) -> Result<Prepared, Failed> {
    let (lengths, size): ([usize; 3], (u32, u32)) = (asked.arg(1)?, asked.arg(2)?);
    let [full, mid, _] = lengths;
    let parts = asked.bytes.split_at_checked(full).and_then(|(full, rest)| {
        let (mid, thumbnail) = rest.split_at_checked(mid)?;
        Some([full, mid, thumbnail])
    });
    let [full, mid, thumbnail] = parts.ok_or_else(|| Trouble::invalid("a picture is cut off"))?;
    let prepared = Prepared::bare(full, mid, thumbnail, size);
    Ok(prepared.map_err(ClientError::Picture)?)
}

/// A film, and a picture of it behind; how many bytes the film has.
fn film(asked: &Asked) -> Result<Film, Failed> {
    let parts = asked.bytes.split_at_checked(asked.arg(1)?);
    let (film, poster) = parts.ok_or_else(|| Trouble::invalid("a film is cut off"))?;
    let poster = (!poster.is_empty()).then(|| picture::bare_jpeg(poster));
    let poster = poster.transpose().map_err(ClientError::from)?;
    Ok(Film { poster, ..recording::video(film).map_err(ClientError::from)? })
}

/// The day and the minute that the clock on the wall shows.
fn local(asked: &Asked, place: usize) -> Result<LocalTime, Trouble> {
    let (day, minute): (u32, u16) = asked.arg(place)?;
    Ok(LocalTime { day, minute })
}

fn none() -> Trouble {
    Trouble::not_now("there is no toy yet")
}

fn not_asked() -> Trouble {
    Trouble::not_now("ask for a code first")
}
