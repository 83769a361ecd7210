//! The machine's disk: a file with ext4, and the cache of a disk before it, which goes with the
//! power.
//!
//! qemu writes what the machine writes into a layer of its own, and keeps in its memory where in
//! that layer what lies, until the machine tells the disk to keep it. Killed, it leaves a layer in
//! which everything after that is lost. What is left of it becomes part of the file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Bytes of the disk.
const SIZE: &str = "1G";

/// The disk.
pub struct Disk {
    work: PathBuf,
}

impl Disk {
    /// A disk that has what is in `folder`; everything of it is kept in `work`.
    pub fn make(folder: &Path, work: &Path) -> Result<Self> {
        let disk = Self { work: work.to_owned() };
        run(Command::new("mke2fs")
            .args(["-q", "-t", "ext4", "-d"])
            .arg(folder)
            .args([disk.file().as_os_str(), SIZE.as_ref()]))?;
        Ok(disk)
    }

    /// Where its files lie.
    pub fn work(&self) -> &Path {
        &self.work
    }

    fn file(&self) -> PathBuf {
        self.work.join("disk")
    }

    fn layer(&self) -> PathBuf {
        self.work.join("layer")
    }

    /// How qemu is to use it.
    pub fn drive(&self) -> Result<String> {
        let layer = self.layer();
        let layer = layer.to_str().context("the folder's name must be UTF-8")?;
        // `unsafe`: this machine's own disk needn't keep anything, as only the virtual one loses
        // its power. What the virtual one wants to have kept still reaches this machine's memory.
        Ok(format!("file={layer},format=qcow2,if=virtio,cache=unsafe"))
    }

    /// An empty cache before what the disk has kept.
    pub fn power_on(&self) -> Result<()> {
        run(Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"])
            .arg(self.file())
            .arg(self.layer()))
    }

    /// After the power was cut: what reached the disk, it has.
    pub fn power_cut(&self) -> Result<()> {
        run(Command::new("qemu-img").args(["commit", "-q"]).arg(self.layer()))?;
        Ok(fs::remove_file(self.layer())?)
    }

    /// Remembers what it has now.
    pub fn keep(&self) -> Result<()> {
        sparse_copy(&self.file(), &self.work.join("kept"))
    }

    /// Makes it have again what it had then.
    pub fn put_back(&self) -> Result<()> {
        sparse_copy(&self.work.join("kept"), &self.file())
    }

    /// Reads a folder of the disk as the next start will find it; answers where it is now.
    pub fn read(&self, path: &str) -> Result<PathBuf> {
        let (copy, to) = (self.work.join("copy"), self.work.join("read"));
        sparse_copy(&self.file(), &copy)?;
        // Carries out what is in the file system's own journal. 1: something was corrected.
        let checked = Command::new("e2fsck").args(["-f", "-p"]).arg(&copy).output()?;
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        ensure!(matches!(checked.status.code(), Some(0 | 1)), "the file system is damaged: {said}");
        let _ = fs::remove_dir_all(&to);
        fs::create_dir_all(&to)?;
        let dump = format!("rdump {path} {}", to.display());
        run(Command::new("debugfs").args(["-R", &dump]).arg(&copy))?;
        fs::remove_file(copy)?;
        let name = Path::new(path).file_name().context("a folder's name")?;
        Ok(to.join(name))
    }
}

fn sparse_copy(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("cp").arg("--sparse=always").arg(from).arg(to))
}

/// Runs a command quietly; any exit code but 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ran = command.output().with_context(|| format!("{name} can't be started"))?;
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    ensure!(ran.status.success(), "{name} failed: {said}");
    Ok(())
}
