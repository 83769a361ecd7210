//! Who reads what, tried by everybody after each step: nobody tells a step but a [`Narrator`], and
//! it takes the rows of the table that the step changed. Whoever has no row must be refused by the
//! server, and hold no key that would open what lies there now.

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::try_join_all;
use treehouse_client::content::Photo;
use treehouse_client::guardian::Guardian;
use treehouse_client::toy::Toy;
use treehouse_client::{ClientError, Server};
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::{Family, Keyring};
use treehouse_protocol::id::{ChildId, FamilyId};
use treehouse_protocol::record::{self, Expected};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sign::Signed;

use super::{Cast, KEPT, Listener};
use crate::world::World;

/// Everybody who might try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Ada,
    Ben,
    /// Ben's old telephone, once he has lost it.
    LostPhone,
    /// A session that a letter or a password gave, before it has keys.
    Keyless,
    /// Somebody who reads a guardian's letters.
    Thief,
    Camera,
    Watch,
    Frame,
    Tablet,
    Eve,
    Doll,
    Steward,
    Nobody,
}

impl Who {
    const ALL: [(Self, &'static str); 13] = [
        (Self::Ada, "Ada"),
        (Self::Ben, "Ben"),
        (Self::LostPhone, "Ben's lost telephone"),
        (Self::Keyless, "a session without keys"),
        (Self::Thief, "a thief of letters"),
        (Self::Camera, "the camera"),
        (Self::Watch, "the watch"),
        (Self::Frame, "the frame"),
        (Self::Tablet, "the tablet"),
        (Self::Eve, "Eve"),
        (Self::Doll, "Eve's doll"),
        (Self::Steward, "a steward"),
        (Self::Nobody, "nobody in particular"),
    ];
}

/// Of which child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Mia,
    Noa,
    Kim,
}

impl Of {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Mia, "Mia"), (Self::Noa, "Noa"), (Self::Kim, "Kim")];
}

/// What comes of it when somebody tries to read a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cell {
    /// The server refuses, and no key that is held opens what lies there.
    #[default]
    Refused,
    /// The server refuses, and keys would open it: a device that was signed out.
    SignedOut,
    /// The server hands out so many records, and each of them opens.
    Reads(usize),
    /// The server hands out `of` records, and only so many open: the rest stays ciphertext.
    Sealed { opens: usize, of: usize },
}

/// What somebody makes of a child's profile, photos and activity.
pub type Row = (Who, Of, [Cell; KEPT.len()]);

/// The row of who reads nothing any more.
pub const NOTHING: [Cell; KEPT.len()] = [Cell::Refused; KEPT.len()];

/// Says to a listener what happened, once everybody has tried to read everything.
pub struct Narrator<'l> {
    /// Where everybody tries; nowhere if nobody does.
    world: Option<&'l World>,
    listener: &'l mut dyn Listener,
    table: Vec<Row>,
    said: [String; 2],
}

impl<'l> Narrator<'l> {
    /// Nobody reads anything yet.
    pub fn new(world: &'l World, listener: &'l mut dyn Listener) -> Self {
        Self { world: Some(world), ..Self::without_tries(listener) }
    }

    /// For tests of something else than readers, which should be short: nobody tries.
    pub fn without_tries(listener: &'l mut dyn Listener) -> Self {
        Self { world: None, listener, table: Vec::new(), said: Default::default() }
    }

    /// A new chapter.
    pub fn chapter(&mut self, title: &str) {
        self.listener.chapter(title);
    }

    /// A guardian opened a picture, which is a JPEG.
    ///
    /// # Errors
    /// It can't be shown.
    pub fn picture(&mut self, name: &str, jpeg: &[u8]) -> Result<()> {
        self.listener.picture(name, jpeg)
    }

    /// Something happened, which changed these rows of the table and no other.
    ///
    /// # Errors
    /// Somebody reads more than the table says, or less.
    pub async fn step(&mut self, cast: &mut Cast, changed: &[Row], text: &str) -> Result<()> {
        self.try_all(cast, changed).await.with_context(|| format!("after \"{text}\""))?;
        self.listener.step(text);
        for (place, (of, name)) in Of::ALL.into_iter().take(2).enumerate() {
            let names = self.readers_of_pictures(of);
            if names != self.said[place] {
                let text = format!("who can read {name}'s pictures now: {names}");
                self.listener.readers(&text);
                self.said[place] = names;
            }
        }
        Ok(())
    }

    /// The same without a word, for what happens within a step.
    ///
    /// # Errors
    /// As for [`Narrator::step`].
    pub async fn try_all(&mut self, cast: &mut Cast, changed: &[Row]) -> Result<()> {
        for row in changed {
            self.table.retain(|(who, of, _)| (*who, *of) != (row.0, row.1));
            self.table.push(*row);
        }
        match self.world {
            Some(world) => check(world, cast, &self.table).await,
            None => Ok(()),
        }
    }

    fn readers_of_pictures(&self, of: Of) -> String {
        let reads = |who: Who| {
            let photos = cells(&self.table, who, of)[1];
            matches!(photos, Cell::Reads(count) | Cell::Sealed { opens: count, .. } if count > 0)
        };
        let all = Who::ALL.into_iter().filter(|(who, _)| reads(*who));
        let names: Vec<&str> = all.map(|(_, name)| name).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }
}

fn cells(table: &[Row], who: Who, of: Of) -> [Cell; KEPT.len()] {
    let row = table.iter().find(|(row, whose, _)| (*row, *whose) == (who, of));
    row.map_or(NOTHING, |(.., cells)| *cells)
}

/// Lets everybody try everything, and holds it against the table.
pub async fn check(world: &World, cast: &mut Cast, table: &[Row]) -> Result<()> {
    let stranger = world.connect().await?;
    let places = Of::ALL.map(|(of, _)| cast.child(of));
    let tries = cast.everybody(&stranger).into_iter().map(|(who, mut reader)| async move {
        let mut row = Vec::new();
        for (family, child) in places {
            for category in KEPT {
                let tried = reader.try_shelf(family, child, category).await;
                row.push(tried.with_context(|| format!("{who:?}, {}", category.word()))?);
            }
        }
        anyhow::Ok((who, row))
    });
    // Side by side, or most of the time would be spent waiting for the disk.
    let rows = try_join_all(tries).await?;
    for (child, (of, child_name)) in Of::ALL.into_iter().enumerate() {
        for (column, category) in KEPT.into_iter().enumerate() {
            let shelf = child * KEPT.len() + column;
            let handed = |(_, row): &(Who, Vec<Tried>)| row[shelf].handed.clone();
            let sealed = rows.iter().find_map(handed).unwrap_or_default();
            for ((_, row), (who, name)) in rows.iter().zip(Who::ALL) {
                let found = match &row[shelf].handed {
                    Some(handed) if handed.len() == row[shelf].opens => Cell::Reads(handed.len()),
                    Some(handed) => Cell::Sealed { opens: row[shelf].opens, of: handed.len() },
                    None if cast.opens_with_what_it_holds(who, of, category, &sealed)? => {
                        Cell::SignedOut
                    }
                    None => Cell::Refused,
                };
                let expected = cells(table, who, of)[column];
                let what = category.word();
                ensure!(
                    found == expected,
                    "{name} and {child_name}'s {what}: {found:?}, and not {expected:?}"
                );
            }
        }
    }
    Ok(())
}

/// Somebody who tries to read.
enum Reader<'c> {
    Guardian(&'c mut Guardian),
    Toy(&'c mut Toy),
    /// Without a member's proof, perhaps with a steward's pass.
    Stranger(&'c Server, Option<&'c str>),
    /// It isn't there, or not yet.
    Absent,
}

/// What came of trying: what the server handed out, and how much of it opened.
struct Tried {
    handed: Option<Vec<Signed>>,
    opens: usize,
}

impl Reader<'_> {
    async fn try_shelf(
        &mut self,
        family: FamilyId,
        child: ChildId,
        category: Category,
    ) -> Result<Tried> {
        let handed = match self {
            Self::Absent => None,
            Self::Guardian(it) => granted(it.sealed_shelf(family, child, category).await)?,
            Self::Toy(it) => granted(it.sealed_shelf(family, child, category).await)?,
            Self::Stranger(server, pass) => {
                let word = category.word();
                let path = format!("/v1/families/{family}/records?child={child}&category={word}");
                let got = granted(server.get(&path, *pass).await)?;
                ensure!(got.is_none(), "the server gives sealed data without a member's proof");
                None
            }
        };
        let opens = match (self, &handed) {
            (Self::Guardian(it), Some(_)) if it.family().is_ok() => {
                read_by_guardian(it, child, category).await?
            }
            (Self::Toy(it), Some(_)) => read_by_toy(it, category).await?,
            _ => 0,
        };
        Ok(Tried { handed, opens })
    }
}

impl Cast {
    const fn child(&self, of: Of) -> (FamilyId, ChildId) {
        match of {
            Of::Mia => (self.family, self.mia),
            Of::Noa => (self.family, self.noa),
            Of::Kim => (self.eves, self.kim),
        }
    }

    /// Everybody, in the order of [`Who::ALL`].
    fn everybody<'c>(&'c mut self, stranger: &'c Server) -> Vec<(Who, Reader<'c>)> {
        let guardian = |it: Option<&'c mut Guardian>| it.map_or(Reader::Absent, Reader::Guardian);
        let toy = |it: &'c mut Option<Toy>| it.as_mut().map_or(Reader::Absent, Reader::Toy);
        vec![
            (Who::Ada, Reader::Guardian(&mut self.ada.guardian)),
            (Who::Ben, guardian(self.ben.as_mut().map(|ben| &mut ben.guardian))),
            (Who::LostPhone, guardian(self.lost.as_mut())),
            (Who::Keyless, guardian(self.keyless.as_mut())),
            (Who::Thief, guardian(self.thief.as_mut())),
            (Who::Camera, toy(&mut self.camera)),
            (Who::Watch, toy(&mut self.watch)),
            (Who::Frame, toy(&mut self.frame)),
            (Who::Tablet, toy(&mut self.tablet)),
            (Who::Eve, Reader::Guardian(&mut self.eve.guardian)),
            (Who::Doll, toy(&mut self.doll)),
            (Who::Steward, Reader::Stranger(stranger, Some(&self.pass))),
            (Who::Nobody, Reader::Stranger(stranger, None)),
        ]
    }

    /// The category keys that somebody holds.
    fn ring(&self, who: Who) -> Option<&Keyring> {
        let guardian = match who {
            Who::Ada => Some(&self.ada.guardian),
            Who::Ben => self.ben.as_ref().map(|ben| &ben.guardian),
            Who::LostPhone => self.lost.as_ref(),
            Who::Keyless => self.keyless.as_ref(),
            Who::Thief => self.thief.as_ref(),
            Who::Eve => Some(&self.eve.guardian),
            _ => None,
        };
        let toy = match who {
            Who::Camera => self.camera.as_ref(),
            Who::Watch => self.watch.as_ref(),
            Who::Frame => self.frame.as_ref(),
            Who::Tablet => self.tablet.as_ref(),
            Who::Doll => self.doll.as_ref(),
            _ => None,
        };
        guardian.map(Guardian::keyring).or_else(|| toy.map(Toy::keyring))
    }

    /// The family of a child, as one of its own guardians knows it.
    fn chain(&self, of: Of) -> Result<&Family> {
        let guardian = if of == Of::Kim { &self.eve.guardian } else { &self.ada.guardian };
        Ok(guardian.family()?)
    }

    /// Whether any key that somebody still holds opens what lies there under the current key. What
    /// it could read before isn't asked: nobody can be made to forget.
    pub fn opens_with_what_it_holds(
        &self,
        who: Who,
        of: Of,
        category: Category,
        sealed: &[Signed],
    ) -> Result<bool> {
        let Some(ring) = self.ring(who) else {
            return Ok(false);
        };
        let trust = self.ada.guardian.server().trust();
        let (_, child) = self.child(of);
        let family = self.chain(of)?;
        let Some(made) = family.keys(child, category).and_then(|line| line.current()) else {
            return Ok(false);
        };
        // After the end of a shelf nothing lies there, and nothing will.
        if family.child(child).is_none() {
            return Ok(false);
        }
        let version = made.version.version;
        let current = KeyName { family: family.id(), child, category, version };
        if ring.key(&current).is_some() {
            return Ok(true);
        }
        for signed in sealed {
            let checked = record::check_in(signed, family, trust)?;
            let name = checked.header().name;
            let expected = Expected { name, record: None };
            let opens = |(_, key)| checked.open(key, &expected).is_ok();
            if name.version == version && ring.keys().any(opens) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What the server handed out; `None` if it refused. That the way to it failed is an error.
fn granted<T>(result: Result<T, ClientError>) -> Result<Option<T>> {
    match result {
        Ok(handed) => Ok(Some(handed)),
        Err(error) => match error.status() {
            Some(401 | 403 | 404 | 410) => Ok(None),
            // A toy that forgot everything has no one to ask as.
            None if matches!(error, ClientError::NotNow(_)) => Ok(None),
            _ => bail!("tried, and failed for another reason: {error}"),
        },
    }
}

async fn read_by_guardian(
    guardian: &mut Guardian,
    child: ChildId,
    category: Category,
) -> Result<usize> {
    let mut count = 0;
    for item in guardian.shelf(child, category).await? {
        let Some(Ok(opened)) = item.opened else {
            continue;
        };
        if category == Category::Photos {
            let photo = Photo::from_bytes(&opened.plain)?;
            let jpeg = guardian.blob(&opened.header, &photo.thumbnail).await?;
            ensure!(jpeg.starts_with(&[0xff, 0xd8]), "a picture opens to a JPEG");
        }
        count += 1;
    }
    Ok(count)
}

async fn read_by_toy(toy: &mut Toy, category: Category) -> Result<usize> {
    let mut count = 0;
    for item in toy.shelf(category).await? {
        let Some(Ok(opened)) = item.opened else {
            continue;
        };
        if category == Category::Photos {
            let photo = Photo::from_bytes(&opened.plain)?;
            let jpeg = toy.blob(&opened.header, &photo.thumbnail).await?;
            ensure!(jpeg.starts_with(&[0xff, 0xd8]), "a picture opens to a JPEG");
        }
        count += 1;
    }
    Ok(count)
}
