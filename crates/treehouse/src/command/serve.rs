//! `treehouse serve`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use treehouse_server::config::Config;
use treehouse_server::doctor::{self, Finding, Verdict};
use treehouse_server::http::Service;
use treehouse_server::http::metrics::Recorder;
use treehouse_server::http::serve::{listen_as, listen_metrics};
use treehouse_server::jobs;
use treehouse_server::port::clock::{Clock, SystemClock};
use treehouse_server::start::start;

use super::ConfigFile;
use crate::output::Output;

/// Runs the server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse serve --config treehouse.toml\n  \
    treehouse serve --config treehouse.toml --log-format json\n\n\
    It refuses to start with what `treehouse doctor` refuses. When it listens, it says where on \
    standard output. SIGTERM and SIGINT end it: requests come to their end first, for at most 20 \
    seconds; the second signal doesn't wait.")]
pub struct Serve {
    #[command(flatten)]
    file: ConfigFile,
    /// Serve although this build seals nothing: the drill attacks it, to show that it finds what
    /// lies open
    #[arg(long, hide = true)]
    control_of_the_drill: bool,
}

/// Where the server listens.
#[derive(Debug, Serialize)]
struct Listens {
    https: SocketAddr,
    public_url: String,
    metrics: Option<SocketAddr>,
}

impl Serve {
    /// Serves until a signal comes.
    ///
    /// # Errors
    /// Something is refused, doesn't open, or can't be listened on.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        // Before anything is begun, so that no signal is missed.
        let mut signals = Signals::new()?;
        let config = Config::read(&self.file.config)?;
        let clock = SystemClock;
        let mut findings = doctor::examine(&config, clock.now());
        if self.control_of_the_drill {
            findings.retain(|finding| finding.subject != doctor::PLANTED);
        }
        require_safety(&findings)?;
        let metrics = match config.server.metrics_listen {
            Some(address) => Some(listen_metrics(address, Recorder::install()?).await?),
            None => None,
        };
        let started = start(&config, Arc::new(clock)).await?;
        let listening = listen_as(Service::new(Arc::clone(&started.app)), &config).await?;
        let scan = jobs::scan(Arc::clone(&started.app), config.clone(), listening.closing());
        let scan = tokio::spawn(scan);
        let jobs = tokio::spawn(jobs::run(started.app, started.mailer, listening.closing()));
        let public_url = config.server.public_url.clone();
        let listens = Listens { https: listening.address, public_url, metrics };
        output.answer(&listens, text)?;
        tracing::info!(https = %listens.https, "listening");

        signals.next().await;
        tracing::info!("stopping; requests come to their end");
        let stopped = async {
            listening.stop().await;
            scan.await?;
            jobs.await
        };
        tokio::select! {
            jobs = stopped => jobs.context("the jobs stopped before the server did")?,
            () = signals.next() => bail!("stopped by a second signal, in the middle of requests"),
        }
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

fn require_safety(findings: &[Finding]) -> Result<()> {
    let mut refused = Vec::new();
    for Finding { subject, verdict, found, advice, .. } in findings {
        let advice = advice.as_deref().unwrap_or_default();
        match verdict {
            Verdict::Ok => {}
            Verdict::Warn => tracing::warn!("{subject}: {found}; {advice}"),
            Verdict::Refuse => refused.push(format!("{subject}: {found}; {advice}")),
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    bail!("this is unsafe, see `treehouse doctor`: {}", refused.join("; "))
}

fn text(listens: &Listens) -> String {
    let Listens { https, public_url, metrics } = listens;
    let metrics = match metrics {
        Some(address) => format!("\nmetrics at http://{address}/metrics"),
        None => String::new(),
    };
    format!("Treehouse listens on https://{https} for {public_url}{metrics}")
}

/// The signals that end a server.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("signals can't be received");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
