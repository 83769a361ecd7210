//! Who refuses one thing keeps the rest; and a deployment that isn't this one opens nothing of it.

use std::sync::Arc;

use serde_json::Value;
use treehouse_client::guardian::Consent;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Purpose, Rights};
use treehouse_server::start;

use crate::http::{Answer, Ask};
use crate::people::{Person, notice};
use crate::toys::{Toy, record_of};
use crate::world::World;

async fn put(ada: &mut Person, child: ChildId, category: Category, camera: &Toy) -> Answer {
    let (_, bytes) = record_of(ada.family().await, child, category, &camera.keys.sig);
    let path = format!("{}/records", ada.family_path());
    camera.caller.ask(Ask::post(path, &Value::Null).bytes("application/cbor", bytes)).await
}

/// PAR-05 (16 CFR 312.6(c)): the service doesn't end with one consent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusing_one_thing_leaves_the_rest_working() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let kinds = [Category::Photos, Category::Activity];
        let child = ada.guardian.add_child(&kinds).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, child).await;
        let frame = Toy::frame(&world, &mut ada, child).await;
        let consent = Consent {
            child,
            categories: &[Category::Activity],
            grantee: camera.key(),
            rights: Rights::WRITE,
            purpose: Purpose::Library,
            notice: notice(&world),
            expires: None,
        };
        ada.guardian.consent(&consent).await.expect("a second consent");
        for category in kinds {
            put(&mut ada, child, category, &camera).await.expect(201);
        }
        ada.guardian.withdraw(Purpose::Library, Some(child)).await.expect("it is refused");
        world.work().await;
        let refused = put(&mut ada, child, Category::Activity, &camera).await;
        let field = refused.json()["field"].as_str().map(str::to_owned);
        assert_eq!((refused.status, field.as_deref()), (422, Some("writer_kid")), "{refused:?}");

        put(&mut ada, child, Category::Photos, &camera).await.expect(201);
        let photos = format!("{}/records?child={child}&category=photos", ada.family_path());
        for reader in [&frame.caller, &ada.caller] {
            let page = reader.ask(Ask::get(photos.clone())).await.expect(200).json();
            assert_eq!(page["records"].as_array().map(Vec::len), Some(2), "{page}");
        }
        ada.caller.ask(Ask::get("/v1/account")).await.expect(200);
        Toy::camera(&world, &mut ada, child).await;
    }
}

/// VTC-02: live data that lies under the hands of a test environment stays shut.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_deployment_opens_nothing_of_this_one() {
    for world in World::both().await {
        let clock = || Arc::new(world.clock.clone());
        let own = start::start(&world.config, clock()).await;
        assert!(own.is_ok(), "the control: the same deployment starts");
        let mut config = world.config.clone();
        config.server.deployment = "treehouse-test-environment".to_owned();
        let refused = start::start(&config, clock()).await.expect_err("it isn't the same");
        assert!(refused.to_string().contains("secrets"), "{refused}");
    }
}
