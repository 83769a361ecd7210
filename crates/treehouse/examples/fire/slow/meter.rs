//! What good users see: they ask at fixed times, whether or not the last answer has come, so that a
//! server that stands still isn't asked less often.

use std::fmt;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::house::House;
use crate::now;
use crate::serve::Served;

/// How often each of them asks.
const EVERY: Duration = Duration::from_millis(80);

/// Latencies, and requests that weren't answered as they should.
#[derive(Default)]
pub struct Seen {
    /// Sorted, shortest first.
    took: Vec<Duration>,
    /// How many failed.
    pub errors: usize,
}

impl Seen {
    /// How many requests there were.
    pub const fn count(&self) -> usize {
        self.took.len() + self.errors
    }

    /// What this share of them, in percent, stayed below.
    pub fn below(&self, share: usize) -> Duration {
        let at = self.took.len() * share / 100;
        self.took.get(at).or(self.took.last()).copied().unwrap_or_default()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most] = [50, 95].map(|share| self.below(share).as_secs_f64() * 1_000.0);
        let (count, errors) = (self.count(), self.errors);
        write!(f, "{count} requests, half within {half:.1} ms, 19 of 20 within {most:.1} ms, ")?;
        write!(f, "{errors} errors")
    }
}

/// Every guardian reads a record, again and again, over a connection of its own.
pub async fn measure(served: &Served, houses: &[House], length: Duration) -> Seen {
    let (start, mut users) = (now(), JoinSet::new());
    for (number, house) in houses.iter().enumerate() {
        let (authority, port) = (served.authority.clone(), served.port);
        let request = house.read_with_session();
        // Not all at the same moment.
        let first = start + EVERY * u32::try_from(number).unwrap_or_default() / 4;
        users.spawn(async move {
            let (mut seen, mut due, mut wire) = (Seen::default(), first, None);
            while due < start + length {
                tokio::time::sleep_until(due.into()).await;
                let answered = async {
                    let mut used = match wire.take() {
                        Some(wire) => wire,
                        None => crate::wire::Wire::connect(&authority, port).await?,
                    };
                    let status = used.exchange(&request).await?.status;
                    anyhow::ensure!(status == 200, "{status}");
                    anyhow::Ok(used)
                };
                match answered.await {
                    Ok(used) => {
                        wire = Some(used);
                        seen.took.push(due.elapsed());
                    }
                    Err(error) => {
                        println!("a good user saw: {error:#}");
                        seen.errors += 1;
                    }
                }
                due += EVERY;
            }
            seen
        });
    }
    let mut all = Seen::default();
    while let Some(user) = users.join_next().await {
        if let Ok(seen) = user {
            all.took.extend(seen.took);
            all.errors += seen.errors;
        }
    }
    all.took.sort_unstable();
    all
}
