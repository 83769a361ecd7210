//! Whom clients and the server speak to: each other, and nobody else.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

/// The network addresses that a command, and all that it starts, connects or sends to, each with
/// its port.
fn spoken_to(folder: &Path, command: &[&str]) -> BTreeSet<(String, u16)> {
    let trace = folder.join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]);
    let status = strace.arg("-o").arg(&trace).args(command).stdout(Stdio::null()).status();
    assert!(status.expect("strace is installed").success(), "{command:?} failed");
    let text = std::fs::read_to_string(&trace).unwrap();
    text.lines().filter(|line| line.contains("AF_INET")).map(address).collect()
}

/// Of `… sin_port=htons(443), sin_addr=inet_addr("127.0.0.1") …`, or the same with `inet_pton`.
fn address(line: &str) -> (String, u16) {
    let after = |mark: &str| line.split_once(mark).map(|(_, rest)| rest);
    let port = after("_port=htons(").and_then(|rest| rest.split(')').next()?.parse().ok());
    let four = after("inet_addr(\"").or_else(|| after("inet_pton(AF_INET6, \""));
    let host = four.and_then(|rest| rest.split('"').next());
    (host.expect(line).to_owned(), port.expect(line))
}

#[test]
fn families_their_toys_and_the_server_speak_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_treehouse");
    let own = folder.path().join("demo").display().to_string();
    let story = [program, "demo", "--once", "--listen", "127.0.0.1:0", "--folder", &own];
    let spoken = spoken_to(folder.path(), &story);
    let here = |host: &str| ["127.0.0.1", "::1"].contains(&host);
    let elsewhere: Vec<_> = spoken.iter().filter(|(host, _)| !here(host)).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    // Port 53 is where names are asked for: telling one to a resolver is telling somebody.
    assert!(!spoken.iter().any(|(_, port)| *port == 53), "{spoken:?}");
    assert!(!spoken.is_empty(), "the clients reached their server");
}

/// The control: a datagram's address is noticed, although nothing is sent to it.
#[test]
fn whoever_speaks_to_somebody_else_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let spoken = spoken_to(folder.path(), &["bash", "-c", "exec 3<>/dev/udp/127.0.0.2/53"]);
    assert_eq!(spoken, BTreeSet::from([("127.0.0.2".to_owned(), 53)]));
}
