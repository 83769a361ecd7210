//! What the machine boots: a kernel of Debian's, and in memory one shell, the modules that the disk
//! and the network need, and the server with its libraries.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::disk::run;
use crate::serve::Place;

/// Modules of the kernel by which the machine reaches others.
const MODULES: [&str; 2] = ["virtio_pci", "virtio_net"];
/// Loaded only after the machine was saved, which must know nothing of its disk.
const DISK_MODULE: &str = "virtio_blk";
/// Source of the library by which a control loses something.
const PRELOAD: &str = include_str!("nosync.c");

/// The kernel among the parts.
pub fn kernel(parts: &Path) -> Result<PathBuf> {
    only(&parts.join("boot"), "vmlinuz")
}

/// Packs what the machine has in memory; answers the file.
pub fn pack(parts: &Path, place: &Place, work: &Path) -> Result<PathBuf> {
    let root = work.join("memory");
    for folder in ["bin", "dev", "module", "proc", "tmp"] {
        fs::create_dir_all(root.join(folder))?;
    }
    let busybox = root.join("bin/busybox");
    copy(&parts.join("bin/busybox"), &busybox)?;
    let mut modules = Modules::among(&only(&parts.join("lib/modules"), "")?)?;
    for name in MODULES {
        modules.need(name)?;
    }
    let before = modules.order.len();
    modules.need(DISK_MODULE)?;
    for name in &modules.order {
        copy(&modules.files[name], &root.join("module").join(name))?;
    }
    let (before, disk) = modules.order.split_at(before);
    let source = work.join("nosync.c");
    fs::write(&source, PRELOAD)?;
    let mut compiler = Command::new("cc");
    run(compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(root.join("nosync.so")).arg(source))?;
    // Lines and types for a debugger, which are most of it, would only take up memory.
    run(Command::new("strip").arg("-o").arg(root.join("treehouse")).arg(place.program()))?;
    for library in libraries(place.program())? {
        let to = root.join(library.strip_prefix("/")?);
        fs::create_dir_all(to.parent().context("a library lies in a folder")?)?;
        copy(&library, &to)?;
    }
    let init = root.join("init");
    fs::write(&init, script(&place.folder, before, disk))?;
    fs::set_permissions(&init, fs::Permissions::from_mode(0o755))?;
    let packed = work.join("memory.cpio");
    archive(&busybox, &root, &packed)?;
    fs::remove_dir_all(&root)?;
    Ok(packed)
}

/// The file or folder whose name starts so; there is one.
fn only(folder: &Path, start: &str) -> Result<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(start) {
            found.push(entry.path());
        }
    }
    ensure!(found.len() == 1, "{} has {} of {start}, not 1", folder.display(), found.len());
    found.pop().context("it was counted")
}

/// Modules of one kernel.
struct Modules {
    files: BTreeMap<String, PathBuf>,
    /// Those that are needed, each after those that it needs itself.
    order: Vec<String>,
}

impl Modules {
    fn among(folder: &Path) -> Result<Self> {
        let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.file_name().and_then(|name| name.to_str());
                if let Some(name) = name.and_then(|name| name.strip_suffix(".ko")) {
                    files.insert(name.replace('-', "_"), path.clone());
                }
            }
        }
        Ok(Self { files, order: Vec::new() })
    }

    fn need(&mut self, name: &str) -> Result<()> {
        // What its head says of itself, between zeros.
        const NEEDS: &[u8] = b"\0depends=";
        if self.order.iter().any(|one| one == name) {
            return Ok(());
        }
        let file = self.files.get(name).with_context(|| format!("the kernel has no {name}.ko"))?;
        let bytes = fs::read(file)?;
        let at = bytes.windows(NEEDS.len()).position(|window| window == NEEDS);
        let rest = &bytes
            [at.with_context(|| format!("{name} doesn't say what it needs"))? + NEEDS.len()..];
        let end = rest.iter().position(|byte| *byte == 0).context("an end")?;
        let needed = String::from_utf8(rest[..end].to_vec())?;
        for one in needed.split(',').filter(|one| !one.is_empty()) {
            self.need(&one.replace('-', "_"))?;
        }
        self.order.push(name.to_owned());
        Ok(())
    }
}

/// Copies a file, or what a link leads to.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("{} can't be copied", from.display()))?;
    Ok(())
}

/// The files that a program loads before it starts.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let told = Command::new("ldd").arg(program).output().context("ldd can't be started")?;
    let told = String::from_utf8(told.stdout)?;
    let found = told.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let file = words.iter().find(|word| word.starts_with('/'))?;
        Some(PathBuf::from(file))
    });
    let found: Vec<PathBuf> = found.collect();
    ensure!(!found.is_empty(), "the program has no libraries: the control can't load its own");
    Ok(found)
}

/// The machine's first process.
fn script(folder: &Path, before: &[String], disk: &[String]) -> String {
    let folder = folder.display();
    let load = |names: &[String]| {
        let lines: Vec<String> =
            names.iter().map(|name| format!("insmod /module/{name}")).collect();
        lines.join("\n")
    };
    let (before, disk) = (load(before), load(disk));
    format!(
        r#"#!/bin/busybox sh
/bin/busybox --install /bin
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
{before}
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
# A seed that is older than half of the machine's life is renewed before the next random number is
# given out, with what came in since. All starts would draw the same ones otherwise.
sleep $((1 + 2 * $(cut -d. -f1 /proc/uptime)))
echo waiting
read now seed preload options
echo "$seed" > /dev/urandom
echo "chance $(head -c 16 /dev/urandom | hexdump -e '16/1 "%02x"')"
date -s "@$now" > /dev/null
{disk}
mkdir -p "{folder}"
mount -t ext4 -o "$options" /dev/vda "{folder}" || exec sleep 1000000
echo serving
[ "$preload" = - ] || export LD_PRELOAD=$preload
/treehouse serve --json --config "{folder}/treehouse.toml" > /dev/null
echo "ended $?"
sleep 1000000
"#
    )
}

/// Packs a folder in the form that the kernel unpacks.
fn archive(busybox: &Path, root: &Path, to: &Path) -> Result<()> {
    let names = Command::new("find").current_dir(root).output()?;
    let mut packing = Command::new(busybox)
        .args(["cpio", "-o", "-H", "newc"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(fs::File::create(to)?)
        .stderr(Stdio::null())
        .spawn()
        .context("busybox can't be started")?;
    packing.stdin.take().context("its input")?.write_all(&names.stdout)?;
    ensure!(packing.wait()?.success(), "the machine's memory can't be packed");
    Ok(())
}
