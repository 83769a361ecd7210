//! The examples of the client library, against a real server: what a toy maker tries first works.

#[path = "../../../client/examples/guardian.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod guardian;
#[path = "../../src/sample.rs"]
#[expect(dead_code, reason = "only the drawing is needed here")]
mod sample;
#[path = "../../../client/examples/toy.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod toy;
#[path = "../../src/world.rs"]
#[expect(dead_code, reason = "only the server is needed here")]
mod world;

use treehouse_client::opaque::Ksf;

use world::{Options, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guardian_opens_what_the_toy_took_while_it_was_offline() {
    let folder = tempfile::tempdir().unwrap();
    let ksf = Ksf::cheap_for_load_tests;
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { folder: folder.path().to_owned(), listen, postgres: None, ksf };
    let world = World::start(&options).await.unwrap();
    let mail = folder.path().join("mail");
    std::fs::create_dir_all(&mail).unwrap();
    let (url, authority_pem) = (world.url.clone(), world.authority.clone());
    let place = guardian::Place { url, authority_pem, mail, ksf: ksf() };
    let (shown, scanned) = tokio::sync::oneshot::channel();
    let pictures = [sample::picture(1).unwrap(), sample::picture(2).unwrap()];
    let qr = async { Ok(scanned.await?) };
    let guardian = guardian::be_a_guardian(&place, "robin@families.example", qr);
    let toys_folder = folder.path().join("toy");
    let show = |qr| shown.send(qr).unwrap();
    let toy = toy::be_a_toy(&world.url, &world.authority, &toys_folder, &pictures, show);
    let jobs = async {
        loop {
            world.app.work.notified().await;
            world.work().await;
        }
    };
    // Whoever fails first ends it: the other one would wait for ever.
    let both = async { tokio::try_join!(guardian, toy) };
    let (opened, sent) = tokio::select! {
        done = both => done.unwrap(),
        () = jobs => unreachable!("the jobs have no end"),
    };
    assert_eq!(sent.sent, 2, "both pictures were sent");
    assert!(opened.starts_with(&[0xff, 0xd8]), "and one was opened, a JPEG");

    let again = toy::be_a_toy(&world.url, &world.authority, &toys_folder, &pictures[..1], |_| {});
    assert_eq!(again.await.unwrap().sent, 1, "a toy that was switched off is still linked");
    world.stop().await;
}
