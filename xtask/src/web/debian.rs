//! Debian's Rust for browsers, unpacked and not installed: installing would
//! take the place of rustup and of Debian's own rustc.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use anyhow::{Context, Result, ensure};

use super::{answer, finish};

/// Makes `folder` hold the versions that apt would install today; does nothing
/// if it does already.
pub fn unpack(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    // Two builds at once must not unpack over each other.
    let lock = File::create(folder.join("lock")).context("creating the lock file")?;
    lock.lock().context("waiting for another build to unpack")?;

    let root = folder.join("root");
    let stamp = folder.join("packages");
    // Asking apt takes seconds, and its answer changes only with its lists.
    if modified(&stamp) > modified(Path::new("/var/lib/apt/lists")) {
        return Ok(root);
    }
    // Lists from the day of the installation know neither security's compiler nor what is still there
    // to fetch. Who may not ask anew goes on with what the machine knows.
    if !stamp.exists() && update().is_err() {
        println!("core: taking Debian's lists of packages as they are");
    }
    let packages = packages()?;
    let unpacked = fs::read_to_string(&stamp).is_ok_and(|done| done == stamp_text(&packages));
    if unpacked {
        fs::write(&stamp, stamp_text(&packages)).context("noting when apt was asked")?;
        return Ok(root);
    }
    println!("core: unpacking Debian's compiler for wasm, about 140 MB, into {}", folder.display());
    let archives = folder.join("archives");
    if stamp.exists() {
        fs::remove_file(&stamp).context("forgetting the old versions")?;
    }
    for stale in [&root, &archives] {
        if stale.exists() {
            fs::remove_dir_all(stale).with_context(|| format!("clearing {}", stale.display()))?;
        }
        fs::create_dir(stale).with_context(|| format!("creating {}", stale.display()))?;
    }
    download(&packages, &archives)?;
    for archive in fs::read_dir(&archives).context("listing the archives")? {
        extract(&archive?.path(), &root)?;
    }
    fs::remove_dir_all(&archives).context("clearing the archives")?;
    // Last, so that an interrupted run starts again.
    fs::write(&stamp, stamp_text(&packages)).context("noting the versions")?;
    Ok(root)
}

/// None, which is older than anything, for what is not there.
fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|found| found.modified()).ok()
}

/// Libraries of every Debian; a second C library beside the machine's would fit nothing.
const EVERYWHERE: [&str; 3] = ["libc6", "libgcc-s1", "libstdc++6"];

struct Package {
    name: String,
    version: String,
}

impl Package {
    fn of(name: String) -> Result<Self> {
        let version = candidate(&name)?.with_context(|| format!("Debian has no {name}"))?;
        Ok(Self { name, version })
    }
}

/// The release in a package's name follows from what depends on it, so that a
/// newer compiler in Debian needs no change here.
fn packages() -> Result<Vec<Package>> {
    let compiler = candidate("rustc-web")?.context("Debian has no rustc-web")?;
    let newest = release(&compiler) >= release(env!("CARGO_PKG_RUST_VERSION"));
    ensure!(
        newest,
        "Debian's rustc-web is {compiler}, older than {}; have security's suite among apt's sources \
         and run `apt-get update` as root",
        env!("CARGO_PKG_RUST_VERSION")
    );
    let library = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = dependency(&library, "libllvm")?;
    let linker = format!("lld-{}", llvm.trim_start_matches("libllvm"));
    let names = ["rustc-web", "rust-web-src", "libstd-rust-web-dev", &library, linker.as_str()];
    let mut names: BTreeSet<String> = names.map(str::to_owned).into();
    with_libraries(llvm, &mut names)?;
    names.into_iter().map(Package::of).collect()
}

/// Adds a library and, in turn, those that it needs. A machine on which nothing was ever compiled
/// has none of them but the ones that apt itself can't do without.
fn with_libraries(name: String, names: &mut BTreeSet<String>) -> Result<()> {
    let needed = dependencies(&name)?;
    if names.insert(name) {
        for library in needed.into_iter().filter(|name| !EVERYWHERE.contains(&name.as_str())) {
            with_libraries(library, names)?;
        }
    }
    Ok(())
}

/// The numbers a version begins with: 1 and 95 of `1.95.0+dfsg1`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn stamp_text(packages: &[Package]) -> String {
    let mut text = String::new();
    for Package { name, version } in packages {
        let _ = writeln!(text, "{name} {version}");
    }
    text
}

fn candidate(package: &str) -> Result<Option<String>> {
    let policy = answer(Command::new("apt-cache").env("LC_ALL", "C").args(["policy", package]))?;
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    Ok(version.filter(|version| *version != "(none)").map(str::to_owned))
}

fn dependency(package: &str, start: &str) -> Result<String> {
    let found = dependencies(package)?.into_iter().find(|name| name.starts_with(start));
    found.with_context(|| format!("{package} no longer depends on a {start}*"))
}

fn dependencies(package: &str) -> Result<Vec<String>> {
    let depends = answer(Command::new("apt-cache").env("LC_ALL", "C").args(["depends", package]))?;
    let names = depends.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    Ok(names.map(str::to_owned).collect())
}

fn update() -> Result<()> {
    finish(Command::new("apt-get").args(["update", "--quiet", "--quiet"]))
        .context("asking Debian for its packages; run `apt-get update` as root")
}

fn download(packages: &[Package], archives: &Path) -> Result<()> {
    let fetch = || {
        let mut apt = Command::new("apt-get");
        apt.current_dir(archives).args(["download", "--quiet", "--quiet"]);
        // As root, apt fetches as another user, who may not write here.
        apt.args(["-o", "APT::Sandbox::User=root"]);
        apt.args(packages.iter().map(|p| format!("{}={}", p.name, p.version)));
        finish(&mut apt)
    };
    // An old list of packages names versions that the archive has replaced.
    fetch().or_else(|_| update().and_then(|()| fetch()))
}

/// `dpkg -x`, less the compiler's own sources: a third of a gigabyte.
fn extract(archive: &Path, root: &Path) -> Result<()> {
    let mut contents = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(archive)
        .stdout(Stdio::piped())
        .spawn()
        .context("starting dpkg-deb; is it installed?")?;
    let pipe = contents.stdout.take().context("dpkg-deb has no output")?;
    let unpacked = Command::new("tar")
        .args(["--extract", "--anchored", "--no-wildcards-match-slash"])
        .args(
            ["./usr/src/rustc-*/compiler", "./usr/src/rustc-*/src"]
                .map(|p| format!("--exclude={p}")),
        )
        .arg("--directory")
        .arg(root)
        .stdin(pipe)
        .status()
        .context("starting tar")?;
    let read = contents.wait().context("waiting for dpkg-deb")?;
    ensure!(unpacked.success() && read.success(), "{} did not unpack", archive.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(release("1.100.0+dfsg1-1~deb12u2") >= release("1.95"));
        assert!(release("1.85.0+dfsg3-1~deb12u3") < release("1.95"));
        assert!(release("new") < release("1.95"));
    }
}
