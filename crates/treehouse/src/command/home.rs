//! What the command line remembers between two commands: the deployment that it pinned.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use treehouse_client::log::Kept;
use treehouse_client::{Pinned, Server};

/// Where a server is, for the first contact.
#[derive(Debug, Args)]
pub struct Address {
    /// Where the server is
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The authority of its certificate, in PEM, if it isn't a public one
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

impl Address {
    /// Connects, and pins the deployment's keys.
    pub async fn connect(&self) -> Result<Server> {
        let pem = self.ca.as_ref().map(std::fs::read_to_string).transpose();
        let pem = pem.context("the file of --ca can't be read")?;
        Ok(Server::connect(&self.server, pem.as_deref()).await?)
    }
}

/// What a guardian's command line remembers. No secret: the password is asked for each time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    /// The deployment.
    pub pinned: Pinned,
    /// The address of the account.
    pub email: String,
    /// The verification under way.
    pub verification: Option<String>,
    /// The newest head of the deployment's log that was seen.
    #[serde(default)]
    pub log: Option<Kept>,
}

impl Known {
    const FILE: &'static str = "guardian.json";

    /// Reads what was kept.
    pub fn read(home: &Path) -> Result<Self> {
        Self::find(home)?.context(
            "this folder knows no account: begin with `treehouse family register`, or give \
             another with --home",
        )
    }

    /// The same; `None` if nothing was kept yet. What can't be read was.
    pub fn find(home: &Path) -> Result<Option<Self>> {
        let text = match std::fs::read_to_string(home.join(Self::FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.context("the folder of --home can't be read; check whose it is")?,
        };
        serde_json::from_str(&text).map(Some).context("the folder of --home is damaged")
    }

    /// Keeps it.
    pub fn write(&self, home: &Path) -> Result<()> {
        std::fs::create_dir_all(home).context("the folder of --home can't be made")?;
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(home.join(Self::FILE), text).context("the folder of --home can't be written")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_forgotten() {
        let home = tempfile::tempdir().unwrap();
        assert!(Known::find(home.path()).unwrap().is_none(), "the control");
        let file = home.path().join(Known::FILE);
        fs::write(&file, "{").unwrap();
        assert!(Known::find(home.path()).is_err());
        fs::remove_file(&file).unwrap();
        // Reading a folder fails, also for who may read everything.
        fs::create_dir(&file).unwrap();
        assert!(Known::find(home.path()).is_err());
    }
}
