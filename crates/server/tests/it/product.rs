//! What a maker publishes of the product, and never takes back.

use std::sync::Arc;

use treehouse_server::registers::DEMONSTRATION;
use treehouse_server::start;

use crate::http::Ask;
use crate::world::World;

const PROFILE: &str = "demonstration = true\n[profile]\nphone = \"1\"\n\
    security_contact = \"holes@toys.example\"\ncoordinator = \"Grace\"\n";

fn product(ends: &str) -> String {
    format!(
        "{PROFILE}[[product]]\nid = \"owl\"\nname = \"The Owl\"\nmodel = \"OWL-1\"\n\
         class = \"important-one\"\nsold_since = 2026-01-01\nsupport_ends_on = {ends}\n\
         acknowledged_within_days = 5\nupdates_every_days = 14\nsigned_by = \"G, director\"\n\
         signed_at = \"Town\"\nsigned_on = 2026-01-01\n"
    )
}

async fn get(world: &World, path: &str) -> String {
    let page = world.nobody().ask(Ask::get(path)).await.expect(200);
    String::from_utf8(page.body).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_to_tell_of_a_hole_and_the_end_of_support_are_published_and_not_shortened() {
    for world in World::both_with(|config| {
        let file = config.registers.file.as_ref().expect("tests have registers");
        std::fs::write(file, "demonstration = true\n").expect("they can be written");
    })
    .await
    {
        // Nothing is made up where the operator said nothing.
        assert_eq!(world.nobody().ask(Ask::get("/.well-known/security.txt")).await.status, 404);
        assert_eq!(world.nobody().ask(Ask::get("/product.txt")).await.status, 404);
        let config = world.config.clone();
        let file = config.registers.file.clone().expect("tests have registers");
        let write = |text: &str| std::fs::write(&file, text).expect("they can be written");
        write(&product("2031-01-01"));
        let world = world.again(config.clone()).await;
        let security = get(&world, "/.well-known/security.txt").await;
        for line in [
            "Contact: mailto:holes@toys.example\n",
            "Expires: 2027-01-30T00:00:00Z\n",
            "within 5 days",
            "every 14 days",
        ] {
            assert!(security.contains(line), "{line}: {security}");
        }
        assert!(get(&world, "/product.json").await.contains("\"support_ends_on\":\"2031-01-01\""));
        let statement = get(&world, "/product.txt").await;
        assert!(statement.contains("until at least: 2031-01-01"), "{statement}");
        assert!(statement.contains("Treehouse Tests, 1 Example Street"), "{statement}");

        for shorter in [
            product("2031-01-01")
                .replace("2031-01-01", "2030-12-31")
                .replace("sold_since = 2026-01-01", "sold_since = 2025-01-01"),
            DEMONSTRATION.to_owned(),
        ] {
            write(&shorter);
            let refused = start::start(&config, Arc::new(world.clock.clone())).await;
            let refused = refused.expect_err("it was published").to_string();
            assert!(refused.contains("can't be shortened"), "{refused}");
        }
        write(&product("2033-01-01"));
        let world = world.again(config).await;
        assert!(get(&world, "/product.json").await.contains("2033-01-01"), "longer is allowed");
    }
}
