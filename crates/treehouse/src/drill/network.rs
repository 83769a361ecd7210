//! A capture of all networks of this machine, its own too, by `tcpdump`. Its control is in the same
//! capture: a canary that goes over this machine's network in clear must be found in it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use treehouse_server::random;

use super::canary::{Cage, Kind, mailbox};
use super::memory::NotTried;
use super::search::{Found, Search};

/// What the kernel keeps for `tcpdump` until it gets to it, in KiB.
const BUFFER_KIB: &str = "65536";
/// One packet of so many may be missed.
const PACKETS_TO_ONE_MISSED_MIN: u64 = 100;
/// How long the last packets may take into the file.
const SETTLE: Duration = Duration::from_millis(500);

/// A capture that goes on.
pub struct Capture {
    tcpdump: Child,
    said: BufReader<ChildStderr>,
    to: PathBuf,
    control: Cage,
}

impl Capture {
    /// Begins, and sends a canary in clear.
    ///
    /// # Errors
    /// It can't be captured, and what to do.
    pub fn begin(folder: &Path) -> Result<Self, NotTried> {
        let to = folder.join("network.pcap");
        let mut command = Command::new("tcpdump");
        // Without waiting for more: what the kernel still gathers when it ends would be lost.
        command.args(["-i", "any", "-n", "--immediate-mode", "-U", "-B", BUFFER_KIB]);
        command.args(["-Z", "root", "-w"]).arg(&to);
        let started = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut tcpdump = started.map_err(|error| {
            format!("tcpdump can't be run ({error}): install it, and run the drill as root")
        })?;
        let mut said = BufReader::new(tcpdump.stderr.take().ok_or("tcpdump says nothing")?);
        let (mut line, mut last) = (String::new(), String::new());
        while !line.contains("listening on") {
            std::mem::swap(&mut last, &mut line);
            line.clear();
            if said.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
                // It has ended.
                drop(tcpdump.wait());
                let why = last.trim();
                return Err(format!("the network can't be captured ({why}): run it as root"));
            }
        }
        let control = spoken().map_err(|error| format!("nothing can be sent: {error}"))?;
        Ok(Self { tcpdump, said, to, control })
    }

    /// Ends it; answers the file.
    ///
    /// # Errors
    /// It missed too much, or the control isn't in it.
    pub fn end(mut self) -> Result<PathBuf, NotTried> {
        settle();
        let wrong = |error: std::io::Error| format!("tcpdump can't be stopped: {error}");
        // Interrupted, it writes down what it has and how much it missed.
        let id = self.tcpdump.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().map_err(wrong)?;
        let mut told = String::new();
        self.said.read_to_string(&mut told).map_err(wrong)?;
        self.tcpdump.wait().map_err(wrong)?;
        let count = |what: &str| {
            let line = told.lines().find(|line| line.contains(what))?;
            line.split(' ').next()?.parse::<u64>().ok()
        };
        let captured = count("captured").unwrap_or_default();
        let dropped = count("dropped by kernel").ok_or("tcpdump doesn't say what it missed")?;
        if captured < dropped.saturating_mul(PACKETS_TO_ONE_MISSED_MIN) {
            return Err(format!("{dropped} packets were missed and {captured} captured; again"));
        }
        let mut found = Found::new();
        let search = Search::new(self.control.all()).map_err(|error| error.to_string())?;
        let searched = search.path(&self.to, &mut found, &mut |_| {});
        searched.map_err(|error| error.to_string())?;
        if found.is_empty() {
            return Err("control: a canary that was sent in clear isn't in the capture".to_owned());
        }
        Ok(self.to.clone())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
    }
}

/// What was sent last is still on its way into the file, and nothing tells when it's there.
#[expect(clippy::disallowed_methods, reason = "tcpdump doesn't say when it has caught up")]
fn settle() {
    std::thread::sleep(SETTLE);
}

/// Sends a canary of its own over this machine's network in clear.
fn spoken() -> std::io::Result<Cage> {
    let mut cage = Cage::default();
    let word = mailbox(&mut random::rng());
    cage.text(Kind::Nickname, &word);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut sender = TcpStream::connect(listener.local_addr()?)?;
    let (mut heard, _) = listener.accept()?;
    sender.write_all(word.as_bytes())?;
    drop(sender);
    std::io::copy(&mut heard, &mut std::io::sink())?;
    Ok(cage)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_clear_is_captured_or_it_is_said_why_not() {
        let folder = tempfile::tempdir().unwrap();
        match Capture::begin(folder.path()).and_then(Capture::end) {
            Ok(file) => assert!(std::fs::metadata(file).unwrap().len() > 0),
            Err(why) => assert!(why.contains("as root"), "{why}"),
        }
    }
}
