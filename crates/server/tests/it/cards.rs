//! A parent is verified by paying a little by card at a provider, localstripe here, and is given it back:
//! once, whatever fails on the way.

use serde_json::{Value, json};
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::app::rows;
use treehouse_server::config::Config;
use treehouse_server::data_map::{Feature, RuleId};
use treehouse_server::domain::card::PAGE_MS;
use treehouse_server::domain::text;
use treehouse_server::port::clock::{Clock, SystemClock};
use treehouse_server::random;
use treehouse_server::store::{Sql, args};

use crate::access::cast::ask_verification;
use crate::http::{Answer, Ask};
use crate::people::Person;
use crate::provider::{DECLINED, Event, GOOD, Provider, session};
use crate::raw;
use crate::world::World;

const REFERENCE: Sql = Sql::new("SELECT reference FROM payment WHERE verification_id = $1");
/// Longer than the first waits of whoever tries again.
const LATER_MS: i64 = 10 * 60_000;
/// What one payment is, and nothing.
const ONE: (usize, u64) = (1, 50);
const NONE: (usize, u64) = (0, 0);

/// A provider, and two deployments that take cards there, at its time.
async fn deployments(change: impl Fn(&mut Config)) -> (Provider, [World; 2]) {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("chance");
    let provider = Provider::new(&raw::hex(&bytes));
    let with = |config: &mut Config| {
        config.card = Some(provider.config());
        change(config);
    };
    let worlds = World::both_now(with).await;
    (provider, worlds)
}

/// A verification by card that has begun.
struct Paying {
    id: String,
    reference: String,
    page: Option<String>,
}

impl Paying {
    async fn begin(world: &World, parent: &Person) -> Self {
        Self::begin_for(world, parent, &parent.keys.sig).await
    }

    async fn begin_for(world: &World, parent: &Person, key: &SigningKey) -> Self {
        let body = ask_verification(world, key, "payment-card");
        let asked = parent.caller.ask(Ask::post("/v1/verifications", &body)).await;
        let asked = asked.expect(201).json();
        assert_eq!((&asked["state"], &asked["price"]), (&json!("asked"), &json!("USD 0.50")));
        let id = asked["verification"].as_str().expect("an id").to_owned();
        let bytes: [u8; 16] = text::hex(&id).expect("an id");
        let row = world.db.row(REFERENCE, args![bytes.to_vec()]).await.expect("rows");
        let reference: [u8; 32] = row.expect("a payment").bytes(0).expect("a hash");
        let page = asked["pay_at"].as_str().map(str::to_owned);
        Self { id, reference: raw::hex(&reference), page }
    }

    fn page(&self) -> &str {
        self.page.as_deref().expect("a page")
    }

    /// Has the server look; how it stands then.
    async fn look(&self, world: &World, parent: &Person) -> Value {
        // Who asks again at once isn't heard.
        world.clock.advance_ms(3000);
        self.look_at_once(parent).await.expect(200).json()
    }

    async fn look_at_once(&self, parent: &Person) -> Answer {
        let path = format!("/v1/verifications/{}/payment", self.id);
        parent.caller.ask(Ask::post(path, &json!({}))).await
    }

    async fn state(&self, world: &World, parent: &Person) -> String {
        self.look(world, parent).await["state"].as_str().expect("a state").to_owned()
    }
}

/// Two parents who are asked to pay, of whom the first does.
async fn one_of_two_pays(provider: &Provider, world: &World) -> [(Person, Paying); 2] {
    let (ada, _) = Person::verified(world, "ada", None).await;
    let (eve, _) = Person::verified(world, "eve", None).await;
    let of_ada = Paying::begin(world, &ada).await;
    let of_eve = Paying::begin(world, &eve).await;
    provider.pay(of_ada.page(), GOOD).await.expect("the card is good");
    [(ada, of_ada), (eve, of_eve)]
}

async fn payments(world: &World) -> i64 {
    world.census().await["payment"]
}

/// The letters that say this.
fn letters(world: &World, said: &str) -> usize {
    let treehouse_server::config::Mail::Outbox { folder, .. } = &world.config.mail else {
        panic!("a folder")
    };
    let files = std::fs::read_dir(folder).expect("letters");
    let texts = files.map(|file| {
        std::fs::read_to_string(file.expect("a letter").path()).expect("it can be read")
    });
    texts.filter(|text| text.contains(said)).count()
}

/// Whether something stands in the databases, in clear.
async fn is_kept(world: &World, needle: &str) -> bool {
    let hex = raw::hex(needle.as_bytes());
    for location in raw::locations(world) {
        let rows = raw::dump(&location).await;
        assert!(!rows.is_empty());
        if rows.iter().any(|(_, row)| row.contains(needle) || row.contains(&hex)) {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_who_pays_is_verified_and_is_given_it_back() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (mut ada, _) = Person::verified(&world, "ada", None).await;
        let paying = Paying::begin(&world, &ada).await;
        assert_eq!(paying.state(&world, &ada).await, "asked", "nobody has paid");
        assert!(provider.pay(paying.page(), DECLINED).await.is_err(), "the bank declines it");
        assert_eq!(paying.state(&world, &ada).await, "asked", "a declined card shows nothing");
        let back = provider.pay(paying.page(), GOOD).await.expect("the card is good");
        assert_eq!(back, format!("{}/begin", world.http.url));

        let found = paying.look(&world, &ada).await;
        assert_eq!((&found["state"], &found["pay_at"]), (&json!("attested"), &Value::Null));
        assert_eq!(payments(&world).await, 1, "it is owed until it's given back");
        assert_eq!(provider.books(&paying.reference).await, [ONE, NONE]);
        let word = session(paying.page()).to_owned();
        for needle in ["4242424242424242", "4242 4242", &word, "/c/pay/"] {
            assert!(!is_kept(&world, needle).await, "{needle} is in a row");
        }
        assert!(is_kept(&world, &paying.reference).await || payments(&world).await == 1);

        world.work().await;
        assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);
        assert_eq!(payments(&world).await, 0);
        assert_eq!(letters(&world, "Your payment was given back"), 1);
        assert_eq!(letters(&world, "You are known as an adult now"), 1);

        // Whoever asks again gets the same, and nothing moves.
        assert_eq!(paying.state(&world, &ada).await, "attested");
        assert!(provider.pay(paying.page(), GOOD).await.is_err(), "the page is over");
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);
        assert_eq!(letters(&world, "Your payment was given back"), 1);

        // The operator's word counts: a family is founded on it.
        let verified = ada.guardian.verification(&paying.id).await.expect("it's there");
        ada.guardian.found_family(&verified).await.expect("a family is founded");
        let own = ada.key();
        assert_eq!(ada.family().await.verified_by(own), Some(Method::PaymentCard));
        assert_eq!(rows::examine(&world.app).await.expect("rows are read"), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_offered_where_a_provider_is_and_counts_for_what_discloses() {
    let (_provider, worlds) =
        deployments(|config| config.features.enabled.push(Feature::Messages)).await;
    for world in worlds {
        let offered = world.nobody().ask(Ask::get("/v1/deployment")).await.expect(200).json();
        assert_eq!(
            offered["methods"],
            json!(["signed-form", "payment-card", "call", "video"]),
            "chat is there"
        );
        let notice = world.nobody().ask(Ask::get("/notice/direct.html?lang=en")).await.expect(200);
        let notice = String::from_utf8_lossy(&notice.body).into_owned();
        assert!(notice.contains("By card") && notice.contains("That you pay by card"));
    }
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let body = ask_verification(&world, &ada.keys.sig, "payment-card");
        ada.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(403);
        let notice = world.nobody().ask(Ask::get("/notice/direct.html?lang=en")).await.expect(200);
        assert!(!String::from_utf8_lossy(&notice.body).contains("By card"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_of_another_verification_key_or_amount_verifies_nobody() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let [(ada, of_ada), (eve, of_eve)] = one_of_two_pays(&provider, &world).await;
        let [main, _] = raw::locations(&world);

        // The provider tells of somebody else's payment.
        provider.faults(json!({ "instead": session(of_ada.page()) })).await;
        assert_eq!(of_eve.state(&world, &eve).await, "declined");
        provider.faults(json!({})).await;
        // The control: it counts for whom it was paid.
        assert_eq!(of_ada.state(&world, &ada).await, "attested");
        world.work().await;
        assert_eq!(provider.books(&of_ada.reference).await, [ONE, ONE], "it was given back once");

        // Somebody who can write to the database has another key attested for it.
        let own = SigningKey::from_seed(&Secret::random(&mut random::rng()));
        let paying = Paying::begin(&world, &ada).await;
        let key = raw::literal(&world, &raw::hex(own.verify_key().bytes()));
        let id = raw::literal(&world, &paying.id);
        let change = "UPDATE verification SET signing_key =";
        raw::execute(&main, &format!("{change} {key} WHERE verification_id = {id}")).await;
        provider.pay(paying.page(), GOOD).await.expect("the card is good");
        assert_eq!(paying.state(&world, &ada).await, "declined");
        world.work().await;
        assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);

        // The bank takes another amount than what was asked for.
        for amount in [49, 5000] {
            provider.faults(json!({ "amount": amount })).await;
            let paying = Paying::begin(&world, &eve).await;
            provider.pay(paying.page(), GOOD).await.expect("the card is good");
            assert_eq!(paying.state(&world, &eve).await, "declined");
            world.work().await;
            assert_eq!(provider.books(&paying.reference).await, [(1, amount); 2]);
        }

        // What is held, and not taken, is no transaction.
        provider.faults(json!({ "uncaptured": true })).await;
        let paying = Paying::begin(&world, &eve).await;
        provider.pay(paying.page(), GOOD).await.expect("the card is good");
        assert_eq!(paying.state(&world, &eve).await, "asked");
        provider.faults(json!({})).await;
        assert_eq!(payments(&world).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_somebody_altered_is_found() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let [(ada, of_ada), (_, of_eve)] = one_of_two_pays(&provider, &world).await;
        let [main, _] = raw::locations(&world);
        assert_eq!(of_ada.state(&world, &ada).await, "attested");
        assert_eq!(payments(&world).await, 2, "one to give back, one to be paid");
        assert_eq!(rows::examine(&world.app).await.expect("rows are read"), [], "the control");

        let [id, other] = [&of_ada.id, &of_eve.id].map(|id| raw::literal(&world, id));
        let foreign = format!("(SELECT sealed FROM payment WHERE verification_id = {other})");
        let swapped = format!("sealed = {foreign}");
        let changes = [
            ("amount = amount + 1", Some("amount = amount - 1")),
            ("currency = 'eur'", Some("currency = 'usd'")),
            ("state = 1", Some("state = 2")),
            ("state = 7", Some("state = 2")),
            ("payment_hash = reference", None),
            (swapped.as_str(), None),
        ];
        for (done, undone) in changes {
            let set =
                |what: &str| format!("UPDATE payment SET {what} WHERE verification_id = {id}");
            raw::execute(&main, &set(done)).await;
            let found = rows::examine(&world.app).await.expect("rows are read");
            let tables: Vec<_> = found.iter().map(|altered| altered.table).collect();
            assert_eq!(tables, ["payment"], "{done}");
            if let Some(undone) = undone {
                raw::execute(&main, &set(undone)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_was_away_charges_once_and_gives_back_once() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        provider.faults(json!({ "down": true })).await;
        let mut paying = Paying::begin(&world, &ada).await;
        assert_eq!(paying.page, None, "nobody could be asked for a page");
        // It's there again, and what it answers first is lost.
        provider.faults(json!({ "lose": 1 })).await;
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        let standing = ada.guardian.verification(&paying.id).await.expect("it's there");
        assert_eq!(standing.pay_at, None, "nobody heard of the page");
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        let standing = ada.guardian.verification(&paying.id).await.expect("it's there");
        paying.page = standing.pay_at;
        provider.pay(paying.page(), GOOD).await.expect("the card is good");

        provider.faults(json!({ "down": true })).await;
        assert_eq!(paying.state(&world, &ada).await, "asked", "nobody tells of it");
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        assert_eq!(paying.state(&world, &ada).await, "asked");
        // The jobs notice it, though nobody asks; and the first answer to the refund is lost.
        provider.faults(json!({ "lose": 1 })).await;
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        assert_eq!(
            ada.guardian.verification(&paying.id).await.expect("it's there").state,
            "attested"
        );
        assert_eq!(payments(&world).await, 1, "it isn't known to be given back");
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        assert_eq!(payments(&world).await, 0);
        assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);
        assert_eq!(letters(&world, "Your payment was given back"), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_is_owed_until_the_provider_has_given_it_back() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let paying = Paying::begin(&world, &ada).await;
        provider.faults(json!({ "refuse_refunds": 3 })).await;
        provider.pay(paying.page(), GOOD).await.expect("the card is good");
        assert_eq!(paying.state(&world, &ada).await, "attested");
        for refused in 1..=3 {
            world.work().await;
            assert_eq!(payments(&world).await, 1, "refused {refused} times");
            assert_eq!(letters(&world, "Your payment was given back"), 0);
            assert_eq!(provider.books(&paying.reference).await, [ONE, NONE]);
            world.clock.advance_ms(LATER_MS);
        }
        // The server is another one meanwhile, and the parent has gone.
        let config = world.config.clone();
        let world = world.again(config).await;
        ada.caller.ask(Ask::delete("/v1/account")).await.expect(204);
        world.work().await;
        assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);
        assert_eq!(payments(&world).await, 0);
        assert_eq!(letters(&world, "Your payment was given back"), 0, "there is no address");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_counts_if_the_provider_has_signed_it() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        for kind in ["payment_intent.succeeded", "checkout.session.completed"] {
            let paying = Paying::begin(&world, &ada).await;
            let pays = async {
                provider.pay(paying.page(), GOOD).await.expect("the card is good");
            };
            let event = provider.event(kind, &paying.reference, pays).await;
            world.clock.set(SystemClock.now());
            for forged in forgeries(&event) {
                tell(&world, &forged).await.expect(403);
            }
            let old = world.clock.now();
            world.clock.advance_ms(LATER_MS);
            tell(&world, &event).await.expect(403);
            world.clock.set(old);
            let standing = ada.guardian.verification(&paying.id).await.expect("it's there");
            assert_eq!(standing.state, "asked", "nobody has looked");
            // The control: the true one is taken, and taken again it changes nothing.
            for _ in 0..2 {
                tell(&world, &event).await.expect(204);
                let standing = ada.guardian.verification(&paying.id).await.expect("it's there");
                assert_eq!(standing.state, "attested");
            }
            world.work().await;
            tell(&world, &event).await.expect(204);
            world.work().await;
            assert_eq!(provider.books(&paying.reference).await, [ONE, ONE]);
        }
    }
    for world in World::both().await {
        let event = Event { signature: "t=1,v1=00".to_owned(), body: b"{}".to_vec() };
        tell(&world, &event).await.expect(404);
    }
}

fn forgeries(event: &Event) -> Vec<Event> {
    let mut body = event.body.clone();
    body.push(b' ');
    let (at, tag) = event.signature.split_once(",v1=").expect("a signature");
    let other = if tag.starts_with('0') { "1" } else { "0" };
    let altered = format!("{at},v1={other}{}", &tag[1..]);
    let later = format!("{at}0,v1={tag}");
    let signatures = [String::new(), at.to_owned(), altered, later, format!("{at},v0={tag}")];
    let forged = signatures.into_iter().map(|signature| Event { signature, ..event.clone() });
    forged.chain([Event { body, ..event.clone() }]).collect()
}

async fn tell(world: &World, event: &Event) -> Answer {
    let ask = Ask::new(reqwest::Method::POST, "/v1/payments/events");
    let ask = ask.bytes("application/json", event.body.clone());
    world.nobody().ask(ask.header("stripe-signature", event.signature.clone())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_counts_once_in_its_time_and_for_whom_it_was_made() {
    let (provider, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        // Nobody looks for somebody else's.
        let first = Paying::begin(&world, &ada).await;
        first.look_at_once(&eve).await.expect(404);
        let form = ask_verification(&world, &eve.keys.sig, "signed-form");
        let form = eve.caller.ask(Ask::post("/v1/verifications", &form)).await.expect(201).json();
        let path =
            format!("/v1/verifications/{}/payment", form["verification"].as_str().expect("an id"));
        eve.caller.ask(Ask::post(path, &json!({}))).await.expect(409);

        // Who has begun again and pays on the old page gets it back, and isn't known by it.
        let second = Paying::begin(&world, &ada).await;
        provider.pay(first.page(), GOOD).await.expect("the card is good");
        world.clock.advance_ms(LATER_MS);
        world.work().await;
        assert_eq!(provider.books(&first.reference).await, [ONE, ONE]);
        let standing = ada.guardian.verification(&first.id).await.expect("it's there");
        assert_eq!(standing.state, "replaced");

        // A page that is over without a payment is over.
        provider.expire(second.page()).await;
        assert_eq!(second.state(&world, &ada).await, "declined");
        assert_eq!(payments(&world).await, 0);

        // What is paid in time and told too late goes back.
        let third = Paying::begin(&world, &ada).await;
        provider.pay(third.page(), GOOD).await.expect("the card is good");
        provider.faults(json!({ "down": true })).await;
        world.clock.advance_ms(RuleId::CardPage.ms());
        world.work().await;
        ada.caller.ask(Ask::get(format!("/v1/verifications/{}", third.id))).await.expect(404);
        provider.faults(json!({})).await;
        world.clock.advance_ms(6 * PAGE_MS);
        world.work().await;
        assert_eq!(provider.books(&third.reference).await, [ONE, ONE]);

        // Nobody makes a page for what is nearly over, and nothing is kept for ever.
        world.clock.set(SystemClock.now());
        provider.faults(json!({ "down": true })).await;
        let fourth = Paying::begin(&world, &eve).await;
        world.clock.advance_ms(PAGE_MS);
        provider.faults(json!({})).await;
        world.work().await;
        assert_eq!(fourth.state(&world, &eve).await, "declined");
        provider.faults(json!({ "down": true })).await;
        Paying::begin(&world, &eve).await;
        let begun = world.clock.now();
        world.clock.set(begun.plus_ms(RuleId::Payment.ms()));
        world.work().await;
        assert_eq!(payments(&world).await, 0);
        provider.faults(json!({})).await;
    }
}
