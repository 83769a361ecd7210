//! What lies in records.

use treehouse_client::content::back::ToyName;
use treehouse_client::content::limits::{Hours, Kind, KindLimit, Limits, School};
use treehouse_client::content::lost::Lost;
use treehouse_client::content::{AgeBand, Photo, Profile, Video, Voice};
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::{BlobKey, BlobRef, MediaType};
use treehouse_protocol::id::{Day, KeyId};
use treehouse_protocol::sign::SigningKey;

use crate::json::Json;
use crate::seeds::{self, Drawn};
use crate::{refused, structure};

const TAKEN_MS: u64 = 1_795_000_000_000;

pub fn vectors() -> Vec<Json> {
    let mut vectors = profiles();
    vectors.extend(pictures());
    vectors.extend(settings());
    vectors.extend(refused_profiles());
    vectors.extend(refused_settings());
    vectors
}

fn profile() -> Profile {
    Profile { nickname: "Mia".to_owned(), age_band: AgeBand::School }
}

fn toy() -> KeyId {
    SigningKey::from_seed(&seeds::seed("a toy")).id()
}

fn profiles() -> Vec<Json> {
    let names = ["type", "nickname", "age_band"];
    let shows = "a nickname and an age band: 1 is 0-5, 2 is 6-9, 3 is 10-12 years";
    vec![
        structure("profile", shows, &names, &profile()),
        structure("name of a toy", "1 to 80 bytes", &["type", "name"], &ToyName("Bär".into())),
    ]
}

fn blob(name: &str, media_type: &str, plain_len: u64) -> BlobRef {
    BlobRef {
        id: seeds::id(name),
        key: BlobKey::generate(&mut Drawn::new(name)),
        layout: Layout::of_plain(plain_len).unwrap(),
        media_type: MediaType::parse(media_type).unwrap(),
        sealed_hash: None,
        version: 1,
        writer: toy(),
        day: Day(20_775),
    }
}

fn pictures() -> Vec<Json> {
    let jpeg = |name: &str, plain_len| blob(name, "image/jpeg", plain_len);
    let photo = Photo {
        taken_ms: Some(TAKEN_MS),
        width: 4000,
        height: 3000,
        full: jpeg("full", 1_500_000),
        mid: jpeg("mid", 200_000),
        thumbnail: jpeg("thumbnail", 9_000),
    };
    let voice =
        Voice { taken_ms: None, duration_ms: 4_200, sound: blob("sound", "audio/webm", 40_000) };
    let film = Video {
        taken_ms: Some(TAKEN_MS),
        duration_ms: 9_000,
        width: 640,
        height: 480,
        film: blob("film", "video/webm", 900_000),
        poster: Some(jpeg("poster", 20_000)),
    };
    let bare = Video { taken_ms: None, poster: None, ..film.clone() };
    let sizes = ["type", "taken_ms", "width", "height", "full", "mid", "thumbnail"];
    let played = ["type", "taken_ms", "duration_ms", "width", "height", "film", "poster"];
    vec![
        structure("photo", "three sizes of a picture", &sizes, &photo),
        structure(
            "voice message",
            "from a toy without a clock",
            &["type", "taken_ms", "duration_ms", "sound"],
            &voice,
        ),
        structure("film", "with a picture of it", &played, &film),
        structure("film without a poster", "and from a toy without a clock", &played, &bare),
    ]
}

fn limits() -> Limits {
    Limits {
        day_minutes: Some(60),
        bedtime: Some(Hours { from: 20 * 60, until: 7 * 60 }),
        school: Some(School {
            weekdays: 0b001_1111,
            hours: Hours { from: 8 * 60, until: 13 * 60 },
            kinds: vec![Kind::Learn],
        }),
        kinds: vec![
            KindLimit { kind: Kind::Watch, minutes: 20 },
            KindLimit { kind: Kind::Chat, minutes: 0 },
        ],
    }
}

fn lost(text: Option<&str>) -> Lost {
    Lost { toy: toy(), text: text.map(ToOwned::to_owned) }
}

fn settings() -> Vec<Json> {
    let names = ["type", "day_minutes", "bedtime", "school", "kinds"];
    let (told, lies) = (["type", "toy", "text"], "what whoever finds it reads");
    vec![
        structure("limits", "an hour a day, a bedtime, school, no chat", &names, &limits()),
        structure("no limits", "everything goes", &names, &Limits::default()),
        structure("lost toy", lies, &told, &lost(Some("Please call the school"))),
        structure("found toy", "the same record without a text", &told, &lost(None)),
    ]
}

fn refused_profiles() -> Vec<Json> {
    let called = |nickname: &str| Profile { nickname: nickname.to_owned(), ..profile() };
    vec![
        refused("profile: no nickname", &called("")),
        refused("profile: a nickname of two lines", &called("Mia\nand more")),
        refused("profile: a nickname of 161 bytes", &called(&"m".repeat(161))),
        refused("name of a toy: none", &ToyName(String::new())),
        refused("name of a toy: 81 bytes", &ToyName("t".repeat(81))),
    ]
}

fn refused_settings() -> Vec<Json> {
    let school = |weekdays, from, until, kinds: &[Kind]| Limits {
        school: Some(School { weekdays, hours: Hours { from, until }, kinds: kinds.to_vec() }),
        ..limits()
    };
    let day = Limits { day_minutes: Some(1441), ..limits() };
    let bedtime = Limits { bedtime: Some(Hours { from: 1440, until: 0 }), ..limits() };
    let mut order = limits();
    order.kinds.reverse();
    let twice = &[Kind::Learn, Kind::Learn];
    vec![
        refused("limits: more minutes than a day has", &day),
        refused("limits: a bedtime outside of a day", &bedtime),
        refused("limits: school on no day", &school(0, 480, 780, &[])),
        refused("limits: school on an eighth day", &school(128, 480, 780, &[])),
        refused("limits: school over midnight", &school(31, 780, 480, &[])),
        refused("limits: a kind twice", &school(31, 480, 780, twice)),
        refused("limits: kinds in another order", &order),
        refused("lost toy: an empty text", &lost(Some(""))),
        refused("lost toy: 121 characters", &lost(Some(&"ü".repeat(121)))),
    ]
}
