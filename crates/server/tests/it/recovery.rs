//! Ways back to lost keys: what a session alone may call off, and what nobody may.

use serde_json::json;
use treehouse_client::guardian::Guardian;
use treehouse_client::pairing::Check;
use treehouse_client::toy::{Progress, Toy};
use treehouse_protocol::chain::body::{Caps, Policy};
use treehouse_protocol::id::{ChildId, Hash};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::{Category, Method, Rights, Role};

use crate::http::{Ask, b64};
use crate::people::{Person, notice};
use crate::world::World;

/// A toy of our own client's that may bring guardians back.
pub async fn tablet(world: &World, ada: &mut Person, child: ChildId, what: Category) -> Toy {
    let caps = Caps::from_bits(Caps::RECOVERY).unwrap();
    linked(world, ada, child, caps, &[(what, Rights::READ)]).await
}

/// A toy of our own client's, in a folder that stays.
pub async fn linked(
    world: &World,
    ada: &mut Person,
    child: ChildId,
    caps: Caps,
    rights: &[(Category, Rights)],
) -> Toy {
    let folder = tempfile::tempdir().unwrap().keep();
    let mut toy = Toy::create(&folder, &world.connect().await, Suite::XWing).unwrap();
    let mut waiting = toy.ask_code().await.unwrap();
    let scanned = ada.guardian.link_scanned(&waiting.qr(), Some(child), caps).await;
    let mut pairing = scanned.unwrap();
    let proposed = Progress::Proposed(Check::Scanned);
    assert_eq!(toy.progress(&mut waiting).await.unwrap(), proposed);
    toy.accept(&waiting).await.unwrap();
    let (check, proof) = ada.guardian.accepted(&mut pairing).await.unwrap().unwrap();
    assert_eq!(check, Check::Scanned);
    ada.guardian.finish_link(&pairing, proof, rights, notice(world)).await.unwrap();
    assert_eq!(toy.progress(&mut waiting).await.unwrap(), Progress::Linked);
    toy.refresh().await.unwrap();
    toy
}

/// Somebody with the mailbox of this guardian makes new keys, and the toy announces them.
async fn announced(world: &World, person: &Person, toy: &mut Toy) -> (Guardian, Hash) {
    let (server, ksf) = (world.connect().await, Ksf::cheap_for_load_tests());
    Guardian::ask_link(&server, &person.email, true).await.unwrap();
    let token = world.letter(&person.email, "reset").await;
    let password = "another password than before";
    let mut back = Guardian::register(&server, &token, password, &ksf).await.unwrap();
    back.make_new_keys().await.unwrap();
    let asked = back.ask_verification(Method::EmailPlus, notice(world)).await.unwrap();
    Guardian::confirm(&server, &world.letter(&person.email, "verify").await).await.unwrap();
    let verified = back.verification(&asked.id).await.unwrap();
    let code = back.ask_toy(&verified).await.unwrap();
    let shown = toy.asked_back().await.unwrap().pop().unwrap();
    let announcement = toy.confirm(&shown, &code).await.unwrap();
    (back, announcement)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_without_keys_calls_an_announced_key_off_if_it_is_an_owners_or_its_own() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let share: [(ChildId, &[Category]); 1] = [(child, &[Category::Photos])];
        let cara = ada.admit(&world, "cara", Role::Carer, &share).await;
        let other = ada.admit(&world, "cora", Role::Carer, &share).await;
        let policy = Policy { toy_recovery: true, ..Policy::DEFAULT };
        ada.guardian.set_policy(policy).await.unwrap();
        let mut tablet = tablet(&world, &mut ada, child, Category::Photos).await;
        let path = format!("{}/reductions", ada.family_path());
        let off = |announcement: Hash| {
            let body = json!({ "what": "call-off", "announcement": announcement.to_string() });
            Ask::post(path.clone(), &body)
        };
        let (mut thief, first) = announced(&world, &cara, &mut tablet).await;
        other.caller.ask(off(first)).await.expect(403);
        ada.caller.ask(off(Hash::NONE)).await.expect(404);
        ada.caller.ask(off(first)).await.expect(201);
        ada.caller.ask(off(first)).await.expect(404);
        world.clock.advance_ms(4 * 24 * 60 * 60 * 1000);
        assert!(tablet.hand_over(first).await.is_err(), "what was called off stays so");
        assert!(thief.come_back().await.is_err());

        let (own, second) = announced(&world, &cara, &mut tablet).await;
        let family = own.own_family().await.unwrap();
        own.call_off_without_keys(family, second).await.expect("her own");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_a_way_back_is_told_to_every_guardian_and_ends_by_itself() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let ben = ada.admit(&world, "ben", Role::Owner, &[]).await;
        let letters = world.letters().await;
        let ask = |request: &[u8], kept: &[u8]| {
            let body = json!({ "request": b64(request), "kept": b64(kept) });
            Ask::put("/v1/account/recovery", &body)
        };
        ada.caller.ask(ask(b"", b"keys")).await.expect(204);
        assert_eq!(world.letters().await, letters, "nobody is asked yet");
        ada.caller.ask(ask(b"help", b"keys")).await.expect(204);
        assert_eq!(world.letters().await, letters + 2);
        ada.caller.ask(ask(&vec![0; 16 * 1024 + 1], b"")).await.expect(422);
        ada.caller.ask(ask(b"", &vec![0; 4 * 1024 + 1])).await.expect(422);
        let account = ada.guardian.account();
        let path = format!("{}/recoveries/{account}/answer", ada.family_path());
        let answer = || Ask::post(path.clone(), &json!({ "answer": b64(b"sealed") }));
        ben.caller.ask(answer()).await.expect(204);
        ben.caller.ask(answer()).await.expect(409);
        let own = ada.caller.ask(Ask::get("/v1/account/recovery")).await.expect(200).json();
        assert_eq!(own["answer"], b64(b"sealed"));
        assert_eq!(own["answered_by"], format!("{:?}", ben.key()));
        world.clock.advance_ms(14 * 24 * 60 * 60 * 1000);
        ada.caller.ask(Ask::get("/v1/account/recovery")).await.expect(404);
        world.work().await;
        assert_eq!(world.census().await["recovery"], 0);
    }
}
