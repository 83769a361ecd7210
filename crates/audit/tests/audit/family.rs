//! A family's file: each fault is planted in a file that passes.

use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::leaf::What;
use treehouse_protocol::sign::Signed;

use crate::deployment::{Deployment, Ran, b64, entries, plain_receipt, publish, witnesses, write};
use crate::house::House;

/// Verifies a family's file. Answers what was said, and the name of the file.
fn with(deployment: &Deployment, export: &Value, more: &[&str]) -> (Ran, String) {
    let log = deployment.copy();
    let path = write(&log, "family.json", export.to_string());
    let path = path.to_str().unwrap();
    (deployment.verify(log.path(), &[&["--export", path], more].concat()), path.to_owned())
}

/// Plants a fault in the file, and expects it to be named. The place is what follows the name of
/// the file.
#[track_caller]
fn planted(deployment: &Deployment, fault: impl Fn(&mut Value), place: &str, what: &str) {
    let mut export = deployment.export();
    with(deployment, &export, &[]).0.assert_right();
    fault(&mut export);
    let (ran, name) = with(deployment, &export, &[]);
    ran.assert_wrong(&format!("{name}{place}"), what);
}

fn list<'v>(export: &'v mut Value, name: &str) -> &'v mut Vec<Value> {
    export[name].as_array_mut().unwrap()
}

#[test]
fn a_familys_file_passes_and_says_whose_keys_counted() {
    let deployment = Deployment::new();
    let (ran, _) = with(&deployment, &deployment.export(), &[]);
    ran.assert_right();
    let (links, leaves) = (deployment.house.links.len(), deployment.own);
    let all = format!("{links} links replay and are logged, {leaves} leaves are in the log, 1 rec");
    assert!(ran.out.contains(&all), "{}", ran.out);
    assert!(ran.out.contains("keys that the file itself names"), "{}", ran.out);
    let attester = b64(deployment.house.attester.verify_key().bytes());
    let server = b64(deployment.house.server.verify_key().bytes());
    let more = ["--attester", &attester, "--server", &server];
    let (ran, _) = with(&deployment, &deployment.export(), &more);
    ran.assert_right();
    assert!(!ran.out.contains("keys that the file itself names"), "{}", ran.out);
}

#[test]
fn keys_that_are_given_count_more_than_those_of_the_file() {
    let deployment = Deployment::new();
    let other = b64(deployment.house.root.verify_key().bytes());
    let (ran, name) = with(&deployment, &deployment.export(), &["--attester", &other]);
    ran.assert_wrong(&name, "must be an attester that is trusted");
    let (ran, name) = with(&deployment, &deployment.export(), &["--server", &other]);
    ran.assert_wrong(&format!("{name} receipt 0"), "which isn't the server's");
}

#[test]
fn a_link_that_is_missing_or_altered_is_named() {
    let deployment = Deployment::new();
    let no_leaf = |export: &mut Value| drop(list(export, "leaves").remove(3));
    planted(&deployment, no_leaf, " link 3", "no leaf here says that");
    let altered = |export: &mut Value| {
        let mut link = deployment.house.links[3].clone();
        let last = link.len() - 1;
        link[last] ^= 1;
        list(export, "links")[3] = json!(b64(&link));
    };
    planted(&deployment, altered, "", "link 3");
    planted(&deployment, altered, " link 3", "no leaf here says that");
    planted(&deployment, altered, " leaf 3", "entry 3 tells of another link 3");
    let cut = |export: &mut Value| drop(list(export, "links").pop());
    let last = deployment.house.links.len() - 1;
    let what = format!("entry {last} tells of link {last}, which isn't here");
    planted(&deployment, cut, &format!(" leaf {last}"), &what);
    let garbled = |export: &mut Value| list(export, "links")[2] = json!("?");
    planted(&deployment, garbled, " link 2", "isn't base64url");
    let pinned = |export: &mut Value| export["genesis"] = json!("0".repeat(64));
    planted(&deployment, pinned, "", "must be the genesis that was pinned");
}

/// The server kept a link from the log: the file has no leaf of it, because there is none.
#[test]
fn a_link_that_was_never_logged_is_named() {
    let mut deployment = Deployment::new();
    let owner = deployment.house.owner.keys.sig.clone();
    let child = ChildId::from_bytes([6; 16]);
    deployment.house.sign(&owner, Body::ChildAdd(child)).unwrap();
    let (ran, name) = with(&deployment, &deployment.export(), &[]);
    let last = deployment.house.links.len() - 1;
    ran.assert_wrong(&format!("{name} link {last}"), "no leaf here says that");
}

#[test]
fn a_leaf_of_another_family_or_of_none_is_named() {
    let deployment = Deployment::new();
    // In the log it stands, but it's another family's.
    let mut leaves = deployment.leaves.clone();
    let own = leaves[2].clone();
    let (at, mut foreign) = (590, own.clone());
    if let What::Link { family, .. } = &mut foreign.event.what {
        *family = FamilyId::from_bytes([2; 16]);
    }
    leaves[at] = foreign.clone();
    let log = deployment.copy();
    publish(log.path(), &deployment.signer, &entries(&leaves), &witnesses(2));
    let mut export = deployment.export();
    export["checkpoint"] = json!(std::fs::read_to_string(log.path().join("checkpoint")).unwrap());
    let leaf = json!({ "place": at, "leaf": b64(&foreign.to_bytes()) });
    list(&mut export, "leaves").push(leaf);
    let path = write(&log, "family.json", export.to_string());
    let path = path.to_str().unwrap();
    let ran = deployment.verify(log.path(), &["--export", path]);
    let number = deployment.own;
    ran.assert_wrong(&format!("{path} leaf {number}"), "entry 590 is about another family");

    let act = |export: &mut Value| {
        let line = deployment.line(deployment.act());
        list(export, "leaves").push(line);
    };
    planted(&deployment, act, &format!(" leaf {number}"), "isn't about a family");
    let twice = |export: &mut Value| {
        let line = deployment.line(2);
        list(export, "leaves").push(line);
    };
    planted(&deployment, twice, &format!(" leaf {number}"), "names entry 2 once more");
}

#[test]
fn a_leaf_that_the_log_doesnt_have_is_named() {
    let deployment = Deployment::new();
    let salted = |export: &mut Value| {
        let mut leaf = deployment.leaves[1].clone();
        leaf.salt[0] ^= 1;
        list(export, "leaves")[1] = json!({ "place": 1, "leaf": b64(&leaf.to_bytes()) });
    };
    planted(&deployment, salted, " leaf 1", "isn't entry 1");
}

#[test]
fn a_release_under_a_grant_that_nobody_made_is_named() {
    let mut deployment = Deployment::new();
    let at = deployment.own - 2;
    let What::Release(release) = &mut deployment.leaves[at].event.what else {
        panic!("a release");
    };
    release.grant = Some(Hash::of(b"no grant"));
    let log = deployment.copy();
    publish(log.path(), &deployment.signer, &entries(&deployment.leaves), &witnesses(2));
    let mut export = deployment.export();
    export["checkpoint"] = json!(std::fs::read_to_string(log.path().join("checkpoint")).unwrap());
    let path = write(&log, "family.json", export.to_string());
    let path = path.to_str().unwrap();
    let ran = deployment.verify(log.path(), &["--export", path]);
    ran.assert_wrong(&format!("{path} leaf {at}"), "which the chain doesn't know");
}

#[test]
fn a_receipt_that_is_altered_foreign_or_unlogged_is_named() {
    let deployment = Deployment::new();
    let altered = |export: &mut Value| {
        let mut receipt = deployment.receipt.clone();
        let last = receipt.len() - 1;
        receipt[last] ^= 1;
        list(export, "receipts")[0] = json!(b64(&receipt));
    };
    planted(&deployment, altered, " receipt 0", "signature must be by the key it names");
    let house = &deployment.house;
    let foreign = |export: &mut Value| {
        let plain = plain_receipt(house, Hash::of(b"no link"));
        let receipt = Signed::sign(&house.server, &plain).to_bytes();
        list(export, "receipts").push(json!(b64(&receipt)));
    };
    planted(&deployment, foreign, " receipt 1", "for a link that isn't here");
    planted(&deployment, foreign, " receipt 1", "no leaf here says that it was logged");
    let by_another = |export: &mut Value| {
        let plain = plain_receipt(house, Hash::of(&house.links[6]));
        let receipt = Signed::sign(&house.attester, &plain).to_bytes();
        list(export, "receipts")[0] = json!(b64(&receipt));
    };
    planted(&deployment, by_another, " receipt 0", "which isn't the server's");
}

#[test]
fn the_familys_own_memory_of_the_log_counts() {
    let deployment = Deployment::new();
    let log = tempfile::tempdir().unwrap();
    let some = &entries(&deployment.leaves)[..300];
    publish(log.path(), &deployment.signer, some, &witnesses(2));
    let path = write(&log, "family.json", deployment.export().to_string());
    let path = path.to_str().unwrap();
    let ran = deployment.verify(log.path(), &["--export", path]);
    ran.assert_wrong("checkpoint", &format!("the checkpoint in {path}"));
    let other_key = |export: &mut Value| {
        export["log"] = json!(crate::deployment::log_signer(2).key().to_string());
    };
    planted(&deployment, other_key, "", "knows another key of the log");
    let other_format = |export: &mut Value| export["format"] = json!("TH-EXPORT/2");
    planted(&deployment, other_format, "", "is of another format");
}

#[test]
fn a_file_under_another_familys_name_is_refused() {
    let deployment = Deployment::new();
    let other = House::new(9).family.id().to_string();
    let renamed = |export: &mut Value| export["family"] = json!(other);
    planted(&deployment, renamed, "", "its chain is the one of family");
}
