//! What a maker publishes of the product, and never takes back.

use std::sync::Arc;

use treehouse_client::ClientError;
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::{Body, Caps, DeviceAdd, NewKey as _};
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::Category;
use treehouse_protocol::secret::Secret;
use treehouse_server::registers::DEMONSTRATION;
use treehouse_server::{random, start};

use crate::http::Ask;
use crate::people::Person;
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

/// A toy that says it can do this, as it asks for a code; and what a guardian's client, who knows it
/// to do no more, makes of it.
async fn linked(world: &World, ada: &mut Person, child: ChildId, bits: u8) -> [Option<u16>; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let toy = Toy::create(folder.path(), &world.connect().await, Suite::X25519).expect("a toy");
    let asked = toy.ask_code_for(bits).await;
    let refused = asked.as_ref().err().and_then(ClientError::status);
    // A toy of this morning, which says nothing; its guardian's client knows what it is.
    let silent = toy.ask_code().await.expect("who says nothing gets a code");
    let known = Caps::from_bits(bits).expect("capabilities");
    let proposed = ada.guardian.link_scanned(&silent.qr(), Some(child), known).await;
    [refused, proposed.err().and_then(|error| error.status())]
}

/// What the server says to a link that gives a toy of these capabilities a place.
async fn appended(ada: &mut Person, child: ChildId, bits: u8) -> u16 {
    let keys = PrivateKeys::from_seed(Suite::X25519, &Secret::random(&mut random::rng()));
    let family = ada.guardian.family_id().expect("a family");
    let caps = Caps::from_bits(bits).expect("capabilities");
    let add = DeviceAdd { keys: keys.public(), child: Some(child), caps, accept_sig: [0; 64] };
    let add = Body::DeviceAdd(Box::new(add.accepted(family, &keys.sig)));
    let links = ada.links(|pen| pen.write(add).map(drop).expect("the chain would take it")).await;
    ada.caller.ask(Ask::post(format!("{}/chain", ada.family_path()), &links)).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_with_a_sensor_that_no_product_lists_is_not_linked() {
    let camera = "[[product.sensors]]\nsensor = \"camera\"\n\
        used_for = { en = \"To take pictures.\", fr = \"F.\", es = \"E.\", de = \"D.\" }\n";
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let (sees, hears) = (Caps::CAMERA | Caps::SCREEN, Caps::CAMERA | Caps::MICROPHONE);
        assert_eq!(
            linked(&world, &mut ada, child, hears).await,
            [None, None],
            "the control: no list"
        );
        let config = world.config.clone();
        let file = config.registers.file.clone().expect("tests have registers");
        let text = format!("{}{camera}", product("2031-01-01"));
        std::fs::write(&file, text).expect("they can be written");
        let world = world.again(config).await;
        ada.sign_in(&world).await;
        assert_eq!(linked(&world, &mut ada, child, sees).await, [None, None], "it is listed");
        assert_eq!(linked(&world, &mut ada, child, hears).await, [Some(403), Some(403)]);
        // Nor by a way past the proposal: a link of the chain alone.
        assert_eq!(appended(&mut ada, child, hears).await, 403);
        assert_eq!(appended(&mut ada, child, sees).await, 201, "the control");
        let listed = get(&world, "/product.json").await;
        assert!(listed.contains("\"sensor\":\"camera\"") && listed.contains("To take pictures."));
    }
}
