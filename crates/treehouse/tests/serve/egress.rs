//! Whom clients and the server speak to: each other, and nobody else; and where they can be spoken to.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// Network addresses, each with its port.
#[derive(Default)]
struct Addresses {
    /// Those that are connected or sent to.
    spoken_to: BTreeSet<(String, u16)>,
    /// Those at which somebody can be spoken to, as often as they are taken.
    open: Vec<(String, u16)>,
}

/// The addresses of a command, and of all that it starts.
fn addresses(command: &[&str]) -> Addresses {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "--seccomp-bpf", "-qq", "-e", "trace=bind,connect,sendto,sendmsg,sendmmsg"]);
    let status = strace.arg("-o").arg(&trace).args(command).stdout(Stdio::null()).status();
    assert!(status.expect("strace is installed").success(), "{command:?} failed");
    let mut found = Addresses::default();
    let text = std::fs::read_to_string(&trace).unwrap();
    for line in text.lines().filter(|line| line.contains("AF_INET")) {
        if line.contains(" bind(") {
            found.open.push(address(line));
        } else {
            found.spoken_to.insert(address(line));
        }
    }
    found
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
fn families_their_toys_and_servers_speak_to_nobody_else_and_only_servers_listen() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("demo").display().to_string();
    let program = env!("CARGO_BIN_EXE_treehouse");
    let found =
        addresses(&[program, "demo", "--once", "--listen", "127.0.0.1:0", "--folder", &own]);
    let here = |host: &str| ["127.0.0.1", "::1"].contains(&host);
    let elsewhere: Vec<_> = found.spoken_to.iter().filter(|(host, _)| !here(host)).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    // Port 53 is where names are asked for: telling one to a resolver is telling somebody.
    assert!(!found.spoken_to.iter().any(|(_, port)| *port == 53), "{:?}", found.spoken_to);
    assert!(!found.spoken_to.is_empty(), "the clients reached their server");
    // A server and two witnesses of its log; port 0 is any that is free.
    assert_eq!(found.open, vec![("127.0.0.1".to_owned(), 0); 3], "no client, no second address");
}

/// The control: a datagram's address is noticed, although nothing is sent to it.
#[test]
fn whoever_speaks_to_somebody_else_is_noticed() {
    let found = addresses(&["bash", "-c", "exec 3<>/dev/udp/127.0.0.2/53"]);
    assert_eq!(found.spoken_to, BTreeSet::from([("127.0.0.2".to_owned(), 53)]));
}

/// The control: whoever waits at a second address is noticed.
#[test]
fn a_second_interface_is_noticed() {
    let open = "import socket\nfor n in 1, 2: socket.socket().bind((f'127.0.0.{n}', 0))";
    let found = addresses(&["python3", "-c", open]);
    assert_eq!(found.open, [("127.0.0.1".to_owned(), 0), ("127.0.0.2".to_owned(), 0)]);
}
