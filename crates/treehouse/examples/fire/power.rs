//! The power of a virtual machine is cut again and again while eight families write to the server
//! in it: whatever was acknowledged must be there exactly once, and the log must stay whole.
//!
//! A killed process leaves what the kernel hasn't written yet; a machine without power takes it
//! along, and its disk's cache. The families and their books are outside of the machine.

mod disk;
mod machine;
mod monitor;
mod report;
mod system;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rand_core::Rng as _;
use tokio::task::JoinSet;
use treehouse_server::random;

use crate::kill::family::Family;
use crate::kill::log::PublicLog;
use crate::serve::{Place, Served};
use disk::Disk;
use machine::{Fault, Machine};
use report::{Counts, Life, Report};

/// Families that write at the same time.
const WRITERS: usize = 8;
/// In each control.
const WRITERS_OF_A_CONTROL: usize = 4;
/// They write for so many milliseconds, and up to as many more.
const WRITING_MS: u32 = 500;
const WRITING_MORE_MS: u32 = 6_000;
/// Before each cut with such a number, the power is cut once more while the server comes up, up to
/// so many milliseconds after the disk is mounted.
const IN_VAIN_EVERY: usize = 5;
const IN_VAIN_MS: u32 = 12_000;
/// How long the families of a control write before the power is cut.
const CONTROL: Duration = Duration::from_secs(4);
/// A new server waits for the lease of the one that was cut off before it publishes the log.
const PUBLISHED_MAX: Duration = Duration::from_mins(5);

/// What is done.
pub struct Plan<'a> {
    /// How often the power is cut.
    pub cuts: usize,
    /// The kernel and what else Debian's packages hold.
    pub parts: &'a Path,
    /// An empty folder for the machine.
    pub work: &'a Path,
    /// The file for the figures.
    pub report: &'a Path,
}

/// Cuts the power so many times, and shows that the check can fail.
pub async fn run(place: &Place, plan: &Plan<'_>) -> Result<()> {
    std::fs::create_dir_all(plan.work)?;
    // Everybody has entered before the first cut, so that nobody's loss is another's.
    let served = place.serve().await?;
    let mut groups = Vec::new();
    let mut numbers = 0..;
    for count in [WRITERS, WRITERS_OF_A_CONTROL, WRITERS_OF_A_CONTROL] {
        let mut families = Vec::with_capacity(count);
        for number in numbers.by_ref().take(count) {
            families.push(Family::found(&served, number).await?);
        }
        groups.push(families);
    }
    let log = PublicLog::of(plan.work.join("read/log"), &served).await?;
    served.kill()?;
    // What comes from outside of the machine comes by its network.
    place.replace("listen = \"127.0.0.1:", "listen = \"0.0.0.0:")?;
    let disk = Disk::make(&place.folder, plan.work)?;
    let machine = Machine::prepare(plan.parts, place, &disk).await?;
    let mut house = Powered { place, disk, machine, log };
    let mut groups = groups.into_iter();
    let mut report = Report::default();
    let families = groups.next().context("the first group")?;
    let outcome = house.siege(plan, families, &mut report).await;
    report.write(plan.report)?;
    outcome?;
    house.disk.keep()?;
    for (fault, families) in Fault::CONTROLS.into_iter().zip(groups) {
        house.disk.put_back()?;
        report.controls.push(house.control(fault, families).await?);
        report.write(plan.report)?;
    }
    report.judge()
}

/// A machine and all that belongs to it.
struct Powered<'p> {
    place: &'p Place,
    disk: Disk,
    machine: Machine,
    log: PublicLog,
}

impl Powered<'_> {
    async fn siege(
        &mut self,
        plan: &Plan<'_>,
        mut families: Vec<Family>,
        report: &mut Report,
    ) -> Result<()> {
        for cut in 1..=plan.cuts {
            if cut % IN_VAIN_EVERY == 0 {
                let wait = Duration::from_millis((random::rng().next_u32() % IN_VAIN_MS).into());
                self.machine.start_in_vain(self.place, &self.disk, wait).await?;
                self.disk.power_cut()?;
                report.in_vain += 1;
            }
            let served = self.start().await?;
            let ready_after = served.ready_after;
            let found = check(&mut families, &served, false).await?;
            report.found(&found);
            ensure!(found.is_empty(), "before cut {cut}: {}", found.join("; "));
            let before = Counts::of(&families);
            let wait = WRITING_MS + random::rng().next_u32() % WRITING_MORE_MS;
            let wait = Duration::from_millis(wait.into());
            families = self.write_until_cut(served, families, wait).await?;
            self.disk.read("/store/log")?;
            self.log.audit().with_context(|| format!("the log after cut {cut}"))?;
            let life = Life { ready_after, told: Counts::of(&families) - before };
            println!("cut {cut}: {life}");
            report.lives.push(life);
            // Whoever ends it early has the figures until then.
            report.write(plan.report)?;
        }
        let served = self.start().await?;
        report.last_start(served.ready_after);
        let mut found = check(&mut families, &served, true).await?;
        for family in &mut families {
            found.extend(family.check_log(&served, PUBLISHED_MAX).await?);
        }
        served.kill()?;
        self.disk.power_cut()?;
        self.disk.read("/store/log")?;
        self.log.audit()?;
        report.heads = self.log.heads();
        report.found(&found);
        ensure!(found.is_empty(), "at the end: {}", found.join("; "));
        Ok(())
    }

    /// Starts the machine as it has to: with nobody's help.
    async fn start(&mut self) -> Result<Served> {
        let started = self.machine.start(self.place, &self.disk, Fault::None).await?;
        started.context("the server doesn't come up again")
    }

    /// Lets all families write, and cuts the power in the middle of it.
    async fn write_until_cut(
        &self,
        served: Served,
        families: Vec<Family>,
        wait: Duration,
    ) -> Result<Vec<Family>> {
        let mut writing = JoinSet::new();
        for family in families {
            let wire = served.connect().await?;
            writing.spawn(family.write(wire));
        }
        tokio::time::sleep(wait).await;
        served.kill()?;
        let mut families = Vec::with_capacity(WRITERS);
        while let Some(family) = writing.join_next().await {
            families.push(family??);
        }
        self.disk.power_cut()?;
        Ok(families)
    }

    /// The same with a machine that doesn't keep what it was told to: the check must notice it.
    async fn control(
        &mut self,
        fault: Fault,
        mut families: Vec<Family>,
    ) -> Result<report::Control> {
        let before = Counts::of(&families);
        let started = self.machine.start(self.place, &self.disk, fault).await?;
        let served = started.context("the server of a control doesn't start")?;
        families = self.write_until_cut(served, families, CONTROL).await?;
        let told = Counts::of(&families) - before;
        let found = match self.machine.start(self.place, &self.disk, Fault::None).await? {
            None => vec!["the server doesn't come up again".to_owned()],
            Some(served) => {
                let mut found = Vec::new();
                for family in &mut families {
                    match family.check(&served, false).await {
                        Ok(more) => found.extend(more),
                        Err(error) => found.push(format!("a client refuses: {error:#}")),
                    }
                }
                served.kill()?;
                found
            }
        };
        println!("a machine that {}: {told}; {} found", fault.text(), found.len());
        self.disk.power_cut()?;
        if found.is_empty() {
            bail!("a machine that {} lost nothing: the check proves nothing", fault.text());
        }
        Ok(report::Control::new(fault.text(), told, &found))
    }
}

/// What is wrong with any family's things.
async fn check(families: &mut [Family], served: &Served, all: bool) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for family in families {
        found.extend(family.check(served, all).await?);
    }
    Ok(found)
}
