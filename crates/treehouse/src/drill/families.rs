//! The families of the drill: real clients that plant canaries in every field that there is.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use image::{ImageFormat, Rgb, RgbImage};
use rand_core::Rng;
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::{Guardian, Verification, invitation_url};
use treehouse_client::opaque::Ksf;
use treehouse_client::pairing::Check;
use treehouse_client::picture;
use treehouse_client::toy::{Progress, Toy};
use treehouse_protocol::PLANTED_PLAINTEXT;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, Coded, Method, Rights, Role};
use treehouse_server::random;

use super::canary::{Cage, Kind, mailbox, words};
use super::encoding::Encoding;
use super::target::Target;
use crate::world::notice;

/// Children with a toy, and others of whom only a name is kept.
const CHILDREN: usize = 2;
const SIBLINGS: usize = 6;
/// How many pictures each toy takes.
const PICTURES: usize = 6;
/// The sides of a picture in pixels: large enough that all three sizes differ.
const SIDES: (u32, u32) = (420, 300);
/// Every how many families a second guardian joins.
const SECOND_EVERY: usize = 4;

/// The families, as the clients remember them.
pub struct Families<'t> {
    target: &'t Target,
    toys: &'t Path,
    /// What they planted.
    pub cage: Cage,
    homes: Vec<Home>,
}

struct Home {
    guardian: Guardian,
    children: Vec<(ChildId, Toy)>,
}

impl<'t> Families<'t> {
    /// No families yet; their toys will keep their things in `toys`.
    pub fn new(target: &'t Target, toys: &'t Path) -> Self {
        Self { target, toys, cage: Cage::default(), homes: Vec::new() }
    }

    /// How many families there are.
    pub const fn len(&self) -> usize {
        self.homes.len()
    }

    /// One more family does all that families do.
    ///
    /// # Errors
    /// The server doesn't do its part.
    pub async fn add(&mut self) -> Result<()> {
        let (mut guardian, verified, mut careless) = self.person(None).await?;
        guardian.found_family(&verified).await?;
        let categories: Vec<Category> =
            Category::ALL.iter().map(|(category, ..)| *category).collect();
        let mut children = Vec::new();
        for number in 0..CHILDREN {
            let child = self.child(&mut guardian, &categories).await?;
            let name = format!("{}-{number}", self.homes.len());
            let mut toy = self.link(&mut guardian, child, &name).await?;
            let (token, seed) = (toy.token()?, toy.private_bytes());
            self.cage.text(Kind::ToyToken, &token);
            self.cage.bytes(Kind::ToyKeys, &seed);
            let seed = Encoding::HexLower.write(&seed, false).unwrap_or_default();
            careless.extend([token.to_string(), String::from_utf8(seed)?]);
            self.pictures(&mut guardian, child, &mut toy).await?;
            children.push((child, toy));
        }
        for _ in 0..SIBLINGS {
            self.child(&mut guardian, &[Category::Profile]).await?;
        }
        careless.push(self.invite(&mut guardian, children[0].0, &categories).await?);
        let mut private = guardian.private_bytes()?.into_iter();
        self.cage.bytes(Kind::GuardianKeys, &private.next().context("keys have a seed")?);
        private.for_each(|key| self.cage.bytes(Kind::CategoryKey, &key));
        if PLANTED_PLAINTEXT {
            self.tell(&mut guardian, &careless).await?;
        }
        self.homes.push(Home { guardian, children });
        Ok(())
    }

    async fn child(&mut self, guardian: &mut Guardian, categories: &[Category]) -> Result<ChildId> {
        let child = guardian.add_child(categories).await?;
        let name = words(&mut random::rng());
        self.cage.text(Kind::Nickname, &name);
        put_name(guardian, child, name).await?;
        Ok(child)
    }

    /// In the control, some things must lie open that even a client which seals nothing doesn't
    /// send: a careless guardian makes names of them, for a child that nobody else knows.
    async fn tell(&self, guardian: &mut Guardian, secrets: &[String]) -> Result<()> {
        for secret in secrets {
            let child = guardian.add_child(&[Category::Profile]).await?;
            put_name(guardian, child, secret.clone()).await?;
        }
        Ok(())
    }

    /// A new guardian with keys, for a family of its own or one that it's invited to. Answers also
    /// the secrets that never leave the client.
    async fn person(
        &mut self,
        invitation: Option<&str>,
    ) -> Result<(Guardian, Verification, Vec<String>)> {
        let rng = &mut random::rng();
        let (target, local, password) = (self.target, mailbox(rng), words(rng));
        let email = format!("{local}@families.example");
        self.cage.text(Kind::Email, &local);
        self.cage.text(Kind::Password, &password);
        let server = target.connect().await?;
        Guardian::ask_link(&server, &email, false).await?;
        let token = target.letter(&email, "open").await?;
        self.cage.text(Kind::Letter, &token);
        let ksf = Ksf::standard();
        drop(Guardian::register(&server, &token, &password, &ksf).await?);
        let mut guardian = Guardian::sign_in(&server, &email, &password, &ksf).await?;
        let kit = match invitation {
            Some(url) => guardian.make_keys_for(url).await?,
            None => guardian.make_keys(None).await?,
        };
        self.cage.text(Kind::Kit, &kit.text());
        let read = notice(&server).await?;
        let asked = guardian.ask_verification(Method::EmailPlus, read).await?;
        let token = target.letter(&email, "verify").await?;
        self.cage.text(Kind::Letter, &token);
        Guardian::confirm(&server, &token).await?;
        let verified = guardian.verification(&asked.id).await?;
        let form = guardian.ask_verification(Method::SignedForm, read).await?;
        let scan = self.scan();
        guardian.send_form(&form.id, &scan).await?;
        let session = guardian.token();
        self.cage.text(Kind::Session, &session);
        let careless = vec![password, kit.text().to_string(), session.to_string()];
        Ok((guardian, verified, careless))
    }

    /// What looks like a signed form.
    fn scan(&mut self) -> Vec<u8> {
        let mut secret = [0; 48];
        random::rng().fill_bytes(&mut secret);
        self.cage.bytes(Kind::Form, &secret);
        [b"%PDF-2.0 a form, and who signed it ".as_slice(), &secret].concat()
    }

    async fn link(&self, guardian: &mut Guardian, child: ChildId, name: &str) -> Result<Toy> {
        let server = self.target.connect().await?;
        let mut toy = Toy::create(&self.toys.join(name), &server, Suite::XWing)?;
        let mut waiting = toy.ask_code().await?;
        let caps = Caps::from_bits(Caps::CAMERA).context("a camera")?;
        let mut pairing = guardian.link_scanned(&waiting.qr(), Some(child), caps).await?;
        let progress = toy.progress(&mut waiting).await?;
        ensure!(progress == Progress::Proposed(Check::Scanned), "the toy knows who scanned it");
        toy.accept(&waiting).await?;
        let accepted = guardian.accepted(&mut pairing).await?;
        let (check, proof) = accepted.context("the toy has accepted")?;
        ensure!(check == Check::Scanned, "the toy was scanned");
        let rights = [(Category::Photos, Rights::WRITE), (Category::Profile, Rights::READ)];
        let read = notice(&server).await?;
        guardian.finish_link(&pairing, proof, &rights, read).await?;
        ensure!(toy.progress(&mut waiting).await? == Progress::Linked, "the toy has its token");
        toy.refresh().await?;
        Ok(toy)
    }

    /// The toy takes pictures of noise; its own stripping says which bytes it is about to seal.
    async fn pictures(
        &mut self,
        guardian: &mut Guardian,
        child: ChildId,
        toy: &mut Toy,
    ) -> Result<()> {
        for _ in 0..PICTURES {
            let taken = noise()?;
            self.cage.picture(&picture::prepare(&taken)?);
            toy.snap(&taken, None)?;
        }
        let sent = toy.sync().await?;
        ensure!(sent.sent == PICTURES && sent.waiting == 0, "every picture was sent");
        let album = guardian.album(child).await?;
        ensure!(album.len() == PICTURES, "the guardian sees every picture");
        for picture in &album {
            for size in [&picture.photo.full, &picture.photo.mid, &picture.photo.thumbnail] {
                self.cage.bytes(Kind::PictureKey, size.key.secret().expose());
            }
        }
        Ok(())
    }

    /// A second guardian is invited; in some families, one comes.
    async fn invite(
        &mut self,
        guardian: &mut Guardian,
        child: ChildId,
        categories: &[Category],
    ) -> Result<String> {
        let invitation = guardian.invite(Role::Owner, &[]).await?;
        let url = invitation_url(self.target.url(), &invitation);
        // Behind the family's and the chain's name, 16 bytes are the secret: 21 signs and a bit.
        let secret = url[url.len() - 20..].to_owned();
        self.cage.text(Kind::Invitation, &secret);
        if self.homes.len().is_multiple_of(SECOND_EVERY) {
            let (second, verified, careless) = Box::pin(self.person(Some(&url))).await?;
            second.answer_invitation(&url, &verified).await?;
            let read = notice(guardian.server()).await?;
            let admitted = guardian.admit(&invitation, &[(child, categories)], read).await?;
            ensure!(admitted.is_some(), "the second guardian is in the family");
            self.cage.bytes(Kind::GuardianKeys, &second.private_bytes()?[0]);
            if PLANTED_PLAINTEXT {
                self.tell(guardian, &careless).await?;
            }
        }
        Ok(secret)
    }

    /// Everybody looks at what they have: so the server is busy with all of it.
    ///
    /// # Errors
    /// Something can't be read any more.
    pub async fn look(&mut self, home: usize) -> Result<()> {
        let Home { guardian, children } = &mut self.homes[home];
        for (child, toy) in children {
            let album = guardian.album(*child).await?;
            for picture in &album {
                let opened = guardian.blob(&picture.header, &picture.photo.full).await?;
                ensure!(opened.starts_with(b"\xff\xd8"), "a picture opens");
            }
            ensure!(guardian.profile(*child).await?.is_some(), "the child has a name");
            toy.refresh().await?;
        }
        Ok(())
    }
}

async fn put_name(guardian: &mut Guardian, child: ChildId, nickname: String) -> Result<()> {
    let profile = Profile { nickname, age_band: AgeBand::School };
    Ok(guardian.put_profile(child, &profile).await?)
}

/// A picture that nobody can guess, as PNG.
fn noise() -> Result<Vec<u8>> {
    let (width, height) = SIDES;
    let mut pixels = vec![0; (width * height * 3) as usize];
    random::rng().fill_bytes(&mut pixels);
    let drawn: RgbImage = RgbImage::from_fn(width, height, |x, y| {
        // Coarse grain: fine noise would be the largest picture that there is.
        let at = (((y / 4) * width + x / 4) * 3) as usize;
        Rgb([pixels[at], pixels[at + 1], pixels[at + 2]])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    drawn.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
