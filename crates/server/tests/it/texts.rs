//! A parent is verified by a text message and another one: the number is for nothing else, is sealed
//! while it's needed, and is forgotten.

use serde_json::{Value, json};
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::app::rows;
use treehouse_server::config::{self, Config, Sms};
use treehouse_server::data_map::{Feature, RuleId};
use treehouse_server::domain::sms::{CODES_MAX, TEXT_PLUS_DELAY_MS};
use treehouse_server::port::clock::Clock;
use treehouse_server::random;
use treehouse_server::store::{Row, Sql, StoreError, Tx, Value as Cell, Write, args};

use crate::access::cast::ask_verification;
use crate::http::{Answer, Ask, Caller};
use crate::people::{Person, address, mailed_link, registration, sign_in};
use crate::raw;
use crate::world::World;

const WAITING: Sql = Sql::new("SELECT COUNT(*) FROM letter");
const NUMBER: &str = "+1 555 555-0123";
const PLAIN: &str = "+15555550123";
const DIGITS: &str = "5555550123";

fn body(world: &World, key: &SigningKey, number: &str) -> Value {
    let mut body = ask_verification(world, key, "text-plus");
    body["number"] = json!(number);
    body
}

async fn ask(world: &World, parent: &Person, number: &str) -> Answer {
    let body = body(world, &parent.keys.sig, number);
    parent.caller.ask(Ask::post("/v1/verifications", &body)).await
}

fn id_of(answer: &Answer) -> String {
    answer.json()["verification"].as_str().expect("an id").to_owned()
}

async fn type_code(parent: &Person, id: &str, code: &str) -> Answer {
    let ask = Ask::post(format!("/v1/verifications/{id}/code"), &json!({ "code": code }));
    parent.caller.ask(ask).await
}

async fn standing(parent: &Person, id: &str) -> Value {
    parent.caller.ask(Ask::get(format!("/v1/verifications/{id}"))).await.expect(200).json()
}

/// The code of the one message that has come.
async fn code(world: &World, to: &str) -> String {
    let texts = world.texts(to).await;
    let [text] = texts.as_slice() else { panic!("one message: {texts:?}") };
    let (_, rest) = text.split_once("your code is ").expect("it holds a code");
    rest.chars().take(9).collect()
}

/// Another code than this.
fn wrong(code: &str) -> String {
    if code == "0000 0000" { "0000 0001" } else { "0000 0000" }.to_owned()
}

/// Whether something of the number stands in the databases, in clear.
async fn is_kept(world: &World) -> bool {
    let needles = [DIGITS.to_owned(), hex(DIGITS.as_bytes())];
    for location in raw::locations(world) {
        let rows = raw::dump(&location).await;
        assert!(!rows.is_empty());
        if rows.iter().any(|(_, row)| needles.iter().any(|needle| row.contains(needle))) {
            return true;
        }
    }
    false
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string can be written");
    }
    text
}

/// How many rows hold a sealed number.
async fn numbers(world: &World) -> i64 {
    const COUNT: Sql =
        Sql::new("SELECT COUNT(*) FROM verification WHERE number_sealed IS NOT NULL");
    world.db.row(COUNT, args![]).await.expect("a row").expect("a count").int(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_is_verified_by_a_text_and_a_second_one_says_how_to_take_it_back() {
    for world in World::both().await {
        let (mut ada, _) = Person::verified(&world, "ada", None).await;
        world.clock.advance_ms(2 * TEXT_PLUS_DELAY_MS);
        let mails = world.letters().await;
        let asked = ask(&world, &ada, NUMBER).await.expect(201);
        let id = id_of(&asked);
        assert_eq!(numbers(&world).await, 1);
        assert!(!is_kept(&world).await, "the number lies there in clear");
        let code = code(&world, PLAIN).await;
        assert!(!String::from_utf8_lossy(&asked.body).contains(&code), "the answer tells the code");
        assert!(type_code(&ada, &id, "1234").await.expect(422).problem().contains("invalid"));
        type_code(&ada, &id, &wrong(&code)).await.expect(422);
        assert_eq!(standing(&ada, &id).await["state"], "asked");

        type_code(&ada, &id, &code).await.expect(204);
        let found = standing(&ada, &id).await;
        assert_eq!((&found["state"], &found["method"]), (&json!("attested"), &json!("text-plus")));
        assert_eq!(numbers(&world).await, 0, "the row has forgotten the number");
        type_code(&ada, &id, &code).await.expect(410);

        let typed = world.clock.now();
        world.clock.set(typed.plus_ms(TEXT_PLUS_DELAY_MS - 1));
        assert_eq!(world.texts(PLAIN).await.len(), 1, "the second one waits a day");
        world.clock.set(typed.plus_ms(TEXT_PLUS_DELAY_MS));
        let texts = world.texts(PLAIN).await;
        assert_eq!(texts.len(), 2);
        assert!(texts.iter().all(|text| text.trim_end().len() <= 160), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("Take it back any time")), "{texts:?}");
        world.clock.set(typed.plus_ms(2 * TEXT_PLUS_DELAY_MS));
        assert_eq!(world.texts(PLAIN).await.len(), 2, "and comes once");
        assert_eq!(world.letters().await, mails, "no letter, either");

        // The operator's word counts: a family is founded on it.
        let verified = ada.guardian.verification(&id).await.expect("it's there");
        ada.guardian.found_family(&verified).await.expect("a family is founded");
        let own = ada.key();
        assert_eq!(ada.family().await.verified_by(own), Some(Method::TextPlus));
        assert_eq!(rows::examine(&world.app).await.expect("rows are read"), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_for_texting_a_parent_is_in_no_letter_no_row_and_no_answer() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let begun = ask(&world, &ada, NUMBER).await.expect(201);
        let id = id_of(&begun);
        let list = ada.caller.ask(Ask::get("/v1/verifications")).await.expect(200);
        assert_eq!(world.texts(PLAIN).await.len(), 1, "the control: it was used for this");
        type_code(&ada, &id, &code(&world, PLAIN).await).await.expect(204);
        for answer in [&begun, &list] {
            assert!(!String::from_utf8_lossy(&answer.body).contains(DIGITS));
        }
        world.clock.advance_ms(TEXT_PLUS_DELAY_MS);
        assert_eq!(world.texts(PLAIN).await.len(), 2);
        assert!(!is_kept(&world).await);
        let config::Mail::Outbox { folder, .. } = &world.config.mail else { panic!("a folder") };
        let mut letters = 0;
        for letter in std::fs::read_dir(folder).expect("letters") {
            let text = std::fs::read_to_string(letter.expect("a letter").path()).expect("text");
            assert!(!text.contains(DIGITS), "{text}");
            letters += 1;
        }
        assert!(letters > 0, "the control: letters were written meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_texted_where_anything_is_disclosed() {
    for discloses in [true, false] {
        let change = |config: &mut Config| {
            if discloses {
                config.features.enabled.push(Feature::Messages);
            }
        };
        for world in World::both_with(change).await {
            let nobody = world.nobody();
            let offered = nobody.ask(Ask::get("/v1/deployment")).await.expect(200).json();
            let methods = offered["methods"].as_array().expect("methods").clone();
            assert_eq!(methods.contains(&json!("text-plus")), !discloses, "{methods:?}");
            let notice =
                world.nobody().ask(Ask::get("/notice/direct.html?lang=en")).await.expect(200);
            let notice = String::from_utf8_lossy(&notice.body).into_owned();
            assert_eq!(notice.contains("Your mobile number"), !discloses);
            assert_eq!(notice.contains("By text message"), !discloses);
            let key = SigningKey::from_seed(&Secret::random(&mut random::rng()));
            if discloses {
                // Nobody gets in by e-mail there, either: an account without a family asks.
                let (email, password) = (address("ada"), "ada climbs the tree house");
                let token = mailed_link(&world, &email).await;
                let opens = registration(&world, &token, password).await;
                world.nobody().ask(Ask::post("/v1/accounts", &opens)).await.expect(201);
                let (session, _) = sign_in(&world, &email, password).await;
                let ask = Ask::post("/v1/verifications", &body(&world, &key, NUMBER));
                Caller::session(&world.http, session).ask(ask).await.expect(403);
                assert_eq!(world.texts(PLAIN).await.len(), 0);
            } else {
                let (ada, _) = Person::verified(&world, "ada", None).await;
                ask(&world, &ada, NUMBER).await.expect(201);
                assert_eq!(world.texts(PLAIN).await.len(), 1);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_codes_may_be_typed_within_an_hour_by_whom_they_were_sent_for() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let id = id_of(&ask(&world, &ada, NUMBER).await.expect(201));
        let first = code(&world, PLAIN).await;
        type_code(&eve, &id, &first).await.expect(404);
        for _ in 1..CODES_MAX {
            type_code(&ada, &id, &wrong(&first)).await.expect(422);
        }
        type_code(&ada, &id, &wrong(&first)).await.expect(410);
        assert_eq!(standing(&ada, &id).await["state"], "declined");
        assert_eq!(numbers(&world).await, 0);
        type_code(&ada, &id, &first).await.expect(410);

        // A code counts for its own verification, and until its last millisecond.
        let other = "+15555550124";
        let again = id_of(&ask(&world, &ada, other).await.expect(201));
        let second = code(&world, other).await;
        if first != second {
            type_code(&ada, &again, &first).await.expect(422);
        }
        let begun = world.clock.now();
        world.clock.set(begun.plus_ms(RuleId::SmsCode.ms()));
        type_code(&ada, &again, &second).await.expect(410);
        world.clock.set(begun.plus_ms(RuleId::SmsCode.ms() - 1));
        world.work().await;
        assert_eq!(numbers(&world).await, 1, "too early");
        type_code(&ada, &again, &second).await.expect(204);

        // What nobody types is forgotten with its row.
        let third = id_of(&ask(&world, &eve, other).await.expect(201));
        world.clock.advance_ms(RuleId::SmsCode.ms());
        world.work().await;
        assert_eq!(numbers(&world).await, 0);
        eve.caller.ask(Ask::get(format!("/v1/verifications/{third}"))).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_goes_with_this_method_alone_and_is_one() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let mut odd = Vec::new();
        for method in ["e-mail-plus", "signed-form"] {
            let mut body = ask_verification(&world, &ada.keys.sig, method);
            body["number"] = json!(NUMBER);
            odd.push(body);
        }
        odd.push(ask_verification(&world, &ada.keys.sig, "text-plus"));
        for number in ["", "5555550123", "+1", "+0123456789", "+1234567890123456", "+1555é550123"]
        {
            odd.push(body(&world, &ada.keys.sig, number));
        }
        for body in odd {
            ada.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(422);
        }
        let form = ask_verification(&world, &ada.keys.sig, "signed-form");
        let form = ada.caller.ask(Ask::post("/v1/verifications", &form)).await.expect(201);
        type_code(&ada, &id_of(&form), "1234 5678").await.expect(409);
        ask(&world, &ada, NUMBER).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_paid_for_texts_that_somebody_has_sent_in_thousands() {
    let few = |config: &mut Config| {
        config.limits.sms_per_hour_max = 2;
        config.limits.sms_of_all_per_hour_max = 3;
    };
    for world in World::both_with(few).await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let (ben, _) = Person::verified(&world, "ben", None).await;
        ask(&world, &ada, PLAIN).await.expect(201);
        ask(&world, &eve, PLAIN).await.expect(201);
        ask(&world, &ben, PLAIN).await.expect(429);
        ask(&world, &ada, "+15555550124").await.expect(201);
        ask(&world, &ada, "+15555550125").await.expect(429);
        ask(&world, &eve, "+15555550126").await.expect(429);
        assert_eq!(world.texts(PLAIN).await.len(), 2);
        assert_eq!(world.texts("+15555550126").await.len(), 0, "three of all are enough");
    }
}

struct Tamper(Sql, Vec<Cell>);

impl Write for Tamper {
    const NAME: &'static str = "test: insider";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        tx.execute(self.0, self.1.clone()).await
    }
}

/// The account, id and sealed number of the one verification that waits for this account's code.
async fn waiting(world: &World, id: &str) -> (Vec<u8>, Vec<u8>) {
    const ALL: Sql = Sql::new(
        "SELECT verification_id, number_sealed FROM verification WHERE number_sealed IS NOT NULL",
    );
    let rows: Vec<Row> = world.db.rows(ALL, args![]).await.expect("rows");
    let rows = rows.iter().map(|row| (row.blob(0).expect("an id"), row.blob(1).expect("a number")));
    let mut rows = rows.filter(|(own, _)| hex(own) == id);
    rows.next().expect("it waits")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_to_the_database_texts_and_attests_nobody_else() {
    const NUMBER_OF: Sql =
        Sql::new("UPDATE verification SET number_sealed = $2 WHERE verification_id = $1");
    const KEY_OF: Sql =
        Sql::new("UPDATE verification SET signing_key = $2 WHERE verification_id = $1");
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let of_ada = id_of(&ask(&world, &ada, PLAIN).await.expect(201));
        let of_eve = id_of(&ask(&world, &eve, "+15555550124").await.expect(201));
        let code = code(&world, PLAIN).await;
        assert_eq!(rows::examine(&world.app).await.expect("rows are read"), [], "the control");
        let (id, own) = waiting(&world, &of_ada).await;
        let (_, foreign) = waiting(&world, &of_eve).await;
        let set = |sql, value: Vec<u8>| world.db.write(Tamper(sql, args![id.clone(), value]));

        assert_eq!(set(NUMBER_OF, foreign).await.expect("it's written"), 1);
        let found = rows::examine(&world.app).await.expect("rows are read");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].table, "verification");
        type_code(&ada, &of_ada, &code).await.expect(500);
        assert_eq!(standing(&ada, &of_ada).await["state"], "asked");
        set(NUMBER_OF, own).await.expect("it's written");

        let own = ada.keys.sig.verify_key().bytes().to_vec();
        let foreign = SigningKey::from_seed(&Secret::random(&mut random::rng())).verify_key();
        set(KEY_OF, foreign.bytes().to_vec()).await.expect("it's written");
        type_code(&ada, &of_ada, &code).await.expect(422);
        set(KEY_OF, own).await.expect("it's written");
        type_code(&ada, &of_ada, &code).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_no_gateway_takes_is_tried_again_and_dropped_when_its_code_is_over() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let secret = folder.path().join("password");
    std::fs::write(&secret, "nobody asks").expect("a file can be written");
    let away = |config: &mut Config| {
        config.sms = Some(Sms::Gateway {
            url: "http://127.0.0.1:9/cgi-bin/sendsms".to_owned(),
            username: "treehouse".to_owned(),
            password_file: secret.clone(),
            from: "Treehouse".to_owned(),
            ca_file: None,
        });
    };
    for world in World::both_with(away).await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        world.clock.advance_ms(2 * TEXT_PLUS_DELAY_MS);
        world.work().await;
        let count = async || {
            let row = world.db.row(WAITING, args![]).await.expect("a row").expect("a count");
            row.int(0).expect("a number")
        };
        assert_eq!(count().await, 0);
        ask(&world, &ada, NUMBER).await.expect(201);
        let begun = world.clock.now();
        for minutes in [0, 1, 10, 59] {
            world.clock.set(begun.plus_ms(minutes * 60_000));
            world.work().await;
            assert_eq!(count().await, 1, "it waits for the gateway");
        }
        world.clock.set(begun.plus_ms(RuleId::SmsCode.ms()));
        world.work().await;
        assert_eq!(count().await, 0, "and nobody is texted what counts for nothing");
    }
}
