//! What a deployment publishes is in the log, for anybody to check; and a passkey opens keys.

use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_protocol::secret::Secret;
use treehouse_server::config::Features;

use crate::world::{Options, World, notice};

async fn world(folder: &std::path::Path) -> World {
    let listen = "127.0.0.1:0".parse().unwrap();
    let (ksf, features) = (Ksf::cheap_for_load_tests, Features::default());
    let options = Options { folder: folder.to_owned(), listen, postgres: None, features, ksf };
    World::start(&options).await.unwrap()
}

#[tokio::test]
async fn what_is_published_is_proven_to_a_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    world.work().await;
    let server = world.connect().await.unwrap();
    let published = server.publication("direct").await.unwrap();
    assert_eq!((published.version, published.hash), (1, notice(&server).await.unwrap()));
    let proven = published.proven.unwrap();
    assert!(!proven.cosigned.is_empty(), "witnesses saw it");
    assert!(server.publication("registers").await.unwrap().proven.is_some());
    // Another word's proof doesn't pass for this one: the leaf names both.
    assert_ne!(server.publication("online").await.unwrap().proven.unwrap().index, proven.index);
    assert_eq!(server.publication("nothing").await.unwrap_err().status(), Some(404));
    world.stop().await;
}

#[tokio::test]
async fn a_passkey_opens_the_keys_until_it_is_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let ada = world.founder("ada").await.unwrap();
    let (passkey, other) = (Secret::<32>::from_bytes([7; 32]), Secret::<32>::from_bytes([8; 32]));
    assert_eq!(ada.guardian.passkeys().await.unwrap(), 0);
    ada.guardian.add_passkey(&passkey).await.unwrap();
    ada.guardian.add_passkey(&passkey).await.unwrap();
    assert_eq!(ada.guardian.passkeys().await.unwrap(), 1);

    let server = world.connect().await.unwrap();
    let ksf = world.ksf();
    let mut again = Guardian::sign_in(&server, &ada.email, &ada.password, &ksf).await.unwrap();
    assert!(again.key().is_err(), "signed in, and still locked");
    assert!(again.unlock_with_passkey(&other).await.is_err(), "somebody else's passkey");
    assert!(again.key().is_err());
    again.unlock_with_passkey(&passkey).await.unwrap();
    again.sync().await.unwrap();
    assert_eq!(again.key().unwrap(), ada.guardian.key().unwrap());

    again.remove_passkeys().await.unwrap();
    let mut later = Guardian::sign_in(&server, &ada.email, &ada.password, &ksf).await.unwrap();
    assert!(later.unlock_with_passkey(&passkey).await.is_err(), "it was taken away");
    later.unlock().await.unwrap();
    world.stop().await;
}
