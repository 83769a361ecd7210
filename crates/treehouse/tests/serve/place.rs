//! A folder with a configuration, and servers that run from it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A configuration on free ports; `{folder}` is the place's own.
const CONFIG: &str = r#"
[server]
deployment = "test.example"
listen = "127.0.0.1:0"
public_url = "https://localhost"
metrics_listen = "127.0.0.1:0"
[store]
folder = "{folder}/store"
[blobs]
kind = "disk"
folder = "{folder}/blobs"
[mail]
kind = "outbox"
folder = "{folder}/outbox"
from = "treehouse@test.example"
[root_key]
kind = "file"
path = "{folder}/store/root.key"
passphrase_file = "{folder}/secrets/passphrase"
[operator]
name = "Test"
address = ["1 Test Street"]
email = "operator@test.example"
[registers]
file = "{folder}/registers.toml"
"#;

/// Everything that an operator has before the first start.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("secrets")).unwrap();
        place.write_secret("secrets/passphrase", "five words chosen by dice\n");
        place.write_registers(treehouse_server::registers::DEMONSTRATION);
        place.write_config(|config| config);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write_config(&self, change: impl FnOnce(String) -> String) {
        let config = CONFIG.replace("{folder}", self.0.path().to_str().unwrap());
        fs::write(self.path("treehouse.toml"), change(config)).unwrap();
    }

    pub fn write_registers(&self, text: &str) {
        fs::write(self.path("registers.toml"), text).unwrap();
    }

    pub fn write_secret(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        self.set_mode(name, 0o600);
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Runs a command on this place's configuration to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_treehouse"));
        command.args(arguments).arg("--config").arg(self.path("treehouse.toml"));
        command
    }

    /// Starts the server and waits until it says where it listens. It logs all that it can.
    pub fn serve(&self) -> Running {
        let log = fs::File::create(self.path("log")).unwrap();
        let mut child = self
            .command(&["serve", "--json", "-vv"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("it didn't start: {}", self.log()));
        let address = |key: &str| said[key].as_str().unwrap().parse().unwrap();
        // There is none of this machine's own if another authority signs it.
        let own = fs::read(self.path("store/certificates/certificate.pem"));
        let authority = own.unwrap_or_default();
        Running { https: address("https"), metrics: address("metrics"), authority, child }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }
}

/// A server that runs; it's killed when this is dropped.
pub struct Running {
    pub https: SocketAddr,
    pub metrics: SocketAddr,
    /// The self-signed certificate, which clients trust.
    pub authority: Vec<u8>,
    child: Child,
}

impl Running {
    pub fn terminate(&self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
    }

    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it as an operator would.
    pub fn stop(self) {
        self.terminate();
        assert_eq!(self.wait().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
