//! Real servers for the tests of the server's ports: S3, mail, text messages, payments, an authority for
//! certificates, and a PKCS#11 token.
//!
//! They listen on free ports of 127.0.0.1 and keep everything in a folder of this run, so that two
//! runs on one machine don't meet. They end with the value that started them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::environment::{self, Stopwatch};
use crate::process;
use crate::setup::{kannel, ports, python, system};

const SECONDS_TO_START_MAX: f64 = 60.0;
const SECONDS_TO_STOP_MAX: f64 = 5.0;
const MAIL_SERVER: &str = "crates/server/tests/ports/mail_server.py";
const CARD_SERVER: &str = "crates/server/tests/ports/card_server.py";
const BUCKET: &str = "treehouse";
/// Known to everybody: nothing outside the test can reach the servers.
const USER: &str = "treehouse-test";
const PASSWORD: &str = "known to everybody";
const PIN: &str = "1234";

/// The running servers.
pub struct Servers {
    folder: PathBuf,
    running: Vec<Running>,
    variables: Vec<(&'static str, OsString)>,
}

struct Running {
    name: &'static str,
    child: Child,
}

/// Starts all servers and waits until they answer.
pub fn start(cache: &Cache) -> Result<Servers> {
    system::install(system::NEEDS)?;
    let python = python::servers(cache)?;
    let folder = cache.servers().join(std::process::id().to_string());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut servers = Servers { folder, running: Vec::new(), variables: Vec::new() };
    let filer = servers.start_s3(&python.with_file_name("weed"))?;
    let mail = servers.start_mail(&python)?;
    let cards = servers.start_cards(&python)?;
    servers.make_token()?;
    servers.wait("the S3 server", || answers(filer, &format!("/buckets/{BUCKET}/")))?;
    servers.wait("the mail server", || mail.is_file())?;
    servers.wait("the provider of payments", || listens(cards))?;
    let authority = servers.start_authority()?;
    servers.wait("the authority", || listens(authority))?;
    servers.start_gateway()?;
    Ok(servers)
}

impl Servers {
    /// Tells a command that runs tests where the servers are.
    pub fn environment(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Starts `SeaweedFS`; answers the port on which its bucket shows up when it is ready.
    fn start_s3(&mut self, weed: &Path) -> Result<u16> {
        let data = self.folder("s3")?;
        let ports = ports::free::<9>()?;
        let [master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc, admin] =
            ports.map(|port| port.to_string());
        let mut command = Command::new(weed);
        command
            .args(["-logtostderr=true", "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"])
            .args(["-webdav=false", "-admin.ui=false", "-master.telemetry=false"])
            // What it would listen on besides.
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args([format!("-bucket={BUCKET}"), format!("-dir={}", data.display())])
            .args([format!("-master.port={master}"), format!("-master.port.grpc={master_grpc}")])
            .args([format!("-volume.port={volume}"), format!("-volume.port.grpc={volume_grpc}")])
            .args([format!("-filer.port={filer}"), format!("-filer.port.grpc={filer_grpc}")])
            .args([format!("-s3.port={s3}"), format!("-s3.port.grpc={s3_grpc}")])
            .arg(format!("-admin.port={admin}"))
            .arg(format!("-filer.localSocket={}", data.join("filer.sock").display()))
            .arg(format!("-s3.localSocket={}", data.join("s3.sock").display()))
            .env("AWS_ACCESS_KEY_ID", USER)
            .env("AWS_SECRET_ACCESS_KEY", PASSWORD);
        self.spawn("weed", &mut command)?;
        self.set("TREEHOUSE_TEST_S3", format!("http://127.0.0.1:{s3}"));
        self.set("TREEHOUSE_TEST_S3_BUCKET", BUCKET);
        self.set("TREEHOUSE_TEST_S3_KEY_ID", USER);
        self.set("TREEHOUSE_TEST_S3_SECRET", PASSWORD);
        Ok(ports[4])
    }

    /// Starts aiosmtpd; answers the file that it makes when it is ready.
    fn start_mail(&mut self, python: &Path) -> Result<PathBuf> {
        let folder = self.folder("mail")?;
        let [starttls, tls] = ports::free::<2>()?.map(|port| port.to_string());
        let script = crate::repository::root().join(MAIL_SERVER);
        let mut command = Command::new(python);
        command.arg(script).arg(&folder).args([&starttls, &tls, USER, PASSWORD]);
        self.spawn("mail", &mut command)?;
        self.set("TREEHOUSE_TEST_SMTP_STARTTLS_PORT", starttls);
        self.set("TREEHOUSE_TEST_SMTP_TLS_PORT", tls);
        self.set("TREEHOUSE_TEST_SMTP_USER", USER);
        self.set("TREEHOUSE_TEST_SMTP_PASSWORD", PASSWORD);
        self.set("TREEHOUSE_TEST_SMTP_FOLDER", folder.clone());
        Ok(folder.join("ready"))
    }

    /// Starts localstripe; answers its port.
    fn start_cards(&mut self, python: &Path) -> Result<u16> {
        let [port] = ports::free::<1>()?;
        let script = crate::repository::root().join(CARD_SERVER);
        self.spawn("cards", Command::new(python).arg(script).arg(port.to_string()))?;
        self.set("TREEHOUSE_TEST_CARD", format!("http://127.0.0.1:{port}"));
        Ok(port)
    }

    /// Starts Pebble, with the certificate of the mail server; answers the port of its directory.
    fn start_authority(&mut self) -> Result<u16> {
        let ports = ports::free::<3>()?;
        let [directory, management, judged] = ports.map(|port| port.to_string());
        let pem = self.folder("mail")?.join("server.pem");
        let settings = self.folder.join("pebble.json");
        let text = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{directory}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": pem,
            "privateKey": pem,
            // Whoever asks for a certificate must answer there.
            "tlsPort": ports[2],
            "httpPort": ports[2],
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(&settings, text.to_string()).with_context(|| cannot_write(&settings))?;
        let mut command = Command::new("pebble");
        command.arg("-config").arg(&settings).env("PEBBLE_VA_NOSLEEP", "1");
        self.spawn("pebble", &mut command)?;
        self.set("TREEHOUSE_TEST_ACME", format!("https://127.0.0.1:{directory}/dir"));
        self.set("TREEHOUSE_TEST_ACME_MANAGEMENT_PORT", management);
        self.set("TREEHOUSE_TEST_ACME_TLS_PORT", judged);
        Ok(ports[0])
    }

    /// Starts Kannel in the order in which its parts look for each other, and the telephones behind it.
    fn start_gateway(&mut self) -> Result<()> {
        let programs = kannel::programs().context("Kannel is missing; run `cargo xtask setup`")?;
        let [core, taker, network] = programs.each_ref().map(PathBuf::as_path);
        let folder = self.folder("sms")?;
        let [admin, inner, network_port, messages] = ports::free::<4>()?;
        let ports = kannel::Ports { admin, inner, network: network_port, messages };
        let settings = folder.join("kannel.conf");
        let text = kannel::configuration(&folder, &ports, USER, PASSWORD);
        fs::write(&settings, text).with_context(|| cannot_write(&settings))?;
        self.spawn("bearerbox", Command::new(core).args(["-v", "1"]).arg(&settings))?;
        self.wait("Kannel's core", || listens(inner) && listens(network_port))?;
        self.spawn("smsbox", Command::new(taker).args(["-v", "1"]).arg(&settings))?;
        self.wait("Kannel", || listens(messages))?;
        let mut phones = Command::new(network);
        phones.args(["-H", "127.0.0.1", "-r", &network_port.to_string()]);
        self.spawn("phones", &mut phones)?;
        self.set("TREEHOUSE_TEST_SMS", format!("http://127.0.0.1:{messages}/cgi-bin/sendsms"));
        self.set("TREEHOUSE_TEST_SMS_USER", USER);
        self.set("TREEHOUSE_TEST_SMS_PASSWORD", PASSWORD);
        self.set("TREEHOUSE_TEST_SMS_REFUSED", kannel::REFUSED);
        self.set("TREEHOUSE_TEST_SMS_PHONES", self.log("phones"));
        Ok(())
    }

    /// Makes an empty `SoftHSM2` token, which is a library and needs no process.
    fn make_token(&mut self) -> Result<()> {
        const LABEL: &str = "treehouse";
        let tokens = self.folder("tokens")?;
        let settings = self.folder.join("softhsm2.conf");
        let text =
            format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        fs::write(&settings, text).with_context(|| cannot_write(&settings))?;
        process::capture(Command::new("softhsm2-util").env("SOFTHSM2_CONF", &settings).args([
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--so-pin",
            PIN,
            "--pin",
            PIN,
        ]))?;
        self.set("SOFTHSM2_CONF", settings);
        self.set("TREEHOUSE_TEST_PKCS11", system::softhsm()?);
        self.set("TREEHOUSE_TEST_PKCS11_TOKEN", LABEL);
        self.set("TREEHOUSE_TEST_PKCS11_PIN", PIN);
        Ok(())
    }

    fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.variables.push((name, value.into()));
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// Starts a program whose output goes to a file, and whose input ends when we do.
    fn spawn(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        let log = self.log(name);
        let out = File::create(&log).with_context(|| cannot_write(&log))?;
        let errors = out.try_clone().with_context(|| cannot_write(&log))?;
        let child = command
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("cannot run `{}`", process::text(command)))?;
        self.running.push(Running { name, child });
        Ok(())
    }

    fn wait(&mut self, what: &str, is_ready: impl Fn() -> bool) -> Result<()> {
        let stopwatch = Stopwatch::start();
        while !is_ready() {
            let logs = self.folder.clone();
            for Running { name, child } in &mut self.running {
                if let Some(status) = child.try_wait().context("cannot watch a server")? {
                    let log = fs::read_to_string(logs.join(format!("{name}.log")));
                    bail!("{name} ended ({status}) and said:\n{}", log.unwrap_or_default());
                }
            }
            if stopwatch.seconds() > SECONDS_TO_START_MAX {
                bail!("{what} is not ready after {SECONDS_TO_START_MAX} s");
            }
            environment::pause();
        }
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for Running { child, .. } in &mut self.running {
            // Asked to end, they take their sockets along.
            process::succeeds(Command::new("kill").arg(child.id().to_string()));
        }
        let stopwatch = Stopwatch::start();
        for Running { child, .. } in &mut self.running {
            while matches!(child.try_wait(), Ok(None)) && stopwatch.seconds() < SECONDS_TO_STOP_MAX
            {
                environment::pause();
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// True if somebody listens on this port.
fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// True if a web server answers 200 to a request for `path`.
fn answers(port: u16, path: &str) -> bool {
    const WAIT: Duration = Duration::from_secs(1);
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(WAIT))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.starts_with(b"HTTP/1.") && start.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_port_is_not_ready() {
        let [port] = ports::free::<1>().unwrap();
        assert!(!answers(port, "/"));
    }
}
