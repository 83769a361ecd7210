//! Who is let in, and by what both sides know it: between a toy and its guardian stands the server,
//! and what it can swap, somebody notices.

use treehouse_client::ClientError;
use treehouse_client::guardian::invitation_url;
use treehouse_client::pairing::Check;
use treehouse_client::toy::{Progress, Toy, Waiting};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::pairing::PairingQr;
use treehouse_protocol::registry::{Category, Role};

use crate::people::{Person, notice};
use crate::world::World;

async fn parent(world: &World) -> (Person, ChildId) {
    let mut ada = Person::founder(world, "ada").await;
    let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
    (ada, child)
}

async fn begun(world: &World) -> (Toy, Waiting) {
    let folder = tempfile::tempdir().unwrap().keep();
    let toy = Toy::create(&folder, &world.connect().await, Suite::X25519).unwrap();
    let waiting = toy.ask_code().await.unwrap();
    (toy, waiting)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_knows_by_its_secret_alone_who_has_scanned_it() {
    for world in World::both().await {
        let (mut ada, child) = parent(&world).await;
        let caps = Caps::from_bits(Caps::CAMERA).unwrap();
        let (mut toy, mut waiting) = begun(&world).await;
        ada.guardian.link_scanned(&waiting.qr(), Some(child), caps).await.unwrap();
        let progress = toy.progress(&mut waiting).await.unwrap();
        assert_eq!(progress, Progress::Proposed(Check::Scanned));

        // A server that proposes a family of its own has the code, and not the picture.
        let (mut toy, mut waiting) = begun(&world).await;
        ada.guardian.link_typed(&waiting.code(), Some(child), caps).await.unwrap();
        let progress = toy.progress(&mut waiting).await.unwrap();
        assert!(matches!(progress, Progress::Proposed(Check::Compare(_))), "{progress:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carer_is_given_the_data_of_no_child_but_those_it_was_invited_for() {
    for world in World::both().await {
        let (mut ada, child) = parent(&world).await;
        let sibling = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let photos: &[Category] = &[Category::Photos];
        // An app that shares everything with everybody is kept from it.
        let invitation = ada.guardian.invite(Role::Carer, &[child]).await.unwrap();
        let url = invitation_url(&world.http.url, &invitation);
        let (dave, verified) = Person::verified(&world, "dave", Some(&url)).await;
        dave.guardian.answer_invitation(&url, &verified).await.unwrap();
        let all = [(child, photos), (sibling, photos)];
        ada.guardian.admit(&invitation, &all, notice(&world)).await.unwrap();
        let dave = dave.keys.kem.public().id();
        let today = ada.guardian.today();
        let given: Vec<_> = ada.family().await.live_grants(today).collect();
        let given = given.iter().filter(|(_, it)| it.header.grantee == dave);
        assert_eq!(given.map(|(_, it)| it.header.key.child).collect::<Vec<_>>(), [child]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guardian_takes_no_other_toys_keys_for_those_of_the_picture() {
    for world in World::both().await {
        let (mut ada, child) = parent(&world).await;
        let caps = Caps::from_bits(Caps::CAMERA).unwrap();
        let ((_, seen), (mut toy, mut swapped)) = (begun(&world).await, begun(&world).await);
        // The server's answer to this code are the keys of the other toy.
        let seen = PairingQr::parse(&seen.qr()).unwrap();
        let other = PairingQr::parse(&swapped.qr()).unwrap();
        let shown = PairingQr { code: other.code, ..seen }.text();
        let refused = ada.guardian.link_scanned(&shown, Some(child), caps).await.err();
        assert!(matches!(refused, Some(ClientError::Swapped(_))), "{refused:?}");
        let progress = toy.progress(&mut swapped).await.unwrap();
        assert_eq!(progress, Progress::Waiting, "and nothing was proposed");
    }
}
