//! Notices are there for everybody, a consent names one that is published, and what goes beyond it
//! waits until a guardian has agreed again.

use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::family::Granted;
use treehouse_protocol::id::{ChildId, Hash};
use treehouse_protocol::leaf::{Leaf, What};
use treehouse_protocol::registry::Category;
use treehouse_server::data_map::Feature;
use treehouse_server::notice::{Kind, Lang};
use treehouse_server::registers::DEMONSTRATION;
use treehouse_server::store::Sql;

use crate::access::cast::ask_verification;
use crate::http::{Answer, Ask};
use crate::people::{Person, notice};
use crate::toys::{Toy, record};
use crate::world::World;

const OWN_LEAVES: Sql = Sql::new(
    "SELECT leaf, at_ms FROM leaf WHERE owner_id = $1 UNION ALL SELECT leaf, at_ms FROM leaf_waiting WHERE owner_id = $1 ORDER BY at_ms",
);

async fn get(world: &World, path: &str) -> Answer {
    world.nobody().ask(Ask::get(path)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_every_notice_in_every_language_and_form() {
    for world in World::both().await {
        for (kind, word) in Kind::ALL {
            let mut hashes = std::collections::BTreeSet::new();
            for (_, tag, _) in Lang::ALL {
                let found =
                    get(&world, &format!("/v1/notices/{word}?lang={tag}")).await.expect(200);
                let found = found.json();
                assert_eq!((&found["lang"], &found["version"]), (&json!(tag), &json!(1)));
                let sections = found["sections"].as_array().expect("sections");
                for section in sections {
                    for (field, is) in [
                        ("id", Value::is_string as fn(&Value) -> bool),
                        ("heading", Value::is_string),
                        ("paragraphs", Value::is_array),
                        ("list", Value::is_array),
                    ] {
                        assert!(is(&section[field]), "{word} {tag}: {field}");
                    }
                    assert_eq!(section["pictogram"].is_string(), kind == Kind::Child, "{section}");
                    if kind == Kind::Forms {
                        break;
                    }
                }
                hashes.insert(found["hash"].as_str().expect("a hash").to_owned());
                forms(&world, word, tag).await;
            }
            assert_eq!(hashes.len(), 1, "one hash for all languages");
            let direct = world.app.notices.current(kind).expect("it is published").hash;
            assert!(hashes.contains(&direct.to_string()));
        }
        for (path, status) in [
            ("/v1/notices/other", 404),
            ("/v1/notices/direct?lang=tlh", 422),
            ("/v1/notices/direct?version=2", 404),
            ("/v1/notices/direct?version=0", 404),
            ("/v1/notices/direct?version=99999999999", 422),
            ("/v1/notices/direct?colour=red", 422),
            ("/notice/direct", 404),
            ("/notice/direct.doc", 404),
            ("/notice/other.html", 404),
            ("/notice/..%2fdirect.html", 404),
            ("/notice/direct.html?lang=tlh", 422),
        ] {
            assert_eq!(get(&world, path).await.status, status, "{path}");
        }
        // DN1-05: the link that the direct notice gives leads to the whole notice of the same map.
        let linked = get(&world, "/notice/online.html?lang=en").await.expect(200);
        let online = world.app.notices.current(Kind::Online).expect("it is published");
        let page = String::from_utf8(linked.body).expect("text");
        assert!(page.contains(&online.hash.to_string()));
        let direct = world.app.notices.current(Kind::Direct).expect("it is published");
        assert_eq!(online.document.facts, direct.document.facts);
    }
}

async fn forms(world: &World, kind: &str, tag: &str) {
    let page = get(world, &format!("/notice/{kind}.html?lang={tag}")).await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    // It runs nothing and is of no origin: what the app keeps in the browser isn't its.
    assert!(policy.split("; ").any(|rule| rule == "sandbox allow-downloads"), "{policy}");
    assert_eq!(page.header("cross-origin-opener-policy"), "unsafe-none");
    let text = get(world, &format!("/notice/{kind}.txt?lang={tag}")).await.expect(200);
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    if tag == "fr" {
        let sheet = get(world, &format!("/notice/{kind}.pdf?lang={tag}")).await.expect(200);
        assert!(sheet.body.starts_with(b"%PDF-") && sheet.header("content-type").ends_with("/pdf"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_names_the_notice_that_counts_now() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let mut body = ask_verification(&world, &ada.keys.sig, "e-mail-plus");
        let right = body.clone();
        let ask = |body: &Value| ada.caller.ask(Ask::post("/v1/verifications", body));
        body["notice"] = json!(Hash::of(b"another notice").to_string());
        let refused = ask(&body).await;
        assert_eq!((refused.status, refused.json()["field"].as_str()), (422, Some("notice")));
        let online = world.app.notices.current(Kind::Online).expect("it is published").hash;
        body["notice"] = json!(online.to_string());
        assert_eq!(ask(&body).await.status, 422, "the online notice asks for no consent");
        assert_eq!(ask(&right).await.status, 201, "the control");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_version_is_kept_byte_for_byte_and_logged() {
    for world in World::both().await {
        let path = "/notice/direct.html?lang=de";
        let first = get(&world, path).await.expect(200).body;
        let old = notice(&world);
        let mut config = world.config.clone();
        config.features.enabled.push(Feature::Voice);
        let world = world.again(config.clone()).await;
        let second = get(&world, path).await.expect(200).body;
        assert_ne!(first, second);
        let kept = get(&world, &format!("{path}&version=1")).await.expect(200);
        assert_eq!(kept.body, first, "the first version is what it was");
        assert_ne!(notice(&world), old);
        // Started again with nothing changed: no further version.
        let world = world.again(config).await;
        let found = get(&world, "/v1/notices/direct").await.expect(200).json();
        assert_eq!(found["version"], 2);
        let [direct, registers] = published(&world).await;
        assert_eq!(direct, [old, notice(&world)], "each version has one leaf");
        assert_eq!(registers, [Hash::of(DEMONSTRATION.as_bytes())]);
    }
}

/// The hashes of direct notices and of registers that are in the log, in order.
async fn published(world: &World) -> [Vec<Hash>; 2] {
    world.work().await;
    let rows = world.db.rows(OWN_LEAVES, vec![[0_u8; 16].into()]).await.expect("there are leaves");
    let mut found: [Vec<(u32, Hash)>; 2] = [Vec::new(), Vec::new()];
    for row in rows {
        let leaf = Leaf::from_bytes(&row.blob(0).expect("a leaf")).expect("a leaf");
        if let What::Publication { kind, hash, version } = leaf.event.what {
            match kind.as_str() {
                "direct" => found[0].push((version, hash)),
                "registers" => found[1].push((version, hash)),
                _ => {}
            }
        }
    }
    found.map(|mut versions| {
        versions.sort_unstable();
        versions.into_iter().map(|(_, hash)| hash).collect()
    })
}

async fn put(ada: &mut Person, child: ChildId, camera: &Toy) -> Answer {
    let (_, bytes) = record(ada.family().await, child, &camera.keys.sig);
    let path = format!("{}/records", ada.family_path());
    let put = Ask::post(path, &Value::Null).bytes("application/cbor", bytes);
    camera.caller.ask(put).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_beyond_a_consent_waits_for_another_one_and_nothing_else_does() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, child).await;
        let old = notice(&world);
        put(&mut ada, child, &camera).await.expect(201);

        // Narrower: voice was never on here, and is off again.
        let mut config = world.config.clone();
        config.features.enabled.retain(|feature| *feature != Feature::Settings);
        let world = world.again(config.clone()).await;
        assert_ne!(notice(&world), old);
        put(&mut ada, child, &camera).await.expect(201);

        // Wider: somebody who is a part of the service gets pictures.
        let party = format!(
            "[[party]]\nid = \"printer\"\nname = \"Printer Ltd\"\nkind = \"service\"\n\
             purpose = \"storage\"\ngets = [\"pictures\"]\nregion = \"US\"\nintegral = true\n\
             assurance = {{ sha256 = \"{}\", signed_on = 2026-01-01, expires_on = 2027-01-01 }}\n\
             reviewed_on = 2026-01-01\nreview_due_on = 2027-01-01\n",
            "00".repeat(32)
        );
        let file = config.registers.file.clone().expect("tests have registers");
        std::fs::write(file, format!("{DEMONSTRATION}{party}")).expect("they can be written");
        let world = world.again(config).await;
        let refused = put(&mut ada, child, &camera).await;
        assert_eq!(refused.status, 409);
        assert_eq!(refused.problem(), "consent-outdated");
        assert_eq!(refused.json()["notice"], notice(&world).to_string());

        let asked = |hash| Ask::get(format!("/v1/notices/direct?since={hash}"));
        let since = world.nobody().ask(asked(old)).await.expect(200).json();
        assert_eq!(since["since"], json!({ "version": 1, "asks_again": ["photos"] }));
        let now = world.nobody().ask(asked(notice(&world))).await.expect(200).json();
        assert_eq!(now["since"]["asks_again"], json!([]));
        world.nobody().ask(asked(Hash::of(b"another"))).await.expect(422);

        let today = ada.guardian.today();
        let to_camera = |(hash, it): (Hash, &Granted)| (it.header.notice == old).then_some(hash);
        let agreed: Vec<_> = ada.family().await.live_grants(today).filter_map(to_camera).collect();
        ada.guardian.agree_again(&agreed, notice(&world)).await.expect("agrees again");
        put(&mut ada, child, &camera).await.expect(201);
        let again = ada.guardian.agree_again(&agreed, notice(&world)).await;
        assert!(again.is_err(), "what was agreed to already is asked for no more");
    }
}
