//! Who reads what, tried by everybody. A chapter says in a table who opens how many records of each
//! kind; whoever isn't in it must be refused by the server, and hold no key that would open what
//! lies there now.

use anyhow::{Context, Result, bail, ensure};
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
    /// Ben's old telephone, after he came back with new keys.
    LostPhone,
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
    const ALL: [(Self, &'static str); 11] = [
        (Self::Ada, "Ada"),
        (Self::Ben, "Ben"),
        (Self::LostPhone, "Ben's lost telephone"),
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

/// How many records of the child's profile, photos and activity somebody opens; `None`: the server
/// doesn't even tell that there are any.
pub type Reads = (Who, Of, [Option<usize>; KEPT.len()]);

/// Lets everybody try everything, and holds it against the table.
pub async fn check(world: &World, cast: &mut Cast, table: &[Reads]) -> Result<()> {
    let stranger = world.connect().await?;
    for (of, child_name) in Of::ALL {
        let (family, child) = cast.child(of);
        for (column, category) in KEPT.into_iter().enumerate() {
            let expected = |who: Who| {
                let mut rows = table.iter().filter(|(row, whose, _)| (*row, *whose) == (who, of));
                rows.next().and_then(|(.., counts)| counts[column])
            };
            let sealed = cast.source(table, of, column, category).await?;
            for (who, name) in Who::ALL {
                let what = category.word();
                let found = cast.opens(&stranger, who, (family, child, category)).await;
                let found = found.with_context(|| format!("{name}, {child_name}'s {what}"))?;
                ensure!(
                    found == expected(who),
                    "{name} opens {found:?} of {child_name}'s {what}, and not {:?}",
                    expected(who)
                );
                if found.is_none() {
                    let holds = cast.opens_with_what_it_holds(who, of, category, &sealed);
                    ensure!(!holds?, "{name} holds a key to {child_name}'s {what}");
                }
            }
        }
    }
    Ok(())
}

/// The same, and says who reads the pictures of a child.
pub async fn tell(
    world: &World,
    cast: &mut Cast,
    table: &[Reads],
    listener: &mut dyn Listener,
) -> Result<()> {
    check(world, cast, table).await?;
    for (of, name) in [Of::ALL[0], Of::ALL[1]] {
        let reads = |who: Who| {
            table.iter().any(|(row, whose, [_, photos, _])| {
                (*row, *whose) == (who, of) && photos.is_some_and(|count| count > 0)
            })
        };
        let names: Vec<&str> =
            Who::ALL.into_iter().filter(|(who, _)| reads(*who)).map(|(_, name)| name).collect();
        let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        listener.readers(&format!("who can read {name}'s pictures now: {names}"));
    }
    Ok(())
}

impl Cast {
    const fn child(&self, of: Of) -> (FamilyId, ChildId) {
        match of {
            Of::Mia => (self.family, self.mia),
            Of::Noa => (self.family, self.noa),
            Of::Kim => (self.eves, self.kim),
        }
    }

    const fn guardian(&mut self, who: Who) -> Option<&mut Guardian> {
        match who {
            Who::Ada => Some(&mut self.ada.guardian),
            Who::Eve => Some(&mut self.eve.guardian),
            Who::LostPhone => self.lost.as_mut(),
            Who::Ben => match &mut self.ben {
                Some(ben) => Some(&mut ben.guardian),
                None => None,
            },
            _ => None,
        }
    }

    const fn toy(&mut self, who: Who) -> Option<&mut Toy> {
        match who {
            Who::Camera => self.camera.as_mut(),
            Who::Watch => self.watch.as_mut(),
            Who::Frame => self.frame.as_mut(),
            Who::Tablet => self.tablet.as_mut(),
            Who::Doll => self.doll.as_mut(),
            _ => None,
        }
    }

    /// The family of a child, as one of its own guardians knows it.
    fn chain(&self, of: Of) -> Result<&Family> {
        let guardian = if of == Of::Kim { &self.eve.guardian } else { &self.ada.guardian };
        Ok(guardian.family()?)
    }

    /// What lies on a shelf, sealed, from somebody who may have it.
    pub async fn source(
        &mut self,
        table: &[Reads],
        of: Of,
        column: usize,
        category: Category,
    ) -> Result<Vec<Signed>> {
        let (family, child) = self.child(of);
        for (who, whose, counts) in table {
            if let (true, Some(guardian)) =
                (*whose == of && counts[column].is_some(), self.guardian(*who))
            {
                return Ok(guardian.sealed_shelf(family, child, category).await?);
            }
        }
        Ok(Vec::new())
    }

    /// How many records somebody opens; `None` if the server refuses.
    async fn opens(
        &mut self,
        stranger: &Server,
        who: Who,
        (family, child, category): (FamilyId, ChildId, Category),
    ) -> Result<Option<usize>> {
        if let Some(guardian) = self.guardian(who) {
            if is_refused(guardian.sealed_shelf(family, child, category).await)? {
                return Ok(None);
            }
            return Ok(Some(read_by_guardian(guardian, child, category).await?));
        }
        if let Some(toy) = self.toy(who) {
            if is_refused(toy.sealed_shelf(family, child, category).await)? {
                return Ok(None);
            }
            return Ok(Some(read_by_toy(toy, category).await?));
        }
        let pass = match who {
            Who::Steward => Some(self.pass.as_str()),
            Who::Nobody => None,
            // It isn't there yet.
            _ => return Ok(None),
        };
        let word = category.word();
        let path = format!("/v1/families/{family}/records?child={child}&category={word}");
        let got = stranger.get(&path, pass).await;
        ensure!(is_refused(got)?, "the server gives sealed data without a member's proof");
        Ok(None)
    }

    /// Whether any key that somebody still holds opens what lies there under the current key. What
    /// it could read before isn't asked: nobody can be made to forget.
    pub fn opens_with_what_it_holds(
        &mut self,
        who: Who,
        of: Of,
        category: Category,
        sealed: &[Signed],
    ) -> Result<bool> {
        let ring: Keyring = match who {
            Who::Steward | Who::Nobody => return Ok(false),
            who => match (self.guardian(who).map(|it| it.keyring().clone()), self.toy(who)) {
                (Some(ring), _) => ring,
                (None, Some(toy)) => toy.keyring().clone(),
                (None, None) => return Ok(false),
            },
        };
        let trust = self.ada.guardian.server().trust().clone();
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
            let checked = record::check_in(signed, family, &trust)?;
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

/// Whether the server refused, and not the way to it.
fn is_refused<T>(result: Result<T, ClientError>) -> Result<bool> {
    match result {
        Ok(_) => Ok(false),
        Err(error) => match error.status() {
            Some(401 | 403 | 404 | 410) => Ok(true),
            // A toy that forgot everything has no one to ask as.
            None if matches!(error, ClientError::NotNow(_)) => Ok(true),
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
