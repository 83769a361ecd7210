//! A toy with a camera in one file: is linked, takes pictures offline, and sends them later.
//!
//! With `cargo xtask demo` and `--example guardian` running:
//! `cargo run -p treehouse-client --example toy -- https://localhost:8443 FOLDER/certificate.pem toy tree.jpg`
//! The folder `toy` is its memory; run it again, and it is still linked.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use treehouse_client::Server;
use treehouse_client::pairing::Check;
use treehouse_client::toy::{Progress, Sent, Toy};
use treehouse_protocol::kem::Suite;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often it asks whether a guardian has linked it.
const ASK_MS: u64 = 500;

/// Lives as a toy: is linked if it isn't, takes `pictures`, and sends them. `show` gets what the toy
/// shows on its screen as a QR picture, or has printed on its belly.
///
/// # Errors
/// Whatever goes wrong.
pub async fn be_a_toy(
    url: &str,
    authority_pem: &str,
    folder: &Path,
    pictures: &[Vec<u8>],
    show: impl FnOnce(String),
) -> Fallible<Sent> {
    let known = Toy::open(folder).ok();
    let mut toy = match known {
        Some(toy) => toy,
        None => {
            // The suite for small toys: it can add, and its keys are quick.
            Toy::create(folder, &Server::connect(url, Some(authority_pem)).await?, Suite::X25519)?
        }
    };
    if !toy.is_linked() {
        let mut waiting = toy.ask_code().await?;
        show(waiting.qr());
        loop {
            match toy.progress(&mut waiting).await? {
                Progress::Linked => break,
                // Whoever scanned its picture is known by its secret. Of a typed code somebody would
                // have to compare the pictures, and this toy has no screen for them.
                Progress::Proposed(Check::Scanned) => toy.accept(&waiting).await?,
                Progress::Proposed(Check::Compare(_)) => {
                    return Err("scan the picture: this toy can't show any others".into());
                }
                Progress::Waiting | Progress::Accepted => {
                    tokio::time::sleep(Duration::from_millis(ASK_MS)).await;
                }
            }
        }
        toy.refresh().await?;
    }

    // From here on it may be offline: nothing of this needs the server, and a toy that is switched
    // off loses nothing.
    for picture in pictures {
        toy.snap(picture, None)?;
    }
    println!("{} pictures wait, stripped of all but pixels, sealed", toy.waiting()?);
    drop(toy);

    let mut toy = Toy::open(folder)?;
    let sent = toy.sync().await?;
    println!("{} pictures sent; the toy can't read them any more", sent.sent);
    Ok(sent)
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, certificate, folder, picture] = arguments.as_slice() else {
        return Err("say where the server is, its certificate, a folder, and a picture".into());
    };
    let (authority, picture) = (std::fs::read_to_string(certificate)?, std::fs::read(picture)?);
    be_a_toy(url, &authority, Path::new(folder), &[picture], |qr| println!("{qr}")).await.map(drop)
}
