//! Families for the load: each with a guardian, a child and a toy whose key and token are known
//! here, so that its requests can be made before they are sent.

use anyhow::{Context, Result, ensure};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use treehouse_client::Server;
use treehouse_client::guardian::Guardian;
use treehouse_client::pairing::Check;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::Sealer;
use treehouse_protocol::blob::{BlobKey, Context as BlobContext};
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::chain::body::{Caps, DeviceAdd, NewKey as _};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, RecordId};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::opaque::{ClientLogin, Ksf};
use treehouse_protocol::pairing::{ToyCheck, UserCode};
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::{Category, Coded as _, Method, Rights};
use treehouse_protocol::secret::Secret;
use treehouse_server::random;

use crate::serve::{DEPLOYMENT, Served};
use crate::wire::{Wire, request};

/// Bytes of what a record holds before it is sealed: about as much as a child's profile.
const PLAIN_BYTES: usize = 200;

/// A family.
pub struct House {
    /// The guardian's address.
    pub email: String,
    /// The family.
    pub family: FamilyId,
    /// The child.
    pub child: ChildId,
    /// A record that is there.
    pub record: RecordId,
    /// The keys of the toy.
    pub toy: PrivateKeys,
    token: String,
    drop_box: KemPublic,
    header: Header,
    /// The header with the session of the guardian.
    pub cookie: String,
}

/// Bytes as base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    value[name].as_str().with_context(|| format!("the answer has no {name}"))
}

/// The password of everybody.
pub fn password(email: &str) -> String {
    format!("{email} climbs the tree house")
}

impl House {
    /// Founds a family, links a toy to it and stores a first record.
    pub async fn found(place: &Served, number: usize) -> Result<Self> {
        Self::found_with(place, number, 1, &[Category::Photos]).await
    }

    /// The same with so many children, each of which gets keys for these categories; pictures are
    /// among them.
    pub async fn found_with(
        place: &Served,
        number: usize,
        children: usize,
        categories: &[Category],
    ) -> Result<Self> {
        Box::pin(Self::found_and_kept(place, number, children, categories)).await.map(|both| both.0)
    }

    /// The same, with the guardian's client, for who wants to decide more.
    pub async fn found_and_kept(
        place: &Served,
        number: usize,
        children: usize,
        categories: &[Category],
    ) -> Result<(Self, Guardian)> {
        let email = format!("guardian-{number}@families.example");
        let server = Server::connect(&place.url(), Some(&place.authority)).await?;
        Guardian::ask_link(&server, &email, false).await?;
        let token = place.post.token(&email, "open").await?;
        let ksf = Ksf::cheap_for_load_tests();
        let mut guardian = Guardian::register(&server, &token, &password(&email), &ksf).await?;
        guardian.make_keys(None).await?;
        let notice = server.notice("direct", "en").await?.hash;
        let asked = guardian.ask_verification(Method::EmailPlus, notice).await?;
        Guardian::confirm(&server, &place.post.token(&email, "verify").await?).await?;
        guardian.found_family(&guardian.verification(&asked.id).await?).await?;
        let child = guardian.add_child(categories).await?;
        for _ in 1..children {
            guardian.add_child(categories).await?;
        }
        let mut wire = place.connect().await?;
        let (toy, token) = link(&mut wire, &mut guardian, child).await?;
        let family = guardian.family()?;
        let line = family.keys(child, Category::Photos);
        let made = line.and_then(|line| line.current()).context("there is a key")?;
        let version = made.version.version;
        let name = KeyName { family: family.id(), child, category: Category::Photos, version };
        let (seq, day) = (family.seen().seq, guardian.today());
        let record = RecordId::random(&mut random::rng());
        let header = Header { name, record, ver: 1, writer: toy.sig.id(), day, seq };
        let (family, drop_box) = (name.family, made.version.drop_box.clone());
        let cookie = String::new();
        let mut house = Self { email, family, child, record, toy, token, drop_box, header, cookie };
        let nonce = house.nonce(&mut wire, place).await?;
        let first = house.write(&place.url(), &nonce, record)?;
        ensure!(wire.exchange(&first).await?.status == 201, "the first record isn't stored");
        house.cookie = sign_in(&mut wire, &house.email).await?;
        Ok((house, guardian))
    }

    /// The nonce that proofs must have now.
    pub async fn nonce(&self, wire: &mut Wire, served: &Served) -> Result<String> {
        let path = format!("/v1/families/{}/records/{}", self.family, self.record);
        let answer = wire.get(&path, &self.proof(&served.url(), "GET", &path, "")).await?;
        Ok(answer.header("dpop-nonce").context("the server gives no nonce")?.to_owned())
    }

    /// The headers of a toy's request: its token, and a proof of its key (RFC 9449).
    pub fn proof(&self, url: &str, method: &str, path: &str, nonce: &str) -> String {
        let jwk =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(self.toy.sig.verify_key().bytes()) });
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk });
        let claims = json!({
            "jti": b64(Secret::<16>::random(&mut random::rng()).expose()),
            "htm": method,
            "htu": format!("{url}{path}"),
            "iat": 0,
            "nonce": nonce,
            "ath": b64(Hash::of(self.token.as_bytes()).bytes()),
        });
        let encode = |value: &Value| b64(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = b64(&self.toy.sig.sign(signed.as_bytes()));
        format!("authorization: DPoP {}\r\ndpop: {signed}.{signature}\r\n", self.token)
    }

    /// The request by which the toy reads the record.
    pub fn read(&self, url: &str, nonce: &str) -> Vec<u8> {
        let path = format!("/v1/families/{}/records/{}", self.family, self.record);
        let proof = self.proof(url, "GET", &path, nonce);
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{proof}\r\n").into_bytes()
    }

    /// The request by which the guardian reads it, with a session instead of a proof.
    pub fn read_with_session(&self) -> Vec<u8> {
        let (family, record, cookie) = (self.family, self.record, &self.cookie);
        let path = format!("/v1/families/{family}/records/{record}");
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{cookie}\r\n").into_bytes()
    }

    /// The request that stores a fresh record with this id.
    pub fn write(&self, url: &str, nonce: &str, record: RecordId) -> Result<Vec<u8>> {
        let path = format!("/v1/families/{}/records", self.family);
        let proof = self.proof(url, "POST", &path, nonce);
        Ok(request("POST", &path, &proof, "application/cbor", &self.seal_record(record)?))
    }

    /// A fresh record with this id, sealed and signed by the toy.
    pub fn seal_record(&self, record: RecordId) -> Result<Vec<u8>> {
        let header = Header { record, ..self.header };
        let (root, rng) = (Root::DropBox(&self.drop_box), &mut random::rng());
        let plain = [7; PLAIN_BYTES];
        let signed = record::seal(&header, root, &plain, Franking::Without, &self.toy.sig, rng)?;
        Ok(signed.to_bytes())
    }

    /// The three requests that store this sealed blob under a fresh id.
    pub fn upload(&self, url: &str, nonce: &str, sealed: &[u8]) -> [Vec<u8>; 3] {
        let path = format!("/v1/families/{}/blobs", self.family);
        let blob = RecordId::random(&mut random::rng()).to_string();
        let begin = self.begin_blob(&blob, sealed.len());
        let send = |method, path: &str, kind, body: &[u8]| {
            request(method, path, &self.proof(url, method, path, nonce), kind, body)
        };
        let (json, bytes) = ("application/json", "application/octet-stream");
        [
            send("POST", &path, json, begin.to_string().as_bytes()),
            send("PUT", &format!("{path}/{blob}/parts/0"), bytes, sealed),
            send("POST", &format!("{path}/{blob}/complete"), json, b""),
        ]
    }

    /// What announces a blob with this id and so many sealed bytes.
    pub fn begin_blob(&self, blob: &str, sealed_bytes: usize) -> Value {
        json!({
            "blob": blob,
            "child": self.child.to_string(),
            "category": Category::Photos.word(),
            "version": self.header.name.version,
            "sealed_bytes": sealed_bytes,
        })
    }

    /// A sealed blob of this family with so many bytes in it.
    pub fn seal_blob(&self, bytes: usize) -> Result<Vec<u8>> {
        let (rng, mut sealed) = (&mut random::rng(), Vec::new());
        let layout = Layout::of_plain(bytes as u64)?;
        let context = BlobContext::new(&self.header);
        let key = BlobKey::generate(rng);
        let mut cipher = Sealer::start(&key, &context, layout, rng, &mut sealed);
        cipher.push(&vec![7; bytes], &mut sealed)?;
        cipher.finish()?;
        Ok(sealed)
    }
}

/// The first message of a sign-in, and what finishes it.
pub fn begin_sign_in(email: &str) -> Result<(ClientLogin, Vec<u8>)> {
    let rng = &mut random::rng();
    let (login, message) = ClientLogin::start(password(email).as_bytes(), rng)?;
    let body = json!({ "email": email, "request": b64(&message) }).to_string();
    let path = "/v1/sessions/start";
    Ok((login, request("POST", path, "", "application/json", body.as_bytes())))
}

/// The second message, after the answer to the first.
pub fn finish_sign_in(login: ClientLogin, started: &Value) -> Result<Vec<u8>> {
    let response = Base64UrlUnpadded::decode_vec(text(started, "response")?);
    let response = response.ok().context("the answer isn't base64url")?;
    let (ksf, rng) = (Ksf::cheap_for_load_tests(), &mut random::rng());
    let finished = login.finish(&response, DEPLOYMENT.as_bytes(), &ksf, rng)?;
    let body = json!({ "ticket": text(started, "ticket")?, "message": b64(&finished.message) });
    let body = body.to_string();
    Ok(request("POST", "/v1/sessions", "", "application/json", body.as_bytes()))
}

/// Signs in; answers the header line of the session.
pub async fn sign_in(wire: &mut Wire, email: &str) -> Result<String> {
    let (login, first) = begin_sign_in(email)?;
    let started = wire.exchange(&first).await?.json()?;
    let answer = wire.exchange(&finish_sign_in(login, &started)?).await?;
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    Ok(format!("cookie: {}\r\n", cookie.context("no session")?))
}

/// Links a toy that may read and write the child's pictures.
async fn link(
    wire: &mut Wire,
    guardian: &mut Guardian,
    child: ChildId,
) -> Result<(PrivateKeys, String)> {
    let rng = &mut random::rng();
    let toy = PrivateKeys::from_seed(Suite::XWing, &Secret::<32>::random(rng));
    let public = toy.public();
    let (check, commitment) = ToyCheck::start(public.fingerprint(), rng);
    let ask = json!({
        "signing_key": b64(public.sig.bytes()),
        "suite": public.kem.suite().code(),
        "sealing_key": b64(public.kem.bytes()),
        "commitment": b64(&commitment),
    });
    let code = wire.post("/v1/toys/code", "", &ask).await?.json()?;
    let device = json!({ "device_code": text(&code, "device_code")? });
    let shown = UserCode::parse(text(&code, "user_code")?)?;
    let qr = check.qr(shown).text();
    let caps = Caps::from_bits(Caps::CAMERA).context("a camera")?;
    let mut pairing = guardian.link_scanned(&qr, Some(child), caps).await?;
    let proposed = wire.post("/v1/toys/progress", "", &device).await?.json()?;
    let nonce = Base64UrlUnpadded::decode_vec(text(&proposed, "nonce")?).ok();
    let nonce = nonce.and_then(|nonce| <[u8; 16]>::try_from(nonce).ok()).context("a nonce")?;
    let (toy_nonce, _) = check.reveal(&nonce, guardian.family()?.genesis());
    let add = DeviceAdd { keys: public, child: Some(child), caps, accept_sig: [0; 64] };
    let mut accepted = add.accepted(guardian.family_id()?, &toy.sig);
    let accept_sig = *accepted.accept_sig();
    let accept = json!({
        "device_code": text(&code, "device_code")?,
        "nonce": b64(&toy_nonce),
        "accept_sig": b64(&accept_sig),
    });
    let accepted = wire.post("/v1/toys/accept", "", &accept).await?;
    ensure!((200..300).contains(&accepted.status), "the toy can't accept");
    let (check, proof) = guardian.accepted(&mut pairing).await?.context("the toy has accepted")?;
    ensure!(check == Check::Scanned, "the toy was scanned");
    let rights = [(Category::Photos, Rights::READ_WRITE)];
    let notice = guardian.server().notice("direct", "en").await?.hash;
    guardian.finish_link(&pairing, proof, &rights, notice).await?;
    let linked = wire.post("/v1/toys/progress", "", &device).await?.json()?;
    Ok((toy, text(&linked, "access_token")?.to_owned()))
}
