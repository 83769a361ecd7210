//! The end of a server, and the next beginning.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::client::{Answer, head};
use super::place::Place;

#[test]
fn a_request_that_runs_when_the_signal_comes_is_answered() {
    let place = Place::new();
    let server = place.serve();
    let body = r#"{"email":"a@test.example","purpose":"register"}"#;
    let headers = "Content-Type: application/json\r\nExpect: 100-continue\r\n";
    let mut stream = server.http1();
    stream.write_all(head("POST", "/v1/accounts/links", headers, body.len()).as_bytes()).unwrap();
    // The server says so when the handler starts to read: from now on the request runs.
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut go_on = vec![0; expected.len()];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(go_on, expected);

    server.terminate();
    while TcpStream::connect(server.https).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(body.as_bytes()).unwrap();
    let answer = Answer::read(&mut stream);
    assert!((200..300).contains(&answer.status), "{answer:?}");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn an_idle_connection_does_not_keep_the_server() {
    let place = Place::new();
    let server = place.serve();
    let _idle = server.http1();
    server.stop();
    assert!(place.log().contains("stopped"));
}

#[test]
fn the_next_start_finds_everything() {
    let place = Place::new();
    let first = place.serve();
    let (keys, authority) = (first.get("/v1/deployment"), first.authority.clone());
    assert_eq!(keys.status, 200);
    first.stop();
    let second = place.serve();
    assert_eq!(second.get("/v1/deployment").body, keys.body);
    assert_eq!(second.authority, authority);
}

#[test]
fn another_passphrase_is_refused_in_clear_words() {
    let place = Place::new();
    place.serve().stop();
    place.write_secret("secrets/passphrase", "five other words chosen by dice");
    let refused = place.run(&["serve"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("the passphrase does not open the root key file"), "{said}");
}
