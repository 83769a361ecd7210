//! The OpenAPI document against the server that serves it, by a program that shares nothing with
//! either: Schemathesis sends what the document allows and what it forbids, as two users.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::house::House;
use crate::proxy::Proxy;
use crate::serve::Place;

/// Hooks that let requests reach what is there, and not only what isn't.
const HOOKS: &str = include_str!("contract/hooks.py");
/// Schemathesis' own settings, and the two users.
const SETTINGS: &str = include_str!("contract/schemathesis.toml");
const USERS: &str = include_str!("contract/users.yaml");
/// What ends a family or an account comes last: nothing is left to look at afterwards.
const ENDINGS: &str = "/(reductions|account/close|password)";

/// What a toy asks for.
const TOYS: &str = "/(records|blobs|chain)";

/// How much is done.
pub struct Plan<'p> {
    /// The program.
    pub schemathesis: &'p Path,
    /// Cases that must have been sent.
    pub cases: usize,
    /// Cases for each operation, besides those that follow from the document.
    pub examples: usize,
}

/// Attacks, then shows that a document that lies is found out.
pub async fn run(place: &Place, plan: &Plan<'_>) -> Result<()> {
    let served = place.serve().await?;
    let document = served.connect().await?.get("/v1/openapi.json", "").await?.json()?;
    let (ada, ben) = (House::found(&served, 0).await?, House::found(&served, 1).await?);
    let session = Session::prepare(place, plan, &ada, &document)?;
    let proxy = Proxy::new(&served, ada, ben, None);
    let address = proxy.clone().listen().await?;
    let url = format!("http://{address}");
    let parts: [(&str, &[&str]); 3] = [
        ("a toy", &["--include-path-regex", TOYS, "-H", "Authorization: Bearer toy"]),
        ("guardians", &["--exclude-path-regex", ENDINGS]),
        ("endings", &["--include-path-regex", ENDINGS]),
    ];
    let lies = session.attack(&url, "lying.json", &["--include-path", "/v1/deployment"], 1).await?;
    ensure!(lies.is_some(), "control: a document with a planted lie was believed");
    println!("control: a required field that no answer has was reported");
    for (who, words) in parts {
        let before = proxy.count.load(Ordering::Relaxed);
        let faults = session.attack(&url, "openapi.json", words, plan.examples).await?;
        if let Some(faults) = faults {
            bail!("the document and the server disagree:\n{faults}");
        }
        println!("{who}: {} requests", proxy.count.load(Ordering::Relaxed) - before);
    }
    let cases = proxy.count.load(Ordering::Relaxed);
    ensure!(cases >= plan.cases, "only {cases} requests were sent");
    println!("{}: {cases} requests, nothing that the document doesn't allow", place.engine());
    Ok(())
}

struct Session<'p> {
    place: &'p Place,
    plan: &'p Plan<'p>,
}

impl<'p> Session<'p> {
    fn prepare(
        place: &'p Place,
        plan: &'p Plan<'p>,
        ada: &House,
        document: &Value,
    ) -> Result<Self> {
        let folder = &place.folder;
        let known = json!({
            "family": ada.family.to_string(),
            "child": ada.child.to_string(),
            "record": ada.record.to_string(),
        });
        fs::write(folder.join("known.json"), known.to_string())?;
        fs::write(folder.join("hooks.py"), HOOKS)?;
        fs::write(folder.join("schemathesis.toml"), SETTINGS)?;
        fs::write(folder.join("users.yaml"), USERS)?;
        let document = with_users(document)?;
        fs::write(folder.join("openapi.json"), document.to_string())?;
        fs::write(folder.join("lying.json"), with_a_lie(&document)?.to_string())?;
        Ok(Self { place, plan })
    }

    /// What Schemathesis says if it has found something.
    async fn attack(
        &self,
        url: &str,
        document: &str,
        words: &[&str],
        examples: usize,
    ) -> Result<Option<String>> {
        let mut command = Command::new(self.plan.schemathesis);
        command.current_dir(&self.place.folder).env("SCHEMATHESIS_HOOKS", "hooks");
        command.env("PYTHONPATH", &self.place.folder);
        command.args(["--config-file", "schemathesis.toml", "run", document, "--url", url]);
        command.args(["--max-examples", &examples.to_string(), "--continue-on-failure"]);
        // What a field means can't be said in a schema: a key that is no point of its curve is text,
        // too. So that what the document allows may still be refused.
        command.args(["--exclude-checks", "positive_data_acceptance"]);
        command
            .args(["--no-color", "--warnings", "off", "--workers", "2", "--seed", "1"])
            .args(words);
        let output = command.stdin(Stdio::null()).output().await.context("no Schemathesis")?;
        let said = [output.stdout, output.stderr].concat();
        Ok((!output.status.success()).then(|| String::from_utf8_lossy(&said).into_owned()))
    }
}

/// The document with the one thing that only the proxy knows: how a user is named.
fn with_users(document: &Value) -> Result<Value> {
    const ANYBODY: [&str; 15] = [
        "/v1/accounts",
        "/v1/accounts/links",
        "/v1/accounts/start",
        "/v1/breaches",
        "/v1/complaints",
        "/v1/deployment",
        "/v1/notices/{kind}",
        "/v1/payments/events",
        "/v1/publications/{kind}",
        "/v1/sessions/start",
        "/v1/toys/accept",
        "/v1/toys/code",
        "/v1/toys/progress",
        "/v1/verifications/confirm",
        "/v1/verifier/events",
    ];
    let mut document = document.clone();
    document["components"]["securitySchemes"] =
        json!({ "user": { "type": "http", "scheme": "bearer" } });
    let paths = document["paths"].as_object_mut().context("a document has paths")?;
    for (path, item) in paths {
        if ANYBODY.contains(&path.as_str()) || path == "/v1/live" {
            continue;
        }
        for (method, operation) in item.as_object_mut().context("a path has operations")? {
            if path != "/v1/sessions" || method != "post" {
                operation["security"] = json!([{ "user": [] }]);
            }
        }
    }
    Ok(document)
}

/// The control: an answer is said to have a field that it doesn't have.
fn with_a_lie(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    let required = document["components"]["schemas"]["Identity"]["required"].as_array_mut();
    required.context("the deployment's answer")?.push(json!("planted"));
    Ok(document)
}
