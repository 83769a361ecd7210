//! A destruction that is cut off in the middle ends as one that isn't: with a whole receipt, and with the
//! link that tells of it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use treehouse_protocol::id::{BlobId, ChildId};
use treehouse_protocol::registry::Category;
use treehouse_server::config::Blobs;
use treehouse_server::port::mail::{Address, Mailer, SmtpConfig, StartTls};
use treehouse_server::port::randomness::Randomness;
use treehouse_server::port::secret_text::SecretText;
use treehouse_server::{jobs, random};

use crate::access::cast;
use crate::http::Ask;
use crate::people::{Person, address};
use crate::raw;
use crate::toys::{Toy, record};
use crate::world::World;

/// A child with two pictures and a film.
async fn home(world: &World) -> (Person, ChildId, BlobId) {
    let mut ada = Person::founder(world, "ada").await;
    let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
    let camera = Toy::camera(world, &mut ada, child).await;
    let path = ada.family_path();
    for _ in 0..2 {
        let (_, bytes) = record(ada.family().await, child, &camera.keys.sig);
        let put = Ask::post(format!("{path}/records"), &Value::Null);
        camera.caller.ask(put.bytes("application/cbor", bytes)).await.expect(201);
    }
    let id = BlobId::random(&mut random::rng());
    let announced = json!({
        "blob": id.to_string(),
        "child": child.to_string(),
        "category": "photos",
        "version": 1,
        "sealed_bytes": cast::BLOB.len(),
    });
    camera.caller.ask(Ask::post(format!("{path}/blobs"), &announced)).await.expect(201);
    let part = Ask::new(Method::PUT, format!("{path}/blobs/{id}/parts/0"));
    let part = part.bytes("application/octet-stream", cast::BLOB.to_vec());
    camera.caller.ask(part).await.expect(204);
    (ada, child, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_counts_everything_though_the_first_turn_was_cut_off() {
    for world in World::both().await {
        let (mut ada, child, film) = home(&world).await;
        let Blobs::Disk { folder } = &world.config.blobs else { panic!("a folder") };
        let lies = folder.join(ada.family_id().to_string()).join(film.to_string());
        let aside = folder.with_extension("aside");
        std::fs::rename(&lies, &aside).unwrap();
        std::fs::write(&lies, "no folder can be deleted here").unwrap();
        let link = ada.guardian.erase(child, &[]).await.unwrap();
        world.work().await;
        assert!(ada.guardian.receipt(link).await.unwrap().is_none(), "the film is still there");
        let census = world.census().await;
        assert_eq!((census["record"], census["blob"]), (0, 1), "and the pictures are gone");

        std::fs::remove_file(&lies).unwrap();
        std::fs::rename(&aside, &lies).unwrap();
        world.work().await;
        let receipt = ada.guardian.receipt(link).await.unwrap().expect("everything is gone");
        let counted = (receipt.records, receipt.blobs, receipt.outer_keys);
        assert_eq!(counted, (2, 1, 1), "{:?}", world.engine);
        assert!(!lies.exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chain_tells_of_a_receipt_though_the_server_died_when_it_was_signed() {
    for world in World::both().await {
        let (mut ada, child, _) = home(&world).await;
        let link = ada.guardian.erase(child, &[]).await.unwrap();
        let asked = ada.family().await.seen().seq;
        let [main, _] = raw::locations(&world);
        // Everything goes and the receipt is signed, but no link can be added.
        raw::execute(&main, "ALTER TABLE link RENAME TO link_aside").await;
        world.work().await;
        raw::execute(&main, "ALTER TABLE link_aside RENAME TO link").await;
        assert!(ada.guardian.receipt(link).await.unwrap().is_some());
        assert_eq!(ada.family().await.seen().seq, asked, "nobody has told of it");
        let close = || Ask::delete("/v1/account");
        ada.caller.ask(close()).await.expect(409);

        world.work().await;
        assert_eq!(ada.family().await.seen().seq, asked + 1, "{:?}", world.engine);
        world.work().await;
        assert_eq!(ada.family().await.seen().seq, asked + 1, "it is told once");
        // Toys were of the child, so nobody is left: the last owner may go.
        ada.caller.ask(close()).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_cannot_be_carried_out_keep_no_later_one_from_it() {
    /// More than one turn reads at once.
    const BROKEN: u8 = 70;
    for world in World::both().await {
        let [main, _] = raw::locations(&world);
        for number in 0..BROKEN {
            let id = |bytes: usize| raw::literal(&world, &raw::hex(&vec![number; bytes]));
            let (family, link, plan) = (id(16), id(32), raw::literal(&world, "00"));
            let sql = format!(
                "INSERT INTO destruction (family_id, link_hash, state, plan, created_ms) \
                 VALUES ({family}, {link}, 0, {plan}, 1)"
            );
            raw::execute(&main, &sql).await;
        }
        let (mut ada, child, _) = home(&world).await;
        let link = ada.guardian.erase(child, &[]).await.unwrap();
        world.work().await;
        assert!(ada.guardian.receipt(link).await.unwrap().is_some(), "{:?}", world.engine);
        assert_eq!(world.census().await["destruction"], i64::from(BROKEN) + 1, "none is lost");
    }
}

/// The way to a mail server there.
fn mailer(world: &World, port: u16) -> Mailer {
    let config = SmtpConfig {
        host: "localhost".to_owned(),
        port,
        starttls: StartTls::Tls,
        username: "treehouse".to_owned(),
        password: SecretText::new("a password for integration tests".to_owned()),
        from: Address::parse("treehouse@localhost.example").unwrap(),
        extra_ca: None,
    };
    let randomness = Randomness::new(Box::new(random::rng()));
    Mailer::smtp(&config, Arc::new(world.clock.clone()), randomness).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_says_nothing_delays_no_erasure() {
    /// A mail server has 20 s to say something.
    const SOON: Duration = Duration::from_secs(18);
    for world in World::both().await {
        let (mut ada, child, _) = home(&world).await;
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mailer = mailer(&world, silent.local_addr().unwrap().port());
        let body = json!({ "email": address("eve"), "purpose": "register" });
        world.nobody().ask(Ask::post("/v1/accounts/links", &body)).await.expect(202);
        let (stop, closing) = watch::channel(false);
        let jobs = jobs::run(Arc::clone(&world.app), Arc::new(mailer), closing);
        let jobs = tokio::spawn(jobs);
        let taken = tokio::time::timeout(SOON, silent.accept()).await.expect("a letter goes out");
        let link = ada.guardian.erase(child, &[]).await.unwrap();
        let erased = async {
            while ada.guardian.receipt(link).await.unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let erased = tokio::time::timeout(SOON, erased).await;
        assert!(erased.is_ok(), "{:?}: the erasure waits for a letter", world.engine);
        jobs.abort();
        drop((taken, stop));
    }
}
