//! What is sealed: records, blobs and key slots.

use std::sync::LazyLock;

use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{
    BlobKey, BlobRef, CHUNK_BYTES, Context, MediaType, PLAIN_BYTES_MAX, PREFIX_BYTES,
};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::outer::{self, OuterKey};
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Owner, SealedBundle, Slot};

use crate::decode;
use crate::input::Input;
use crate::specimens::{
    category_key, kit_kek, recipient, record_header, rng, sign_raw, signing_key, slot_owner,
};

/// By the first byte: a record as it comes, a payload that its writer signs, a header, a reader's
/// memory, or a plain text that is sealed and opened.
pub fn record(input: &[u8]) {
    let mut input = Input::new(input);
    let which = input.byte();
    match which % 5 {
        0 => open_record(input.rest()),
        1 => open_record(&sign_raw(&WRITER, input.rest())),
        2 => {
            let _ = decode::<Header>(input.rest());
        }
        3 => {
            let _ = decode::<Heads>(input.rest());
        }
        _ => seal_and_open(input.byte(), input.rest()),
    }
}

fn open_record(bytes: &[u8]) {
    let Some(signed) = decode::<Signed>(bytes) else {
        return;
    };
    let Ok(record) = record::check(&signed, &WRITER.verify_key()) else {
        return;
    };
    let header = *record.header();
    assert_eq!(header.writer, WRITER.id());
    let expected = Expected {
        name: header.name,
        record: Some(header.record),
    };
    if let Ok(opened) = record.open(&category_key().1, &expected) {
        // Only the seeds were sealed under this key.
        assert_eq!(opened.plain.as_slice(), b"a first word");
        assert_eq!(opened.header, record_header());
        assert_eq!(opened.franking.is_some(), record.frank().is_some());
    }
}

fn seal_and_open(how: u8, plain: &[u8]) {
    let (name, key) = category_key();
    let public = key.drop_box_public();
    let root = if how & 1 == 0 {
        Root::Category(&key)
    } else {
        Root::DropBox(&public)
    };
    let franking = if how & 2 == 0 {
        Franking::Without
    } else {
        Franking::Provable
    };
    let writer = &*WRITER;
    let sealed = record::seal(&record_header(), root, plain, franking, writer, &mut rng());
    let Ok(signed) = sealed else {
        assert!(plain.len() > record::PLAIN_BYTES_MAX);
        return;
    };
    let expected = Expected { name, record: None };
    let opened = record::open(&signed, &writer.verify_key(), &key, &expected);
    assert_eq!(opened.expect("it opens").plain.as_slice(), plain);
}

static WRITER: LazyLock<SigningKey> = LazyLock::new(|| signing_key(1));
static PLAIN: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..=250).cycle().take(2 * CHUNK_BYTES + 9).collect());
static BLOB_KEY: LazyLock<BlobKey> = LazyLock::new(|| BlobKey::generate(&mut rng()));
static BLOB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let layout = Layout::of_plain(PLAIN.len() as u64).expect("it's short");
    let mut sealed = Vec::new();
    let mut sealer = Sealer::start(&BLOB_KEY, &context(), layout, &mut rng(), &mut sealed);
    sealer
        .push(&PLAIN, &mut sealed)
        .expect("it's as long as was said");
    sealer.finish().expect("it's as long as was said");
    sealed
});

fn context() -> Context {
    Context::new(&record_header())
}

/// By the first byte: any bytes as a blob, a blob that was damaged, a reference, a layout, a media
/// type, or what the outer layer sealed.
pub fn blob(input: &[u8]) {
    let mut input = Input::new(input);
    match input.byte() % 6 {
        0 => {
            let (said, step) = (u32::from_le_bytes(input.bytes()), input.byte());
            let layout = Layout::of_plain(u64::from(said)).ok();
            let opened = layout.and_then(|layout| open_blob(input.rest(), layout, step));
            assert!(opened.is_none(), "a blob that nobody sealed");
        }
        1 => damaged_blob(&mut input),
        2 => {
            if let Some(reference) = decode::<BlobRef>(input.rest()) {
                let _: Context = reference.context(&record_header());
                check_layout(reference.layout);
            }
        }
        3 => {
            let length = u64::from_le_bytes(input.bytes());
            if let Ok(layout) = Layout::of_sealed(length) {
                assert_eq!(layout.sealed_len(), length);
                check_layout(layout);
            }
            if let Ok(layout) = Layout::of_plain(length) {
                assert_eq!(Layout::of_sealed(layout.sealed_len()), Ok(layout));
                check_layout(layout);
            }
        }
        4 => {
            let text = std::str::from_utf8(input.rest()).unwrap_or("");
            if let Ok(media_type) = MediaType::parse(text) {
                assert_eq!(media_type.text(), text);
            }
        }
        _ => {
            let key = OuterKey::from_secret(Secret::from_bytes([1; 32]));
            assert!(outer::open(&key, b"place", input.rest()).is_err());
        }
    }
}

/// Opens in slices of a length that follows from `step`. What came out before something was
/// refused is a true beginning.
fn open_blob(sealed: &[u8], layout: Layout, step: u8) -> Option<Vec<u8>> {
    let (prefix, rest) = sealed.split_first_chunk::<PREFIX_BYTES>()?;
    let mut opener = Opener::new(&BLOB_KEY, &context(), layout, prefix).ok()?;
    let mut out = Vec::new();
    // 1 to 130 051 bytes.
    let step = usize::from(step) * usize::from(step) * 2 + 1;
    let pushed = rest
        .chunks(step)
        .try_for_each(|slice| opener.push(slice, &mut out));
    assert!(out.len() as u64 <= layout.plain_len());
    assert!(PLAIN.starts_with(&out), "an invented beginning");
    pushed.and_then(|()| opener.finish()).ok()?;
    Some(out)
}

/// A true blob with up to eight things done to it.
fn damaged_blob(input: &mut Input<'_>) {
    let mut sealed = BLOB.clone();
    let mut said = PLAIN.len() as u64;
    let step = input.byte();
    for _ in 0..8 {
        if input.is_empty() {
            break;
        }
        let (what, place) = (input.byte(), u32::from_le_bytes(input.bytes()));
        let place = place as usize % sealed.len().max(1);
        match what % 5 {
            0 if !sealed.is_empty() => sealed[place] ^= what >> 3,
            1 => sealed.truncate(place),
            2 => sealed.insert(place, what),
            3 => sealed.rotate_left(place),
            _ => said = place as u64,
        }
    }
    let layout = Layout::of_plain(said).expect("it's short");
    if let Some(plain) = open_blob(&sealed, layout, step) {
        assert_eq!(
            (&sealed, &plain),
            (&*BLOB, &*PLAIN),
            "a damaged blob is whole"
        );
    }
}

/// The chunks and parts of a layout lie side by side.
fn check_layout(layout: Layout) {
    assert!(layout.plain_len() <= PLAIN_BYTES_MAX);
    let last = layout.chunk_count() - 1;
    let whole = layout.sealed_range(&(0..layout.chunk_count()));
    assert_eq!(whole.end, layout.sealed_len());
    let end = layout.sealed_range(&(last..last + 1));
    assert_eq!(end.end - end.start, layout.chunk_len(last) as u64 + 16);
    let part = layout.part_range(layout.part_count() - 1);
    assert_eq!(part.map(|part| part.end), Some(layout.sealed_len()));
    assert_eq!(layout.part_range(layout.part_count()), None);
}

static OWNER: LazyLock<Owner> = LazyLock::new(slot_owner);
static KEK: LazyLock<Kek> = LazyLock::new(kit_kek);
static RECIPIENT: LazyLock<PrivateKeys> = LazyLock::new(recipient);

/// Slots and bundles. Whoever opens one gets what was put into it.
pub fn slot(input: &[u8]) {
    let _ = decode::<SealedBundle>(input);
    let Some(slot) = decode::<Slot>(input) else {
        return;
    };
    let by_kit = slot.open(&OWNER, &KEK);
    let by_guardian = slot.open_as(&OWNER, &RECIPIENT.kem);
    assert!(
        by_kit.is_err() || by_guardian.is_err(),
        "a slot with two locks"
    );
    for opened in by_kit.iter().chain(&by_guardian) {
        assert_eq!(opened.seen.seq, 4);
    }
    if let Ok(opened) = by_kit {
        let mut newer = opened.seen;
        newer.seq += 1;
        let again = slot.reseal(&OWNER, &KEK, newer, &mut rng()).expect("newer");
        assert_eq!(
            again.open(&OWNER, &KEK).map(|opened| opened.seen),
            Ok(newer)
        );
    }
}
