//! Known answers: the vectors of Certificate Transparency's tests and the examples of C2SP.

use std::collections::BTreeMap;

use treehouse_tlog::checkpoint::Checkpoint;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::hash::{Hash, root};
use treehouse_tlog::key::{KeyName, LogKey, LogSigner};
use treehouse_tlog::note::Note;
use treehouse_tlog::proof::{
    Head, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use treehouse_tlog::tile::TilePath;
use treehouse_tlog::witness::Request;

const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAF_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const NODE_2_3: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const NODE_4_5: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const NODE_6_7: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const NODE_4_7: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

/// Index, size and audit path, as published.
const INCLUSIONS: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (0, 8, &[LEAF_1, NODE_2_3, NODE_4_7]),
    (5, 8, &[LEAF_4, NODE_6_7, ROOTS[4]]),
    (2, 3, &[ROOTS[2]]),
    (1, 5, &[ROOTS[1], NODE_2_3, LEAF_4]),
];
/// Old size, new size and proof, as published.
const CONSISTENCIES: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (1, 8, &[LEAF_1, NODE_2_3, NODE_4_7]),
    (6, 8, &[NODE_4_5, NODE_6_7, ROOTS[4]]),
    (2, 5, &[NODE_2_3, LEAF_4]),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn hash(hex: &str) -> Hash {
    Hash::from_bytes(bytes(hex).try_into().unwrap())
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hex| hash(hex)).collect()
}

fn head(size: u64) -> Head {
    Head { size, root: hash(ROOTS[usize::try_from(size).unwrap()]) }
}

fn leaves() -> Vec<Vec<u8>> {
    LEAVES.iter().map(|hex| bytes(hex)).collect()
}

/// Files of the log of all sizes up to eight, as they'd be published one entry at a time.
fn files() -> BTreeMap<TilePath, Vec<u8>> {
    let (mut frontier, mut files) = (Frontier::empty(), BTreeMap::new());
    for leaf in leaves() {
        let appended = frontier.append(&[leaf]).unwrap();
        frontier = appended.frontier;
        files.extend(appended.files.into_iter().map(|file| (file.path, file.bytes)));
    }
    files
}

#[test]
fn roots_are_the_published_ones() {
    let hashed: Vec<Hash> = leaves().iter().map(|leaf| Hash::leaf(leaf)).collect();
    let mut frontier = Frontier::empty();
    assert_eq!(frontier.root(), head(0).root);
    assert_eq!(Hash::EMPTY, head(0).root);
    for (size, leaf) in (1..).zip(leaves()) {
        frontier = frontier.append(&[leaf]).unwrap().frontier;
        assert_eq!(frontier.root(), head(size).root, "{size} entries");
        assert_eq!(root(&hashed[..usize::try_from(size).unwrap()]), head(size).root);
    }
}

#[test]
fn inclusion_proofs_are_the_published_ones() {
    let (files, leaves) = (files(), leaves());
    for (index, size, proof) in INCLUSIONS {
        assert_eq!(prove_inclusion(&files, index, size), Ok(hashes(proof)), "{index} in {size}");
        let leaf = Hash::leaf(&leaves[usize::try_from(index).unwrap()]);
        assert_eq!(verify_inclusion(&leaf, index, &head(size), &hashes(proof)), Ok(()));
    }
}

#[test]
fn consistency_proofs_are_the_published_ones() {
    let files = files();
    for (old, new, proof) in CONSISTENCIES {
        assert_eq!(prove_consistency(&files, old, new), Ok(hashes(proof)), "{old} to {new}");
        assert_eq!(verify_consistency(&head(old), &head(new), &hashes(proof)), Ok(()));
    }
}

/// The example of Go's package `note`, whose format C2SP took.
#[test]
fn the_published_note_verifies() {
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let text = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqd\
        ngotpRZb6KE6RyyBwJnAM=\n";
    let key = LogKey::parse(vkey).unwrap();
    assert_eq!(key.to_string(), vkey);
    let note = Note::parse(text).unwrap();
    assert_eq!(note.to_string(), text);
    assert_eq!(note.verify([&key]), Ok(()));
    let other = text.replace("answer", "Answer");
    assert!(Note::parse(&other).unwrap().verify([&key]).is_err());
    // The private key that goes with it.
    let seed = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173";
    let name = KeyName::parse("PeterNeumann").unwrap();
    let signer = LogSigner::from_seed(name, &bytes(seed).try_into().unwrap());
    assert_eq!(signer.key().to_string(), vkey);
}

/// The examples of the C2SP pages. Their keys aren't published.
#[test]
fn the_published_examples_are_read_and_written_alike() {
    let poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\
        ed è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONr\
        MouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    assert_eq!(Note::parse(poem).unwrap().to_string(), poem);
    let log = "— example.com/behind-the-sofa ";
    let checkpoint = format!(
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        {log}Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeM\
        cTOAYQ8=\n\
        {log}opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++\
        qbSzm9Q=\n"
    );
    let body = format!(
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n{checkpoint}"
    );
    let request = Request::parse(body.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.to_string(), body);
    let read = Checkpoint::parse(request.checkpoint.text()).unwrap();
    assert_eq!(read.head.size, 20_852_163);
    assert_eq!(read.to_string(), request.checkpoint.text());
}
