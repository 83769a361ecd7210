//! A guardian in one file: opens an account, consents, links a toy, and reads what it sends.
//!
//! With `cargo xtask demo` running, which says where its folder is:
//! `cargo run -p treehouse-client --example guardian -- https://localhost:8443 FOLDER me@example.org`
//! It waits for what the toy of `--example toy` shows, on standard input.

use std::error::Error;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use treehouse_client::Server;
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::registry::{Category, Method, Rights};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often the letters are looked through.
const LOOK_MS: u64 = 250;

/// Where everything is.
pub struct Place {
    /// The server.
    pub url: String,
    /// Its certificate, in PEM, because no public authority signed it.
    pub authority_pem: String,
    /// Where the demo puts its letters. Yours would go by mail.
    pub mail: PathBuf,
    /// How passwords are stretched: [`Ksf::standard`].
    pub ksf: Ksf,
}

/// Lives as a guardian until a toy's first picture is opened; answers it, a JPEG. `qr` is what the
/// toy shows, as a camera scans it.
///
/// # Errors
/// Whatever goes wrong.
pub async fn be_a_guardian(
    place: &Place,
    email: &str,
    qr: impl Future<Output = Fallible<String>>,
) -> Fallible<Vec<u8>> {
    // The first contact pins the deployment's keys; a server that shows others later is refused.
    let server = Server::connect(&place.url, Some(&place.authority_pem)).await?;
    Guardian::ask_link(&server, email, false).await?;
    let token = letter(place, email, "open").await?;
    let password = "three owls in a tree house";
    let mut guardian = Guardian::register(&server, &token, password, &place.ksf).await?;
    let kit = guardian.make_keys(None).await?;
    println!("print this, it's the way back to your keys: {}", *kit.text());

    // Nobody consents before the operator has signed that the account is an adult's.
    let notice = server.notice("direct", "en").await?;
    println!("{} (version {}):", notice.title, notice.version);
    for section in &notice.sections {
        println!("  {}", section.heading);
    }
    let asked = guardian.ask_verification(Method::EmailPlus, notice.hash).await?;
    Guardian::confirm(&server, &letter(place, email, "verify").await?).await?;
    guardian.found_family(&guardian.verification(&asked.id).await?).await?;

    // A child has a key for each kind of data. Nobody else reads anything yet.
    let child = guardian.add_child(&[Category::Profile, Category::Photos]).await?;
    let profile = Profile { nickname: "Robin".to_owned(), age_band: AgeBand::School };
    guardian.put_profile(child, &profile).await?;

    // The consent: the toy may add pictures, and read none.
    println!("now start the toy, and paste the line that it shows:");
    let camera = Caps::from_bits(Caps::CAMERA).ok_or("a toy with a camera")?;
    let mut pairing = guardian.link_scanned(qr.await?.trim(), Some(child), camera).await?;
    let mut rings = guardian.live().await?;
    let (_, proof) = loop {
        if let Some(accepted) = guardian.accepted(&mut pairing).await? {
            break accepted;
        }
        rings.next().await.ok_or("the server has closed the live channel")?;
    };
    let may = [(Category::Photos, Rights::WRITE)];
    let toy = guardian.finish_link(&pairing, proof, &may, notice.hash).await?;
    // The toy hears of it when it next asks, and is listed from then on.
    while guardian.toys().await?.is_empty() {
        rings.next().await.ok_or("the server has closed the live channel")?;
    }
    guardian.name_toy(toy, "the owl camera").await?;

    loop {
        if let Some(picture) = guardian.album(child).await?.first() {
            let jpeg = guardian.blob(&picture.header, &picture.photo.mid).await?;
            println!("opened a picture of {} KiB", jpeg.len() / 1024);
            return Ok(jpeg.to_vec());
        }
        rings.next().await.ok_or("the server has closed the live channel")?;
    }
}

/// Waits for the letter with a link of this kind, and answers its token.
async fn letter(place: &Place, to: &str, kind: &str) -> Fallible<String> {
    let start = format!("{}/{kind}#", place.url);
    loop {
        for entry in std::fs::read_dir(&place.mail)? {
            // A letter that is just being written may be gone under the name that it had.
            let Ok(text) = std::fs::read_to_string(entry?.path()) else { continue };
            let text = text.replace("=\r\n", "");
            if let (true, Some((_, rest))) = (text.contains(to), text.split_once(&start)) {
                return Ok(rest.chars().take_while(|sign| !sign.is_whitespace()).collect());
            }
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder, email] = arguments.as_slice() else {
        return Err("say where the server is, the folder of the demo, and an e-mail address".into());
    };
    let folder = Path::new(folder);
    let place = Place {
        url: url.clone(),
        authority_pem: std::fs::read_to_string(folder.join("certificate.pem"))?,
        mail: folder.join("mail"),
        ksf: Ksf::standard(),
    };
    let typed = async {
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|_| line)
        });
        Ok(line.await??)
    };
    be_a_guardian(&place, email, typed).await.map(drop)
}
