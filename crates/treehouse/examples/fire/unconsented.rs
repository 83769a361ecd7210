//! Whoever has no guardian's consent may send what they like, in whatever order: nothing of a child
//! stays. Random sequences of requests, made from the document that the server serves and from what
//! consented clients send, by askers whom no consent stands behind. Each operation carries a name of
//! a child of its own; afterwards everything that the server keeps is searched for all of them, and
//! the tables that the data map says are about children must not have grown.

mod asker;
mod moves;
mod stores;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};
use rand_core::Rng as _;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::id::RecordId;
use treehouse_protocol::registry::{Category, Purpose};
use treehouse_server::random;

use crate::house::House;
use crate::serve::{Place, Served};
use asker::{Asker, Session};
use moves::{Known, Moves};
use stores::Stores;

/// Askers that send side by side.
const AT_ONCE: usize = 8;
/// Requests of one sequence.
const REQUESTS_MAX: u32 = 4;
/// Bytes of a picture.
const PICTURE_BYTES: usize = 4_000;
/// How long a destruction may take, in looks of 20 ms.
const LOOKS_MAX: usize = 1_500;

/// What all senders share.
struct Crowd {
    served: Served,
    house: House,
    moves: Moves,
    /// Sequences that are still to be sent.
    left: AtomicUsize,
    sent: AtomicUsize,
    /// How many weren't refused, by operation.
    taken: Mutex<BTreeMap<String, usize>>,
}

/// Sends so many sequences, and looks what is left of them.
pub async fn run(place: &Place, sequences: usize) -> Result<()> {
    let served = place.serve().await?;
    let stores = Stores::open(place).await?;
    let (house, guardian) = House::found_and_kept(&served, 0, 1, &[Category::Photos]).await?;
    consented(&served, &house, &stores).await?;
    let links = withdraw(guardian).await?;
    let cookies = [Asker::opened(&served, 1).await?, Asker::asked(&served, 2).await?];
    let document = served.connect().await?.get("/v1/openapi.json", "").await?.json()?;
    let moves = Moves::new(&document, &house, &links)?;
    let before = stores.rows().await?;
    let crowd = Arc::new(Crowd {
        served,
        house,
        moves,
        left: sequences.into(),
        sent: AtomicUsize::default(),
        taken: Mutex::default(),
    });
    let mut senders = JoinSet::new();
    for _ in 0..AT_ONCE {
        senders.spawn(send(Arc::clone(&crowd), cookies.clone()));
    }
    while let Some(sender) = senders.join_next().await {
        sender??;
    }
    let crowd = Arc::into_inner(crowd).context("all have sent")?;
    let Crowd { served, house, moves, sent, taken, .. } = crowd;
    let mut session = Session::connect(&served, &house, cookies).await?;
    for asker in Asker::ALL {
        session.require_known(asker).await?;
    }
    drop(session);
    let (names, taken) = (moves.names(), taken.into_inner());
    let after = stores.rows().await?;
    ensure!(before == after, "without consent, rows about children came: {before:?}, {after:?}");
    served.kill()?;
    let found = stores.search(names).await?;
    ensure!(found.is_empty(), "names that no guardian consented to were kept: {found:?}");
    println!(
        "{}: {sequences} random sequences, {} requests, of which {} of {} kinds weren't refused: no \
         row about a child came, and {} names, one for each kind of request, stand nowhere",
        place.engine(),
        sent.into_inner(),
        taken.values().sum::<usize>(),
        taken.len(),
        names.len()
    );
    println!("control: a planted name was found in {}", stores.plant(names).await?);
    Ok(())
}

/// The control: what is refused later is stored while there is consent.
async fn consented(served: &Served, house: &House, stores: &Stores<'_>) -> Result<()> {
    let mut wire = served.connect().await?;
    let (url, nonce) = (served.url(), house.nonce(&mut wire, served).await?);
    let before = stores.rows().await?;
    let record = house.write(&url, &nonce, RecordId::random(&mut random::rng()))?;
    for request in [record].iter().chain(&house.upload(&url, &nonce, &[7; PICTURE_BYTES])) {
        let status = wire.exchange(request).await?.status;
        ensure!((200..300).contains(&status), "control: with consent it is answered with {status}");
    }
    let after = stores.rows().await?;
    let grown = after.iter().filter(|(table, rows)| before.get(*table) < Some(*rows));
    let grown: Vec<&str> = grown.map(|(table, _)| table.as_str()).collect();
    let all = ["blob", "blob_part", "record"];
    ensure!(all.iter().all(|table| grown.contains(table)), "control: only {grown:?} have grown");
    println!("control: with consent the same requests are taken, and {} grow", grown.join(", "));
    Ok(())
}

/// Takes every consent back, and waits until what was collected is destroyed. Answers the chain.
async fn withdraw(mut guardian: Guardian) -> Result<Vec<Vec<u8>>> {
    let purposes = [Purpose::Play, Purpose::Care];
    let mut ended = Vec::new();
    for purpose in purposes {
        // Some were never given.
        ended.extend(guardian.withdraw(purpose, None).await.ok());
    }
    ensure!(!ended.is_empty(), "nothing was granted");
    for link in ended {
        let mut looks = 0;
        while guardian.receipt(link).await?.is_none() {
            looks += 1;
            ensure!(looks < LOOKS_MAX, "what was withdrawn isn't destroyed");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    Ok(guardian.links()?.map(<[u8]>::to_vec).collect())
}

/// Sends sequences until none is left.
async fn send(crowd: Arc<Crowd>, cookies: [String; 2]) -> Result<()> {
    let mut session = Session::connect(&crowd.served, &crowd.house, cookies).await?;
    let take = |left: usize| left.checked_sub(1);
    while let Ok(left) = crowd.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
        let asker = Asker::any();
        let mut known = Known::of(&crowd.house);
        for _ in 0..=random::rng().next_u32() % REQUESTS_MAX {
            let draft = crowd.moves.next(&mut known, &crowd.house)?;
            let answer = session.ask(asker, &draft).await?;
            crowd.sent.fetch_add(1, Ordering::Relaxed);
            ensure!(answer.status / 100 != 5, "{}: {}", draft.name, answer.status);
            if (200..300).contains(&answer.status) {
                *crowd.taken.lock().await.entry(draft.name).or_default() += 1;
                known.learn(&answer.body);
            }
        }
        if left % 100_000 == 0 {
            println!("{left} sequences are left");
        }
    }
    Ok(())
}
