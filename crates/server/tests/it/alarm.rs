//! Alarms that are sent on: a program of the operator's is called, and can tell who calls.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum_server::tls_rustls::RustlsConfig;
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, Mac as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use sha2::Sha256;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::Category;
use treehouse_server::port::clock::Time;
use treehouse_server::port::hook::{Hook, HookError};
use treehouse_server::port::secret_text::SecretText;

use crate::http::Ask;
use crate::people::Person;
use crate::toys::{Toy, record};
use crate::world::World;

const SECRET: [u8; 32] = [7; 32];
const FOREIGN: [u8; 32] = [8; 32];
/// What the first wait after a call that wasn't taken lasts, in milliseconds.
const WAIT_MS: i64 = 10_000;

/// A call as it came.
#[derive(Clone)]
struct Heard {
    id: String,
    at: String,
    body: String,
    is_signed: bool,
}

/// A program that listens for alarms.
#[derive(Clone)]
struct Listener {
    secret: [u8; 32],
    heard: Arc<Mutex<Vec<Heard>>>,
    /// How many calls it has no time for.
    busy: Arc<Mutex<usize>>,
}

impl Listener {
    /// Listens on this machine; answers where.
    async fn start(secret: [u8; 32], busy: usize) -> (Self, String) {
        let listener = Self { secret, heard: Arc::default(), busy: Arc::new(Mutex::new(busy)) };
        let router = Router::new().route("/alarm", post(hear)).with_state(listener.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = socket.local_addr().expect("it has an address");
        tokio::spawn(async move { axum::serve(socket, router).await });
        (listener, format!("http://{address}/alarm"))
    }

    /// The same over TLS; answers where, and its certificate in PEM.
    fn start_tls(secret: [u8; 32]) -> (Self, String, String) {
        let listener = Self { secret, heard: Arc::default(), busy: Arc::default() };
        let router = Router::new().route("/alarm", post(hear)).with_state(listener.clone());
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3 is there")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("the key is the certificate's");
        let config = RustlsConfig::from_config(Arc::new(config));
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        socket.set_nonblocking(true).expect("it's a socket");
        let port = socket.local_addr().expect("it has an address").port();
        let serving = axum_server::from_tcp_rustls(socket, config).expect("a server");
        tokio::spawn(serving.serve(router.into_make_service()));
        (listener, format!("https://localhost:{port}/alarm"), own.cert.pem())
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("nobody panicked").clone()
    }

    fn is_signed(&self, id: &str, at: &str, body: &str, signature: &str) -> bool {
        let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&self.secret).expect("a key");
        let mac = mac.chain_update(format!("{id}.{at}.{body}"));
        let claimed = signature.strip_prefix("v1,").map(Base64::decode_vec);
        claimed
            .is_some_and(|claimed| claimed.is_ok_and(|claimed| mac.verify_slice(&claimed).is_ok()))
    }
}

async fn hear(State(listener): State<Listener>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let text = |name: &str| text(name).unwrap_or_default().to_owned();
    let (id, at) = (text("webhook-id"), text("webhook-timestamp"));
    let body = String::from_utf8_lossy(&body).into_owned();
    let is_signed = listener.is_signed(&id, &at, &body, &text("webhook-signature"));
    let tampered = listener.is_signed(&id, &at, &format!("{body} "), &text("webhook-signature"));
    assert!(!tampered, "a signature is of one body");
    listener.heard.lock().expect("nobody panicked").push(Heard { id, at, body, is_signed });
    let mut busy = listener.busy.lock().expect("nobody panicked");
    if *busy > 0 {
        *busy -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if is_signed { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

/// Deployments in which the second thing that somebody reads is one too many.
async fn worlds(url: &str) -> [World; 2] {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("secret");
    let secret = format!("whsec_{}\n", Base64::encode_string(&SECRET));
    std::fs::write(&file, secret).expect("a file can be written");
    World::both_with(|config| {
        config.alarms.items_per_hour_max = 1;
        config.alarms.webhook_url = Some(url.to_owned());
        config.alarms.webhook_secret_file = Some(file.clone());
    })
    .await
}

/// A family whose reader has just gone beyond its budget.
async fn greedy(world: &World) -> (Person, ChildId) {
    let mut person = Person::founder(world, "ada").await;
    let child = person.guardian.add_child(&[Category::Photos]).await.expect("a child");
    let camera = Toy::camera(world, &mut person, child).await;
    let (_, bytes) = record(person.family().await, child, &camera.keys.sig);
    let family = person.family_path();
    let put = Ask::post(format!("{family}/records"), &Value::Null);
    camera.caller.ask(put.bytes("application/cbor", bytes)).await.expect(201);
    world.work().await;
    let path = format!("{family}/records?child={child}&category=photos");
    assert_eq!(person.caller.ask(Ask::get(&path)).await.status, 200);
    assert_eq!(person.caller.ask(Ask::get(&path)).await.status, 429);
    (person, child)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_is_sent_on_signed_until_it_is_taken_and_names_nobody() {
    let (listener, url) = Listener::start(SECRET, 2).await;
    for world in worlds(&url).await {
        listener.heard.lock().expect("nobody panicked").clear();
        *listener.busy.lock().expect("nobody panicked") = 2;
        let (ada, mia) = greedy(&world).await;
        let raised_ms = treehouse_server::port::clock::Clock::now(&world.clock).0;
        assert_eq!(listener.heard().len(), 0, "whoever asked was answered first");
        for (turn, wait_ms) in [(1, WAIT_MS), (2, 6 * WAIT_MS), (3, 60 * WAIT_MS)] {
            world.work().await;
            world.work().await;
            assert_eq!(listener.heard().len(), turn, "not before its time");
            world.clock.advance_ms(wait_ms);
        }
        world.work().await;
        let heard = listener.heard();
        assert_eq!(heard.len(), 3, "what was taken isn't sent again");
        assert!(heard.iter().all(|call| call.is_signed && call.id == heard[0].id));
        assert!(heard[0].at < heard[1].at && heard[1].at < heard[2].at, "each try is dated");
        let said: Value = serde_json::from_str(&heard[0].body).expect("it is JSON");
        let url = &world.http.url;
        assert_eq!(
            said,
            json!({ "type": "alarm", "alarm": "budget", "url": url, "at_ms": raised_ms })
        );
        for name in [ada.family_id().to_string(), mia.to_string(), ada.email.clone()] {
            assert!(!heard[0].body.contains(&name), "it names {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_signed_by_somebody_else_is_noticed() {
    let (listener, url) = Listener::start(FOREIGN, 0).await;
    for world in worlds(&url).await {
        let before = listener.heard().len();
        greedy(&world).await;
        world.work().await;
        world.clock.advance_ms(WAIT_MS);
        world.work().await;
        let heard = listener.heard();
        assert_eq!(heard.len(), before + 2, "a call that was refused is made again");
        assert!(heard.iter().all(|call| !call.is_signed));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_may_have_its_certificate_from_an_authority_of_ones_own() {
    let (listener, url, pem) = Listener::start_tls(SECRET);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, pem).expect("a file can be written");
    let secret = SecretText::new(format!("whsec_{}", Base64::encode_string(&SECRET)));
    let hook = |ca_file| Hook::new(url.clone(), &secret, ca_file);
    let call = |hook: Hook| async move { hook.call("id", Time(1_000), "{}".to_owned()).await };
    assert_eq!(call(hook(Some(file.as_path())).expect("a hook")).await, Ok(()));
    assert_eq!(listener.heard().len(), 1);
    let unknown = call(hook(None).expect("a hook")).await;
    assert_eq!(unknown, Err(HookError::Unreachable), "the control: nobody else vouches for it");
    std::fs::write(&file, "no certificate").expect("a file can be written");
    assert!(matches!(hook(Some(file.as_path())), Err(HookError::Authorities(_))));
    assert_eq!(listener.heard().len(), 1);
}
