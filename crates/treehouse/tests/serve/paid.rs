//! A parent is verified by a card, with the program as it is: from its command line through its server to
//! a provider of payments, and back on the card.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::parent::{done, family, free_port, letters, registers, variable, waits_for};
use super::place::Place;

const KEY: &str = "sk_test_of_the_story";
const CARD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000341";

fn provider(place: &Place) -> String {
    place.write_secret("secrets/card", KEY);
    format!(
        "[card]\nkind = \"stripe\"\nurl = \"{}\"\nsecret_key_file = \"{}\"\ncurrency = \"eur\"\n\
         amount = 70\n",
        variable("TREEHOUSE_TEST_CARD"),
        place.path("secrets/card").display(),
    )
}

/// Types a card on the provider's page, as a browser does; the answer's first line.
fn pay(page: &str, number: &str) -> String {
    let (host, path) = page.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let body = format!("number={number}");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_pays_at_a_real_provider_and_founds_a_family() {
    let place = Place::new();
    let (server, token) = registers(&place, free_port(), &provider(&place)).await;

    let opened = done(&family(&place, &["open", &token, "--method", "card"]));
    assert_eq!(opened["price"], "EUR 0.70");
    let page = opened["pay_at"].as_str().unwrap();
    let early = family(&place, &["found"]);
    assert_eq!(early.status.code(), Some(1), "nobody has paid yet: {early:?}");
    assert!(String::from_utf8_lossy(&early.stderr).contains(page), "it tells where: {early:?}");
    assert!(pay(page, DECLINED).contains(" 402 "));
    assert_eq!(family(&place, &["found"]).status.code(), Some(1), "a declined card shows nothing");
    assert!(pay(page, CARD).contains(" 303 "));
    // Whoever asks again within two seconds isn't heard; the next one is.
    let mut founded = family(&place, &["found"]);
    for _ in 0..5 {
        if founded.status.success() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        founded = family(&place, &["found"]);
    }
    assert!(done(&founded)["family"].is_string());
    waits_for("Your payment was given back", || letters(&place)).await;

    server.stop();
    let log = place.log();
    for unseen in [CARD, KEY, "/c/pay/", "cs_test_", "pi_"] {
        assert!(!log.contains(unseen), "{unseen} in {log}");
    }
    let rows = place.run(&["doctor", "--rows"]);
    assert!(rows.status.success(), "{rows:?}");
}
