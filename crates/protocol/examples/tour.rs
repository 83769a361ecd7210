//! A family consents, a camera takes a picture, and the server can't see it:
//! `cargo run -p treehouse-protocol --example tour`.

#[path = "../tests/house/mod.rs"]
#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;

use house::{DAY, House};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{ChildId, KeyId, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::{Category, Coded, Rights};
use treehouse_protocol::sign::Signed;

const PICTURE: &[u8] = b"a picture of the tree house";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("A guardian founds a family. The operator has attested that she is a verified adult.");
    let mut house = House::new(2015);
    show(&house);

    println!("\nShe names a child and makes a key for its photos. Nobody else has it.");
    let child = house.child();
    let (name, key) = house.keys(child, &[Category::Photos]).remove(0);
    show(&house);

    println!("\nShe links a camera, and lets it add photos: write right, no key inside.");
    let camera = house.device(Some(child), Suite::X25519);
    house.allow(&camera, &name, None, Rights::WRITE);
    show(&house);

    println!("\nShe lets a picture frame look at photos: the grant carries the key, sealed to it.");
    let frame = house.device(Some(child), Suite::XWing);
    house.allow(&frame, &name, Some(&key), Rights::READ);
    show(&house);

    println!("\nThe camera seals a picture to the drop-box and signs it.");
    let signed = snap(&mut house, &camera, &name)?;
    let stored = signed.to_bytes();
    let readable = stored.windows(PICTURE.len()).any(|window| window == PICTURE);
    println!(
        "  the server stores {} bytes; the picture is readable in them: {readable}",
        stored.len()
    );
    let writer =
        house.family.writer(camera.sig.id(), &name, house.family.seen().seq, DAY, &house.trust)?;
    println!("  it checks what it can without a key: the camera may write there, and signed it");
    let opened = record::open(&signed, &writer, &key, &expected(&name))?;
    println!("  the guardian opens it: {:?}", String::from_utf8_lossy(&opened.plain));

    steal(&mut house, &frame, &camera, &key)?;
    forge(&mut house, child, camera.sig.id());

    println!(
        "\nAnybody can replay the chain from its first link: {}",
        house.replay()? == house.family
    );
    Ok(())
}

/// The frame is stolen, and what follows.
fn steal(
    house: &mut House,
    frame: &PrivateKeys,
    camera: &PrivateKeys,
    key: &CategoryKey,
) -> Result<(), Box<dyn std::error::Error>> {
    println!("\nThe frame is stolen. She unlinks it, and makes a new key in the same batch.");
    let new = unlink(house, frame)?;
    show(house);
    let (later, writer) = (snap(house, camera, &new.0)?, camera.sig.verify_key());
    let stolen = record::open(&later, &writer, key, &expected(&new.0));
    println!("  what the thief gets of the next picture: {}", refusal(stolen.map(drop)));
    let opened = record::open(&later, &writer, &new.1, &expected(&new.0))?;
    println!("  what the guardian gets: {:?}", String::from_utf8_lossy(&opened.plain));
    Ok(())
}

/// What somebody who owns the server can do, and what not.
fn forge(house: &mut House, child: ChildId, camera: KeyId) {
    println!("\nSomebody who owns the server adds a camera of his own.");
    let forged = house.server.clone();
    let theirs = house.sign(&forged, Body::DeviceRemove(camera));
    println!("  taking access away works for the server: {}", theirs.is_ok());
    let theirs = house.sign(&forged, Body::ChildAdd(child));
    println!(
        "  giving access does not: {}",
        theirs.map_or_else(|refused| refused.to_string(), |_| "taken".to_owned())
    );
}

/// The last link, as the server stores it.
fn show(house: &House) {
    let bytes: usize = house.links.iter().map(Vec::len).sum();
    let seen = house.family.seen();
    let head: String = seen.head.to_string().chars().take(8).collect();
    println!("  chain: {} links, {bytes} bytes, head {head}", seen.seq + 1);
    for (_, granted) in house.family.live_grants(DAY) {
        let header = &granted.header;
        let what = match (header.rights.reads(), header.rights.writes()) {
            (true, true) => "may read and write",
            (true, false) => "may read",
            _ => "may write",
        };
        let (kind, category) = (header.grantee_kind.word(), header.key.category.word());
        let grantee: String = format!("{:?}", header.grantee).chars().take(8).collect();
        println!("  {kind} {grantee} {what} {category} v{}", header.key.version);
    }
}

fn snap(house: &mut House, camera: &PrivateKeys, name: &KeyName) -> Result<Signed, Refused> {
    let header = Header {
        name: *name,
        record: RecordId::random(&mut house.rng),
        ver: 1,
        writer: camera.sig.id(),
        day: DAY,
        seq: house.family.seen().seq,
    };
    let line = house.family.keys(name.child, name.category);
    let made = line.and_then(|line| line.version(name.version));
    let drop_box = made.map(|made| made.version.drop_box.clone());
    let drop_box = drop_box.ok_or(Refused::new("tour", "v", "must have been made"))?;
    let root = Root::DropBox(&drop_box);
    record::seal(&header, root, PICTURE, Franking::Without, &camera.sig, &mut house.rng)
}

const fn expected(name: &KeyName) -> Expected {
    Expected { name: *name, record: None }
}

fn unlink(
    house: &mut House,
    device: &PrivateKeys,
) -> Result<(KeyName, CategoryKey), Box<dyn std::error::Error>> {
    let (signing, trust) = (house.owner.keys.sig.clone(), house.trust.clone());
    let mut pen = Pen::new(&house.family, &signing, &trust, DAY);
    pen.write(Body::DeviceRemove(device.sig.id()))?;
    let bundle = house.owner.bundle.clone();
    let mut made = pen.rotate(Some(&bundle), &mut house.rng)?;
    house.append(&pen.finish())?;
    Ok(made.remove(0))
}

fn refusal(result: Result<(), Refused>) -> String {
    result.map_or_else(|refused| format!("nothing ({refused})"), |()| "the picture".to_owned())
}
