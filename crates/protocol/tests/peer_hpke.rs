//! Grants and records against an independent HPKE, `@hpke/core`, in both suites: what one side
//! seals the other opens, and both refuse what was moved.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;
mod peers;

use house::{DAY, House};
use minicbor::{Decoder, Encoder};
use peers::{Peer, bytes, decoded, text};
use serde_json::{Value, json};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::body::{Body, Caps, DeviceAdd, NewKey};
use treehouse_protocol::chain::{Link, LinkType, Pen};
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::RecordId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::record::{self, Expected, Root};
use treehouse_protocol::registry::{Coded, GranteeKind, Purpose, Rights};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};

const SUITES: [Suite; 2] = [Suite::X25519, Suite::XWing];
/// The seed of the grantee's keys.
const SEED: [u8; 32] = [0x5e; 32];
const RIGHTS: [Rights; 3] = [Rights::READ, Rights::WRITE, Rights::READ_WRITE];

fn start() -> Peer {
    Peer::node("hpke.mjs", "@hpke/core")
}

#[test]
fn they_open_what_our_pen_grants() {
    let mut peer = start();
    for suite in SUITES {
        let mut scene = Scene::new(suite);
        let opened = Pieces::of(&scene.consent()).opened_by(&mut peer, suite);
        assert_eq!(opened, Some(scene.carried()), "{suite:?}");
    }
}

#[test]
fn we_open_what_they_grant() {
    let mut peer = start();
    for suite in SUITES {
        let mut scene = Scene::new(suite);
        let pieces = scene.consent_of(&mut peer);
        let grant = pieces.decoded(&scene.house).unwrap();
        let headers: Vec<Header> = grant.headers().cloned().collect();
        let opened = grant.open(&scene.device.kem).unwrap();
        scene.house.say(Body::Grant(grant)).unwrap();
        for (index, (header, key)) in headers.iter().zip(opened).enumerate() {
            assert_eq!(key.is_some(), RIGHTS[index].reads());
            let Some(key) = key else { continue };
            let key = scene.house.family.granted_key(header, key, DAY).unwrap();
            assert_eq!(key, scene.keys[index].1, "{suite:?}");
        }
    }
}

#[test]
fn a_header_that_was_moved_is_refused_by_both() {
    let mut peer = start();
    for suite in SUITES {
        let mut scene = Scene::new(suite);
        for pieces in [Pieces::of(&scene.consent()), scene.consent_of(&mut peer)] {
            let mut changes = vec![pieces.clone(); 4];
            changes[0].headers.swap(0, 2);
            // Cipher texts of equal length, so that only the encryption can tell.
            changes[1].sealed.swap(0, 2);
            changes[2].headers.pop();
            changes[2].sealed.pop();
            *changes[3].headers[1].last_mut().unwrap() ^= 1;
            for (index, change) in changes.iter().enumerate() {
                assert_eq!(change.opened_by(&mut peer, suite), None, "{suite:?} {index}");
                let grant = change.decoded(&scene.house);
                let opened = grant.and_then(|grant| grant.open(&scene.device.kem));
                assert!(opened.is_err(), "{suite:?} {index}");
            }
        }
    }
}

#[test]
fn a_grant_opens_for_nobody_else() {
    let mut peer = start();
    for suite in SUITES {
        let mut scene = Scene::new(suite);
        let pieces = scene.consent_of(&mut peer);
        let other = PrivateKeys::from_seed(suite, &Secret::from_bytes([1; 32]));
        let grant = pieces.decoded(&scene.house).unwrap();
        assert!(grant.open(&other.kem).is_err());
        let request = pieces.request(suite, &json!(text(&[1; 32])));
        assert!(peer.ask("openGrant", &request).is_null());
    }
}

#[test]
fn the_chain_says_of_a_category_key_what_they_compute() {
    let mut peer = start();
    let scene = Scene::new(Suite::X25519);
    for (_, key) in &scene.keys {
        let said = peer.ask("categoryKey", &json!({ "key": text(key.secret().expose()) }));
        assert_eq!(bytes(&said, "commitment"), key.commitment().bytes());
        assert_eq!(bytes(&said, "dropBox"), key.drop_box_public().bytes());
    }
}

#[test]
fn we_open_records_that_they_seal() {
    let mut peer = start();
    for by_drop_box in [true, false] {
        let (scene, writer) = (Scene::new(Suite::X25519), writer());
        let (name, key) = &scene.keys[1];
        let (header, plain) = (record_header(name), b"a picture, taken by a camera in JavaScript");
        let request = json!({
            "dropBox": by_drop_box.then(|| text(key.drop_box_public().bytes())),
            "key": (!by_drop_box).then(|| text(key.secret().expose())),
            "header": text(&header.to_bytes()),
            "plain": text(plain),
        });
        let sealed = peer.ask("sealRecord", &request);
        let enc = by_drop_box.then(|| bytes(&sealed, "enc"));
        let theirs = TheirRecord {
            header,
            salt: bytes(&sealed, "salt"),
            commitment: bytes(&sealed, "commitment"),
            sealed: bytes(&sealed, "sealed"),
            enc,
        };
        let signed = Signed::sign(&writer, &theirs);
        let expected = Expected { name: *name, record: Some(header.record) };
        let opened = record::open(&signed, &writer.verify_key(), key, &expected).unwrap();
        assert_eq!(opened.plain.as_slice(), plain);
        assert_eq!(opened.header, header);
    }
}

#[test]
fn they_open_records_that_we_seal() {
    let mut peer = start();
    let (scene, writer) = (Scene::new(Suite::X25519), writer());
    let (name, key) = &scene.keys[1];
    let (header, drop_box) = (record_header(name), key.drop_box_public());
    // 5000 bytes are padded by the other rule than 5.
    for length in [0, 5, 255, 256, 5000] {
        let plain = vec![0x80; length];
        for root in [Root::Category(key), Root::DropBox(&drop_box)] {
            let mut rng = scene.house.rng.clone();
            let without = Franking::Without;
            let signed = record::seal(&header, root, &plain, without, &writer, &mut rng).unwrap();
            let theirs: TheirRecord = signed.verify(&writer.verify_key()).unwrap();
            let request = theirs.request(key, &header);
            assert_eq!(bytes(&peer.ask("openRecord", &request), "plain"), plain);

            let other = record::Header { ver: 2, ..header };
            let request = theirs.request(key, &other);
            assert!(peer.ask("openRecord", &request).is_null());
        }
    }
}

/// A household with a device whose seed the peer knows.
struct Scene {
    house: House,
    keys: Vec<(KeyName, CategoryKey)>,
    device: PrivateKeys,
}

impl Scene {
    fn new(suite: Suite) -> Self {
        let (mut house, child, keys, _) = House::with_camera(u64::from(suite.code()));
        let device = PrivateKeys::from_seed(suite, &Secret::from_bytes(SEED));
        let add = DeviceAdd {
            keys: device.public(),
            child: Some(child),
            caps: Caps::from_bits(Caps::SCREEN).unwrap(),
            accept_sig: [0; 64],
        };
        let add = add.accepted(house.family.id(), &device.sig);
        house.say(Body::DeviceAdd(Box::new(add))).unwrap();
        Self { house, keys, device }
    }

    /// What the headers carry: the key, or nothing for one that only lets write.
    fn carried(&self) -> Vec<Vec<u8>> {
        let keys = self.keys.iter().zip(RIGHTS);
        let carried = keys.map(|((_, key), rights)| {
            let key = rights.reads().then(|| key.secret().expose().to_vec());
            key.unwrap_or_default()
        });
        carried.collect()
    }

    /// A header for each key: one to read, one to write, one for both.
    fn headers(&mut self) -> Vec<Header> {
        let (house, device) = (&mut self.house, &self.device);
        let (kind, purpose) = (GranteeKind::Device, Purpose::Play);
        let named = self.keys.iter().zip(RIGHTS);
        named
            .map(|((name, _), rights)| house.header(device, kind, name, rights, purpose, None))
            .collect()
    }

    /// The owner's pen consents. Answers its link.
    fn consent(&mut self) -> Link {
        let headers = self.headers();
        let owner = self.house.owner.keys.sig.clone();
        let house = &mut self.house;
        let keys = self.keys.iter().map(|(_, key)| key);
        let headers = headers.into_iter().zip(keys);
        let headers = headers.map(|(header, key)| {
            let reads = header.rights.reads();
            (header, reads.then_some(key))
        });
        let mut pen = Pen::new(&house.family, &owner, &house.trust, DAY);
        let grantee = self.device.kem.public();
        pen.consent(headers.collect(), &grantee, &mut house.rng).unwrap();
        let signed = Signed::from_bytes(&pen.finish()[0]).unwrap();
        signed.verify(&owner.verify_key()).unwrap()
    }

    /// The peer consents in its place.
    fn consent_of(&mut self, peer: &mut Peer) -> Pieces {
        let headers = self.headers();
        let headers: Vec<_> = headers.iter().map(Canonical::to_bytes).collect();
        let public = self.device.kem.public();
        let request = json!({
            "suite": public.suite().code(),
            "publicKey": text(public.bytes()),
            "headers": texts(&headers),
            "keys": texts(&self.carried()),
        });
        let answer = peer.ask("sealGrant", &request);
        let sealed = answer["sealed"].as_array().unwrap();
        Pieces { enc: bytes(&answer, "enc"), headers, sealed: sealed.iter().map(decoded).collect() }
    }
}

/// The raw pieces of a grant.
#[derive(Clone)]
struct Pieces {
    enc: Vec<u8>,
    headers: Vec<Vec<u8>>,
    sealed: Vec<Vec<u8>>,
}

impl Pieces {
    /// Those of a grant in a link: `[enc, [[hdr, ct]...]]` is the link's last item.
    fn of(link: &Link) -> Self {
        let link = link.to_bytes();
        let mut decoder = Decoder::new(&link);
        decoder.array().unwrap();
        (0..6).for_each(|_| decoder.skip().unwrap());
        decoder.array().unwrap();
        let enc = decoder.bytes().unwrap().to_vec();
        let count = decoder.array().unwrap().unwrap();
        let (mut headers, mut sealed) = (vec![], vec![]);
        for _ in 0..count {
            decoder.array().unwrap();
            let start = decoder.position();
            decoder.skip().unwrap();
            headers.push(link[start..decoder.position()].to_vec());
            sealed.push(decoder.bytes().unwrap().to_vec());
        }
        Self { enc, headers, sealed }
    }

    /// Reads them as our decoder does, in a link of the family.
    fn decoded(&self, house: &House) -> Result<Grant, Refused> {
        let mut link = Encoder::new(vec![]);
        link.array(7).unwrap().str("TH-LINK/1").unwrap();
        link.bytes(house.family.id().bytes()).unwrap();
        link.u8(1).unwrap().bytes(&[0; 32]).unwrap();
        link.u32(DAY.0).unwrap();
        link.u8(LinkType::Grant.code()).unwrap();
        link.array(2).unwrap().bytes(&self.enc).unwrap();
        link.array(self.headers.len() as u64).unwrap();
        for (header, sealed) in self.headers.iter().zip(&self.sealed) {
            link.array(2).unwrap();
            link.writer_mut().extend_from_slice(header);
            link.bytes(sealed).unwrap();
        }
        match Link::from_bytes(link.writer())?.body {
            Body::Grant(grant) => Ok(grant),
            _ => panic!("a grant was encoded"),
        }
    }

    /// What the peer finds in them with the device's seed.
    fn opened_by(&self, peer: &mut Peer, suite: Suite) -> Option<Vec<Vec<u8>>> {
        let key = peer.ask("sealingKey", &json!({ "seed": text(&SEED) }));
        let opened = peer.ask("openGrant", &self.request(suite, &key["privateKey"]));
        let keys = opened.as_array()?;
        Some(keys.iter().map(decoded).collect())
    }

    fn request(&self, suite: Suite, private_key: &Value) -> Value {
        json!({
            "suite": suite.code(),
            "privateKey": private_key,
            "enc": text(&self.enc),
            "headers": texts(&self.headers),
            "sealed": texts(&self.sealed),
        })
    }
}

fn texts(list: &[Vec<u8>]) -> Vec<String> {
    list.iter().map(|bytes| text(bytes)).collect()
}

fn writer() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes(SEED))
}

fn record_header(name: &KeyName) -> record::Header {
    record::Header {
        name: *name,
        record: RecordId::from_bytes([4; 16]),
        ver: 1,
        writer: writer().id(),
        day: DAY,
        seq: 5,
    }
}

/// The signed part of a record, as bytes that came from elsewhere.
struct TheirRecord {
    header: record::Header,
    salt: Vec<u8>,
    commitment: Vec<u8>,
    sealed: Vec<u8>,
    enc: Option<Vec<u8>>,
}

impl TheirRecord {
    fn request(&self, key: &CategoryKey, header: &record::Header) -> Value {
        json!({
            "key": text(key.secret().expose()),
            "header": text(&header.to_bytes()),
            "salt": text(&self.salt),
            "commitment": text(&self.commitment),
            "sealed": text(&self.sealed),
            "enc": self.enc.as_ref().map(|enc| text(enc)),
        })
    }
}

impl Canonical for TheirRecord {
    const NAME: &'static str = "TH-REC/1";
    const BYTES_MAX: usize = 8192;

    fn encode(&self, writer: &mut Writer) {
        writer.array(6).nested(&self.header).bytes(&self.salt);
        writer.bytes(&self.commitment).bytes(&self.sealed);
        writer.optional_bytes(self.enc.as_deref()).null();
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("structure", 6)?;
        let theirs = Self {
            header: reader.nested()?,
            salt: reader.bytes("salt")?.to_vec(),
            commitment: reader.bytes("C")?.to_vec(),
            sealed: reader.bytes("ct")?.to_vec(),
            enc: reader.optional(|reader| reader.bytes("enc").map(<[u8]>::to_vec))?,
        };
        let no_frank = reader.null();
        reader.require(no_frank, "frank", "must be null")?;
        Ok(theirs)
    }
}
