use proptest::prelude::*;

use super::*;

/// Two seconds each, as Chromium records its own test devices.
const SPOKEN: &[u8] = include_bytes!("../../tests/recordings/voice.webm");
const FILMED: &[u8] = include_bytes!("../../tests/recordings/film.webm");
const FILMED_VP9: &[u8] = include_bytes!("../../tests/recordings/film-vp9.webm");

const PLACE: &[u8] = b"52.5163 N 13.3777 E, Mia's tablet";

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// An element with a size of one byte.
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u8::try_from(body.len()).unwrap() | 0x80;
    [id, &[size], body].concat()
}

/// The same as a recorder gives it while it still runs, which doesn't know how long it'll be.
fn unended(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for id in [[0x18, 0x53, 0x80, 0x67], [0x1f, 0x43, 0xb6, 0x75]] {
        // The list of what stands where names the second id, too; a size of eight bytes begins with 1.
        let is = |part: &[u8]| part.starts_with(&id) && part[4] == 1;
        let at = file.windows(12).position(is).expect("a size of eight bytes");
        file[at + 5..at + 12].fill(0xff);
    }
    file
}

#[test]
fn what_a_browser_records_is_taken_and_stays_as_long_as_it_was() {
    let sound = voice(SPOKEN).unwrap();
    assert_eq!(sound.media_type, "audio/webm");
    assert!((1_700..2_400).contains(&sound.duration_ms), "{sound:?}");
    for filmed in [FILMED, FILMED_VP9] {
        let film = video(filmed).unwrap();
        assert_eq!((film.width, film.height), (320, 240));
        assert!((1_500..2_500).contains(&film.duration_ms), "{film:?}");
    }
}

#[test]
fn nothing_is_left_but_the_frames() {
    // The recorder names itself, and isn't named any more.
    assert!(has(SPOKEN, b"Chrome") && has(FILMED, b"Chrome"));
    assert_eq!(voice(&unended(SPOKEN)).unwrap(), voice(SPOKEN).unwrap());
    assert_eq!(video(&unended(FILMED)).unwrap(), video(FILMED).unwrap());
    let (sound, film) = (voice(SPOKEN).unwrap().bytes, video(FILMED).unwrap().bytes);
    assert!(!has(&sound, b"Chrome") && !has(&film, b"Chrome"));
    // A file that was cleaned is its own clean file: what is written is what is known.
    assert_eq!(voice(&sound).unwrap().bytes, sound);
    assert_eq!(video(&film).unwrap().bytes, film);
}

#[test]
fn tags_attachments_and_what_nobody_knows_stay_behind() {
    let (tags, attachment, date) =
        ([0x12, 0x54, 0xc3, 0x67], [0x19, 0x41, 0xa4, 0x69], [0x44, 0x61]);
    for id in [&tags[..], &attachment, &date, &[0x4d, 0xec], &[0xec], &[0x80]] {
        let told = [&unended(SPOKEN), &element(id, PLACE)[..]].concat();
        assert!(has(&told, PLACE));
        assert_eq!(voice(&told).unwrap(), voice(SPOKEN).unwrap(), "{id:x?}");
    }
}

#[test]
fn text_behind_a_file_that_says_where_it_ends_is_refused() {
    let clean = voice(SPOKEN).unwrap().bytes;
    let told = [&clean[..], &element(&[0xec], PLACE)].concat();
    assert_eq!(voice(&told).unwrap_err(), RecordingRefused::Damaged);
}

/// A WAV file of so many samples, eight bits each, with a chunk of text before them.
fn wav(samples: usize) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut file =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0".to_vec();
    file.extend_from_slice(b"LIST");
    file.extend_from_slice(&length(PLACE.len()));
    file.extend_from_slice(PLACE);
    file.resize(file.len() + PLACE.len() % 2, 0);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length(samples));
    file.resize(file.len() + samples, 0x80);
    file.extend_from_slice(b"id3 ");
    file.extend_from_slice(&length(PLACE.len()));
    file.extend_from_slice(PLACE);
    file
}

#[test]
fn wav_keeps_its_samples_and_no_word() {
    let told = wav(4_000);
    assert!(has(&told, PLACE));
    let sound = voice(&told).unwrap();
    assert_eq!((sound.media_type, sound.duration_ms), ("audio/wav", 500));
    assert_eq!(sound.bytes.len(), 44 + 4_000);
    assert!(!has(&sound.bytes, PLACE));
    assert_eq!(voice(&sound.bytes).unwrap(), sound);
}

#[test]
fn other_formats_are_refused_with_a_word_what_to_do() {
    let files: [&[u8]; 6] = [
        b"\0\0\0\x18ftypmp42\0\0\0\0",
        b"OggS\0\x02",
        b"ID3\x04\0",
        b"fLaC\0",
        b"#!AMR\n",
        b"\x89PNG\r\n\x1a\n",
    ];
    for bytes in files {
        for refused in [voice(bytes).unwrap_err(), video(bytes).unwrap_err()] {
            assert!(matches!(refused, RecordingRefused::Format { .. }), "{refused}");
            assert!(refused.to_string().contains("record voice as WebM"), "{refused}");
        }
    }
    // The same tracks in codecs whose frames carry messages, or in a container of more than that.
    let swap = |from: &[u8], to: &[u8]| {
        let at = FILMED.windows(from.len()).position(|window| window == from).unwrap();
        let mut bytes = FILMED.to_vec();
        bytes[at..at + to.len()].copy_from_slice(to);
        video(&bytes).unwrap_err()
    };
    assert!(matches!(swap(b"V_VP8", b"V_AV1"), RecordingRefused::Format { .. }));
    assert!(matches!(swap(b"A_OPUS", b"A_FLAC"), RecordingRefused::Format { .. }));
    assert!(matches!(swap(b"webm", b"mkv1"), RecordingRefused::Format { .. }));
}

#[test]
fn a_film_is_no_voice_message_and_the_other_way_round() {
    assert_eq!(voice(FILMED).unwrap_err(), RecordingRefused::OtherKind);
    assert_eq!(video(SPOKEN).unwrap_err(), RecordingRefused::OtherKind);
    assert_eq!(video(&wav(100)).unwrap_err(), RecordingRefused::OtherKind);
}

#[test]
fn what_is_too_long_is_refused() {
    let second = 8_000;
    assert!(voice(&wav(second * 120)).is_ok());
    assert_eq!(voice(&wav(second * 120 + 8)).unwrap_err(), RecordingRefused::TooMuch);
    let long = vec![0; VOICE_BYTES_MAX + 1];
    assert_eq!(voice(&long).unwrap_err(), RecordingRefused::TooLong);
    let long = vec![0; VIDEO_BYTES_MAX + 1];
    assert_eq!(video(&long).unwrap_err(), RecordingRefused::TooLong);
}

#[test]
fn opus_packets_are_counted_and_padding_is_found() {
    use opus::{Packet, packet};
    let is = |us, padding| Ok(Packet { us, padding });
    // 20 ms in one frame; twice that; 2.5 ms of CELT; 60 ms of SILK.
    assert_eq!(packet(&[0xf8, 1, 2]), is(20_000, 0));
    assert_eq!(packet(&[0xf9, 1, 2]), is(40_000, 0));
    assert_eq!(packet(&[0x80, 1]), is(2_500, 0));
    assert_eq!(packet(&[0x18, 1]), is(60_000, 0));
    // One frame and three bytes of padding.
    assert_eq!(packet(&[0xfb, 0x41, 3, 9, b'G', b'P', b'S']), is(20_000, 3));
    for wrong in
        [&[][..], &[0xf9, 1], &[0xfa, 9, 1], &[0xfb], &[0xfb, 0], &[0xfb, 0x41, 9, 1], &[0xfb, 7]]
    {
        assert!(packet(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_recording_that_was_cut_is_refused_or_shorter() {
    let whole = video(FILMED).unwrap();
    for length in 0..FILMED.len() {
        if let Ok(film) = video(&FILMED[..length]) {
            assert!(film.bytes.len() <= whole.bytes.len(), "{length}");
        }
    }
}

proptest! {
    /// Whatever stands in a file: it's refused, or what is left of it is clean.
    #[test]
    fn a_damaged_file_breaks_nothing(
        at in 0..FILMED.len(), byte in any::<u8>(), to in 0..SPOKEN.len(),
    ) {
        let mut bytes = FILMED.to_vec();
        bytes[at] = byte;
        if let Ok(film) = video(&bytes) {
            prop_assert_eq!(&video(&film.bytes).unwrap().bytes, &film.bytes);
        }
        let mut bytes = SPOKEN.to_vec();
        bytes[to] = byte;
        if let Ok(sound) = voice(&bytes) {
            prop_assert_eq!(&voice(&sound.bytes).unwrap().bytes, &sound.bytes);
        }
    }
}
