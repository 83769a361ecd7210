//! A toy's token is worth nothing without a fresh proof of its key for this very request.

use serde_json::{Value, json};
use treehouse_protocol::registry::Category;
use treehouse_protocol::sign::SigningKey;

use crate::dpop::Proof;
use crate::http::{Answer, Ask, Proven, b64};
use crate::people::Person;
use crate::toys::{self, Toy};
use crate::world::World;

/// A toy, another one, and a request of the first.
struct Scene {
    world: World,
    toy: Toy,
    other: Toy,
    ask: Ask,
}

impl Scene {
    async fn new(world: World) -> Self {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let toy = Toy::camera(&world, &mut ada, child).await;
        let other = Toy::camera(&world, &mut ada, child).await;
        let (_, picture) = toys::record(ada.family().await, child, &toy.keys.sig);
        let records = format!("{}/records", ada.family_path());
        let ask = Ask::new(reqwest::Method::POST, records).bytes("application/cbor", picture);
        for toy in [&toy, &other] {
            toy.caller.ask(Ask::get("/v1/live")).await;
        }
        Self { world, toy, other, ask }
    }

    /// The token and the nonce of a toy.
    fn known(toy: &Toy) -> (String, String) {
        let Proven::Toy { token, nonce, .. } = &toy.caller.proven else { panic!("a toy") };
        (token.clone(), nonce.lock().unwrap().clone())
    }

    /// The right proof for the request.
    fn proof(&self) -> Proof {
        let (token, nonce) = Self::known(&self.toy);
        Proof::of(&self.world.http, &self.ask, &token, &nonce)
    }

    fn key(&self) -> &SigningKey {
        &self.toy.keys.sig
    }

    /// Sends the request with these proofs.
    async fn send(&self, proofs: &[String]) -> Answer {
        let (token, _) = Self::known(&self.toy);
        let ask = self.ask.clone().header("authorization", format!("DPoP {token}"));
        let ask = proofs.iter().fold(ask, |ask, proof| ask.header("dpop", proof.clone()));
        self.world.http.send(&ask).await
    }

    async fn refused(&self, proofs: &[String], problem: &str, what: &str) {
        let answer = self.send(proofs).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert_eq!(answer.problem(), problem, "{what}");
        assert!(answer.header("www-authenticate").starts_with("DPoP "), "{what}");
    }
}

const WRONG: &str = "invalid-dpop-proof";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_proof_is_refused_and_the_right_one_counts_once() {
    for world in World::both().await {
        let scene = Scene::new(world).await;
        let before = scene.world.census().await;
        let claims: [(&str, &str, Value); 9] = [
            ("another method", "htm", json!("GET")),
            ("another method's letters", "htm", json!("post")),
            ("another address", "htu", json!(format!("{}/v1/account", scene.world.http.url))),
            ("another host", "htu", json!(format!("https://evil.example{}", scene.ask.path))),
            ("no address", "htu", Value::Null),
            ("another token", "ath", json!(b64(&[7; 32]))),
            ("no token", "ath", Value::Null),
            ("no id", "jti", json!("")),
            ("a long id", "jti", json!("a".repeat(129))),
        ];
        for (what, name, value) in claims {
            let mut proof = scene.proof();
            proof.claims[name] = value;
            scene.refused(&[proof.sign(scene.key())], WRONG, what).await;
        }
        for (what, name, value) in [
            ("no algorithm", "alg", json!("none")),
            ("a shared secret", "alg", json!("HS256")),
            ("another curve", "alg", json!("ES256")),
            ("another kind of token", "typ", json!("JWT")),
        ] {
            let mut proof = scene.proof();
            proof.header[name] = value;
            scene.refused(&[proof.sign(scene.key())], WRONG, what).await;
        }
        for (what, nonce) in [("an old nonce", json!(b64(&[7; 16]))), ("no nonce", Value::Null)] {
            let mut proof = scene.proof();
            proof.claims["nonce"] = nonce;
            scene.refused(&[proof.sign(scene.key())], "use-dpop-nonce", what).await;
        }
        let strangers = scene.proof().sign(&scene.other.keys.sig);
        scene.refused(&[strangers], "sign-in", "another toy's key").await;
        assert_eq!(scene.world.census().await, before, "nothing was stored");
        let right = scene.proof().sign(scene.key());
        scene.send(std::slice::from_ref(&right)).await.expect(201);
        scene.refused(&[right], WRONG, "the same proof again").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_proof_is_refused() {
    for world in World::both().await {
        let scene = Scene::new(world).await;
        let right = scene.proof().sign(scene.key());
        let (signed, signature) = right.rsplit_once('.').expect("three parts");
        let unsigned = format!("{signed}.");
        let mut proof = scene.proof();
        proof.header["alg"] = json!("none");
        let none = proof.sign(scene.key());
        let none = none.rsplit_once('.').map(|(signed, _)| format!("{signed}."));
        let others = scene.proof().sign(&scene.other.keys.sig);
        let (_, foreign) = others.rsplit_once('.').expect("three parts");
        for (what, proofs) in [
            ("no proof", vec![]),
            ("an empty one", vec![String::new()]),
            ("two", vec![right.clone(), scene.proof().sign(scene.key())]),
            ("no signature", vec![unsigned]),
            ("no signature and no algorithm", vec![none.expect("three parts")]),
            ("another's signature", vec![format!("{signed}.{foreign}")]),
            ("half a signature", vec![format!("{signed}.{}", &signature[..43])]),
            ("padding", vec![format!("{right}=")]),
            ("nonsense", vec!["a.b.c".to_owned()]),
            ("too much", vec![format!("{}{right}", "a".repeat(4096))]),
        ] {
            scene.refused(&proofs, WRONG, what).await;
        }
        let (token, _) = Scene::known(&scene.toy);
        for value in [format!("Bearer {token}"), token.clone(), format!("dpop {token}")] {
            let ask =
                scene.ask.clone().header("authorization", value).header("dpop", right.clone());
            assert_eq!(scene.world.http.send(&ask).await.expect(401).problem(), "sign-in");
        }
        // None of them used the right one up.
        scene.send(&[right]).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_token_is_worth_nothing_to_another_toy() {
    for world in World::both().await {
        let scene = Scene::new(world).await;
        let (stolen, nonce) = Scene::known(&scene.toy);
        let proof = Proof::of(&scene.world.http, &scene.ask, &stolen, &nonce);
        scene.refused(&[proof.sign(&scene.other.keys.sig)], "sign-in", "a thief").await;
        // Naming the owner's key without having it doesn't help.
        let mut proof = Proof::of(&scene.world.http, &scene.ask, &stolen, &nonce).sign(scene.key());
        let forged =
            Proof::of(&scene.world.http, &scene.ask, &stolen, &nonce).sign(&scene.other.keys.sig);
        let end = |proof: &str| proof.rsplit_once('.').expect("three parts").1.to_owned();
        proof = proof.replace(&end(&proof), &end(&forged));
        scene.refused(&[proof], WRONG, "a thief who names the toy's key").await;
    }
}
