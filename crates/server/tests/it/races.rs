//! What counts once counts once, however many ask at the same moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{ChildId, Hash};
use treehouse_protocol::registry::{Category, Role};
use treehouse_server::app::idempotency;
use treehouse_server::domain::verification::EMAIL_PLUS_DELAY_MS;
use treehouse_server::random;
use treehouse_server::store::Engine;

use crate::http::{Answer, Ask, Caller, b64, unb64};
use crate::people::{Person, address, mailed_link, notice, registration};
use crate::raw;
use crate::toys::{self, Toy, Unlinked};
use crate::world::World;

const ASKERS: usize = 100;
/// How often a request is sent again until the first one is carried out, at most, and how long it waits between.
const TRIES_MAX: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// The statuses of answers, and how many had each.
fn tally(answers: &[Answer]) -> Vec<(u16, usize)> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    let runs = statuses.chunk_by(|a, b| a == b);
    runs.map(|run| (run[0], run.len())).collect()
}

/// Sends the same request a hundred times at once, by these callers in turn.
async fn all_at_once(callers: &[&Caller], asks: &[Ask]) -> Vec<Answer> {
    let pairs = callers.iter().zip(asks).cycle().take(ASKERS);
    join_all(pairs.map(|(caller, ask)| caller.ask(ask.clone()))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toys_code_is_claimed_once_whoever_types_it() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let eve = Person::founder(&world, "eve").await;
        let toy = Unlinked::new(&world).await;
        let body = json!({ "user_code": toy.user_code });
        let asks = [&ada, &eve]
            .map(|person| Ask::post(format!("{}/pairings", person.family_path()), &body));
        let answers = all_at_once(&[&ada.caller, &eve.caller], &asks).await;
        assert_eq!(tally(&answers), [(201, 1), (404, ASKERS - 1)], "{:?}", world.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_opens_one_account() {
    for world in World::both().await {
        let token = mailed_link(&world, &address("ada")).await;
        let body = registration(&world, &token, "ada climbs the tree house").await;
        let before = world.census().await;
        let ask = [Ask::post("/v1/accounts", &body)];
        let answers = all_at_once(&[&world.nobody()], &ask).await;
        assert_eq!(tally(&answers), [(201, 1), (410, ASKERS - 1)], "{:?}", world.engine);
        let after = world.census().await;
        for (table, more) in [("account", 1), ("session", 1), ("mail_link", -1)] {
            assert_eq!(after[table] - before[table], more, "{table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_is_confirmed_once_and_one_second_letter_goes() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let body = json!({
            "method": "e-mail-plus",
            "signing_key": b64(ada.keys.sig.verify_key().bytes()),
            "notice": notice(&world).to_string(),
            "adult": true,
        });
        ada.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(201);
        let token = world.letter(&ada.email, "verify").await;
        // The second letter of the verification that founded the family.
        world.clock.advance_ms(EMAIL_PLUS_DELAY_MS);
        let before = world.letters().await;
        let ask = [Ask::post("/v1/verifications/confirm", &json!({ "token": token }))];
        let answers = all_at_once(&[&world.nobody()], &ask).await;
        assert_eq!(tally(&answers), [(200, 1), (410, ASKERS - 1)], "{:?}", world.engine);
        world.clock.advance_ms(EMAIL_PLUS_DELAY_MS);
        assert_eq!(world.letters().await - before, 1, "one second letter");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_takes_one_answer() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let (ben, _) = Person::verified(&world, "ben", None).await;
        let (cem, _) = Person::verified(&world, "cem", None).await;
        let invitation = ada.guardian.invite(Role::Owner, &[]).await.expect("an invitation");
        let path = format!("/v1/invitations/{}/answer", invitation.id);
        let asks = [b"ben", b"cem"]
            .map(|answer| Ask::post(path.as_str(), &json!({ "answer": b64(answer) })));
        let answers = all_at_once(&[&ben.caller, &cem.caller], &asks).await;
        assert_eq!(tally(&answers), [(204, 1), (409, ASKERS - 1)], "{:?}", world.engine);
        let won = answers.iter().position(|answer| answer.status == 204).expect("one has won");
        let list = Ask::get(format!("{}/invitations", ada.family_path()));
        let list = ada.caller.ask(list).await.expect(200).json();
        let winner = [b"ben", b"cem"][won % 2];
        assert_eq!(unb64(&list[0]["answer"]), winner, "the answer is that of who was told so");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_links_for_the_same_place_one_wins_and_the_others_are_told_where_it_ends() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let mut asks = Vec::new();
        for _ in 0..ASKERS {
            let child = ChildId::random(&mut random::rng());
            let add = |pen: &mut treehouse_protocol::chain::Pen<'_>| {
                pen.write(Body::ChildAdd(child)).expect("a child may be added");
            };
            asks.push(Ask::post(format!("{}/chain", ada.family_path()), &ada.links(add).await));
        }
        let before = ada.family().await.seen();
        let answers = join_all(asks.iter().map(|ask| ada.caller.ask(ask.clone()))).await;
        assert_eq!(tally(&answers), [(201, 1), (409, ASKERS - 1)], "{:?}", world.engine);
        let after = ada.family().await.seen();
        assert_eq!(after.seq, before.seq + 1);
        for (answer, ask) in answers.iter().zip(&asks) {
            let told = answer.json();
            assert_eq!(told["seq"], after.seq);
            assert_eq!(told["head"], after.head.to_string());
            let sent: serde_json::Value =
                serde_json::from_slice(ask.body.as_ref().expect("a body")).expect("JSON");
            let won = Hash::of(&unb64(&sent["links"][0])) == after.head;
            assert_eq!(answer.status, if won { 201 } else { 409 });
            assert!(won || answer.problem() == "behind");
        }
    }
}

/// How many reads run while consent is withdrawn.
const READS: usize = 10_000;
/// After how many of them it is withdrawn: the later ones are refused, which costs less.
const READS_BEFORE: usize = 2_000;
/// How many of them run at any moment.
const READERS: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_that_begins_after_consent_was_withdrawn_succeeds() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, child).await;
        let frame = Toy::frame(&world, &mut ada, child).await;
        let (_, picture) = toys::record(ada.family().await, child, &camera.keys.sig);
        let records = format!("{}/records", ada.family_path());
        let put = Ask::new(reqwest::Method::POST, records.clone());
        camera.caller.ask(put.bytes("application/cbor", picture)).await.expect(201);
        let withdraw = json!({ "what": "withdraw", "purpose": "play", "child": child.to_string() });
        let withdraw = Ask::post(format!("{}/reductions", ada.family_path()), &withdraw);
        let read = Ask::get(format!("{records}?child={child}&category=photos"));
        let [before, during, after] = read_while(&frame, &read, &ada, &withdraw).await;
        let counts = format!("{before} before, {during} during, {after} after");
        assert_eq!(before + during + after, READS, "{counts}");
        assert!(before >= READS_BEFORE - READERS && after > READS / 2, "{counts}");
    }
}

/// Reads without a pause while consent is withdrawn. Answers how many reads succeeded, were
/// refused before the withdrawal was acknowledged, and began after that.
async fn read_while(frame: &Toy, read: &Ask, ada: &Person, withdraw: &Ask) -> [usize; 3] {
    let begun = AtomicUsize::new(0);
    let acknowledged = Arc::new(AtomicBool::new(false));
    let counts: [AtomicUsize; 3] = Default::default();
    let turned = tokio::sync::Notify::new();
    let readers = join_all((0..READERS).map(|_| async {
        loop {
            let number = begun.fetch_add(1, Ordering::SeqCst);
            if number >= READS {
                break;
            }
            if number == READS_BEFORE {
                turned.notify_one();
            }
            let late = acknowledged.load(Ordering::SeqCst);
            let answer = frame.caller.ask(read.clone()).await;
            let kind = match (late, answer.status) {
                (false, 200) => {
                    let shown = answer.json()["records"].as_array().map_or(0, Vec::len);
                    // Between the withdrawal and its acknowledgement nothing is promised.
                    assert!(shown <= 1);
                    0
                }
                (false, 404) => 1,
                (true, 404) => 2,
                (late, status) => panic!("late: {late}, status {status}"),
            };
            counts[kind].fetch_add(1, Ordering::SeqCst);
        }
    }));
    let withdrawal = async {
        turned.notified().await;
        ada.caller.ask(withdraw.clone()).await.expect(201);
        acknowledged.store(true, Ordering::SeqCst);
    };
    tokio::join!(readers, withdrawal);
    counts.map(AtomicUsize::into_inner)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_finds_its_answer_when_it_comes_again() {
    // Only there can anything be held up between a request's claim and its answer: the embedded store has
    // one writer.
    let [_, world] = World::both().await;
    let ada = Person::founder(&world, "ada").await;
    let invitations = format!("{}/invitations", ada.family_path());
    let invite = Ask::post(&invitations, &json!({ "role": "owner", "children": [] }));
    let invite = invite.header("idempotency-key", "the first");
    let [main, _] = raw::locations(&world);
    let claims = async || raw::rows(&main, "idempotency").await.len();
    let before = claims().await;
    let held = raw::hold(&main, "invitation").await;
    let claimed = async {
        while claims().await == before {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        answer = ada.caller.ask(invite.clone()) => panic!("nothing holds it up: {}", answer.status),
        () = claimed => {}
    }
    // On the same connection, so the server has read by now that nobody waits for the other answer.
    ada.caller.ask(Ask::get("/v1/account/keys")).await.expect(200);
    drop(held);
    let mut again = ada.caller.ask(invite.clone()).await;
    for _ in 0..TRIES_MAX {
        if again.status != 409 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        again = ada.caller.ask(invite.clone()).await;
    }
    let again = again.expect(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let open = ada.caller.ask(Ask::get(&invitations)).await.expect(200).json();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "it was carried out once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_cut_off_with_its_server_may_come_again() {
    for world in World::both().await {
        let request = idempotency::request(b"asker", b"key", &[b"said"]);
        let claim = || idempotency::claim(&world.app, request);
        assert!(claim().await.expect("the database works").is_none(), "nobody has answered it");
        assert!(claim().await.is_err(), "it's being carried out");
        // What the next server does when it begins.
        idempotency::begin(&world.app.db).await.expect("the database works");
        if world.engine == Engine::Postgres {
            assert!(claim().await.is_err(), "another server may be carrying it out");
            world.clock.advance_ms(i64::from(idempotency::CARRIED_OUT_S_MAX) * 1000);
        }
        assert!(claim().await.expect("the database works").is_none(), "{:?}", world.engine);
        assert!(claim().await.is_err(), "it's being carried out once more");
        let answer = Some((201, b"{}".to_vec()));
        idempotency::settle(&world.app, request, answer.clone()).await.expect("it's kept");
        idempotency::begin(&world.app.db).await.expect("the database works");
        assert_eq!(claim().await.expect("the database works"), answer, "an answer stays");
    }
}
