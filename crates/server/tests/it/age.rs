//! An app whose system says how old its user is: a child is kept from everything that takes an
//! account, before anything of it is sent, and is linked by a guardian as ever.

use treehouse_client::age_signal::AgeSignal;
use treehouse_client::guardian::Guardian;
use treehouse_client::toy::Toy;
use treehouse_client::{ClientError, Server};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::{Category, Method};

use crate::people::{Person, address, notice};
use crate::world::World;

/// Whether a guardian must be asked instead; that, or whatever else came of it.
fn asks_guardian<T: std::fmt::Debug>(result: &Result<T, ClientError>) -> bool {
    matches!(result, Err(ClientError::AskGuardian(_)))
}

async fn told(world: &World, bracket: &str) -> Server {
    let signal = AgeSignal::from_word(bracket).expect("a bracket");
    world.connect().await.with_age_signal(signal)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_under_13_leaves_no_way_but_the_childs_and_nothing_of_it_is_sent() {
    for world in World::both().await {
        let server = told(&world, "under-13").await;
        let ada = Person::founder(&world, "ada").await;
        let (census, letters) = (world.census().await, world.letters().await);
        let (kim, ksf) = (address("kim"), Ksf::cheap_for_load_tests());
        for reset in [false, true] {
            let asked = Guardian::ask_link(&server, &kim, reset).await;
            assert!(asks_guardian(&asked), "{asked:?}");
        }
        let registered = Guardian::register(&server, "a token", &ada.password, &ksf).await;
        assert!(asks_guardian(&registered), "{registered:?}");
        // Nor with the account of somebody who is older.
        let signed_in = Guardian::sign_in(&server, &ada.email, &ada.password, &ksf).await;
        assert!(asks_guardian(&signed_in), "{signed_in:?}");
        let said = signed_in.expect_err("it is refused").to_string();
        assert!(said.contains("ask a parent or guardian"), "{said}");
        assert_eq!(world.census().await, census, "nothing is kept of whoever asked");
        assert_eq!(world.letters().await, letters);

        // The child's way: a toy, which a guardian links.
        let mut ada = ada;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let folder = tempfile::tempdir().expect("a folder");
        let toy = Toy::create(folder.path(), &server, Suite::X25519).expect("a toy");
        let waiting = toy.ask_code().await.expect("a toy needs no account");
        let caps = Caps::from_bits(Caps::CAMERA).expect("a camera");
        let linked = ada.guardian.link_scanned(&waiting.qr(), Some(child), caps).await;
        assert!(linked.is_ok(), "{linked:?}");
        // The signal itself is kept nowhere: neither with what is remembered of the server, nor
        // in the toy's folder.
        let plain = serde_json::to_string(world.connect().await.pinned()).expect("it is kept");
        assert_eq!(serde_json::to_string(server.pinned()).expect("it is kept"), plain);
        for file in std::fs::read_dir(folder.path()).expect("a folder") {
            let kept = std::fs::read(file.expect("a file").path()).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&kept).contains("under-13"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_under_18_by_the_signal_decides_for_no_child_and_an_adult_does() {
    for world in World::both().await {
        for (bracket, decides) in [("13-15", false), ("16-17", false), ("18-or-over", true)] {
            let server = told(&world, bracket).await;
            let (kim, ksf) = (address(&format!("kim-{bracket}")), Ksf::cheap_for_load_tests());
            Guardian::ask_link(&server, &kim, false).await.expect("an account may be opened");
            let token = world.letter(&kim, "open").await;
            let guardian = Guardian::register(&server, &token, "kim climbs the tree house", &ksf);
            let mut guardian = guardian.await.expect("an account is opened");
            guardian.make_keys(None).await.expect("keys are made");
            let asked = guardian.ask_verification(Method::EmailPlus, notice(&world)).await;
            assert_eq!(asked.is_ok(), decides, "{bracket}: {asked:?}");
            assert_eq!(asks_guardian(&asked), !decides, "{bracket}");
            let (_, verified) = Person::verified(&world, &format!("older-{bracket}"), None).await;
            let founded = guardian.found_family(&verified).await;
            assert_eq!(asks_guardian(&founded), !decides, "{bracket}: {founded:?}");
            let answered = guardian.answer_invitation("no invitation", &verified).await;
            assert_eq!(asks_guardian(&answered), !decides, "{bracket}: {answered:?}");
            let confirmed = Guardian::confirm(&server, "no token").await;
            assert_eq!(asks_guardian(&confirmed), !decides, "{bracket}: {confirmed:?}");
            // Nor with the account of a guardian of the family.
            let owner = Person::founder(&world, &format!("owner-{bracket}")).await;
            let entered = Guardian::sign_in(&server, &owner.email, &owner.password, &ksf).await;
            let mut entered = entered.expect("the password is right");
            entered.unlock().await.expect("the keys open");
            let added = entered.add_child(&[Category::Photos]).await;
            assert_eq!(asks_guardian(&added), !decides, "{bracket}: {added:?}");
            assert_eq!(added.is_ok(), decides, "{bracket}: {added:?}");
        }
        assert!(AgeSignal::from_word("12").is_none());
    }
}
