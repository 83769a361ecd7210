//! A native family that lets a browser in: as a toy with suite 1, and as a guardian with suite 2.

use rand_chacha::rand_core::Rng;
use serde_json::{Value, json};
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::Sealer;
use treehouse_protocol::blob::{BlobKey, BlobRef, CHUNK_BYTES, Context, MediaType};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Caps, DeviceAdd, Genesis, GuardianAdd, NewKey};
use treehouse_protocol::chain::{Family, Pen, pen};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::grant::Header as GrantHeader;
use treehouse_protocol::id::{BlobId, ChildId, FamilyId, Hash, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys, PublicKeys};
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::{Category, Coded, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};

use crate::place::{DAY, Place, read_keys};
use crate::{Answer, bytes, fixed, hex};

/// Categories in the order of their codes; the last is granted with a key that isn't its own.
const CATEGORIES: [Category; 3] = [Category::Photos, Category::Voice, Category::Settings];
/// Two whole chunks and a bit.
const BLOB_BYTES: usize = 2 * CHUNK_BYTES + 5;

pub struct Household {
    bundle: Bundle,
    owner: PrivateKeys,
    camera: PrivateKeys,
    family: Family,
    links: Vec<Vec<u8>>,
    child: ChildId,
    keys: Vec<(KeyName, CategoryKey)>,
}

impl Household {
    /// One owner, one child, a camera, and keys for three categories.
    pub fn found(place: &mut Place) -> Self {
        let bundle = Bundle::from_seed(Secret::random(&mut place.rng));
        let owner = bundle.keys();
        let genesis = Genesis {
            by_teen: false,
            keys: owner.public(),
            vpc: place.attest(owner.sig.verify_key()),
        };
        let id = FamilyId::random(&mut place.rng);
        let first = pen::found(id, genesis, DAY, &owner.sig);
        let pinned = Hash::of(&first);
        let family = Family::replay(pinned, [first.as_slice()], &place.trust, DAY).unwrap();
        let camera = PrivateKeys::from_seed(Suite::X25519, &Secret::random(&mut place.rng));
        let child = ChildId::random(&mut place.rng);

        let mut pen = Pen::new(&family, &owner.sig, &place.trust, DAY);
        pen.write(Body::ChildAdd(child)).unwrap();
        let add = device_add(camera.public(), child).accepted(id, &camera.sig);
        pen.write(Body::DeviceAdd(Box::new(add))).unwrap();
        let keys = pen.make_keys(child, &CATEGORIES, Some(&bundle), &mut place.rng);
        let keys = keys.unwrap();
        let mut write = header(&camera.public(), GranteeKind::Device, keys[0].0, Rights::WRITE);
        place.rng.fill_bytes(&mut write.nonce);
        let to = &camera.public().kem;
        pen.consent(vec![(write, None)], to, &mut place.rng).unwrap();
        let family = pen.family().clone();
        let mut links = vec![first];
        links.extend(pen.finish());
        Self { bundle, owner, camera, family, links, child, keys }
    }

    pub fn story(&self) -> Value {
        let links: Vec<_> = self.links.iter().map(|link| hex(link)).collect();
        json!({
            "pinned": hex(self.family.genesis().bytes()),
            "family": hex(self.family.id().bytes()),
            "child": hex(self.child.bytes()),
            "owner": hex(self.owner.sig.id().bytes()),
            "links": links,
            "keys": self.keys.iter().map(key_text).collect::<Vec<_>>(),
        })
    }

    /// Lets a toy and a guardian in, and grants: photos and settings to the toy, all to the
    /// guardian. The key that both get for settings and voice, respectively, is a false one.
    pub fn let_in(&mut self, place: &mut Place, request: &Value) -> Answer {
        let toy = read_keys(&request["device"]);
        let guardian = read_keys(&request["guardian"]);
        let mut add = device_add(toy.clone(), self.child);
        add.accept_sig = fixed(&request["device"]["accept"]);
        let join = GuardianAdd {
            keys: guardian.clone(),
            vpc: Signed::from_bytes(&bytes(&request["guardian"]["vpc"]))?,
            role: Role::Owner,
            children: Vec::new(),
            accept_sig: fixed(&request["guardian"]["accept"]),
        };
        let mut pen = Pen::new(&self.family, &self.owner.sig, &place.trust, DAY);
        pen.write(Body::DeviceAdd(Box::new(add)))?;
        pen.write(Body::GuardianAdd(Box::new(join)))?;
        let wrong = CategoryKey::generate(&mut place.rng);
        for (grantee, kind, rights) in [
            (&toy, GranteeKind::Device, Rights::READ),
            (&guardian, GranteeKind::Guardian, Rights::GUARDIAN),
        ] {
            for (name, key) in &self.keys {
                let mut header = header(grantee, kind, *name, rights);
                place.rng.fill_bytes(&mut header.nonce);
                let honest = name.category != Category::Voice;
                let key = Some(if honest { key } else { &wrong });
                pen.consent(vec![(header, key)], &grantee.kem, &mut place.rng)?;
            }
        }
        self.family = pen.family().clone();
        let batch = pen.finish();
        let links: Vec<_> = batch.iter().map(|link| hex(link)).collect();
        self.links.extend(batch);
        Ok(json!({ "links": links }))
    }

    /// A setting that the owner wrote, and a photo that the camera dropped: a record with a
    /// reference, and a blob.
    pub fn seal(&mut self, place: &mut Place) -> Answer {
        let (photos, settings) = (&self.keys[0], &self.keys[2]);
        let header = self.record_header(place, settings.0, &self.owner.sig);
        let setting = record::seal(
            &header,
            Root::Category(&settings.1),
            b"bedtime at eight",
            Franking::Provable,
            &self.owner.sig,
            &mut place.rng,
        )?;

        let header = self.record_header(place, photos.0, &self.camera.sig);
        let key = BlobKey::generate(&mut place.rng);
        let layout = Layout::of_plain(BLOB_BYTES as u64)?;
        let mut blob = Vec::new();
        let context = Context::new(&header);
        let mut sealer = Sealer::start(&key, &context, layout, &mut place.rng, &mut blob);
        let plain: Vec<u8> = (0..=250).cycle().take(BLOB_BYTES).collect();
        sealer.push(&plain, &mut blob)?;
        sealer.finish()?;
        let media_type = MediaType::parse("image/jpeg")?;
        let id = BlobId::random(&mut place.rng);
        let reference = BlobRef::new(id, key, layout, media_type, &header);
        let photo = record::seal(
            &header,
            Root::DropBox(&photos.1.drop_box_public()),
            &reference.to_bytes(),
            Franking::Without,
            &self.camera.sig,
            &mut place.rng,
        )?;
        let own = CategoryKey::unwrap(
            &self
                .family
                .keys(self.child, Category::Photos)
                .unwrap()
                .current()
                .unwrap()
                .version
                .wrapped
                .unwrap(),
            &self.bundle,
            &photos.0,
            photos.1.commitment(),
        )?;
        assert_eq!(own, photos.1, "the maker's own copy is the key");
        Ok(json!({
            "setting": hex(&setting.to_bytes()),
            "photo": hex(&photo.to_bytes()),
            "blob": hex(&blob),
            "plainHash": hex(Hash::of(&plain).bytes()),
        }))
    }

    fn record_header(&self, place: &mut Place, name: KeyName, writer: &SigningKey) -> Header {
        Header {
            name,
            record: RecordId::random(&mut place.rng),
            ver: 1,
            writer: writer.id(),
            day: DAY,
            seq: self.family.seen().seq,
        }
    }
}

/// A camera toy of this child; who accepts signs it.
pub fn device_add(keys: PublicKeys, child: ChildId) -> DeviceAdd {
    DeviceAdd {
        keys,
        child: Some(child),
        caps: Caps::from_bits(Caps::CAMERA).unwrap(),
        accept_sig: [0; 64],
    }
}

fn header(keys: &PublicKeys, kind: GranteeKind, key: KeyName, rights: Rights) -> GrantHeader {
    GrantHeader {
        suite: keys.kem.suite(),
        key,
        grantee_kind: kind,
        grantee: keys.kem.id(),
        rights,
        purpose: match kind {
            GranteeKind::Device => Purpose::Play,
            _ => Purpose::Care,
        },
        notice: Hash::of(b"the notice that was shown"),
        not_before: DAY,
        expires: None,
        nonce: [0; 16],
    }
}

/// Category, version and commitment of a key, as both sides compare them.
pub fn key_text(key: &(KeyName, CategoryKey)) -> String {
    let (name, key) = key;
    let commitment = key.commitment();
    format!("{} {} {commitment}", name.category.word(), name.version)
}
