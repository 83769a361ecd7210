//! A claim whose test failed leaves the notices of a deployment that runs, and somebody is told.

use std::collections::BTreeSet;

use treehouse_server::app::alarm;
use treehouse_server::claims::{CLAIMS, Claim};

use crate::access::cast::ask_verification;
use crate::http::Ask;
use crate::people::Person;
use crate::world::World;

/// A file in which every test of every claim passed, but those of these claims.
fn results(failed: &[&str]) -> String {
    let tests: BTreeSet<&str> = CLAIMS.iter().flat_map(Claim::tests).collect();
    let broken = CLAIMS.iter().filter(|claim| failed.contains(&claim.phrase));
    let broken: BTreeSet<&str> = broken.flat_map(Claim::tests).collect();
    let cases = tests.iter().map(|test| {
        let failure = if broken.contains(test) { "<failure/>" } else { "" };
        format!("<testcase name=\"server::{test}\">{failure}</testcase>")
    });
    format!("<testsuites>{}</testsuites>", cases.collect::<String>())
}

async fn online(world: &World) -> String {
    let page = world.nobody().ask(Ask::get("/notice/online.txt?lang=en")).await.expect(200);
    String::from_utf8(page.body).expect("text").replace('\n', " ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_test_takes_its_claim_out_of_the_notices_and_raises_an_alarm() {
    const CLAIM: &str = "Our server has no key to it";
    for world in World::both().await {
        let file = world.log_folder.with_file_name("junit.xml");
        std::fs::write(&file, results(&[])).expect("a file can be written");
        let mut config = world.config.clone();
        config.claims.results = Some(file.clone());
        let world = world.again(config.clone()).await;
        assert!(online(&world).await.contains(CLAIM), "the control: every test has passed");
        assert_eq!(alarm::tell_broken_claims(&world.app).await.expect("nothing to tell"), 0);

        std::fs::write(&file, results(&["security-sealed"])).expect("a file can be written");
        let world = world.again(config.clone()).await;
        let page = online(&world).await;
        assert!(!page.contains(CLAIM) && page.contains("Version 2"), "{page}");
        let letters = world.letters().await;
        let told = alarm::tell_broken_claims(&world.app).await.expect("it is told");
        assert!(told >= 1, "the claim, and every other that rests on the same test");
        assert_eq!(world.letters().await, letters + told);
        // The rest works on.
        Person::founder(&world, "ada").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_test_of_what_the_law_demands_lets_no_further_child_in() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let file = world.log_folder.with_file_name("junit.xml");
        std::fs::write(&file, results(&["retention-inactive"])).expect("a file can be written");
        let mut config = world.config.clone();
        config.claims.results = Some(file);
        let world = world.again(config).await;
        let body = ask_verification(&world, &ada.keys.sig, "e-mail-plus");
        let refused = ada.caller.ask(Ask::post("/v1/verifications", &body)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (503, "not-ready"));
        let page = online(&world).await;
        assert!(page.contains("730"), "it is still said: {page}");
    }
}
