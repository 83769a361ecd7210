//! The signature over a release's sums: OpenSSH's, so that whoever checks it needs no program of ours.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::SUMS;
use crate::process;
use crate::setup::system;

/// The file beside the sums.
pub const FILE: &str = "SHA256SUMS.sig";
/// Who signs, and what for: a signature of the same key for anything else doesn't count.
pub const SIGNER: &str = "treehouse-release";

/// Signs the sums in this folder with a private key of OpenSSH's, or with the agent's if the file
/// holds the public one; then checks the signature as others will.
pub fn sign(folder: &Path, key: &Path) -> Result<()> {
    let mut command = Command::new(system::SSH_KEYGEN);
    command.args(["-q", "-Y", "sign", "-n", SIGNER, "-f"]).arg(key).arg(folder.join(SUMS));
    process::run(&mut command).with_context(|| format!("cannot sign with {}", key.display()))?;
    let public = public(key)?;
    verify(folder, &public)
}

/// Checks the signature in this folder against a public key, as OpenSSH writes it in one line.
pub fn verify(folder: &Path, public: &str) -> Result<()> {
    let signers = std::env::temp_dir().join(format!("xtask-signers-{}", std::process::id()));
    fs::write(&signers, format!("{SIGNER} {public}")).context("cannot write whom to trust")?;
    let sums = File::open(folder.join(SUMS)).with_context(|| format!("cannot read {SUMS}"))?;
    let mut command = Command::new(system::SSH_KEYGEN);
    command.args(["-Y", "verify", "-n", SIGNER, "-I", SIGNER, "-f"]).arg(&signers);
    let verified = process::run(command.arg("-s").arg(folder.join(FILE)).stdin(sums));
    fs::remove_file(&signers).context("cannot delete whom was trusted")?;
    verified.with_context(|| format!("{FILE} isn't a signature over {SUMS}"))
}

/// What is said to whoever has the release.
pub fn how_to_verify(public: &str) -> String {
    format!(
        "{FILE} is a signature over {SUMS}. Write the line\n\n    {SIGNER} {public}\n\nto a file `signers` \
         once you have compared it with the same line of an earlier release, or from a place that you \
         trust more than the one that you have this from; then\n\n    ssh-keygen -Y verify -n {SIGNER} \
         -I {SIGNER} -f signers -s {FILE} < {SUMS}\n\nBelieve neither this page nor the sums before it \
         says \"Good\".\n"
    )
}

/// The public half of a key, which lies beside it.
pub fn public(key: &Path) -> Result<String> {
    let is_public = key.extension().is_some_and(|extension| extension == "pub");
    let path = if is_public { key.to_path_buf() } else { beside(key) };
    let text = fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; `ssh-keygen -y` writes it from the private key", path.display())
    })?;
    Ok(text.trim().to_owned())
}

fn beside(key: &Path) -> PathBuf {
    let mut name = key.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::sums;

    fn key(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        let mut command = Command::new(system::SSH_KEYGEN);
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&path);
        process::run(&mut command).unwrap();
        path
    }

    #[test]
    fn a_release_is_signed_and_one_that_was_changed_or_signed_by_others_is_refused() {
        let folder = std::env::temp_dir().join(format!("xtask-signed-{}", std::process::id()));
        let release = folder.join("release");
        fs::create_dir_all(&release).unwrap();
        fs::write(release.join("treehouse"), "a program").unwrap();
        fs::write(release.join(SUMS), sums(&release).unwrap()).unwrap();
        let [own, other] = ["own", "other"].map(|name| key(&folder, name));
        sign(&release, &own).unwrap();
        let [own, other] = [own, other].map(|key| public(&key).unwrap());
        verify(&release, &own).unwrap();
        assert!(verify(&release, &other).is_err(), "somebody else's key");
        fs::write(release.join("treehouse"), "another program").unwrap();
        let [signed, changed] =
            [fs::read_to_string(release.join(SUMS)).unwrap(), sums(&release).unwrap()];
        assert_ne!(signed, changed, "the sums tell, and the signature is no file of theirs");
        fs::write(release.join(SUMS), changed).unwrap();
        assert!(verify(&release, &own).is_err(), "other sums under the same signature");
        fs::remove_dir_all(&folder).unwrap();
    }
}
