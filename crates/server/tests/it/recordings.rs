//! Voice messages and films: what reaches the family, what is refused, and what nobody agreed to.

use treehouse_client::ClientError;
use treehouse_client::guardian::{Recorded, Recording};
use treehouse_client::recording::{self, Film};
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{ChildId, RecordId};
use treehouse_protocol::registry::{Category, Purpose, Rights, Role};
use treehouse_server::data_map::Feature;

use crate::people::Person;
use crate::raw;
use crate::recovery::linked;
use crate::world::World;

const SPOKEN: &[u8] = include_bytes!("../../../client/tests/recordings/voice.webm");
const FILMED: &[u8] = include_bytes!("../../../client/tests/recordings/film.webm");
/// What Chromium calls itself in what it records.
const RECORDER: &[u8] = b"Chrome";

const ALL: [(Category, Rights); 3] = [
    (Category::Photos, Rights::WRITE),
    (Category::Voice, Rights::WRITE),
    (Category::Video, Rights::WRITE),
];

async fn worlds() -> [World; 2] {
    World::both_with(|config| config.features.enabled.extend([Feature::Voice, Feature::Video]))
        .await
}

/// A family whose tablet may do this; of voice and films the family has kept nothing yet.
async fn home(world: &World, rights: &[(Category, Rights)]) -> (Person, ChildId, Toy) {
    let mut ada = Person::founder(world, "ada").await;
    let child = ada.guardian.add_child(&[Category::Profile, Category::Photos]).await.unwrap();
    let caps = Caps::from_bits(Caps::CAMERA | Caps::MICROPHONE).unwrap();
    let tablet = linked(world, &mut ada, child, caps, rights).await;
    (ada, child, tablet)
}

fn film() -> Film {
    Film { poster: Some(vec![0xff, 0xd8, 7]), ..recording::video(FILMED).unwrap() }
}

async fn recorded(person: &mut Person, child: ChildId) -> Vec<Recording> {
    person.guardian.recordings(child).await.unwrap()
}

fn ids(recordings: &[Recording]) -> Vec<RecordId> {
    recordings.iter().map(|recording| recording.record).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_child_says_and_films_is_heard_and_seen_by_its_guardians_alone() {
    for world in worlds().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Profile, Category::Photos]).await.unwrap();
        // Ben is there before anybody has thought of voice.
        let share: [(ChildId, &[Category]); 1] = [(child, &[Category::Profile, Category::Photos])];
        let mut ben = ada.admit(&world, "ben", Role::Owner, &share).await;
        let caps = Caps::from_bits(Caps::CAMERA | Caps::MICROPHONE).unwrap();
        let mut tablet = linked(&world, &mut ada, child, caps, &ALL).await;
        let (sound, film) = (recording::voice(SPOKEN).unwrap(), film());
        let spoken = tablet.keep_voice(&sound, Some(1_000)).unwrap();
        let filmed = tablet.keep_film(&film, None).unwrap();
        let unseen = tablet.keep_film(&Film { poster: None, ..film.clone() }, None).unwrap();
        // Kept over a restart, as a toy is switched off.
        let mut tablet = Toy::open(tablet.folder()).unwrap();
        let sent = tablet.sync().await.unwrap();
        assert_eq!((sent.sent, sent.waiting), (3, 0), "{:?}", world.engine);
        for person in [&mut ada, &mut ben] {
            let found = recorded(person, child).await;
            let mut films = [filmed, unseen];
            films.sort_unstable();
            let mut got = ids(&found);
            got[1..].sort_unstable();
            assert_eq!(got, [spoken, films[0], films[1]]);
            let guardian = &person.guardian;
            for one in &found {
                let whole = guardian.blob(&one.header, one.recorded.whole()).await.unwrap();
                match &one.recorded {
                    Recorded::Voice(voice) => {
                        assert_eq!(
                            (voice.taken_ms, voice.duration_ms),
                            (Some(1_000), sound.duration_ms)
                        );
                        assert_eq!(*whole, sound.bytes);
                    }
                    Recorded::Video(video) => {
                        assert_eq!((video.width, video.height), (film.width, film.height));
                        assert_eq!(*whole, film.bytes);
                    }
                }
                assert!(!whole.windows(RECORDER.len()).any(|part| part == RECORDER));
                // Part by part it's the same, and its end is proven.
                let mut opening = guardian.open_blob(&one.header, one.recorded.whole());
                let mut parts = Vec::new();
                while let Some(part) = guardian.next_part(&mut opening).await.unwrap() {
                    parts.extend_from_slice(&part);
                }
                assert_eq!(parts, *whole);
            }
            let posters = found.iter().filter_map(|one| one.recorded.poster()).count();
            assert_eq!(posters, 1);
        }
        // The toy that made them reads none.
        assert!(tablet.shelf(Category::Voice).await.is_err());
        // Deleted is deleted, for the other guardian too.
        let found = recorded(&mut ben, child).await;
        for one in found.iter().filter(|one| one.record != spoken) {
            ben.guardian.delete_recording(one).await.unwrap();
            assert!(ada.guardian.blob(&one.header, one.recorded.whole()).await.is_err());
        }
        assert_eq!(ids(&recorded(&mut ada, child).await), [spoken]);
        std::fs::remove_dir_all(tablet.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_without_a_consent_to_voice_keeps_none_and_pictures_go_on() {
    for world in worlds().await {
        let (mut ada, child, mut camera) = home(&world, &ALL[..1]).await;
        let sound = recording::voice(SPOKEN).unwrap();
        let refused = camera.keep_voice(&sound, None);
        assert!(matches!(refused, Err(ClientError::NotNow(_))), "{refused:?}");
        assert!(matches!(camera.keep_film(&film(), None), Err(ClientError::NotNow(_))));
        assert_eq!(camera.waiting().unwrap(), 0, "nothing of it is kept");
        std::fs::remove_dir_all(camera.folder()).unwrap();

        // One that was taken back while it was offline: what waits is never sent, and holds up nothing.
        let caps = Caps::from_bits(Caps::CAMERA | Caps::MICROPHONE).unwrap();
        let mut tablet = linked(&world, &mut ada, child, caps, &ALL[1..2]).await;
        tablet.keep_voice(&sound, None).unwrap();
        ada.guardian.withdraw(Purpose::Play, Some(child)).await.unwrap();
        let told = tablet.sync().await;
        assert!(matches!(told, Err(ClientError::NotNow(_))), "{told:?}");
        assert_eq!(tablet.waiting().unwrap(), 1);
        assert_eq!(ids(&recorded(&mut ada, child).await), []);
        std::fs::remove_dir_all(tablet.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_voice_is_not_offered_none_is_stored() {
    for world in World::both().await {
        let kinds = world.connect().await.kinds().await.unwrap();
        assert!(kinds.contains(&Category::Photos) && !kinds.contains(&Category::Voice));
        let (mut ada, child, mut tablet) = home(&world, &ALL).await;
        tablet.keep_voice(&recording::voice(SPOKEN).unwrap(), None).unwrap();
        let told = tablet.sync().await.unwrap_err();
        assert_eq!(told.status(), Some(403), "{told}");
        assert_eq!(ids(&recorded(&mut ada, child).await), []);
        std::fs::remove_dir_all(tablet.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_says_what_it_can_do_and_takes_no_right_by_that() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let server = world.connect().await;
        let toy =
            Toy::create(folder.path(), &server, treehouse_protocol::kem::Suite::X25519).unwrap();
        let all = Caps::CAMERA | Caps::MICROPHONE | Caps::RECOVERY;
        let waiting = toy.ask_code_for(all).await.unwrap();
        let none = Caps::from_bits(0).unwrap();
        let pairing = ada.guardian.link_scanned(&waiting.qr(), Some(child), none).await.unwrap();
        assert_eq!(pairing.caps().bits(), Caps::CAMERA | Caps::MICROPHONE, "{:?}", world.engine);
        // A toy that says nothing, as those do that were made before it could.
        let silent = toy.ask_code().await.unwrap();
        let pairing = ada.guardian.link_scanned(&silent.qr(), Some(child), none).await.unwrap();
        assert_eq!(pairing.caps(), none);
        // A server before this one wrote rows without it; one that was damaged is no toy at all.
        let damaged = toy.ask_code_for(Caps::CAMERA).await.unwrap();
        let [location, _] = raw::locations(&world);
        raw::execute(&location, "UPDATE pairing SET keys = commitment WHERE state = 0").await;
        let told = ada.guardian.link_scanned(&damaged.qr(), Some(child), none).await.unwrap_err();
        assert_eq!(told.status(), Some(500), "{told}");
    }
}
