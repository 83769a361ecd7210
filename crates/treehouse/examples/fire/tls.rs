//! TLS: sslyze connects with every version, suite and curve that it knows, tries the known attacks,
//! and compares with Mozilla's strictest list. Control: a server that speaks TLS 1.0 is reported.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::serve::Place;

/// Makes a certificate, and plays the weak server.
const PEER: &str = include_str!("tls/peer.py");
/// Where sslyze writes what it saw.
const SEEN: &str = "sslyze.json";
/// How it says that a server does all that is asked.
const GOOD: &str = "OK - Compliant";
/// What it says of the weak server, at least.
const WEAK: &str = "tls_versions";
/// Scans that it must have come to the end of.
const SCANS_MIN: usize = 15;

/// Scans the server, then the weak one.
pub async fn run(place: &mut Place, sslyze: &Path) -> Result<()> {
    let folder = place.folder.clone();
    let python = sslyze.with_file_name("python");
    fs::write(folder.join("peer.py"), PEER)?;
    let peer = |word: &str| {
        let mut command = Command::new(&python);
        command.arg(folder.join("peer.py")).arg(word).arg(&folder);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    };
    let made = peer("certificates").status().await.context("no Python beside sslyze")?;
    ensure!(made.success(), "a certificate can't be made");
    place.certify("certificate.pem", "key.pem", "authority.pem")?;
    let served = place.serve().await?;
    let mut weak = peer("weak").stdout(Stdio::piped()).spawn()?;
    let said = weak.stdout.take().context("the weak server's output")?;
    let port = BufReader::new(said).lines().next_line().await?.context("the weak server's port")?;
    let control = scan(&folder, sslyze, port.trim()).await?;
    ensure!(
        !control.contains(GOOD) && control.contains(WEAK),
        "control: a server that speaks TLS 1.0 wasn't reported:\n{control}"
    );
    println!("control: a server that speaks TLS 1.0 was reported");
    let report = scan(&folder, sslyze, &served.port.to_string()).await?;
    ensure!(report.contains(GOOD), "sslyze objects:\n{report}");
    let scans = completed(&serde_json::from_str(&fs::read_to_string(folder.join(SEEN))?)?)?;
    ensure!(scans >= SCANS_MIN, "only {scans} scans came to their end");
    println!("sslyze: {scans} scans, nothing that Mozilla's strictest list doesn't allow");
    served.kill()
}

/// What sslyze says about the server on this port.
async fn scan(folder: &Path, sslyze: &Path, port: &str) -> Result<String> {
    let mut command = Command::new(sslyze);
    command.current_dir(folder).args(["--mozilla_config=modern", "--json_out", SEEN]);
    command.args(["--certinfo", "--certinfo_ca_file", "authority.pem"]);
    command.arg(format!("localhost:{port}"));
    let output = command.stdin(Stdio::null()).output().await.context("no sslyze")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(text.contains("COMPLIANCE"), "sslyze could not do its work:\n{text}");
    // Of what it saw, only the verdict is of interest.
    Ok(text.split_once("COMPLIANCE").map(|(_, verdict)| verdict.to_owned()).unwrap_or_default())
}

/// How many scans came to their end; one that broke off is an error.
fn completed(seen: &Value) -> Result<usize> {
    let results = seen["server_scan_results"][0]["scan_result"].as_object();
    let results = results.context("sslyze wrote no results")?;
    for (name, result) in results {
        let status = result["status"].as_str().unwrap_or_default();
        ensure!(status == "COMPLETED" || status == "NOT_SCHEDULED", "{name}: {status}");
    }
    Ok(results.values().filter(|result| result["status"] == "COMPLETED").count())
}
