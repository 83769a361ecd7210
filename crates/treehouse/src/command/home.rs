//! What the command line remembers between two commands: the deployment that it pinned.

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
        let text = std::fs::read_to_string(home.join(Self::FILE));
        let text = text.context(
            "this folder knows no account: begin with `treehouse family register`, or give \
             another with --home",
        )?;
        serde_json::from_str(&text).context("the folder of --home is damaged")
    }

    /// Keeps it.
    pub fn write(&self, home: &Path) -> Result<()> {
        std::fs::create_dir_all(home).context("the folder of --home can't be made")?;
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(home.join(Self::FILE), text).context("the folder of --home can't be written")
    }
}
