//! Another log beside ours: `tlog_tiles` and `signed_note`, ports of Go's checksum database. What
//! we make, they accept; what they make, we accept; and both make the same.

use base64ct::Encoding as _;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader, TileHashReader, TileReader};
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::hash::Hash;
use treehouse_tlog::proof::{
    prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use treehouse_tlog::tile::{Content, TilePath};
use treehouse_tlog::tiles::Tiles;

use crate::house::{Log, ORIGIN, entries};

/// Their storage: every hash in one row.
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

impl Stored {
    fn of(count: u64) -> Self {
        let mut stored = Self(Vec::new());
        for (index, entry) in (0..).zip(entries(0..count)) {
            let new = tlog_tiles::stored_hashes(index, &entry, &stored).unwrap();
            stored.0.extend(new);
        }
        stored
    }
}

/// Our tiles, as their reader asks for them.
struct Published<'l>(&'l Log);

impl TileReader for Published<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let width = u16::try_from(tile.width()).unwrap();
            let content = Content::Hashes(tile.level());
            let path = TilePath::new(content, tile.level_index(), width).unwrap();
            self.0.files.read(path).unwrap()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.bytes())
}

fn ours(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash::from_bytes(hash.0)).collect()
}

const SIZES: [u64; 8] = [1, 2, 255, 256, 257, 700, 1024, 1500];

#[test]
fn roots_and_proofs_are_the_same() {
    for size in SIZES {
        let (log, stored) = (Log::of(size), Stored::of(size));
        let head = log.head();
        assert_eq!(theirs(&head.root), tlog_tiles::tree_hash(size, &stored).unwrap());
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = prove_inclusion(&log.files, index, size).unwrap();
            let same = ours(&tlog_tiles::prove_record(size, index, &stored).unwrap());
            assert_eq!(proof, same, "{index} in {size}");
            let entry = &entries(index..index + 1)[0];
            assert_eq!(verify_inclusion(&Hash::leaf(entry), index, &head, &same), Ok(()));
            let old = Log::of(index + 1).head();
            let proof = prove_consistency(&log.files, old.size, size).unwrap();
            let same = ours(&tlog_tiles::prove_tree(size, old.size, &stored).unwrap());
            // They prove a size to itself with nothing, too.
            assert_eq!(proof, same, "{} to {size}", old.size);
            assert_eq!(verify_consistency(&old, &head, &same), Ok(()));
        }
    }
}

#[test]
fn their_reader_accepts_our_tiles_and_refuses_damaged_ones() {
    let mut log = Log::of(70_000);
    let head = log.head();
    let index = tlog_tiles::stored_hash_index(0, 69_999);
    let read = |log: &Log| {
        let published = Published(log);
        TileHashReader::new(head.size, theirs(&head.root), &published).read_hashes(&[index])
    };
    assert_eq!(ours(&read(&log).unwrap()), [Hash::leaf(&entries(69_999..70_000)[0])]);
    let last = TilePath::parse("tile/0/273.p/112").unwrap();
    log.files.get_mut(&last).unwrap()[7] ^= 1;
    assert!(read(&log).is_err());
}

#[test]
fn checkpoints_are_the_same_bytes_and_verify_there_and_here() {
    let log = Log::of(300);
    let checkpoint = SignedCheckpoint::sign(&log.signer, log.head());
    let vkey = log.signer.key().to_string();
    let verifier = StandardVerifier::new(&vkey).unwrap();
    let note = Note::from_bytes(checkpoint.to_string().as_bytes()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let (valid, unknown) = note.verify(&known).unwrap();
    assert_eq!((valid.len(), unknown.len()), (1, 0));
    let read = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((read.origin(), read.size()), (ORIGIN, 300));
    // The same seed, as they write private keys.
    let seed = [&[1], &[1; 32][..]].concat();
    let seed = base64ct::Base64::encode_string(&seed);
    let id = log.signer.key().id();
    let signer = StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id}+{seed}")).unwrap();
    assert_eq!(signer.name(), ORIGIN);
    let mut same = Note::new(note.text(), &[]).unwrap();
    same.add_sigs(&[&signer]).unwrap();
    assert_eq!(same.to_bytes(), checkpoint.to_string().as_bytes());
    let same = String::from_utf8(same.to_bytes()).unwrap();
    assert_eq!(SignedCheckpoint::open(&same, &log.keys()), Ok(checkpoint));
}
