//! Canaries: random values that are planted in every kind of field and can't be there by chance.
//! Wherever one is found later, that field can be read.

use std::collections::BTreeSet;

use rand_core::Rng;
use serde::Serialize;
use treehouse_client::picture::Prepared;

/// Bytes of a value that are looked for in one piece: half of a canary is enough to find it, as
/// memory that was given back has lost its beginning.
pub const WINDOW_BYTES: usize = 16;
/// Places of a picture that are looked for.
const WINDOWS_OF_A_PICTURE: usize = 6;
/// Letters of names and passwords. Some look different in each way of writing text down.
const LETTERS: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v',
    'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9', '0',
];
const SPECIAL: [char; 6] = ['é', 'ß', '"', '/', '+', ' '];

/// Whose secret a canary is, and so where it may turn up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// What belongs to a child. Nowhere.
    Child,
    /// What only a guardian or a toy may hold. Nowhere.
    Keys,
    /// What the server itself must read while it works. On no disk.
    Read,
    /// What proves a session, of which the server keeps the hash. On no disk.
    Tokens,
}

impl Class {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Child, Self::Keys, Self::Read, Self::Tokens];

    /// The head of its column.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Child => "children's data",
            Self::Keys => "passwords, keys",
            Self::Read => "addresses, forms",
            Self::Tokens => "tokens",
        }
    }
}

/// A field in which canaries are planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The name of a child.
    Nickname,
    /// A picture, whole.
    Picture,
    /// A picture for a telephone.
    SmallPicture,
    /// A picture for an album.
    Thumbnail,
    /// The key of one picture.
    PictureKey,
    /// The key of one kind of data of a child.
    CategoryKey,
    /// A password.
    Password,
    /// The code on the printed recovery kit.
    Kit,
    /// The seed of a guardian's keys.
    GuardianKeys,
    /// The seed of a toy's keys.
    ToyKeys,
    /// What the one who is invited is handed.
    Invitation,
    /// An e-mail address.
    Email,
    /// A signed form, scanned.
    Form,
    /// A guardian's session.
    Session,
    /// A toy's token.
    ToyToken,
    /// A link in a letter.
    Letter,
}

impl Kind {
    /// The class and the words for it.
    const fn row(self) -> (Class, &'static str) {
        match self {
            Self::Nickname => (Class::Child, "names of children"),
            Self::Picture => (Class::Child, "pictures, as large as they were taken"),
            Self::SmallPicture => (Class::Child, "pictures for a telephone"),
            Self::Thumbnail => (Class::Child, "pictures for an album"),
            Self::PictureKey => (Class::Keys, "keys of single pictures"),
            Self::CategoryKey => (Class::Keys, "keys of a child's data"),
            Self::Password => (Class::Keys, "passwords"),
            Self::Kit => (Class::Keys, "codes of recovery kits"),
            Self::GuardianKeys => (Class::Keys, "private keys of guardians"),
            Self::ToyKeys => (Class::Keys, "private keys of toys"),
            Self::Invitation => (Class::Keys, "secrets of invitations"),
            Self::Email => (Class::Read, "e-mail addresses"),
            Self::Form => (Class::Read, "signed forms"),
            Self::Session => (Class::Tokens, "sessions of guardians"),
            Self::ToyToken => (Class::Tokens, "tokens of toys"),
            Self::Letter => (Class::Tokens, "links in letters"),
        }
    }

    /// Its class.
    pub const fn class(self) -> Class {
        self.row().0
    }

    /// What it is, in words.
    pub const fn words(self) -> &'static str {
        self.row().1
    }

    /// Whether it is text: then it is also looked for as UTF-16 and in escapes.
    const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Nickname
                | Self::Password
                | Self::Kit
                | Self::Email
                | Self::Session
                | Self::ToyToken
                | Self::Letter
        )
    }
}

/// One planted value.
#[derive(Clone)]
pub struct Canary {
    /// In which field.
    pub kind: Kind,
    /// The value; of a picture, a piece of it that holds a window.
    pub value: Vec<u8>,
    /// What is looked for: any of these.
    pub windows: Vec<Vec<u8>>,
}

impl Canary {
    /// Whether it is text.
    pub const fn is_text(&self) -> bool {
        self.kind.is_text()
    }

    fn of_bytes(kind: Kind, bytes: &[u8]) -> Self {
        let value = bytes.to_vec();
        if bytes.len() < 2 * WINDOW_BYTES {
            return Self { kind, windows: vec![value.clone()], value };
        }
        let windows = [&bytes[..WINDOW_BYTES], &bytes[bytes.len() - WINDOW_BYTES..]];
        Self { kind, windows: windows.map(<[u8]>::to_vec).to_vec(), value }
    }

    /// Text is cut between characters, so that each window can be written in every encoding.
    fn of_text(kind: Kind, text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let value = text.as_bytes().to_vec();
        if letters.len() < 2 * WINDOW_BYTES {
            return Self { kind, windows: vec![value.clone()], value };
        }
        let window = |letters: &[char]| letters.iter().collect::<String>().into_bytes();
        let (start, end) = (&letters[..WINDOW_BYTES], &letters[letters.len() - WINDOW_BYTES..]);
        Self { kind, windows: vec![window(start), window(end)], value }
    }

    /// Pieces from all over a picture, from where its bytes look random.
    fn of_picture(kind: Kind, jpeg: &[u8]) -> Option<Self> {
        let step = jpeg.len() / (WINDOWS_OF_A_PICTURE + 2);
        let starts = (1..=WINDOWS_OF_A_PICTURE).map(|part| part * step + step / 2);
        let starts: Vec<usize> = starts.filter(|start| is_varied(jpeg, *start)).collect();
        let first = *starts.first()?;
        let piece = |start: usize| jpeg[start..start + WINDOW_BYTES].to_vec();
        let windows = starts.into_iter().map(piece).collect();
        Some(Self { kind, value: jpeg[first..first + 3 * WINDOW_BYTES].to_vec(), windows })
    }
}

fn is_varied(bytes: &[u8], start: usize) -> bool {
    let end = start + 3 * WINDOW_BYTES;
    let piece = bytes.get(start..end).map(|piece| &piece[..WINDOW_BYTES]);
    piece.is_some_and(|piece| piece.iter().collect::<BTreeSet<_>>().len() >= 12)
}

/// All canaries of a drill.
#[derive(Default)]
pub struct Cage(Vec<Canary>);

impl Cage {
    /// Every canary; its place is its number.
    pub fn all(&self) -> &[Canary] {
        &self.0
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes a value that is bytes.
    pub fn bytes(&mut self, kind: Kind, bytes: &[u8]) {
        self.take(Canary::of_bytes(kind, bytes));
    }

    /// Takes a value that is text.
    pub fn text(&mut self, kind: Kind, text: &str) {
        self.take(Canary::of_text(kind, text));
    }

    /// Takes the three sizes of a picture, as they leave the toy's stripping.
    pub fn picture(&mut self, prepared: &Prepared) {
        let sizes = [
            (Kind::Picture, &prepared.full),
            (Kind::SmallPicture, &prepared.mid),
            (Kind::Thumbnail, &prepared.thumbnail),
        ];
        for (kind, jpeg) in sizes {
            if let Some(canary) = Canary::of_picture(kind, jpeg) {
                self.take(canary);
            }
        }
    }

    /// A key that several clients hold is one canary.
    fn take(&mut self, canary: Canary) {
        if !self.0.iter().any(|known| known.value == canary.value) {
            self.0.push(canary);
        }
    }
}

/// A name or a password that nobody else has: 40 letters, some of them with an accent.
pub fn words(rng: &mut impl Rng) -> String {
    let letter = |rng: &mut _, place: usize| {
        let special = matches!(place, 5 | 11 | 29 | 35);
        if special { pick(&SPECIAL, rng) } else { pick(&LETTERS, rng) }
    };
    (0..40).map(|place| letter(rng, place)).collect()
}

/// What stands before the `@` of an address that nobody else has.
pub fn mailbox(rng: &mut impl Rng) -> String {
    (0..40).map(|_| pick(&LETTERS, rng)).collect()
}

fn pick(letters: &[char], rng: &mut impl Rng) -> char {
    // The bias of the remainder doesn't matter here.
    letters[rng.next_u32() as usize % letters.len()]
}
