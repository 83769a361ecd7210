//! Time as a tell: whether an address has an account here, and whether what belongs to another
//! family exists, must not show in how long an answer takes. Two requests take turns in an order by
//! chance, and a classifier that knows nothing but the time must do no better than a coin.

mod classifier;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rand_core::Rng as _;
use serde_json::{Value, json};
use treehouse_protocol::id::{FamilyId, RecordId};
use treehouse_server::random;

use crate::house::{House, begin_sign_in};
use crate::now;
use crate::serve::{Place, Served};
use crate::wire::{Wire, request};
use classifier::{Samples, pooled};

/// What is looked up by an address alone, and what looks as if time told, is tried so many times
/// more than each operation.
const MORE: usize = 4;
/// Turns that don't count: the first answers are slower than all others.
const WARM: usize = 10;
/// A difference that must be found even on a busy machine.
const CONTROL: Duration = Duration::from_millis(1);

/// Two requests between which no time may tell.
struct Pair {
    name: String,
    /// About somebody or something that is there.
    there: Vec<u8>,
    /// About nobody or nothing.
    nowhere: Vec<u8>,
}

/// Asks everything so many times.
pub async fn run(place: &Place, turns: usize) -> Result<()> {
    place.replace("letters_per_hour_max = 1000", "letters_per_hour_max = 1000000000")?;
    let served = place.serve().await?;
    let (ada, ben) = (House::found(&served, 0).await?, House::found(&served, 1).await?);
    let mut wire = served.connect().await?;
    for pair in of_addresses(&ada)? {
        let samples = compare(&mut wire, &pair, turns * MORE).await?;
        println!("{}: {samples}", pair.name);
        samples.judge().with_context(|| pair.name.clone())?;
    }
    let (mut families, mut told) = (Vec::new(), Vec::new());
    for pair in of_families(&served, &ada, &ben).await? {
        let samples = compare(&mut wire, &pair, turns).await?;
        told.extend(samples.judge().err().map(|error| format!("{}: {error}", pair.name)));
        families.push(samples);
    }
    let all = pooled(&families)?;
    ensure!(told.is_empty(), "whether a family is there shows; {}", told.join("; "));
    println!(
        "{}: {} operations about another family that is there, and about none: {all}",
        place.engine(),
        families.len()
    );
    control(&mut wire, &ada, turns).await?;
    served.kill()
}

/// The classifier finds what there is to find: that a record is there, if it's one's own.
async fn control(wire: &mut Wire, ada: &House, turns: usize) -> Result<()> {
    let there = ada.read_with_session();
    let path = format!("/v1/families/{}/records/{}", ada.family, record());
    let nowhere = ask("GET", &path, &ada.cookie, None);
    let samples =
        measure(wire, &Pair { name: "a record".to_owned(), there, nowhere }, turns).await?;
    ensure!(samples.judge().is_err(), "control: that a record is there doesn't show: {samples}");
    let [smallest, busy] = [samples.smallest_found(), CONTROL];
    ensure!(smallest <= busy, "control: a difference of {busy:?} would not have been found");
    println!(
        "control: whether one's own record is there shows ({samples}); a difference of {} us would",
        smallest.as_micros()
    );
    Ok(())
}

/// What anybody may ask about an address.
fn of_addresses(ada: &House) -> Result<Vec<Pair>> {
    let unknown = ada.email.replace('0', "7");
    ensure!(unknown != ada.email && unknown.len() == ada.email.len(), "an address like the other");
    let links = ["register", "reset"].map(|purpose| {
        let [there, nowhere] = [&ada.email, &unknown].map(|email| {
            let body = json!({ "email": email, "purpose": purpose });
            ask("POST", "/v1/accounts/links", "", Some(&body))
        });
        Pair { name: format!("a letter to {purpose}, by its address"), there, nowhere }
    });
    let sign_in = Pair {
        name: "a sign-in, by its address".to_owned(),
        there: begin_sign_in(&ada.email)?.1,
        nowhere: begin_sign_in(&unknown)?.1,
    };
    Ok(links.into_iter().chain([sign_in]).collect())
}

/// Every operation on a family, by the document: on one that is there and isn't the asker's, and on
/// none.
async fn of_families(served: &Served, ada: &House, ben: &House) -> Result<Vec<Pair>> {
    let document = served.connect().await?.get("/v1/openapi.json", "").await?.json()?;
    let paths = document["paths"].as_object().context("a document has paths")?;
    let mut pairs = Vec::new();
    for (path, item) in paths.iter().filter(|(path, _)| path.contains("{family}")) {
        for (method, operation) in item.as_object().context("a path has operations")? {
            let method = method.to_uppercase();
            let body = operation["requestBody"].is_object().then(|| json!({}));
            let [there, nowhere] = [
                fill(path, ada.family, ada.record),
                fill(path, FamilyId::random(&mut random::rng()), record()),
            ]
            .map(|path| ask(&method, &path, &ben.cookie, body.as_ref()));
            pairs.push(Pair { name: format!("{method} {path}"), there, nowhere });
        }
    }
    ensure!(pairs.len() > 20, "the document has only {} operations on a family", pairs.len());
    Ok(pairs)
}

fn record() -> RecordId {
    RecordId::random(&mut random::rng())
}

/// A path with these in the places of its fields.
fn fill(path: &str, family: FamilyId, other: RecordId) -> String {
    let (family, other) = (family.to_string(), other.to_string());
    let words = path.split('/').map(|word| match word {
        "{family}" => &family,
        "{part}" => "0",
        "{category}" => "photos",
        word if word.starts_with('{') => &other,
        word => word,
    });
    words.collect::<Vec<_>>().join("/")
}

fn ask(method: &str, path: &str, headers: &str, body: Option<&Value>) -> Vec<u8> {
    let body = body.map(Value::to_string).unwrap_or_default();
    request(method, path, headers, "application/json", body.as_bytes())
}

/// Measures two requests that must be answered alike.
async fn compare(wire: &mut Wire, pair: &Pair, turns: usize) -> Result<Samples> {
    let [there, nowhere] = [wire.exchange(&pair.there).await?, wire.exchange(&pair.nowhere).await?];
    let shown = [(there.status, there.body.len()), (nowhere.status, nowhere.body.len())];
    ensure!(shown[0] == shown[1], "{}: status and length tell: {shown:?}", pair.name);
    ensure!(there.status != 429, "{}: refused before it was looked at", pair.name);
    let samples = measure(wire, pair, turns).await?;
    if samples.judge().is_ok() {
        return Ok(samples);
    }
    // Among so many comparisons chance alone does this now and then: more samples tell.
    measure(wire, pair, turns * MORE).await
}

/// How long each took, in turns.
async fn measure(wire: &mut Wire, pair: &Pair, turns: usize) -> Result<Samples> {
    let mut samples = Samples::default();
    for turn in 0..turns + WARM {
        let first = random::rng().next_u32().is_multiple_of(2);
        for there in [first, !first] {
            let bytes = if there { &pair.there } else { &pair.nowhere };
            let began = now();
            wire.exchange(bytes).await?;
            let took = began.elapsed();
            if turn >= WARM {
                samples.note(there, took);
            }
        }
    }
    Ok(samples)
}
