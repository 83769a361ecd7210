//! Records and blobs, under whatever comes: any text, any slices, any damage.

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{BlobKey, BlobRef, Context, PREFIX_BYTES};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{ChildId, Day, FamilyId, RecordId};
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};

fn writer() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([1; 32]))
}

fn headers() -> impl Strategy<Value = Header> {
    let ids = any::<([u8; 16], [u8; 16], [u8; 16])>();
    let numbers = (1..=u32::MAX, 1..=u32::MAX, any::<(u32, u64)>());
    (ids, 0..Category::ALL.len(), numbers).prop_map(
        |((family, child, record), category, (version, ver, (day, seq)))| Header {
            name: KeyName {
                family: FamilyId::from_bytes(family),
                child: ChildId::from_bytes(child),
                category: Category::ALL[category].0,
                version,
            },
            record: RecordId::from_bytes(record),
            ver,
            writer: writer().id(),
            day: Day(day),
            seq,
        },
    )
}

/// What can happen to bytes on their way.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
}

fn damages() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), 1..=u8::MAX).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        index().prop_map(Damage::Cut),
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        index().prop_map(Damage::Remove),
        (index(), index()).prop_map(|(one, other)| Damage::Swap(one, other)),
    ]
}

fn damaged(bytes: &[u8], damage: &Damage) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let length = bytes.len();
    match damage {
        Damage::Flip(at, bits) => bytes[at.index(length)] ^= bits,
        Damage::Cut(at) => bytes.truncate(at.index(length)),
        Damage::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
        Damage::Remove(at) => drop(bytes.remove(at.index(length))),
        Damage::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
    }
    bytes
}

/// A blob of this plain text, pushed in slices of these lengths.
fn sealed(
    key: &BlobKey,
    context: &Context,
    plain: &[u8],
    steps: &[usize],
) -> Result<Vec<u8>, Refused> {
    let layout = Layout::of_plain(plain.len() as u64)?;
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut out = Vec::new();
    let mut sealer = Sealer::start(key, context, layout, &mut rng, &mut out);
    for slice in slices(plain, steps) {
        sealer.push(slice, &mut out)?;
    }
    sealer.finish()?;
    Ok(out)
}

fn opened(
    key: &BlobKey,
    context: &Context,
    plain_len: usize,
    blob: &[u8],
    steps: &[usize],
) -> Result<Vec<u8>, Refused> {
    let short = Refused::new("test", "blob", "has no prefix");
    let (prefix, chunks) = blob.split_first_chunk::<PREFIX_BYTES>().ok_or(short)?;
    let layout = Layout::of_plain(plain_len as u64)?;
    let mut opener = Opener::new(key, context, layout, prefix)?;
    let mut out = Vec::new();
    for slice in slices(chunks, steps) {
        opener.push(slice, &mut out)?;
    }
    opener.finish()?;
    Ok(out)
}

fn slices<'b>(mut bytes: &'b [u8], steps: &[usize]) -> Vec<&'b [u8]> {
    let mut slices = Vec::new();
    for step in steps.iter().cycle() {
        let (slice, rest) = bytes.split_at(bytes.len().min(*step));
        slices.push(slice);
        bytes = rest;
        if bytes.is_empty() {
            break;
        }
    }
    slices
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_record_opens_as_it_was_sealed_and_not_when_damaged(
        header in headers(),
        plain in prop::collection::vec(any::<u8>(), 0..6000),
        drop_box: bool,
        provable: bool,
        damage in damages(),
    ) {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = CategoryKey::generate(&mut rng);
        let public = key.drop_box_public();
        let root = if drop_box { Root::DropBox(&public) } else { Root::Category(&key) };
        let franking = if provable { Franking::Provable } else { Franking::Without };
        let signed = record::seal(&header, root, &plain, franking, &writer(), &mut rng).unwrap();
        let expected = Expected { name: header.name, record: Some(header.record) };
        let open = |bytes: &[u8]| {
            record::open(&Signed::from_bytes(bytes)?, &writer().verify_key(), &key, &expected)
        };
        let bytes = signed.to_bytes();
        let opened = open(&bytes).unwrap();
        prop_assert_eq!(opened.header, header);
        prop_assert_eq!(opened.plain.as_slice(), plain.as_slice());
        let damaged = damaged(&bytes, &damage);
        prop_assert!(damaged == bytes || open(&damaged).is_err());
    }

    #[test]
    fn any_blob_opens_as_it_was_sealed_and_not_when_damaged(
        header in headers(),
        plain in prop::collection::vec(any::<u8>(), 0..200_000),
        steps in prop::collection::vec(1..150_000_usize, 1..5),
        range in any::<(prop::sample::Index, prop::sample::Index)>(),
        damage in damages(),
    ) {
        let key = BlobKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let context = Context::new(&header);
        let blob = sealed(&key, &context, &plain, &steps).unwrap();
        let whole = opened(&key, &context, plain.len(), &blob, &steps);
        prop_assert_eq!(whole.as_ref(), Ok(&plain));
        let damaged = damaged(&blob, &damage);
        let refused = opened(&key, &context, plain.len(), &damaged, &steps).is_err();
        prop_assert!(damaged == blob || refused);

        // Any range of it opens without the rest.
        let (one, other) = (range.0.index(plain.len() + 1), range.1.index(plain.len() + 1));
        let (start, end) = (one.min(other), one.max(other));
        let layout = Layout::of_sealed(blob.len() as u64).unwrap();
        let opener = Opener::new(&key, &context, layout, blob.first_chunk().unwrap()).unwrap();
        if let Ok(chunks) = layout.chunks_of(&(start as u64..end as u64)) {
            let skipped = start - usize::try_from(layout.plain_start(chunks.start)).unwrap();
            let mut found = Vec::new();
            for chunk in chunks {
                let place = layout.sealed_range(&(chunk..chunk + 1));
                let place = usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap();
                let mut bytes = blob[place].to_vec();
                found.extend_from_slice(opener.open_chunk(chunk, &mut bytes).unwrap());
            }
            prop_assert_eq!(&found[skipped..][..end - start], &plain[start..end]);
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_fail_otherwise_than_by_refusing(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let decoded = (BlobRef::from_bytes(&bytes), Heads::from_bytes(&bytes));
        prop_assert!(decoded.0.is_err() && decoded.1.is_err());
        prop_assert!(Header::from_bytes(&bytes).is_err());
    }
}
