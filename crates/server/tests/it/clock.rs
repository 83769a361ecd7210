//! Everything that ends, ends on the millisecond: just before it works; from then on it's
//! refused, and nothing is changed.

use serde_json::json;
use treehouse_client::guardian::Consent;
use treehouse_protocol::registry::{Category, Purpose, Rights, Role};
use treehouse_server::data_map::RuleId;
use treehouse_server::port::clock::{Clock, DAY_MS};

use crate::http::{Answer, Ask, Caller, Proven, b64};
use crate::people::{
    Person, address, begin_sign_in, finish_sign_in, mailed_link, notice, registration,
};
use crate::toys::{Toy, Unlinked};
use crate::world::World;

/// How long a nonce may be used at least, in milliseconds: it's given out in its minute, and
/// counts in the next one.
fn nonce_ms() -> i64 {
    RuleId::Nonce.ms() / 2
}

/// A request that must be refused so, and leave everything as it was.
async fn refused(world: &World, caller: &Caller, ask: Ask, status: u16) -> Answer {
    let before = world.census().await;
    let answer = caller.ask(ask).await.expect(status);
    answer.problem();
    assert_eq!(world.census().await, before, "{:?}: something has changed", world.engine);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_counts_for_an_hour() {
    for world in World::both().await {
        let nobody = world.nobody();
        let token = mailed_link(&world, &address("ada")).await;
        let late = registration(&world, &token, "ada climbs the tree house").await;
        let begin = world.clock.now();
        world.clock.set(begin.plus_ms(RuleId::MailLink.ms() - 1));
        let again = registration(&world, &token, "ada climbs the tree house").await;
        world.clock.set(begin.plus_ms(RuleId::MailLink.ms()));
        refused(&world, &nobody, Ask::post("/v1/accounts", &late), 410).await;
        let start = json!({ "token": token, "request": b64(&[1; 32]) });
        refused(&world, &nobody, Ask::post("/v1/accounts/start", &start), 410).await;
        world.clock.set(begin.plus_ms(RuleId::MailLink.ms() - 1));
        nobody.ask(Ask::post("/v1/accounts", &again)).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_waits_a_minute_and_a_session_lasts_thirty_days() {
    for world in World::both().await {
        let nobody = world.nobody();
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (login, body) = begin_sign_in(&ada.email, &ada.password);
        let started = nobody.ask(Ask::post("/v1/sessions/start", &body)).await.expect(200);
        let (body, _) = finish_sign_in(login, &started);
        let begin = world.clock.now();
        world.clock.set(begin.plus_ms(RuleId::SignIn.ms()));
        refused(&world, &nobody, Ask::post("/v1/sessions", &body), 401).await;
        world.clock.set(begin.plus_ms(RuleId::SignIn.ms() - 1));
        let answer = nobody.ask(Ask::post("/v1/sessions", &body)).await.expect(201);
        assert!(answer.header("set-cookie").contains("Max-Age=2592000;"));
        let begin = world.clock.now();
        let caller = Caller::session(&world.http, answer.session());
        world.clock.set(begin.plus_ms(RuleId::Session.ms() - 1));
        caller.ask(Ask::get("/v1/account")).await.expect(200);
        world.clock.set(begin.plus_ms(RuleId::Session.ms()));
        refused(&world, &caller, Ask::get("/v1/account"), 401).await;
        refused(&world, &caller, Ask::delete("/v1/sessions"), 401).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toys_code_counts_for_ten_minutes() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let toy = Unlinked::new(&world).await;
        let claim = Ask::post(
            format!("{}/pairings", ada.family_path()),
            &json!({ "user_code": toy.user_code }),
        );
        let progress = json!({ "device_code": toy.device_code });
        let begin = world.clock.now();
        world.clock.set(begin.plus_ms(RuleId::Pairing.ms()));
        refused(&world, &ada.caller, claim.clone(), 404).await;
        let progress = Ask::post("/v1/toys/progress", &progress);
        refused(&world, &world.nobody(), progress, 410).await;
        world.clock.set(begin.plus_ms(RuleId::Pairing.ms() - 1));
        assert_eq!(toy.progress(&world).await["state"], "authorization-pending");
        ada.caller.ask(claim).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_counts_for_seven_days() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let (ben, _) = Person::verified(&world, "ben", None).await;
        let invitation = ada.guardian.invite(Role::Owner, &[]).await.expect("an invitation");
        let begin = world.clock.now();
        let path = format!("/v1/invitations/{}", invitation.id);
        let answer = json!({ "answer": b64(b"ben") });
        let answer = Ask::post(format!("{path}/answer"), &answer);
        world.clock.set(begin.plus_ms(RuleId::Invitation.ms()));
        refused(&world, &ben.caller, Ask::get(path.clone()), 404).await;
        refused(&world, &ben.caller, answer.clone(), 404).await;
        world.clock.set(begin.plus_ms(RuleId::Invitation.ms() - 1));
        ben.caller.ask(Ask::get(path)).await.expect(200);
        ben.caller.ask(answer).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_waits_fourteen_days() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let body = json!({
            "method": "e-mail-plus",
            "signing_key": b64(ada.keys.sig.verify_key().bytes()),
            "notice": notice(&world).to_string(),
            "adult": true,
        });
        ada.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(201);
        let token = world.letter(&ada.email, "verify").await;
        let begin = world.clock.now();
        let confirm = Ask::post("/v1/verifications/confirm", &json!({ "token": token }));
        world.clock.set(begin.plus_ms(RuleId::Verification.ms()));
        refused(&world, &world.nobody(), confirm.clone(), 410).await;
        world.clock.set(begin.plus_ms(RuleId::Verification.ms() - 1));
        world.nobody().ask(confirm).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_ends_on_its_day() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let ben = ada.admit(&world, "ben", Role::Owner, &[]).await;
        let day = world.clock.now().day();
        let consent = Consent {
            child,
            categories: &[Category::Photos],
            grantee: ben.key(),
            rights: Rights::READ,
            purpose: Purpose::Care,
            notice: notice(&world),
            expires: Some(day.plus(2)),
        };
        ada.guardian.consent(&consent).await.expect("consent for two days");
        let read = format!("{}/records?child={child}&category=photos", ada.family_path());
        let midnight = i64::from(day.plus(2).0) * DAY_MS;
        let set = |ms| world.clock.set(treehouse_server::port::clock::Time(ms));
        set(midnight - 1);
        ben.caller.ask(Ask::get(read.clone())).await.expect(200);
        set(midnight);
        refused(&world, &ben.caller, Ask::get(read.clone()), 404).await;
        ada.caller.ask(Ask::get(read)).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_counts_in_its_minute_and_the_next() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let toy = Toy::camera(&world, &mut ada, child).await;
        let chain = Ask::get(format!("{}/chain", ada.family_path()));
        // The whole minute before is over: the nonce that the toy has is this minute's.
        world.clock.advance_ms(2 * nonce_ms());
        toy.caller.ask(chain.clone()).await.expect(200);
        let minute = world.clock.now().0.div_euclid(nonce_ms()) * nonce_ms();
        let set = |ms| world.clock.set(treehouse_server::port::clock::Time(ms));
        set(minute + 2 * nonce_ms() - 1);
        world.http.send(&toy.caller.signed(&chain)).await.expect(200);
        set(minute + 2 * nonce_ms());
        let stale = world.http.send(&toy.caller.signed(&chain)).await.expect(401);
        assert_eq!(stale.problem(), "use-dpop-nonce");
        let Proven::Toy { nonce, .. } = &toy.caller.proven else { panic!("a toy") };
        assert_ne!(stale.header("dpop-nonce"), nonce.lock().unwrap().as_str());
        toy.caller.ask(chain).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stewards_pass_lasts_twelve_hours_at_most() {
    for world in World::both().await {
        let steward = world.steward("sam", RuleId::StewardPass.ms()).await;
        let begin = world.clock.now();
        world.clock.set(begin.plus_ms(RuleId::StewardPass.ms() - 1));
        steward.ask(Ask::get("/v1/steward/forms")).await.expect(200);
        world.clock.set(begin.plus_ms(RuleId::StewardPass.ms()));
        refused(&world, &steward, Ask::get("/v1/steward/forms"), 401).await;
    }
}
