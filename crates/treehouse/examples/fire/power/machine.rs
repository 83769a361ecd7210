//! A virtual machine with a Debian kernel, one disk and the server, which can lose its power.
//!
//! It is emulated, so a boot takes long: it boots once, up to where it would look at its disk, and
//! is saved there. Each start goes on from that.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use time::OffsetDateTime;
use treehouse_protocol::id::RecordId;
use treehouse_server::random;

use super::disk::Disk;
use super::monitor::Monitor;
use super::system;
use crate::now;
use crate::serve::{Place, Served};

/// How long the first boot may take.
const BOOT_MAX: Duration = Duration::from_mins(5);
/// How long one may take that goes on from the saved state.
const RESUME_MAX: Duration = Duration::from_mins(1);
/// How long the server may take, from the mount of its disk until it is ready.
const READY_MAX: Duration = Duration::from_mins(2);

/// What is different in a machine that must lose something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The server's write-ahead log isn't synced, as with SQLite's `synchronous=NORMAL`.
    NoWalSync,
    /// The kernel syncs, but never tells the disk to keep what is in its cache.
    NoBarrier,
}

impl Fault {
    /// Each of them must be noticed.
    pub const CONTROLS: [Self; 2] = [Self::NoWalSync, Self::NoBarrier];

    /// What a machine with it does.
    pub const fn text(self) -> &'static str {
        match self {
            Self::None => "keeps what it is told to",
            Self::NoWalSync => "doesn't sync the write-ahead log",
            Self::NoBarrier => "leaves all in its disk's cache",
        }
    }

    /// The library that is loaded before all others, and the options of the mount.
    const fn words(self) -> &'static str {
        match self {
            Self::None => "- noatime",
            Self::NoWalSync => "/nosync.so noatime",
            Self::NoBarrier => "- noatime,nobarrier",
        }
    }
}

/// The machine, saved just before it looks at its disk.
pub struct Machine {
    work: PathBuf,
    kernel: PathBuf,
    memory: PathBuf,
    /// The first random bytes of each start, of which no two may be the same.
    chance: Vec<String>,
}

/// A machine under power, and what it says on its serial line.
struct Running {
    /// Its process is qemu's.
    served: Served,
    line: ChildStdin,
    said: Arc<Mutex<String>>,
}

impl Machine {
    /// Boots a machine for this place and saves it. `parts` has what Debian's packages hold.
    pub async fn prepare(parts: &Path, place: &Place, disk: &Disk) -> Result<Self> {
        let work = disk.work().to_owned();
        let kernel = system::kernel(parts)?;
        let memory = system::pack(parts, place, &work)?;
        let machine = Self { work, kernel, memory, chance: Vec::new() };
        disk.power_on()?;
        let mut running = machine.run(place, disk, false)?;
        running.wait_for("waiting", BOOT_MAX).await?;
        let mut monitor = machine.monitor().await?;
        let saved = machine.saved();
        monitor.ask("migrate", &json!({ "uri": format!("exec:cat > '{}'", saved.display()) }))?;
        loop {
            let state = monitor.ask("query-migrate", &json!({}))?;
            match state["status"].as_str() {
                Some("completed") => break,
                Some("failed") => bail!("the machine can't be saved: {state}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        running.served.kill()?;
        disk.power_cut()?;
        Ok(machine)
    }

    /// Gives it power; answers when the server in it is ready, or None if it doesn't get ready.
    /// Killing the server that is answered cuts the power.
    pub async fn start(
        &mut self,
        place: &Place,
        disk: &Disk,
        fault: Fault,
    ) -> Result<Option<Served>> {
        let mut running = self.power_on(place, disk, fault).await?;
        let ready = running.served.gets_ready(now(), READY_MAX).await?;
        if !ready {
            println!("the machine said:\n{}", running.said());
        }
        Ok(ready.then_some(running.served))
    }

    /// Gives it power for so long after it has mounted its disk, ready or not.
    pub async fn start_in_vain(
        &mut self,
        place: &Place,
        disk: &Disk,
        wait: Duration,
    ) -> Result<()> {
        let running = self.power_on(place, disk, Fault::None).await?;
        tokio::time::sleep(wait).await;
        running.served.kill()
    }

    /// Lets it go on until it has mounted its disk.
    async fn power_on(&mut self, place: &Place, disk: &Disk, fault: Fault) -> Result<Running> {
        disk.power_on()?;
        let mut running = self.run(place, disk, true)?;
        let mut monitor = self.monitor().await?;
        let began = now();
        while monitor.ask("query-status", &json!({}))?["status"] != "running" {
            ensure!(began.elapsed() < RESUME_MAX, "the machine doesn't go on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let seconds = OffsetDateTime::now_utc().unix_timestamp();
        let seed = RecordId::random(&mut random::rng());
        writeln!(running.line, "{seconds} {seed} {}", fault.words())?;
        let chance = running.wait_for("chance ", RESUME_MAX).await?;
        ensure!(!self.chance.contains(&chance), "two starts drew the same random bytes");
        self.chance.push(chance);
        running.wait_for("serving", RESUME_MAX).await?;
        Ok(running)
    }

    fn saved(&self) -> PathBuf {
        self.work.join("saved")
    }

    fn socket(&self) -> PathBuf {
        self.work.join("monitor")
    }

    async fn monitor(&self) -> Result<Monitor> {
        let began = now();
        loop {
            match Monitor::connect(&self.socket()) {
                Err(error) if began.elapsed() > RESUME_MAX => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Ok(monitor) => return Ok(monitor),
            }
        }
    }

    fn run(&self, place: &Place, disk: &Disk, saved: bool) -> Result<Running> {
        // One that was left by a machine without power would be connected to.
        let _ = fs::remove_file(self.socket());
        let mut command = Command::new("qemu-system-x86_64");
        // Emulated: where there is a virtual machine already, /dev/kvm may be there and hang.
        command.args(["-accel", "tcg", "-cpu", "max", "-M", "pc", "-m", "768", "-smp", "1"]);
        command.args(["-display", "none", "-nodefaults", "-no-user-config"]);
        command.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(&self.memory);
        // Without `no_timer_check`, an emulated machine that is slow panics as it boots.
        command.args(["-append", "console=ttyS0 quiet panic=-1 no_timer_check"]);
        command.args(["-chardev", "stdio,id=line,signal=off", "-serial", "chardev:line"]);
        command.args(["-drive", &disk.drive()?]);
        let port = place.port();
        let forward = format!("hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:{port}");
        command.args(["-netdev", &format!("user,id=net,restrict=on,{forward}")]);
        command.args(["-device", "virtio-net-pci,netdev=net"]);
        let socket = self.socket();
        let socket = socket.to_str().context("the folder's name must be UTF-8")?;
        command.args(["-qmp", &format!("unix:{socket},server=on,wait=off")]);
        if saved {
            command.args(["-incoming", &format!("exec:cat '{}'", self.saved().display())]);
        }
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut qemu = child.spawn().context("qemu-system-x86_64 can't be started")?;
        let line = qemu.stdin.take().context("a serial line")?;
        let out = qemu.stdout.take().context("a serial line")?;
        let said = Arc::new(Mutex::new(String::new()));
        let (mut out, kept) = (BufReader::new(out), Arc::clone(&said));
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while out.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&bytes);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
                bytes.clear();
            }
        });
        Ok(Running { served: place.started(qemu), line, said })
    }
}

impl Running {
    fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line that starts so; answers the rest of it.
    async fn wait_for(&mut self, start: &str, wait: Duration) -> Result<String> {
        let began = now();
        loop {
            let said = self.said();
            // The line that is being written is no whole one yet.
            let whole = said.rfind('\n').map_or("", |end| &said[..end]);
            if let Some(rest) = whole.lines().find_map(|line| line.trim().strip_prefix(start)) {
                return Ok(rest.to_owned());
            }
            if self.served.has_ended()? || began.elapsed() > wait {
                bail!("the machine doesn't get to `{start}`; it said:\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
