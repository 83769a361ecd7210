//! What stands on the wire.

use std::io::{Read, Write};
use std::net::TcpStream;

use rustls::version::{TLS12, TLS13};

use super::client::head;
use super::place::Place;

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn it_answers_over_tls_1_3_and_is_ready() {
    let place = Place::new();
    let server = place.serve();
    let stream = server.connect(&[&TLS13], b"http/1.1").unwrap();
    assert_eq!(stream.conn.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    }
}

#[test]
fn tls_1_2_is_refused() {
    let place = Place::new();
    let server = place.serve();
    let error = server.connect(&[&TLS12], b"http/1.1").unwrap_err();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
}

#[test]
fn plain_http_is_refused() {
    let place = Place::new();
    let server = place.serve();
    let mut tcp = TcpStream::connect(server.https).unwrap();
    tcp.write_all(head("GET", "/healthz", "", 0).as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // The server may close the connection hard: that is a refusal, too.
    let _ = tcp.read_to_end(&mut bytes);
    assert!(!String::from_utf8_lossy(&bytes).contains("HTTP/"), "{bytes:?}");
}

#[test]
fn http_2_is_negotiated_and_spoken() {
    const SETTINGS: u8 = 4;
    let place = Place::new();
    let server = place.serve();
    let mut stream = server.connect(&[&TLS13], b"h2").unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]).unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], SETTINGS, "{frame:?}");
}

#[test]
fn every_answer_has_the_headers_of_safety() {
    let place = Place::new();
    let server = place.serve();
    let large = "x".repeat(128 * 1024 + 1);
    let answers = [
        (200, server.get("/healthz")),
        (404, server.get("/nowhere")),
        (405, server.ask("PUT", "/v1/accounts/links", JSON, "{}")),
        (413, server.ask("POST", "/v1/accounts/links", JSON, &large)),
        (400, server.ask("POST", "/v1/accounts/links", JSON, "no json")),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{answer:?}");
        for header in [
            "strict-transport-security: max-age=31536000; includesubdomains",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
            "cross-origin-opener-policy: same-origin",
            "cache-control: no-store",
        ] {
            assert!(answer.headers.contains(header), "{status} has no {header}: {answer:?}");
        }
    }
}
