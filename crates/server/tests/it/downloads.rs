//! A download that has begun ends when the right to it does.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use treehouse_protocol::blob::PART_BYTES;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::id::{BlobId, ChildId};
use treehouse_protocol::registry::{Category, Purpose};
use treehouse_server::random;

use crate::http::{Ask, Caller};
use crate::people::Person;
use crate::toys::Toy;
use crate::world::World;

/// Two parts, and more than lies on the way between two ends of a connection.
const PLAIN_BYTES: u64 = 12 << 20;

/// A film that a camera has sent, and who may see it.
struct Film {
    ada: Person,
    child: ChildId,
    frame: Toy,
    path: String,
    bytes: Vec<u8>,
}

impl Film {
    async fn new(world: &World) -> Self {
        let mut ada = Person::founder(world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let camera = Toy::camera(world, &mut ada, child).await;
        let frame = Toy::frame(world, &mut ada, child).await;
        let length = Layout::of_plain(PLAIN_BYTES).unwrap().sealed_len();
        let bytes: Vec<u8> = (0..length).map(|at| (at / 1000 % 251).to_le_bytes()[0]).collect();
        let id = BlobId::random(&mut random::rng());
        let blobs = format!("{}/blobs", ada.family_path());
        let (blob, child_id) = (id.to_string(), child.to_string());
        let announced = json!({
            "blob": blob, "child": child_id, "category": "photos", "version": 1, "sealed_bytes": length,
        });
        camera.caller.ask(Ask::post(blobs.as_str(), &announced)).await.expect(201);
        for (number, part) in bytes.chunks(PART_BYTES).enumerate() {
            let put = Ask::new(Method::PUT, format!("{blobs}/{id}/parts/{number}"));
            let put = put.bytes("application/octet-stream", part.to_vec());
            camera.caller.ask(put).await.expect(204);
        }
        let complete = Ask::new(Method::POST, format!("{blobs}/{id}/complete"));
        camera.caller.ask(complete).await.expect(204);
        Self { ada, child, frame, path: format!("{blobs}/{id}"), bytes }
    }

    /// Begins to read it: the first bytes, and what brings the others.
    async fn begin(&self, reader: &Caller) -> (Vec<u8>, reqwest::Response) {
        // A toy takes up the server's nonce.
        reader.ask(Ask::get(format!("{}/status", self.path))).await.expect(200);
        let ask = reader.signed(&Ask::get(self.path.as_str()));
        let mut answer = reader.http.begin(&ask).await.unwrap();
        assert_eq!(answer.status(), 200);
        let first = answer.chunk().await.unwrap().expect("it begins");
        (first.to_vec(), answer)
    }
}

/// What comes after that, and whether it came to its end.
async fn rest((mut bytes, mut answer): (Vec<u8>, reqwest::Response)) -> (Vec<u8>, bool) {
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) => bytes.extend(piece),
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_ends_when_the_grant_is_withdrawn_the_toy_removed_or_the_session_over() {
    for world in World::both().await {
        let mut film = Film::new(&world).await;
        // The controls: without any such thing it comes whole, however slowly it's taken.
        for reader in [&film.ada.caller, &film.frame.caller] {
            let begun = film.begin(reader).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(rest(begun).await == (film.bytes.clone(), true), "{:?}", world.engine);
        }

        let begun = film.begin(&film.ada.caller).await;
        film.ada.caller.ask(Ask::delete("/v1/sessions/current")).await.expect(204);
        let (came, whole) = rest(begun).await;
        assert!(!whole && came.len() < film.bytes.len(), "signed out: {} came", came.len());
        film.ada.sign_in(&world).await;

        let other = Toy::frame(&world, &mut film.ada, film.child).await;
        let begun = film.begin(&other.caller).await;
        film.ada.guardian.remove_toy(other.key()).await.unwrap();
        let (came, whole) = rest(begun).await;
        assert!(!whole && came.len() < film.bytes.len(), "removed: {} came", came.len());

        // Nothing is destroyed yet: what ends here is the right alone.
        let begun = film.begin(&film.frame.caller).await;
        film.ada.guardian.withdraw(Purpose::Play, Some(film.child)).await.unwrap();
        let (came, whole) = rest(begun).await;
        assert!(!whole && came.len() < film.bytes.len(), "withdrawn: {} came", came.len());
        assert!(film.bytes.starts_with(&came), "what came is the film's");
        let begun = film.begin(&film.ada.caller).await;
        assert!(rest(begun).await.1, "the guardian's goes on");
    }
}
