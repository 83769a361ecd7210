//! What each request brings along, as right as the one who asks can make it.

use serde_json::{Value, json};
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{BlobId, ChildId, FamilyId, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::opaque::{ClientRegistration, Ksf};
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_server::domain::talk::Talk;
use treehouse_server::random;

use super::cast::{BLOB, Cast, SCAN, Who, ask_verification, recovery};
use crate::http::{Ask, b64, unb64};
use crate::people::{self, DEPLOYMENT, address};
use crate::toys;
use crate::world::World;

const REASON: &str = "the matrix asks this of everybody";

/// The request with its body and its query.
pub async fn fill(
    name: &str,
    ask: Ask,
    world: &World,
    cast: &mut Cast,
    who: Who,
    family: FamilyId,
) -> Ask {
    if name == "GET /v1/live" {
        let ask = ask.header("connection", "upgrade").header("upgrade", "websocket");
        let ask = ask.header("sec-websocket-version", "13");
        return ask.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    if let Some(body) = of_nobody(name, world, cast).await {
        return ask.json(&body);
    }
    if let Some(body) = of_account(name, world, cast, who).await {
        return ask.json(&body);
    }
    if let Some(body) = of_family(name, cast, who, family).await {
        return ask.json(&body);
    }
    match name {
        "GET /v1/families/{family}/records" => {
            let path = format!("{}?child={}&category=photos", ask.path, cast.own.child);
            Ask { path, ..ask }
        }
        "POST /v1/families/{family}/records" => {
            ask.bytes("application/cbor", record(cast, who).await)
        }
        "PUT /v1/families/{family}/blobs/{blob}/parts/{part}" => {
            ask.bytes("application/octet-stream", BLOB.to_vec())
        }
        "PUT /v1/verifications/{verification}/scan" => ask.bytes("image/png", SCAN.to_vec()),
        _ => ask,
    }
}

fn first_message(password: &str) -> (ClientRegistration, String) {
    let started = ClientRegistration::start(password.as_bytes(), &mut random::rng());
    let (state, request) = started.expect("a password");
    (state, b64(&request))
}

/// A mailbox that nobody has used.
fn fresh_address() -> String {
    address(&ChildId::random(&mut random::rng()).to_string())
}

/// What anybody may send who proves nothing.
async fn of_nobody(name: &str, world: &World, cast: &Cast) -> Option<Value> {
    let owner = &cast.own.owner;
    Some(match name {
        "POST /v1/complaints" => json!({ "text": "the matrix complains about everything" }),
        "POST /v1/accounts/links" => json!({ "email": fresh_address(), "purpose": "register" }),
        "POST /v1/accounts/start" => {
            let token = people::mailed_link(world, &fresh_address()).await;
            json!({ "token": token, "request": first_message("a new password").1 })
        }
        "POST /v1/accounts" => {
            let token = people::mailed_link(world, &fresh_address()).await;
            people::registration(world, &token, "a new and long password").await
        }
        "POST /v1/sessions/start" => people::begin_sign_in(&owner.email, &owner.password).1,
        "POST /v1/sessions" => {
            let (login, body) = people::begin_sign_in(&owner.email, &owner.password);
            let started = world.nobody().ask(Ask::post("/v1/sessions/start", &body)).await;
            people::finish_sign_in(login, &started).0
        }
        "POST /v1/verifications/confirm" => json!({ "token": b64(&[7; 32]) }),
        "POST /v1/toys/code" => {
            let seed = Secret::random(&mut random::rng());
            let keys = PrivateKeys::from_seed(Suite::X25519, &seed).public();
            json!({
                "signing_key": b64(keys.sig.bytes()),
                "suite": 1,
                "sealing_key": b64(keys.kem.bytes()),
                "commitment": b64(&[7; 32]),
            })
        }
        "POST /v1/toys/progress" => json!({ "device_code": cast.waiting.device_code }),
        "POST /v1/toys/accept" => json!({
            "device_code": cast.waiting.device_code,
            "nonce": b64(&[7; 16]),
            "accept_sig": b64(&[7; 64]),
        }),
        _ => return None,
    })
}

/// What belongs to an account, and what stewards send.
async fn of_account(name: &str, world: &World, cast: &mut Cast, who: Who) -> Option<Value> {
    Some(match name {
        "POST /v1/account/password/start" => json!({ "request": first_message("a password").1 }),
        "POST /v1/account/password" => password(cast, who).await,
        "PUT /v1/account/keys" => {
            let own = cast.caller(who).ask(Ask::get("/v1/account/keys")).await;
            let owners = cast.own.owner.caller.ask(Ask::get("/v1/account/keys")).await;
            if own.is_success() { own.json() } else { owners.json() }
        }
        "PUT /v1/account/recovery" => recovery(),
        "PUT /v1/account/slots" => cast.own.owner.slot().1,
        "POST /v1/verifications" => ask_verification(world, cast.key(Who::Nobody), "e-mail-plus"),
        "POST /v1/verifications/{verification}/code" => json!({ "code": "1234 5678" }),
        "POST /v1/verifications/{verification}/answers" => json!({ "chosen": [0, 1, 2, 3, 4] }),
        "POST /v1/verifications/{verification}/questions" => {
            json!({ "name": "Ada Adult", "born_on": "1980-12-31", "address": "1 Street, Town" })
        }
        "POST /v1/families" => json!({ "links": [] }),
        "POST /v1/steward/forms/{verification}/scan"
        | "POST /v1/steward/forms/{verification}/recommend" => json!({ "reason": REASON }),
        "POST /v1/steward/talks" => {
            let done: Vec<_> = Talk::steps(Method::Call).map(|step| step.word).collect();
            json!({ "code": cast.talk, "done": done, "reason": REASON })
        }
        "POST /v1/steward/forms/{verification}/decide" => {
            json!({ "approve": true, "reason": REASON })
        }
        _ => return None,
    })
}

/// The same password again, which makes a new record.
async fn password(cast: &mut Cast, who: Who) -> Value {
    let text = cast.person(who).map_or_else(String::new, |person| person.password.clone());
    let text = if text.is_empty() { "a password of nobody" } else { &text };
    let (state, request) = first_message(text);
    let start = Ask::post("/v1/account/password/start", &json!({ "request": request }));
    let started = cast.caller(who).ask(start).await;
    if !started.is_success() {
        return json!({ "record": b64(&[7; 192]), "slot": null });
    }
    let response = unb64(&started.json()["response"]);
    let (ksf, rng) = (Ksf::cheap_for_load_tests(), &mut random::rng());
    let registered = state.finish(&response, DEPLOYMENT, &ksf, rng).expect("the server's own");
    let person = cast.person(who).expect("only people have passwords");
    json!({ "record": b64(&registered.record), "slot": person.slot().1["slot"] })
}

/// What belongs to a family.
async fn of_family(name: &str, cast: &mut Cast, who: Who, family: FamilyId) -> Option<Value> {
    Some(match name {
        "POST /v1/families/{family}/chain" => link(cast, who, family).await,
        "POST /v1/families/{family}/reductions" => {
            json!({ "what": "remove-toy", "key": format!("{:?}", cast.own.spare_toy) })
        }
        "POST /v1/families/{family}/blobs" => cast.own.announce(BlobId::random(&mut random::rng())),
        "POST /v1/families/{family}/invitations" => json!({ "role": "owner" }),
        "POST /v1/families/{family}/pairings" => json!({ "user_code": cast.waiting.user_code }),
        "PUT /v1/families/{family}/pairings/{pairing}" => {
            json!({ "child": cast.own.child.to_string(), "caps": 1, "nonce": b64(&[7; 16]) })
        }
        "POST /v1/families/{family}/recoveries/{account}/answer" => {
            json!({ "answer": b64(b"sealed to the asker") })
        }
        "PUT /v1/families/{family}/toys/{key}/name" => json!({ "name": b64(b"sealed") }),
        "POST /v1/invitations/{invitation}/answer" => json!({ "answer": b64(b"an answer") }),
        _ => return None,
    })
}

/// A further child, signed by the one who asks.
async fn link(cast: &mut Cast, who: Who, family: FamilyId) -> Value {
    let own = cast.own.owner.family().await;
    let (seen, day) = (own.seen(), own.day());
    let body = Body::ChildAdd(ChildId::random(&mut random::rng()));
    let link = Link { family, seq: seen.seq + 1, prev: seen.head, day, body };
    let link = b64(&link.sign(cast.key(who)));
    json!({ "after": { "seq": seen.seq, "head": seen.head.to_string() }, "links": [link] })
}

/// A picture, sealed and signed by the one who asks.
async fn record(cast: &mut Cast, who: Who) -> Vec<u8> {
    let (key, child) = (cast.key(who).clone(), cast.own.child);
    let (_, bytes): (RecordId, _) = toys::record(cast.own.owner.family().await, child, &key);
    bytes
}
