//! Programs that come from the operating system.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::environment;
use crate::process;
use crate::setup::{kannel, postgres};

/// A program or file the checks can't do without.
pub struct Need {
    pub name: &'static str,
    pub why: &'static str,
    present: fn() -> bool,
    /// Debian and Ubuntu packages that bring it.
    pub debian: &'static [&'static str],
    /// What to type on macOS.
    macos: &'static str,
}

/// What it takes to build the program.
pub const BUILD_NEEDS: &[Need] = &[C_COMPILER];

const C_COMPILER: Need = Need {
    name: "a C compiler",
    why: "crates with C inside, and the linker",
    present: || on_path(&["cc"]).is_some(),
    debian: &["gcc", "libc6-dev"],
    macos: "xcode-select --install",
};

/// OpenSSH's program for keys and signatures.
pub const SSH_KEYGEN: &str = "ssh-keygen";

/// Everything that the operating system has to bring.
pub const NEEDS: &[Need] = &[
    Need {
        name: "git",
        why: "tidy asks it which files belong to the repository",
        present: || on_path(&["git"]).is_some(),
        debian: &["git"],
        macos: "xcode-select --install",
    },
    C_COMPILER,
    Need {
        name: "a C++ compiler",
        why: "libFuzzer is C++",
        present: || on_path(&["c++"]).is_some(),
        debian: &["g++"],
        macos: "xcode-select --install",
    },
    Need {
        name: "Node.js 20 or newer with npm",
        why: "the web app, the browser journeys and the JavaScript peers",
        present: node_is_recent,
        debian: &["nodejs", "npm"],
        macos: "brew install node",
    },
    Need {
        name: "Python 3 with venv",
        why: "the Python peers of the protocol tests, and servers for the server's tests",
        present: python_makes_venvs,
        debian: &["python3", "python3-venv"],
        macos: "brew install python",
    },
    Need {
        name: "OpenSSH's ssh-keygen",
        why: "signs releases",
        present: || on_path(&[SSH_KEYGEN]).is_some(),
        debian: &["openssh-client"],
        macos: "it belongs to the system",
    },
    Need {
        name: "SoftHSM2",
        why: "a PKCS#11 token for the server's tests",
        present: || softhsm().is_ok() && on_path(&["softhsm2-util"]).is_some(),
        debian: &["softhsm2"],
        macos: "brew install softhsm",
    },
    Need {
        name: "Pebble",
        why: "an authority that speaks ACME, for the server's tests",
        present: || on_path(&["pebble"]).is_some(),
        debian: &["pebble"],
        macos: "go install github.com/letsencrypt/pebble/v2/cmd/pebble@latest",
    },
    Need {
        name: "Kannel with its test programs",
        why: "an SMS gateway for the server's tests",
        present: || kannel::programs().is_some(),
        debian: &["kannel", "kannel-extras"],
        macos: "the tests of text messages need Linux",
    },
    Need {
        name: "PostgreSQL",
        why: "the tests of the server run on both storage engines",
        present: || postgres::programs().is_ok(),
        debian: &["postgresql"],
        macos: "brew install postgresql@17",
    },
    Need {
        name: "Chromium",
        why: "the browser journeys",
        present: || chromium().is_ok(),
        debian: &["chromium"],
        macos: "brew install --cask chromium",
    },
    Need {
        name: "strace",
        why: "a disk that fails, for the attacks on a server",
        present: || on_path(&["strace"]).is_some(),
        debian: &["strace"],
        macos: "the attacks on disks need Linux",
    },
    Need {
        name: "unshare and mount",
        why: "a small disk that may be filled, for the attacks on a server",
        present: || on_path(&["unshare"]).is_some() && on_path(&["mount"]).is_some(),
        debian: &["util-linux", "mount"],
        macos: "the attacks on disks need Linux",
    },
    Need {
        name: "tcpdump",
        why: "a capture of all networks, for the drill",
        present: || on_path(&["tcpdump"]).is_some(),
        debian: &["tcpdump"],
        macos: "the drill needs Linux",
    },
    Need {
        name: "fonts",
        why: "pages in the browser journeys show letters and pictographs, not boxes",
        present: fonts_are_there,
        debian: &["fonts-noto-core", "fonts-noto-color-emoji"],
        macos: "brew install --cask font-noto-sans font-noto-color-emoji",
    },
    Need {
        name: "ExifTool",
        why: "the judge of whether a picture still tells where it was taken",
        present: || on_path(&["exiftool"]).is_some(),
        debian: &["libimage-exiftool-perl"],
        macos: "brew install exiftool",
    },
];

/// What a virtual machine takes, for power cuts.
pub const MACHINE_NEEDS: &[Need] = &[
    Need {
        name: "qemu",
        why: "a virtual machine whose power can be cut",
        present: || on_path(&["qemu-system-x86_64"]).is_some() && on_path(&["qemu-img"]).is_some(),
        debian: &["qemu-system-x86", "qemu-utils"],
        macos: "power cuts need Linux",
    },
    Need {
        name: "mke2fs, e2fsck and debugfs",
        why: "its disk",
        present: || ["mke2fs", "e2fsck", "debugfs"].iter().all(|name| on_path(&[*name]).is_some()),
        debian: &["e2fsprogs"],
        macos: "power cuts need Linux",
    },
];

/// Checks every need and installs what is missing, or says what to type.
pub fn install(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("missing: {} ({})", need.name, need.why);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian.iter().copied()).collect();
    if on_path(&["apt-get"]).is_none() || !is_root() {
        bail!("{}", advice(&missing, &packages));
    }
    apt(&["update"])?;
    if packages.contains(&"kannel") {
        kannel::hold_still();
    }
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&packages);
    apt(&arguments)?;
    match missing.iter().find(|need| !(need.present)()) {
        None => Ok(()),
        Some(need) => bail!(
            "{} is still missing after installing {}; install a newer one by hand",
            need.name,
            need.debian.join(" ")
        ),
    }
}

/// The first of these programs that stands on the PATH.
pub fn on_path(programs: &[&str]) -> Option<PathBuf> {
    let path = environment::variable("PATH")?;
    programs.iter().find_map(|program| {
        std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
    })
}

/// The Chromium that the browser journeys drive.
pub fn chromium() -> Result<PathBuf> {
    const APPLICATIONS: [&str; 2] = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    if let Some(chosen) = environment::variable("TREEHOUSE_CHROMIUM") {
        return Ok(PathBuf::from(chosen));
    }
    on_path(&["chromium", "chromium-browser", "google-chrome"])
        .or_else(|| APPLICATIONS.iter().map(PathBuf::from).find(|file| file.is_file()))
        .context("Chromium is missing; run `cargo xtask setup` or set TREEHOUSE_CHROMIUM")
}

/// The PKCS#11 module of `SoftHSM2`.
pub fn softhsm() -> Result<PathBuf> {
    const MODULES: [&str; 4] = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    MODULES
        .iter()
        .map(PathBuf::from)
        .find(|file| file.is_file())
        .context("SoftHSM2 is missing; run `cargo xtask setup`")
}

fn apt(arguments: &[&str]) -> Result<()> {
    println!("installing: apt-get {}", arguments.join(" "));
    process::run(
        Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("-q").args(arguments),
    )
}

fn advice(missing: &[&Need], packages: &[&str]) -> String {
    if cfg!(target_os = "macos") {
        let commands: Vec<&str> = missing.iter().map(|need| need.macos).collect();
        format!("install what is missing: {}", commands.join(" && "))
    } else if on_path(&["apt-get"]).is_some() {
        format!(
            "install what is missing: sudo apt-get update && \
             sudo apt-get install --no-install-recommends {}",
            packages.join(" ")
        )
    } else {
        format!("install the packages that Debian calls: {}", packages.join(" "))
    }
}

/// True if the user of this process may do everything.
pub fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn node_is_recent() -> bool {
    const MAJOR_MIN: u32 = 20;
    on_path(&["npm"]).is_some()
        && process::capture(Command::new("node").arg("--version"))
            .is_ok_and(|version| major(&version).is_some_and(|major| major >= MAJOR_MIN))
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn python_makes_venvs() -> bool {
    process::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}

fn fonts_are_there() -> bool {
    cfg!(target_os = "macos")
        || ["truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoColorEmoji.ttf"]
            .iter()
            .all(|font| Path::new("/usr/share/fonts").join(font).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_need_names_its_packages() {
        let need = Need {
            name: "a unicorn",
            why: "a test",
            present: || false,
            debian: &["unicorn-bin"],
            macos: "brew install unicorn",
        };
        let advice = advice(&[&need], need.debian);
        assert!(advice.contains("unicorn"), "{advice}");
    }

    #[test]
    fn what_is_there_is_not_installed() {
        let need = Need {
            name: "nothing",
            why: "a test",
            present: || true,
            debian: &["no-such-package"],
            macos: "false",
        };
        assert!(install(&[need]).is_ok());
    }

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("nonsense"), None);
    }
}
