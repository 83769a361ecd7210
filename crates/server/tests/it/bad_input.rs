//! Whatever comes in that isn't right is refused with a problem document, and changes nothing.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value};

use crate::access::cast::{Cast, Who};
use crate::access::routes::{ROUTES, Relation, Route};
use crate::http::{Answer, Ask};
use crate::world::World;

/// Fields that may be left out.
const OPTIONAL: [&str; 4] = ["slot", "children", "child", "category"];
/// Fields that people write; the others hold base64url, hexadecimal digits or words.
const FREE: [&str; 5] = ["reason", "email", "user_code", "code", "text"];
/// Fields that hold bytes of which the server knows nothing, not even how many there are.
const OPAQUE: [&str; 3] = ["name", "answer", "kept"];
/// The address where a `request` is such a field, too; elsewhere it is a message of sign-in.
const ASKS_BACK: &str = "/v1/account/recovery";

/// Who may send this.
fn sender(route: &Route) -> Who {
    match route.name {
        name if name.contains("/steward/") => Who::Steward,
        name if name.contains("/blobs") || name.ends_with("/records") => Who::Toy,
        "POST /v1/toys/wiped" => Who::Toy,
        _ => Who::Owner,
    }
}

/// A request that must be refused, and how.
async fn refused(cast: &Cast, who: Who, ask: Ask, statuses: &[u16], what: &str) -> Answer {
    let told = format!("{} {}: {what}", ask.method, ask.path);
    let answer = cast.caller(who).ask(ask).await;
    assert!(statuses.contains(&answer.status), "{told}: {answer:?}");
    answer.problem();
    answer
}

fn fields(ask: &Ask) -> Option<Map<String, Value>> {
    let body = serde_json::from_slice::<Value>(ask.body.as_ref()?).ok()?;
    body.as_object().cloned()
}

fn with(ask: &Ask, fields: &Map<String, Value>, name: &str, value: Option<Value>) -> Ask {
    let mut fields = fields.clone();
    match value {
        Some(value) => fields.insert(name.to_owned(), value),
        None => fields.remove(name),
    };
    let body = Some(Value::Object(fields).to_string().into_bytes());
    Ask { body, ..ask.clone() }
}

/// Everything that a string could be made of to be another.
fn bent(path: &str, name: &str, text: &str) -> Vec<(&'static str, Value)> {
    let mut bent = vec![("a NUL byte", format!("{text}\0"))];
    if !FREE.contains(&name) {
        bent.extend([
            ("padding", format!("{text}=")),
            ("space", format!(" {text}")),
            ("not ASCII", format!("{text}\u{e4}")),
            ("a way out", "../../etc/passwd".to_owned()),
        ]);
        let opaque = OPAQUE.contains(&name) || (path == ASKS_BACK && name == "request");
        if !opaque {
            bent.extend([
                ("too short", text[..text.len() - 1].to_owned()),
                ("too long", format!("{text}a")),
                ("empty", String::new()),
            ]);
        }
        if text.bytes().any(|sign| matches!(sign, b'a'..=b'f')) && is_hexadecimal(text) {
            bent.push(("upper case", text.to_uppercase()));
        }
    }
    bent.into_iter().map(|(what, text)| (what, Value::String(text))).collect()
}

fn is_hexadecimal(text: &str) -> bool {
    [32, 64].contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_hexdigit())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_not_right_are_refused_and_change_nothing() {
    for world in World::both().await {
        let mut cast = Cast::new(&world).await;
        let mut tried = 0;
        for route in ROUTES {
            let who = sender(route);
            let relation = route.relations()[0];
            let ask = route.request(&world, &mut cast, who, relation).await;
            let Some(fields) = fields(&ask) else { continue };
            tried += 1;
            let before = world.census().await;
            bad_bodies(&cast, who, &ask).await;
            bad_fields(&cast, who, &ask, &fields).await;
            assert_eq!(world.census().await, before, "{} changed something", route.name);
        }
        assert!(tried > 25, "there are more routes with a body");
    }
}

async fn bad_bodies(cast: &Cast, who: Who, ask: &Ask) {
    let body = |body: Vec<u8>| Ask { body: Some(body), ..ask.clone() };
    for (what, bytes) in [
        ("not JSON", b"{".to_vec()),
        ("nothing", Vec::new()),
        ("not UTF-8", b"{\"a\": \"\xff\"}".to_vec()),
        ("an array", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("deep", "[".repeat(100_000).into_bytes()),
        ("two", [ask.body.as_deref().unwrap_or_default(), b"{}"].concat()),
    ] {
        refused(cast, who, body(bytes), &[400, 422], what).await;
    }
    let mut large = ask.body.clone().unwrap_or_default();
    large.resize(800 * 1024, b' ');
    refused(cast, who, body(large), &[413], "too large").await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let mut other = ask.clone();
        other.headers.retain(|(name, _)| *name != "content-type");
        refused(cast, who, other.header("content-type", kind), &[415], kind).await;
    }
}

async fn bad_fields(cast: &Cast, who: Who, ask: &Ask, fields: &Map<String, Value>) {
    let unknown = with(ask, fields, "surprise", Some(Value::Null));
    refused(cast, who, unknown, &[422], "an unknown field").await;
    for (name, value) in fields {
        let told = |what: &str| format!("{name}: {what}");
        if !OPTIONAL.contains(&name.as_str()) {
            let missing = with(ask, fields, name, None);
            refused(cast, who, missing, &[422], &told("missing")).await;
            let null = with(ask, fields, name, Some(Value::Null));
            refused(cast, who, null, &[400, 422], &told("null")).await;
        }
        let other = with(ask, fields, name, Some(serde_json::json!({ "a": 1 })));
        refused(cast, who, other, &[400, 422], &told("another type")).await;
        let bent = match value {
            Value::String(text) => bent(&ask.path, name, text),
            Value::Number(_) => ["-1", "0.5", "18446744073709551616", "1e400"]
                .map(|number| {
                    ("another number", serde_json::from_str(number).unwrap_or(Value::Null))
                })
                .into(),
            _ => Vec::new(),
        };
        for (what, value) in bent {
            let bent = with(ask, fields, name, Some(value));
            // A well-formed code, link or name that nobody has is over, not there, or refused.
            refused(cast, who, bent, &[400, 401, 404, 409, 410, 422], &told(what)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_not_right_are_refused_and_change_nothing() {
    for world in World::both().await {
        let mut cast = Cast::new(&world).await;
        let before = world.census().await;
        for (name, most) in [
            ("POST /v1/families/{family}/records", 80 << 10),
            ("PUT /v1/families/{family}/blobs/{blob}/parts/{part}", 8 << 20),
            ("PUT /v1/verifications/{verification}/scan", 8 << 20),
        ] {
            let route = ROUTES.iter().find(|route| route.name == name).expect("a route");
            let who = sender(route);
            let ask = route.request(&world, &mut cast, who, Relation::Own).await;
            let whole = ask.body.clone().expect("a body");
            for (what, bytes) in [
                ("nothing", Vec::new()),
                ("cut off", whole[..whole.len() - 1].to_vec()),
                ("zeros", vec![0; whole.len() + 1]),
                ("too large", vec![0; most + 1]),
            ] {
                if what == "cut off" && name.contains("scan") {
                    continue; // what a scan shows is for stewards to see
                }
                let ask = Ask { body: Some(bytes), ..ask.clone() };
                refused(&cast, who, ask, &[400, 413, 422], what).await;
            }
        }
        assert_eq!(world.census().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_that_name_nothing_are_not_found() {
    for world in World::both().await {
        let mut cast = Cast::new(&world).await;
        for route in ROUTES.iter().filter(|route| route.name.contains('{')) {
            let who = sender(route);
            let ask = route.request(&world, &mut cast, who, Relation::Own).await;
            let before = world.census().await;
            let path = ask.path.split('?').next().unwrap_or_default().to_owned();
            for id in path.split('/').filter(|part| part.len() >= 32) {
                for (what, other) in [
                    ("too short", id[1..].to_owned()),
                    ("too long", format!("{id}0")),
                    ("upper case", format!("A{}", &id[1..])),
                    ("a way out", "..%2f..%2f..%2fetc%2fpasswd".to_owned()),
                    ("a NUL byte", format!("%00{}", &id[1..])),
                    ("not UTF-8", format!("%ff{}", &id[1..])),
                    ("a hyphen", format!("{}-{}", &id[..8], &id[9..])),
                    ("a sign", format!("+{}", &id[1..])),
                ] {
                    let bent = Ask { path: ask.path.replace(id, &other), ..ask.clone() };
                    refused(&cast, who, bent, &[404], what).await;
                }
            }
            assert_eq!(world.census().await, before, "{} changed something", route.name);
        }
        for (method, path, status) in [
            (Method::GET, "/", 404),
            (Method::GET, "/v1", 404),
            (Method::GET, "/v1/families", 405),
            (Method::PATCH, "/v1/account", 405),
            (Method::TRACE, "/v1/account", 405),
            (Method::GET, "/v1/account/", 404),
            (Method::GET, "//v1/account", 404),
        ] {
            refused(&cast, Who::Owner, Ask::new(method, path), &[status], "no route").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_that_are_not_right_are_refused_and_the_odd_ones_are_answered() {
    for world in World::both().await {
        let cast = Cast::new(&world).await;
        let chain = format!("{}/chain", cast.own.owner.family_path());
        let records = format!("{}/records", cast.own.owner.family_path());
        let child = cast.own.child;
        let most = u64::MAX;
        let mut refusals: BTreeMap<Who, Vec<String>> = BTreeMap::new();
        refusals.entry(Who::Owner).or_default().extend([
            format!("{chain}?from=-1"),
            format!("{chain}?from={most}0"),
            format!("{chain}?limit=many"),
            format!("{chain}?surprise=1"),
            format!("{chain}?from=1&from=2"),
            records.clone(),
            format!("{records}?child={child}"),
            format!("{records}?child={child}&category=nonsense"),
            format!("{records}?child={child}&category=photos&surprise=1"),
            format!("{records}?child=1&category=photos"),
        ]);
        refusals.entry(Who::Steward).or_default().extend([
            "/v1/steward/acts?before_ms=now".to_owned(),
            "/v1/steward/acts?before=1".to_owned(),
            "/v1/steward/acts?surprise=1".to_owned(),
        ]);
        for (who, paths) in refusals {
            for path in paths {
                refused(&cast, who, Ask::get(path), &[422], "a query").await;
            }
        }
        for path in [
            format!("{chain}?from={most}"),
            format!("{chain}?limit=-1"),
            format!("{chain}?limit={}", i64::MAX),
            format!("{records}?child={child}&category=photos&after={most}"),
            format!("{records}?child={child}&category=photos&limit=-1"),
            format!("{records}?child={child}&category=photos&limit={}", i64::MAX),
        ] {
            let answer = cast.caller(Who::Owner).ask(Ask::get(path.clone())).await;
            assert!([200, 422].contains(&answer.status), "{path}: {answer:?}");
        }
        let acts = format!("/v1/steward/acts?before_ms={}", i64::MIN);
        cast.caller(Who::Steward).ask(Ask::get(acts)).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_of_a_mebibyte_is_not_taken_and_the_server_goes_on() {
    for world in World::both().await {
        let ask = Ask::get("/v1/deployment");
        let long = ask.clone().header("x-long", "a".repeat(1 << 20));
        // The connection may end before the answer has come.
        if let Ok(answer) = world.http.try_send(&long).await {
            assert_eq!(answer.status, 431);
        }
        world.nobody().ask(ask).await.expect(200);
    }
}
