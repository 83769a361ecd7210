//! What a guardian decides: family, children, consent, erasure, other guardians.

use serde_json::json;
use treehouse_client::content::limits::{Hours, Kind, KindLimit, Limits, School};
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::{Guardian, ListedToy, invitation_url};
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::registry::{Category, Coded, Purpose};
use treehouse_protocol::sorted::Map;

use super::{Desk, nothing};
use crate::asked::{Asked, Given, hex, word};
use crate::trouble::Trouble;
use crate::view;

/// What a family has keys for, of each child: what the app can show.
const KEPT: [Category; 4] =
    [Category::Profile, Category::Photos, Category::Activity, Category::Settings];

impl Desk {
    pub(super) async fn decide(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "foundFamily" => {
                let guardian = self.guardian()?;
                let verification = guardian.verification(&asked.text(0)?).await?;
                guardian.found_family(&verification).await?;
                self.family().await?
            }
            "family" => self.family().await?,
            "addChild" => {
                let profile = profile(asked, 0)?;
                let guardian = self.guardian()?;
                let child = guardian.add_child(&KEPT).await?;
                guardian.put_profile(child, &profile).await?;
                self.profiles = None;
                self.family().await?
            }
            "setProfile" => {
                let (child, profile) = (asked.child(0)?, profile(asked, 1)?);
                self.guardian()?.put_profile(child, &profile).await?;
                self.profiles = None;
                self.family().await?
            }
            "limits" => {
                let limits = self.guardian()?.limits(asked.child(0)?).await?;
                json!(limits.as_ref().map(view::limits)).into()
            }
            "setLimits" => {
                let (child, limits) = (asked.child(0)?, limits(asked, 1)?);
                self.guardian()?.set_limits(child, &limits).await?;
                nothing()
            }
            "withdraw" => {
                let (purpose, child) = (asked.word::<Purpose>(0)?, optional_child(asked, 1)?);
                json!(self.guardian()?.withdraw(purpose, child).await?.to_string()).into()
            }
            "agreeAgain" => {
                let texts: Vec<String> = asked.arg(0)?;
                let grants = texts.iter().map(|text| Ok(Hash::from_bytes(hex(text)?)));
                let grants = grants.collect::<Result<Vec<_>, Trouble>>()?;
                self.guardian()?.agree_again(&grants, asked.hash(1)?).await?;
                self.family().await?
            }
            "erase" => {
                let words: Vec<String> = asked.arg(1)?;
                let kinds = words.iter().map(|text| word::<Category>(text));
                let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
                let link = self.guardian()?.erase(asked.child(0)?, &kinds).await?;
                self.profiles = None;
                json!(link.to_string()).into()
            }
            "eraseFamily" => {
                let links = self.guardian()?.erase_family().await?;
                self.profiles = None;
                json!(links.iter().map(ToString::to_string).collect::<Vec<_>>()).into()
            }
            "receipt" => match self.guardian()?.receipted(asked.hash(0)?).await {
                Ok(receipted) => json!(receipted.as_ref().map(view::receipt)).into(),
                // Nothing had been collected, so nothing had to be destroyed.
                Err(error) if error.status() == Some(404) => nothing(),
                Err(error) => return Err(error.into()),
            },
            _ => return self.guardians(asked).await,
        }))
    }

    async fn guardians(&mut self, asked: &Asked) -> Result<Option<Given>, Trouble> {
        Ok(Some(match asked.word.as_str() {
            "invite" => {
                let texts: Vec<String> = asked.arg(1)?;
                let children = texts.iter().map(|text| Ok(ChildId::from_bytes(hex(text)?)));
                let children = children.collect::<Result<Vec<_>, Trouble>>()?;
                let invitation = self.guardian()?.invite(asked.word(0)?, &children).await?;
                let url = invitation_url(&self.url, &invitation);
                let given = json!({ "id": invitation.id, "url": *url });
                self.invitations.push(invitation);
                given.into()
            }
            "answerInvitation" => {
                let guardian = self.guardian()?;
                let verification = guardian.verification(&asked.text(1)?).await?;
                guardian.answer_invitation(&asked.text(0)?, &verification).await?;
                nothing()
            }
            "admit" => {
                let (id, notice) = (asked.text(0)?, asked.hash(1)?);
                let sent = self.invitations.iter().find(|one| one.id == id).cloned();
                let sent = sent.ok_or_else(|| {
                    Trouble::not_now("the invitation was sent from another tab or device")
                })?;
                let guardian = self.guardian()?;
                let family = guardian.family()?;
                let living = family.children().filter(|(_, child)| child.span.is_open());
                let share: Vec<(ChildId, Vec<Category>)> =
                    living.map(|(id, child)| (id, child.keys.keys().copied().collect())).collect();
                let share: Vec<(ChildId, &[Category])> =
                    share.iter().map(|(id, kinds)| (*id, kinds.as_slice())).collect();
                guardian.admit(&sent, &share, notice).await?;
                self.family().await?
            }
            _ => return Ok(None),
        }))
    }

    /// The family as pages see it; what children are called is read once, and after a change.
    pub(super) async fn family(&mut self) -> Result<Given, Trouble> {
        let (known, lost, memory) = (self.profiles.take(), self.lost.take(), self.memory.clone());
        let guardian = self.guardian()?;
        let toys = guardian.toys().await?;
        let family = guardian.family()?;
        memory.compare(family)?;
        let living = family.children().filter(|(_, child)| child.span.is_open() && !child.erased);
        let children: Vec<ChildId> = living.map(|(id, _)| id).collect();
        let profiles = match known {
            Some(profiles) if children.iter().all(|child| profiles.contains_key(child)) => profiles,
            _ => {
                let mut profiles = Map::new();
                for child in children {
                    if let Ok(Some(profile)) = guardian.profile(child).await {
                        profiles.insert(child, profile);
                    }
                }
                profiles
            }
        };
        let lost = match lost {
            Some(lost) => lost,
            None => lost_toys(guardian, &toys).await,
        };
        let shown = view::family(guardian, &profiles, &toys, &lost)?;
        self.lost = Some(lost);
        self.profiles = Some(profiles);
        Ok(shown.into())
    }
}

/// Which of these toys are lost, as far as this guardian reads the settings of their children.
async fn lost_toys(guardian: &mut Guardian, toys: &[ListedToy]) -> Map<KeyId, String> {
    let linked = toys.iter().filter(|toy| toy.state == "linked");
    let mut children: Vec<ChildId> = linked.filter_map(|toy| toy.child).collect();
    children.sort_unstable();
    children.dedup();
    let mut lost = Map::new();
    for child in children {
        for (toy, text) in guardian.lost_toys(child).await.unwrap_or_default() {
            lost.insert(toy, text);
        }
    }
    lost
}

fn optional_child(asked: &Asked, place: usize) -> Result<Option<ChildId>, Trouble> {
    let text: Option<String> = asked.arg(place)?;
    text.map(|text| Ok(ChildId::from_bytes(hex(&text)?))).transpose()
}

/// Limits as pages write them: see [`view::limits`].
fn limits(asked: &Asked, place: usize) -> Result<Limits, Trouble> {
    type At = (u8, u16, u16, Vec<u8>);
    type Shown = (Option<u16>, Option<(u16, u16)>, Option<At>, Vec<(u8, u16)>);
    let (day_minutes, bedtime, school, kinds): Shown = asked.arg(place)?;
    let hours = |(from, until)| Hours { from, until };
    let unknown = || Trouble::invalid("unknown kind of activity");
    let kind = |code| Kind::from_code(code).ok_or_else(unknown);
    let school = school.map(|(weekdays, from, until, kinds)| {
        let kinds = kinds.into_iter().map(kind).collect::<Result<_, Trouble>>()?;
        Ok::<_, Trouble>(School { weekdays, hours: hours((from, until)), kinds })
    });
    let kinds =
        kinds.into_iter().map(|(code, minutes)| Ok(KindLimit { kind: kind(code)?, minutes }));
    Ok(Limits {
        day_minutes,
        bedtime: bedtime.map(hours),
        school: school.transpose()?,
        kinds: kinds.collect::<Result<_, Trouble>>()?,
    })
}

fn profile(asked: &Asked, place: usize) -> Result<Profile, Trouble> {
    let (nickname, band) = (asked.text(place)?, asked.text(place + 1)?);
    let age_band = AgeBand::parse(&band);
    let age_band = age_band.ok_or_else(|| Trouble::invalid("the age must be 0-5, 6-9 or 10-12"))?;
    let fits = (1..=160).contains(&nickname.len()) && !nickname.chars().any(char::is_control);
    if !fits {
        return Err(Trouble::invalid("a nickname has 1 to 160 bytes"));
    }
    Ok(Profile { nickname, age_band })
}
