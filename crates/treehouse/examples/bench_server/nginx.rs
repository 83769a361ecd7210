//! nginx beside the server: the same bytes stored with DAV's PUT and read again, over the same TLS
//! and from the same connections. It neither encrypts, nor asks who sends, nor waits for the disk.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::measures::{CONNECTIONS, Sample, UPLOADERS, drive};
use crate::now;
use crate::serve::{Place, Served};
use crate::wire::{Wire, request};

/// Bytes of a record as a reader is handed it.
const RECORD_BYTES: usize = 620;

/// nginx, until this is dropped.
pub struct Nginx {
    process: Child,
    place: Place,
}

impl Nginx {
    /// Starts it with the certificate of the server that it's held against.
    pub async fn start(program: &Path, served: &Served) -> Result<Self> {
        let folder = served.folder.join("nginx");
        std::fs::create_dir_all(folder.join("files"))?;
        std::fs::write(folder.join("files/record"), [7; RECORD_BYTES])?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let configured = configuration(&folder, &served.folder, port);
        std::fs::write(folder.join("nginx.conf"), configured)?;
        let process = Command::new(program)
            .arg("-p")
            .arg(&folder)
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .spawn()
            .context("nginx can't be started")?;
        let authority = served.authority.clone();
        let place = Place { authority, port, processes: vec![process.id()] };
        let mut nginx = Self { process, place };
        nginx.wait().await?;
        // Its workers do the work.
        let children = format!("/proc/{0}/task/{0}/children", nginx.process.id());
        for worker in std::fs::read_to_string(children)?.split_whitespace() {
            nginx.place.processes.push(worker.parse()?);
        }
        Ok(nginx)
    }

    async fn wait(&mut self) -> Result<()> {
        let began = now();
        while began.elapsed() < Duration::from_secs(20) {
            ensure!(self.process.try_wait()?.is_none(), "nginx ended; what it printed says why");
            let wire = Wire::connect(&self.place.authority, self.place.port).await;
            if let Ok(mut wire) = wire {
                let answer = wire.get("/record", "").await?;
                ensure!(answer.body.len() == RECORD_BYTES, "nginx says {}", answer.status);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        anyhow::bail!("nginx doesn't answer")
    }

    /// Files are stored; counted in files.
    pub async fn uploads(&self, each: usize, sealed: &[u8]) -> Result<Sample> {
        let kind = "application/octet-stream";
        let put = |name: String| request("PUT", &name, "", kind, sealed);
        let load = |number| (0..each).map(|blob| put(format!("/{number}-{blob}"))).collect();
        drive(&self.place, (0..UPLOADERS).map(load).collect()).await
    }

    /// A file of a record's size is read.
    pub async fn reads(&self, each: usize) -> Result<Sample> {
        let load = vec![request("GET", "/record", "", "text/plain", b""); each];
        drive(&self.place, vec![load; CONNECTIONS]).await
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It ends quickly by a signal that Rust's library doesn't send.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if let Err(error) = asked.and_then(|_| self.process.wait()) {
            eprintln!("nginx can't be stopped: {error}");
        }
    }
}

fn configuration(folder: &Path, certificate: &Path, port: u16) -> String {
    let (files, certificate) = (folder.join("files"), certificate.display());
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path temporary-{kind};\n"))
        .concat();
    // Without a user, workers of a root would be nobody, who may not write here.
    format!(
        "daemon off;\nuser root;\nworker_processes auto;\npid nginx.pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n{temporary}\
         access_log off;\nkeepalive_requests 1000000;\nclient_max_body_size 8m;\n\
         open_file_cache max=1000;\nsendfile on;\ntcp_nodelay on;\n\
         server {{\nlisten 127.0.0.1:{port} ssl;\nserver_name localhost;\n\
         ssl_protocols TLSv1.3;\nssl_certificate {certificate}/certificate.pem;\n\
         ssl_certificate_key {certificate}/certificate-key.pem;\n\
         root {};\ndav_methods PUT DELETE;\n}}\n}}\n",
        files.display()
    )
}
