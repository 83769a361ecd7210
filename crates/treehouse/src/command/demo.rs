//! `treehouse demo`.

mod letters;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use treehouse_client::opaque::Ksf;
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::registry::{Category, Rights};
use treehouse_server::config::Features;
use treehouse_server::data_map::Feature;

use self::letters::Letters;
use crate::output::Output;
use crate::sample;
use crate::story::toys::{By, link_one};
use crate::story::{self, Cast, Listener};
use crate::world::{Options, Person, World};

/// How long the toys of the demo wait between two pictures, in seconds.
const PAUSE_S: u64 = 20;
/// How long a visitor's letter may wait, in milliseconds.
const LETTERS_MS: u64 = 500;

/// Starts everything, tells a story with simulated families and toys, and keeps running.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse demo\n  treehouse demo --families 20\n  \
    treehouse demo --once          # ends after the story; exit status 0 only if all was checked\n\n\
    Everything is real: TLS, the clients, the encryption, the embedded store. Only the people are \
    made up, and the clock of the story jumps where it must wait.")]
pub struct Demo {
    /// Families that play on after the story, each with two toys
    #[arg(long, default_value_t = 3, value_name = "N")]
    families: u32,
    /// End after the story
    #[arg(long)]
    once: bool,
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where it keeps everything; a fresh folder if none is given
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// A picture for the toys to take; one is drawn if none is given
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// What is said while it happens.
struct Teller {
    output: Output,
    steps: usize,
}

#[derive(Serialize)]
struct Event<'e> {
    event: &'e str,
    text: &'e str,
}

impl Teller {
    fn say(&self, event: &str, text: &str, shown: String) {
        // A closed pipe ends the story elsewhere; here there is nobody to tell.
        drop(self.output.answer(&Event { event, text }, |_| shown));
    }
}

impl Listener for Teller {
    fn chapter(&mut self, title: &str) {
        self.say("chapter", title, format!("\n{title}"));
    }

    fn step(&mut self, text: &str) {
        self.steps += 1;
        self.say("step", text, format!("  ✓ {text}"));
    }

    fn readers(&mut self, text: &str) {
        self.say("readers", text, format!("    ({text})"));
    }
}

impl Demo {
    /// Tells the story, and plays on until a signal comes.
    ///
    /// # Errors
    /// Something can't be started, or a promise was not kept.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let fresh = std::env::temp_dir().join(format!("treehouse-demo-{}", std::process::id()));
        let folder = self.folder.clone().unwrap_or(fresh);
        let options = Options {
            folder: folder.clone(),
            listen: self.listen,
            postgres: None,
            features: everything_shown(),
            ksf: Ksf::standard,
        };
        let world = World::start(&options).await.context(
            "the demo can't be started; --listen 127.0.0.1:0 takes any free port, and --folder an \
             empty folder",
        )?;
        let picture = match &self.picture {
            Some(path) => std::fs::read(path).context("the file of --picture can't be read")?,
            None => sample::picture(1)?,
        };
        let mut teller = Teller { output, steps: 0 };
        teller.say("started", &world.url, format!("Treehouse listens at {}", world.url));
        let mut shown = Shown { teller: &mut teller, folder: &folder };
        let cast = Box::pin(story::tell(&world, &picture, &mut shown)).await?;
        let steps = teller.steps;
        let told = format!("\nThe story was told: {steps} steps, every one of them checked.");
        teller.say("told", &steps.to_string(), told);
        if self.once {
            world.stop().await;
            return Ok(ExitCode::SUCCESS);
        }
        self.play_on(&world, &teller, &cast, &folder).await?;
        world.stop().await;
        Ok(ExitCode::SUCCESS)
    }

    /// Further families, with toys that go on taking pictures.
    async fn play_on(
        &self,
        world: &World,
        teller: &Teller,
        cast: &Cast,
        folder: &Path,
    ) -> Result<()> {
        let mut families = Vec::new();
        let bar = ProgressBar::new(u64::from(self.families));
        bar.set_style(ProgressStyle::with_template("  {bar:30} {pos}/{len} families {msg}")?);
        for number in 1..=self.families {
            families.push(Playing::begin(world, number).await?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        let mut letters = Letters::new(folder);
        letters.write()?;
        let place = folder.display();
        let text = format!(
            "\n{families} families play on, each with two toys.\n\n\
             Open these three in a browser (the certificate is self-signed: accept it once):\n  \
             {url}/          the guardians' app: open an account, with any address\n  \
             {letters}   your letters: nothing is really sent\n  \
             {url}/toy       a toy to link: it takes pictures, you see them in the app\n\
             A browser that knows an earlier demo at this address refuses this one, as it has other keys: \
             delete what it keeps of the site, or take a private window.\n\n\
             Or sign in as Ada of the story: {email}, password: {password}\n\n\
             Where else to look:\n  \
             {place}/album        what a guardian sees\n  \
             {place}/store        all that a thief of the database gets\n  \
             {url}/v1/openapi.json   the API (certificate: {place}/certificate.pem)\n\n\
             Without a browser, in another terminal:\n  \
             treehouse toy new --home toy --server {url} --ca {place}/certificate.pem\n  \
             treehouse toy link --home toy\n  \
             treehouse family sign-in --home ada --server {url} --ca {place}/certificate.pem \
             --email {email}\n\n\
             Ctrl-C ends the demo.",
            letters = letters.page().display(),
            families = self.families,
            url = world.url,
            email = cast.ada.email,
            password = cast.ada.password,
        );
        teller.say("playing", &world.url, text);
        let mut pause = tokio::time::interval(Duration::from_secs(PAUSE_S));
        let mut glance = tokio::time::interval(Duration::from_millis(LETTERS_MS));
        let mut turn = 1;
        loop {
            tokio::select! {
                _ = pause.tick() => {
                    for playing in &mut families {
                        let text = playing.turn(turn).await?;
                        teller.say("picture", &text, format!("  {text}"));
                    }
                    turn += 1;
                }
                _ = glance.tick() => {}
                ended = tokio::signal::ctrl_c() => return Ok(ended?),
            }
            world.work().await;
            letters.write()?;
        }
    }
}

/// What a deployment has by itself, and voice and films, too: the toy of the browser records both.
fn everything_shown() -> Features {
    let mut features = Features::default();
    features.enabled.extend([Feature::Voice, Feature::Video]);
    features
}

/// Writes the parent's view of the album, and shows a picture where there's a terminal.
struct Shown<'s> {
    teller: &'s mut Teller,
    folder: &'s Path,
}

impl Listener for Shown<'_> {
    fn chapter(&mut self, title: &str) {
        self.teller.chapter(title);
    }

    fn step(&mut self, text: &str) {
        self.teller.step(text);
    }

    fn readers(&mut self, text: &str) {
        self.teller.readers(text);
    }

    fn picture(&mut self, name: &str, jpeg: &[u8]) -> Result<()> {
        let album = self.folder.join("album");
        std::fs::create_dir_all(&album)?;
        let path = album.join(format!("{name}.jpg"));
        std::fs::write(&path, jpeg)?;
        let mut text = format!("    (opened: {})", path.display());
        if std::io::stdout().is_terminal() {
            text = format!("{}{text}", sample::in_terminal(jpeg, 48)?);
        }
        self.teller.say("opened", &path.display().to_string(), text);
        Ok(())
    }
}

/// A family that plays on.
struct Playing {
    name: String,
    person: Person,
    child: treehouse_protocol::id::ChildId,
    toys: Vec<Toy>,
}

impl Playing {
    async fn begin(world: &World, number: u32) -> Result<Self> {
        let name = format!("family-{number}");
        let mut person = world.founder(&name).await?;
        let child = person.guardian.add_child(&[Category::Profile, Category::Photos]).await?;
        let write = [(Category::Photos, Rights::WRITE)];
        let mut toys = Vec::new();
        for toy in ["camera", "watch"] {
            let toy = format!("{name}-{toy}");
            let guardian = &mut person.guardian;
            toys.push(
                link_one(world, guardian, &toy, By::Scan, child, Caps::CAMERA, &write).await?,
            );
        }
        Ok(Self { name, person, child, toys })
    }

    /// One toy takes a picture, and the guardian looks at it.
    async fn turn(&mut self, turn: u32) -> Result<String> {
        let which = turn as usize % self.toys.len();
        self.toys[which].snap(&sample::picture(turn)?, None)?;
        self.toys[which].sync().await?;
        let pictures = self.person.guardian.album(self.child).await?;
        let last = pictures.last().context("the picture has reached the guardian")?;
        let plain = self.person.guardian.blob(&last.header, &last.photo.mid).await?;
        let (name, toys) = (&self.name, ["camera", "watch"]);
        Ok(format!(
            "{name}: the {} took picture {}; the guardian opened it, {} KiB",
            toys[which],
            pictures.len(),
            plain.len() / 1024
        ))
    }
}
