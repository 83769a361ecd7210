//! `strace` as a bad disk: it makes calls of the server fail, and writes down which.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `fsync` and `fdatasync` fail.
    Sync,
    /// `pwrite64` fails, by which the databases write.
    Write,
    /// `fsync` and `fdatasync` do nothing and say that all is well.
    Lie,
}

/// One tracer.
pub struct Trace {
    file: PathBuf,
    fault: Fault,
    /// The call of each thread from which on all fail.
    from: usize,
}

/// A call that was made to fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Failing {
    /// When, in seconds since 1970.
    pub at_s: f64,
    /// The file.
    pub path: String,
}

impl Failing {
    /// Whether it's one of the two databases' files.
    pub fn is_of_database(&self) -> bool {
        [".db", ".db-wal"].iter().any(|end| self.path.ends_with(end))
    }
}

impl Trace {
    /// A tracer whose notes lie in this folder.
    pub fn new(folder: &Path, fault: Fault, from: usize) -> Result<Self> {
        let file = folder.join("trace");
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context("an old trace can't be deleted")
            }
            _ => Ok(Self { file, fault, from }),
        }
    }

    /// What stands before the server's command. The tracer steps aside (`-D`), so that the process
    /// that is started is the server.
    pub fn command(&self) -> Vec<String> {
        let (calls, effect) = match self.fault {
            Fault::Sync => ("fsync,fdatasync", "error=EIO"),
            Fault::Write => ("pwrite64", "error=EIO"),
            Fault::Lie => ("fsync,fdatasync", "retval=0"),
        };
        let from = self.from;
        let words = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-ttt", "-y", "-s", "0", "-o"];
        let mut words: Vec<String> = words.iter().map(ToString::to_string).collect();
        words.push(self.file.display().to_string());
        words.extend(["-e".to_owned(), format!("trace={calls}"), "-e".to_owned()]);
        words.push(format!("inject={calls}:{effect}:when={from}+"));
        words
    }

    /// The calls that were made to fail.
    pub fn read(&self) -> Result<Vec<Failing>> {
        let text = fs::read_to_string(&self.file).context("there is no trace: is strace there?")?;
        Ok(text.lines().filter_map(failing).collect())
    }
}

/// `1234 1700000000.123456 fsync(12</folder/file>) = -1 EIO (Input/output error) (INJECTED)`.
fn failing(line: &str) -> Option<Failing> {
    let rest = line.contains("(INJECTED)").then_some(line)?;
    let at_s = rest.split_whitespace().find(|word| word.contains('.'))?.parse().ok()?;
    let (_, path) = rest.split_once('<')?;
    let (path, _) = path.split_once('>')?;
    Some(Failing { at_s, path: path.to_owned() })
}
