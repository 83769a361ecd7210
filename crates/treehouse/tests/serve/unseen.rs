//! What logs and metrics must not know.

use super::place::Place;

#[test]
fn logs_and_metrics_hold_no_person_and_no_address() {
    const FAMILY: &str = "0123456789abcdef0123456789abcdef";
    let place = Place::new();
    let server = place.serve();
    let path = format!("/v1/families/{FAMILY}/records");
    let stream = server.http1();
    let client = stream.sock.local_addr().unwrap();
    drop(stream);
    assert!(server.get(&path).status >= 400);
    server.ask("ALICE", &path, "", "");
    server.get("/carol-at-home");
    let mail = r#"{"email":"bob.canary@test.example","purpose":"register"}"#;
    let asked =
        server.ask("POST", "/v1/accounts/links", "Content-Type: application/json\r\n", mail);
    assert!(asked.status < 300, "{asked:?}");

    let metrics = server.metrics();
    assert!(metrics.contains("treehouse_requests_total"), "{metrics}");
    assert!(metrics.contains("path=\"/v1/families/{family}/records\""), "{metrics}");
    assert!(metrics.contains("treehouse_request_seconds_bucket"), "{metrics}");
    server.stop();
    let log = place.log();
    assert!(log.contains("listening"), "{log}");
    let port = client.port().to_string();
    for unseen in [FAMILY, "ALICE", "carol", "bob.canary", "operator@", &format!(":{port}")] {
        assert!(!metrics.contains(unseen), "{unseen} in {metrics}");
        assert!(!log.contains(unseen), "{unseen} in {log}");
    }
}
