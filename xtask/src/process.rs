//! Running other programs, with errors that say which one failed.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::environment;
use crate::repository;
use crate::tally::last_lines;

/// Runs a command with its output on the screen; any exit code but 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", text(command));
    }
    Ok(())
}

/// The same for a program whose failure somebody will want to read: the end of what it printed is
/// in the error, too.
pub fn run_and_tell(command: &mut Command) -> Result<()> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err) = thread::scope(|scope| {
        let out = scope.spawn(|| out.map(copy_to_screen));
        let err = err.map(copy_to_screen);
        (out.join(), err)
    });
    let status = child.wait().with_context(|| cannot_start(command))?;
    if status.success() {
        return Ok(());
    }
    let out = out.ok().flatten().transpose()?.unwrap_or_default();
    let err = err.transpose()?.unwrap_or_default();
    let [out, err] = [out, err].map(|bytes| last_lines(&String::from_utf8_lossy(&bytes)));
    bail!("`{}` ({status}) printed at the end:\n{out}\n{err}", text(command))
}

/// Runs a command and gives its standard output; its errors stay on the screen.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", text(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` printed something that is not text", text(command)))
}

/// True if the command can be started and ends well; prints nothing.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a command that was watched printed, and whether it ended well.
pub struct Watched {
    pub success: bool,
    pub text: String,
}

/// Which stream of a command carries what is to be read.
#[derive(Clone, Copy)]
pub enum Stream {
    Out,
    Err,
}

/// Runs a command with its output on the screen and keeps a copy of one stream.
pub fn watch(command: &mut Command, stream: Stream) -> Result<Watched> {
    match stream {
        Stream::Out => command.stdout(Stdio::piped()),
        Stream::Err => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let copied = match stream {
        Stream::Out => child.stdout.take().map(copy_to_screen),
        Stream::Err => child.stderr.take().map(copy_to_screen),
    };
    let status = child.wait().with_context(|| cannot_start(command))?;
    let bytes = copied.transpose()?.unwrap_or_default();
    Ok(Watched { success: status.success(), text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// A `cargo` command in the repository, building where this machine keeps its builds.
pub fn cargo(cache: &Cache) -> Command {
    cargo_program(cache, Path::new("cargo"))
}

/// The same for a program that runs cargo by itself.
pub fn cargo_program(cache: &Cache, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(repository::root());
    if environment::is_ci() && environment::variable("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", cache.target());
    }
    command
}

/// The command as a person would type it.
pub fn text(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot run `{}`; run `cargo xtask setup`", text(command))
}

fn copy_to_screen(mut stream: impl Read) -> Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut chunk = [0_u8; 8192];
    let mut screen = std::io::stderr();
    loop {
        let length = stream.read(&mut chunk).context("cannot read what a command prints")?;
        let Some(read) = chunk.get(..length).filter(|read| !read.is_empty()) else {
            return Ok(kept);
        };
        screen.write_all(read).context("cannot write to the screen")?;
        kept.extend_from_slice(read);
    }
}
