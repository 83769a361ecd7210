//! Making notices: in this process, because a server makes them when it starts.

use anyhow::{Context, Result};
use treehouse_protocol::id::{Day, Hash};
use treehouse_server::data_map::{DataMap, Feature};
use treehouse_server::domain::offer::Offer;
use treehouse_server::domain::operator::Operator;
use treehouse_server::notice::{Asker, Kind, Lang, Sources, Version, compose, html, pdf};
use treehouse_server::registers::{DEMONSTRATION, Registers};

use crate::measures::{Sample, count};
use crate::now;

/// The online notice, the longest, with every feature on: made in four languages so many times,
/// then as a page and as PDF in one language.
///
/// # Errors
/// It can't be made.
pub fn measured(times: usize) -> Result<[Sample; 3]> {
    let registers = Registers::parse(DEMONSTRATION)?;
    let offer = Offer::new(Feature::ALL, &registers);
    let operator = Operator::parse("Treehouse Bench", &["1 Street"], "post@bench.example");
    let sources = Sources {
        map: DataMap::embedded(),
        offer: &offer,
        registers: &registers,
        operator: &operator.context("an operator")?,
        public_url: "https://bench.example",
        internal_ids: true,
        audio: true,
        asker: Asker::Parent,
        claims: &treehouse_server::claims::Claims::default(),
    };
    let composed = timed(times, || Ok(compose(Kind::Online, &sources).map(drop)?))?;
    let document = compose(Kind::Online, &sources)?;
    let hash = Hash::of(&document.to_bytes());
    let version = Version { kind: Kind::Online, number: 1, hash, document };
    Ok([
        composed,
        timed(times, || Ok(html(&version, Lang::De).map(drop)?))?,
        timed(times, || Ok(pdf(&version, Lang::De, Day(20_000)).map(drop)?))?,
    ])
}

fn timed(times: usize, make: impl Fn() -> Result<()>) -> Result<Sample> {
    let begun = now();
    let mut waits_ms = Vec::with_capacity(times);
    for _ in 0..times {
        let one = now();
        make()?;
        waits_ms.push(one.elapsed().as_secs_f64() * 1e3);
    }
    let wall_s = begun.elapsed().as_secs_f64();
    Ok(Sample { count: count(times), wall_s, cpu_s: f64::NAN, waits_ms })
}
