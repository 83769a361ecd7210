//! The program in the surroundings of a production: a certificate from an authority that speaks
//! ACME, letters over SMTP, blobs in a bucket, and the root key in a token.

#[path = "../../../client/examples/guardian.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod guardian;
#[path = "../../src/sample.rs"]
#[expect(dead_code, reason = "only the drawing is needed here")]
mod sample;
#[path = "../../../client/examples/toy.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod toy;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use treehouse_client::Server;
use treehouse_client::opaque::Ksf;

use super::client::head;
use super::place::Place;

const TRIES: u32 = 240;
const TRY_MS: u64 = 250;

#[expect(clippy::disallowed_methods, reason = "where the servers are is known when tests start")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "run through `cargo xtask test --only unit`, or set {name} (xtask/src/setup/servers)"
        )
    })
}

fn mail() -> PathBuf {
    PathBuf::from(variable("TREEHOUSE_TEST_SMTP_FOLDER"))
}

/// What an operator would write, with the secrets in files of their own.
fn configure(place: &Place, port: &str) {
    place.write_secret("secrets/mail", &variable("TREEHOUSE_TEST_SMTP_PASSWORD"));
    place.write_secret("secrets/s3", &variable("TREEHOUSE_TEST_S3_SECRET"));
    place.write_secret("secrets/pin", &variable("TREEHOUSE_TEST_PKCS11_PIN"));
    let secrets = place.path("secrets");
    let secrets = secrets.display();
    let ca = mail().join("ca.pem");
    let ca = ca.display();
    let text = format!(
        r#"
[server]
deployment = "production.example"
listen = "127.0.0.1:{port}"
public_url = "https://localhost:{port}"
metrics_listen = "127.0.0.1:0"
[tls]
mode = "acme"
contact = "mailto:operator@production.example"
directory = "{acme}"
directory_ca_file = "{ca}"
[store]
folder = "{store}"
[blobs]
kind = "s3"
endpoint = "{s3}"
bucket = "{bucket}"
region = "us-east-1"
access_key_id = "{key_id}"
secret_file = "{secrets}/s3"
allow_http = true
[mail]
kind = "smtp"
host = "127.0.0.1"
port = {smtp}
starttls = false
username = "{user}"
password_file = "{secrets}/mail"
from = "treehouse@production.example"
ca_file = "{ca}"
[root_key]
kind = "pkcs11"
module = "{module}"
token = "{token}"
key = "production-{port}"
pin_file = "{secrets}/pin"
[operator]
name = "Test"
address = ["1 Test Street"]
email = "operator@production.example"
[registers]
file = "{registers}"
"#,
        acme = variable("TREEHOUSE_TEST_ACME"),
        store = place.path("store").display(),
        s3 = variable("TREEHOUSE_TEST_S3"),
        bucket = variable("TREEHOUSE_TEST_S3_BUCKET"),
        key_id = variable("TREEHOUSE_TEST_S3_KEY_ID"),
        smtp = variable("TREEHOUSE_TEST_SMTP_TLS_PORT"),
        user = variable("TREEHOUSE_TEST_SMTP_USER"),
        module = variable("TREEHOUSE_TEST_PKCS11"),
        token = variable("TREEHOUSE_TEST_PKCS11_TOKEN"),
        registers = place.path("registers.toml").display(),
    );
    place.write_config(|_| text);
}

/// What the authority signs with, in PEM, as it tells itself.
fn root_of_the_authority() -> String {
    let mut roots = RootCertStore::empty();
    let own = fs::read(mail().join("ca.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&own).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let port = variable("TREEHOUSE_TEST_ACME_MANAGEMENT_PORT").parse().unwrap();
    let tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(tls, tcp);
    stream.write_all(head("GET", "/roots/0", "", 0).as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // How it hangs up is its own affair.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let start = text.find("-----BEGIN").expect("a certificate");
    text[start..].to_owned()
}

/// Waits until the server has its certificate.
async fn certified(url: &str, root: &str, place: &Place) {
    for _ in 0..TRIES {
        if Server::connect(url, Some(root)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(TRY_MS)).await;
    }
    panic!("no certificate came: {}", place.log());
}

async fn send(url: &str, root: &str, folder: &Path) {
    let picture = [sample::picture(2).unwrap()];
    let sent = toy::be_a_toy(url, root, folder, &picture, |_| {}).await.unwrap();
    assert_eq!(sent.sent, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_its_way_as_it_would_in_production() {
    let place = Place::new();
    let port = variable("TREEHOUSE_TEST_ACME_TLS_PORT");
    configure(&place, &port);
    let doctor = place.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.status.success(), "{said}");

    let (url, root) = (format!("https://localhost:{port}"), root_of_the_authority());
    let served = place.serve();
    certified(&url, &root, &place).await;
    let email = format!("robin-{port}@families.example");
    let (authority_pem, ksf) = (root.clone(), Ksf::cheap_for_load_tests());
    let home = guardian::Place { url: url.clone(), authority_pem, mail: mail(), ksf };
    let (shown, scanned) = tokio::sync::oneshot::channel();
    let qr = async { Ok(scanned.await?) };
    let folder = place.path("toy");
    let pictures = [sample::picture(1).unwrap()];
    let show = |qr| shown.send(qr).unwrap();
    let (opened, sent) = tokio::try_join!(
        guardian::be_a_guardian(&home, &email, qr),
        toy::be_a_toy(&url, &root, &folder, &pictures, show),
    )
    .unwrap();
    assert!(opened.starts_with(&[0xff, 0xd8]), "a JPEG was opened");
    assert_eq!(sent.sent, 1);
    assert!(!place.path("blobs").exists(), "no blob lies on this machine");

    // The key in the token and the certificate in the folder are found again.
    served.stop();
    let served = place.serve();
    certified(&url, &root, &place).await;
    send(&url, &root, &folder).await;
    served.stop();
}
