//! qemu's monitor, which takes one command of JSON after the other (QMP).

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// A connection to the monitor.
pub struct Monitor {
    stream: BufReader<UnixStream>,
}

impl Monitor {
    /// Connects and agrees upon nothing special.
    pub fn connect(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket).context("qemu's monitor can't be reached")?;
        let mut monitor = Self { stream: BufReader::new(stream) };
        // Its greeting.
        monitor.line()?;
        monitor.ask("qmp_capabilities", &json!({}))?;
        Ok(monitor)
    }

    /// Carries out a command; answers what it returns.
    pub fn ask(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let asked = json!({ "execute": command, "arguments": arguments });
        writeln!(self.stream.get_mut(), "{asked}")?;
        loop {
            let mut told = self.line()?;
            if let Some(error) = told.get("error") {
                bail!("qemu's monitor refuses {command}: {error}");
            }
            // In between, it tells what happens.
            if let Some(returned) = told.get_mut("return") {
                return Ok(returned.take());
            }
        }
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        serde_json::from_str(&line).context("qemu's monitor ended")
    }
}
