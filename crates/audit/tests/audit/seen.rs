//! What others saw of the log: earlier checkpoints, and witnesses.

use std::fs;

use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::cosign;
use treehouse_tlog::key::{KeyName, WitnessSigner};

use crate::deployment::{Deployment, TIME, entries, publish, witnesses, write};
use crate::files::other_log;

#[test]
fn a_log_that_grew_begins_with_what_was_seen() {
    let deployment = Deployment::new();
    let (log, before) = (deployment.copy(), tempfile::tempdir().unwrap());
    for count in [0, 1, 256, 300, 600] {
        let then = &entries(&deployment.leaves)[..count];
        publish(before.path(), &deployment.signer, then, &[]);
        let seen = before.path().join("checkpoint");
        let ran = deployment.verify(log.path(), &["--seen", seen.to_str().unwrap()]);
        ran.assert_right();
        assert!(ran.out.contains("compared with 1 earlier checkpoints"), "{}", ran.out);
    }
}

#[test]
fn a_log_that_was_rolled_back_is_found() {
    let deployment = Deployment::new();
    let (log, full) = (tempfile::tempdir().unwrap(), deployment.copy());
    let some = &entries(&deployment.leaves)[..300];
    publish(log.path(), &deployment.signer, some, &witnesses(2));
    deployment.verify(log.path(), &[]).assert_right();
    let seen = full.path().join("checkpoint");
    let seen = seen.to_str().unwrap();
    let ran = deployment.verify(log.path(), &["--seen", seen]);
    ran.assert_wrong("checkpoint", "was rolled back");
    ran.assert_wrong("checkpoint", seen);
    ran.assert_wrong("checkpoint", "signed 600 entries before, and now it has 300");
}

#[test]
fn a_fork_is_found_whatever_its_size() {
    let deployment = Deployment::new();
    let (log, other) = (other_log(&deployment, 290), tempfile::tempdir().unwrap());
    deployment.verify(log.path(), &[]).assert_right();
    for count in [291, 400, 512, 600] {
        let then = &entries(&deployment.leaves)[..count];
        publish(other.path(), &deployment.signer, then, &[]);
        let seen = other.path().join("checkpoint");
        let seen = seen.to_str().unwrap();
        let ran = deployment.verify(log.path(), &["--seen", seen]);
        ran.assert_wrong("checkpoint", &format!("first {count} entries aren't the ones of {seen}"));
    }
    // What both histories have in common is no fork.
    publish(other.path(), &deployment.signer, &entries(&deployment.leaves)[..290], &[]);
    let seen = other.path().join("checkpoint");
    deployment.verify(log.path(), &["--seen", seen.to_str().unwrap()]).assert_right();
}

#[test]
fn what_the_log_didnt_sign_was_not_seen() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    let forged = write(
        &log,
        "seen",
        "toys.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— x AAAAAAA=\n",
    );
    let forged = forged.to_str().unwrap();
    let ran = deployment.verify(log.path(), &["--seen", forged]);
    ran.assert_wrong(forged, "isn't a checkpoint of this log");
}

#[test]
fn a_missing_cosignature_is_found_and_a_strangers_counts_for_nothing() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    let stranger = WitnessSigner::from_seed(KeyName::parse("stranger.example").unwrap(), &[66; 32]);
    let one = witnesses(1).remove(0);
    publish(log.path(), &deployment.signer, &entries(&deployment.leaves), &[one, stranger]);
    let ran = deployment.verify(log.path(), &[]);
    ran.assert_wrong("checkpoint", "1 of 2 witnesses have cosigned; missing: w2.example");
    ran.assert_wrong("checkpoint", "stranger.example");
    deployment.verify(log.path(), &["--need", "1"]).assert_right();
}

#[test]
fn an_old_cosignature_is_found() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    // The audit is at the end of the day, and the witnesses saw it at one o'clock.
    deployment.verify(log.path(), &["--cosigned-within", "23"]).assert_right();
    let ran = deployment.verify(log.path(), &["--cosigned-within", "22"]);
    ran.assert_wrong("checkpoint", "the cosignature of w1.example is old: 2024-10-04 01:00:00 UTC");
}

#[test]
fn a_cosignature_of_an_earlier_checkpoint_is_forged() {
    let deployment = Deployment::new();
    let (log, before) = (deployment.copy(), tempfile::tempdir().unwrap());
    publish(before.path(), &deployment.signer, &entries(&deployment.leaves)[..10], &[]);
    let note = fs::read_to_string(before.path().join("checkpoint")).unwrap();
    let old = SignedCheckpoint::open(&note, &[deployment.signer.key().clone()]).unwrap();
    let line = cosign(&witnesses(1)[0], &old, TIME).unwrap().to_string();
    publish(log.path(), &deployment.signer, &entries(&deployment.leaves), &witnesses(2)[1..]);
    let path = log.path().join("checkpoint");
    let note = fs::read_to_string(&path).unwrap();
    fs::write(path, note + &line).unwrap();
    deployment.verify(log.path(), &[]).assert_wrong("checkpoint", "must be by the witness");
}
