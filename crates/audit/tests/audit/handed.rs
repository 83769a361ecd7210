//! Leaves and receipts that are handed over.

use serde_json::json;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::What;
use treehouse_protocol::sign::Signed;

use crate::deployment::{
    Deployment, NOTICE, REASON, Ran, b64, leaf, plain_receipt, stranger, write,
};

/// Verifies with one line of evidence. Answers what was said, and the name of that line.
fn with_line(deployment: &Deployment, line: &str) -> (Ran, String) {
    let log = deployment.copy();
    let path = write(&log, "evidence", line);
    let path = path.to_str().unwrap();
    (deployment.verify(log.path(), &["--evidence", path]), format!("{path} line 1"))
}

fn with_receipt(deployment: &Deployment, receipt: &[u8], evidence: &str) -> (Ran, String) {
    let log = deployment.copy();
    let receipts = write(&log, "receipts", b64(receipt));
    let evidence = write(&log, "evidence", evidence);
    let server = b64(deployment.house.server.verify_key().bytes());
    let path = receipts.to_str().unwrap();
    let more = ["--receipts", path, "--evidence", evidence.to_str().unwrap(), "--server", &server];
    (deployment.verify(log.path(), &more), format!("{path} line 1"))
}

/// The place of the leaf that tells of the receipt.
fn erasure(deployment: &Deployment) -> usize {
    let is_it =
        |leaf: &treehouse_protocol::leaf::Leaf| matches!(leaf.event.what, What::Erasure { .. });
    deployment.leaves.iter().position(is_it).unwrap()
}

#[test]
fn every_kind_of_leaf_is_told_in_words() {
    let deployment = Deployment::new();
    let places = (0..deployment.own + 5).map(|place| deployment.line(place).to_string());
    let (ran, _) = with_line(&deployment, &places.collect::<Vec<_>>().join("\n"));
    ran.assert_right();
    for words in [
        "link 0 (",
        "was added to the chain of family",
        "signed that the holder of account",
        "did: approve, to 09090909",
        "an older state of the database was put back",
        "version 1 of direct was published (hash ",
        "began to count as attester",
        "got 1 sealed record (photos) of child",
        "got 1 sealed records and blob 0505",
        "was destroyed because link",
        "2024-10-04 00:00:00 UTC",
    ] {
        assert!(ran.out.contains(words), "{words} isn't among\n{}", ran.out);
    }
}

#[test]
fn a_stewards_reason_must_be_the_one_that_was_logged() {
    let deployment = Deployment::new();
    let mut line = deployment.line(deployment.act());
    line["reason"] = json!(REASON);
    let (ran, _) = with_line(&deployment, &line.to_string());
    ran.assert_right();
    assert!(ran.out.contains(&format!("because: {REASON}")), "{}", ran.out);
    line["reason"] = json!("another reason");
    let (ran, place) = with_line(&deployment, &line.to_string());
    ran.assert_wrong(&place, "the reason isn't the one that was logged");
    let mut other = deployment.line(0);
    other["reason"] = json!(REASON);
    let (ran, place) = with_line(&deployment, &other.to_string());
    ran.assert_wrong(&place, "isn't a steward's act");
}

#[test]
fn a_leaf_with_another_salt_event_or_place_is_found() {
    let deployment = Deployment::new();
    let own = &deployment.leaves[3];
    let (ran, _) = with_line(&deployment, &deployment.line(3).to_string());
    ran.assert_right();

    let mut salted = own.clone();
    salted.salt[31] ^= 1;
    let mut other = own.clone();
    other.event.at_ms += 1;
    for altered in [salted, other] {
        let line = json!({ "place": 3, "leaf": b64(&altered.to_bytes()) });
        let (ran, place) = with_line(&deployment, &line.to_string());
        ran.assert_wrong(&place, "isn't entry 3: that one is of another event or another salt");
    }
    let line = json!({ "place": 4, "leaf": b64(&own.to_bytes()) }).to_string();
    let (ran, place) = with_line(&deployment, &line);
    ran.assert_wrong(&place, "isn't entry 4");
    let what = What::Key { key: stranger(), role: "attester".to_owned() };
    let line = json!({ "place": 3, "leaf": b64(&leaf(3, what).to_bytes()) }).to_string();
    let (ran, place) = with_line(&deployment, &line);
    ran.assert_wrong(&place, "another kind or day");
    let line = json!({ "place": 600, "leaf": b64(&own.to_bytes()) }).to_string();
    let (ran, place) = with_line(&deployment, &line);
    ran.assert_wrong(&place, "names entry 600, but the log has 600 entries");
}

#[test]
fn what_is_no_leaf_is_named_by_its_line() {
    let deployment = Deployment::new();
    for (line, what) in [
        ("nonsense", "isn't a place and a leaf"),
        (r#"{"place": 3, "leaf": "!"}"#, "isn't base64url"),
        (r#"{"place": 3, "leaf": "AAAA"}"#, "TH-LEAF/1"),
    ] {
        let (ran, place) = with_line(&deployment, line);
        ran.assert_wrong(&place, what);
    }
}

#[test]
fn a_receipt_holds_and_was_logged() {
    let deployment = Deployment::new();
    let line = deployment.line(erasure(&deployment)).to_string();
    let (ran, _) = with_receipt(&deployment, &deployment.receipt, &line);
    ran.assert_right();
    let logged = format!("asked for it; logged as entry {}", erasure(&deployment));
    assert!(ran.out.contains("settings: 3 records, 0 blobs and 1 keys"), "{}", ran.out);
    assert!(ran.out.contains(&logged), "{}", ran.out);
    let (ran, place) = with_receipt(&deployment, &deployment.receipt, "");
    ran.assert_right();
    let odd = format!("{place}: no leaf that was handed over names this receipt");
    assert!(ran.out.contains(&odd), "{}", ran.out);
}

#[test]
fn a_receipt_that_was_altered_or_signed_by_another_is_found() {
    let deployment = Deployment::new();
    let mut altered = deployment.receipt.clone();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let (ran, place) = with_receipt(&deployment, &altered, "");
    ran.assert_wrong(&place, "");
    let link = Hash::of(b"link");
    let plain = plain_receipt(&deployment.house, link);
    let forged = Signed::sign(&deployment.house.attester, &plain).to_bytes();
    let (ran, place) = with_receipt(&deployment, &forged, "");
    ran.assert_wrong(&place, "which isn't the server's");
}

#[test]
fn what_was_published_is_compared_with_its_leaf() {
    const WRONG: &str = "isn't what a leaf among the evidence says was published";
    let deployment = Deployment::new();
    let is_it =
        |leaf: &treehouse_protocol::leaf::Leaf| matches!(leaf.event.what, What::Publication { .. });
    let at = deployment.leaves.iter().position(is_it).unwrap();
    let ran = |published: &str, place: usize| {
        let log = deployment.copy();
        let evidence = write(&log, "evidence", deployment.line(place).to_string());
        let file = write(&log, "direct-1.json", published);
        let path = file.to_str().unwrap();
        let more = ["--evidence", evidence.to_str().unwrap(), "--published", path];
        (deployment.verify(log.path(), &more), path.to_owned())
    };
    let (right, _) = ran(NOTICE, at);
    right.assert_right();
    assert!(right.out.contains("is version 1 of direct, published by entry"), "{}", right.out);
    let (other, path) = ran("another notice", at);
    other.assert_wrong(&path, WRONG);
    let (without_leaf, path) = ran(NOTICE, 0);
    without_leaf.assert_wrong(&path, WRONG);
}

#[test]
fn a_second_receipt_for_the_same_link_is_found() {
    let deployment = Deployment::new();
    let at = erasure(&deployment);
    let What::Erasure { link, .. } = deployment.leaves[at].event.what else {
        panic!("an erasure");
    };
    let mut plain = plain_receipt(&deployment.house, link);
    plain.records = 4;
    let second = Signed::sign(&deployment.house.server, &plain).to_bytes();
    let (ran, place) = with_receipt(&deployment, &second, &deployment.line(at).to_string());
    ran.assert_wrong(&place, "names another receipt for the same link");
}
