//! A parent is verified by a text message, with the program as it is: from its command line through its
//! server and a real SMS gateway to a telephone.

use std::fs;

use super::parent::{done, family, free_port, registers, variable, waits_for};
use super::place::Place;

const NUMBER: &str = "+1 555 555 0199";

fn gateway(place: &Place) -> String {
    place.write_secret("secrets/sms", &variable("TREEHOUSE_TEST_SMS_PASSWORD"));
    format!(
        "[sms]\nkind = \"gateway\"\nurl = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\n\
         from = \"Treehouse\"\n",
        variable("TREEHOUSE_TEST_SMS"),
        variable("TREEHOUSE_TEST_SMS_USER"),
        place.path("secrets/sms").display(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_is_texted_through_a_real_gateway_and_founds_a_family() {
    let place = Place::new();
    let port = free_port();
    let (server, token) = registers(&place, port, &gateway(&place)).await;

    let none = family(&place, &["open", &token, "--method", "text-plus"]);
    assert_eq!(none.status.code(), Some(1), "it takes a number: {none:?}");
    let open = ["open", &token, "--method", "text-plus", "--number", NUMBER];
    assert!(done(&family(&place, &open))["kit"].is_string());

    let phones = variable("TREEHOUSE_TEST_SMS_PHONES");
    let start = format!("<Treehouse +15555550199 text localhost:{port}: your code is ");
    let texts = || vec![fs::read_to_string(&phones).unwrap()];
    let code: String = waits_for(&start, texts).await.chars().take(9).collect();
    let early = family(&place, &["found"]);
    assert_eq!(early.status.code(), Some(1), "nobody is verified yet: {early:?}");
    let other = if code == "0000 0000" { "0000 0001" } else { "0000 0000" };
    assert_eq!(family(&place, &["code", other]).status.code(), Some(1));
    done(&family(&place, &["code", &code]));
    assert!(done(&family(&place, &["found"]))["family"].is_string());

    server.stop();
    let log = place.log();
    for unseen in ["5555550199", "555 555 0199", &code, &code.replace(' ', "")] {
        assert!(!log.contains(unseen), "{unseen} in {log}");
    }
    let rows = place.run(&["doctor", "--rows"]);
    assert!(rows.status.success(), "{rows:?}");
}
