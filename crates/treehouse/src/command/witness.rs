//! `treehouse witness`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use treehouse_server::config::is_private;
use treehouse_server::http::bound::Bound;
use treehouse_server::http::serve::from_files;
use treehouse_server::http::witness;
use treehouse_server::port::clock::SystemClock;
use treehouse_server::random;
use treehouse_server::witness::{Opened, StateFile};
use treehouse_tlog::key::{KeyName, LogKey};

use super::serve::Signals;
use crate::output::Output;

/// Be a witness of others' logs: remember what they showed, and sign only what goes on from there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse witness init --state witness.state --name witness.example/w1\n  \
    treehouse witness serve --state witness.state --listen 127.0.0.1:8600 --log LOG_KEY\n  \
    treehouse witness serve --state witness.state --listen 0.0.0.0:443 --log LOG_KEY \
    --tls-cert cert.pem --tls-key key.pem\n\n\
    A log's key stands at its `/v1/deployment`. `init` prints the key of the witness, which the \
    log's operator enters as a [[log.witness]] and clients pin. The file of --state holds the key \
    and the memory: keep it out of backups, since a witness that went back could sign two \
    histories. A witness that the log's operator runs proves nothing.")]
pub struct Witness {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a witness: a key, and a memory of nothing
    Init {
        /// The file that it keeps everything in; there must be none yet
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
        /// Its name, best a web address without https://
        #[arg(long)]
        name: String,
    },
    /// Listen for checkpoints (C2SP tlog-witness, POST /add-checkpoint)
    Serve {
        /// The file that `init` made
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
        /// Where it listens
        #[arg(long, value_name = "ADDRESS")]
        listen: SocketAddr,
        /// The public key of a log, as C2SP writes it
        #[arg(long = "log", value_name = "KEY", required = true)]
        logs: Vec<String>,
        /// The certificate chain, in PEM; without one it listens in clear, on a loopback or private
        /// address only
        #[arg(long, value_name = "FILE", requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// The private key of the certificate, in PEM
        #[arg(long, value_name = "FILE", requires = "tls_cert")]
        tls_key: Option<PathBuf>,
    },
}

impl Witness {
    /// Makes one, or is one until a signal comes.
    ///
    /// # Errors
    /// What is refused, or can't be opened.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        match self.what {
            What::Init { state, name } => {
                let name = KeyName::parse(&name).context("--name can't be a witness' name")?;
                let key = StateFile::create(&state, name, &mut random::rng())?.to_string();
                output.answer(&json!({ "key": key }), |_| key.clone())?;
            }
            What::Serve { state, listen, logs, tls_cert, tls_key } => {
                let opened = StateFile::open(&state)?;
                serve(output, opened, listen, &logs, tls_cert.zip(tls_key)).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(
    output: Output,
    opened: Opened,
    listen: SocketAddr,
    logs: &[String],
    tls: Option<(PathBuf, PathBuf)>,
) -> Result<()> {
    let mut signals = Signals::new()?;
    let logs = logs.iter().map(|key| LogKey::parse(key)).collect::<Result<Vec<_>, _>>();
    let logs = logs.context("--log must be the public key of a log")?;
    let certificate = tls.map(|(chain, key)| from_files(&chain, &key)).transpose()?;
    if certificate.is_none() && !is_private(&listen) {
        bail!("give --tls-cert and --tls-key, or listen on a loopback or private address");
    }
    let key = opened.signer.key().to_string();
    let (clock, bound) = (Arc::new(SystemClock), Bound::to(listen).await?);
    let witness = witness::listen(opened, logs, clock, bound, certificate.as_ref())?;
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let address = witness.address;
    output.answer(&json!({ "address": address, "key": key }), |_| {
        format!("The witness listens on {scheme}://{address}\n{key}")
    })?;
    signals.next().await;
    witness.stop().await;
    Ok(())
}
