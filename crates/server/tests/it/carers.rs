//! A carer has its say over the children in its care, and over nobody else's.

use serde_json::json;
use treehouse_protocol::id::KeyId;
use treehouse_protocol::registry::{Category, Role};

use crate::http::{Ask, Caller, b64};
use crate::people::Person;
use crate::toys::{Toy, Unlinked};
use crate::world::World;

/// What becomes of another name for a toy.
async fn name(by: &Caller, path: &str, toy: KeyId) -> u16 {
    let body = json!({ "name": b64(b"sealed") });
    by.ask(Ask::put(format!("{path}/toys/{toy:?}/name"), &body)).await.status
}

/// Both ways to stop a toy with a session alone, and what became of them.
async fn stop(by: &Caller, path: &str, toy: KeyId) -> [u16; 2] {
    let wipe = Ask::new(reqwest::Method::POST, format!("{path}/toys/{toy:?}/wipe"));
    let remove = json!({ "what": "remove-toy", "key": format!("{toy:?}") });
    let remove = Ask::post(format!("{path}/reductions"), &remove);
    [by.ask(wipe).await.status, by.ask(remove).await.status]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carer_names_and_stops_the_toys_of_children_in_its_care_and_no_others() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let ours = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let other = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let share: [(_, &[Category]); 1] = [(ours, &[Category::Photos])];
        let carer = ada.admit(&world, "cara", Role::Carer, &share).await;
        let in_care = Toy::camera(&world, &mut ada, ours).await;
        let elsewhere = Toy::camera(&world, &mut ada, other).await;
        let of_all = Unlinked::new(&world).await.link(&world, &mut ada, None, &[]).await;
        let path = ada.family_path();
        let nobodys = KeyId::from_bytes([7; 16]);
        for toy in [&elsewhere, &of_all] {
            assert_eq!(name(&carer.caller, &path, toy.key()).await, 403, "{:?}", world.engine);
            assert_eq!(name(&ada.caller, &path, toy.key()).await, 204);
            let tried = stop(&carer.caller, &path, toy.key()).await;
            assert_eq!(tried, [403, 403], "{:?}", world.engine);
            toy.caller.ask(Ask::get(format!("{path}/chain"))).await.expect(200);
        }
        for by in [&carer, &ada] {
            assert_eq!(stop(&by.caller, &path, nobodys).await, [404, 404]);
            assert_eq!(stop(&by.caller, &path, carer.key()).await, [404, 404], "no toy");
        }
        // The controls: the carer's own children's, and an owner, any.
        assert_eq!(name(&carer.caller, &path, in_care.key()).await, 204);
        assert_eq!(stop(&carer.caller, &path, in_care.key()).await, [202, 201]);
        for toy in [&elsewhere, &of_all] {
            assert_eq!(stop(&ada.caller, &path, toy.key()).await, [202, 201]);
            toy.caller.ask(Ask::get(format!("{path}/chain"))).await.expect(410);
        }
    }
}
