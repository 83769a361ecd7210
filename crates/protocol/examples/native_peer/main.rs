//! The native side of the browser's journeys: one request in JSON on each line of standard input,
//! one answer on each line of standard output; bytes are hexadecimal. `{"error": ..}` answers what
//! was refused. The journeys in `e2e` say in which order they ask.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a journey that goes wrong must end at once, with its place"
)]

mod household;
mod place;
mod visitor;

use std::io::{BufRead, Write};

use serde_json::{Value, json};

use household::Household;
use place::Place;
use visitor::Visitors;

/// What can go wrong in an answer: a refusal of the core.
type Answer = Result<Value, Box<dyn std::error::Error>>;

fn main() {
    let mut place = Place::new();
    let (mut household, mut visitors) = (None, None);
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).expect("a request is JSON");
        let answer = answer(&request, &mut place, &mut household, &mut visitors);
        let answer = answer.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}").unwrap();
        out.flush().unwrap();
    }
}

fn answer(
    request: &Value,
    place: &mut Place,
    household: &mut Option<Household>,
    visitors: &mut Option<Visitors>,
) -> Answer {
    match request["do"].as_str().unwrap_or_default() {
        "trust" => Ok(place.trust_json()),
        "attest" => Ok(place.attest_json(request)),
        "register" => place.register(request),
        "keepRecord" => place.keep_record(request),
        "login" => place.login(request),
        "finishLogin" => place.finish_login(request),
        "found" => {
            let founded = Household::found(place);
            let answer = founded.story();
            *household = Some(founded);
            Ok(answer)
        }
        "letIn" => household.as_mut().expect("found first").let_in(place, request),
        "seal" => household.as_mut().expect("found first").seal(place),
        "knock" => {
            let come = Visitors::come(place, request);
            let answer = come.knock(place, request);
            *visitors = Some(come);
            Ok(answer)
        }
        "enter" => visitors.as_mut().expect("knock first").enter(place, request),
        "reply" => visitors.as_mut().expect("knock first").reply(place, request),
        other => Err(format!("no such request: {other}").into()),
    }
}

/// Bytes of a request.
fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("bytes are hexadecimal");
    let pairs = text.as_bytes().chunks(2);
    let digits = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Bytes of a request that has exactly this many.
fn fixed<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().expect("the right number of bytes")
}

/// Bytes of an answer.
fn hex(bytes: &[u8]) -> Value {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text.into()
}
