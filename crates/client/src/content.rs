//! What lies in records: sealed, so only those see it whom the family lets read.
//!
//! Each kind has a type string of its own, so that nothing is read as something else.

pub mod back;
pub mod limits;
pub mod lost;
mod recording;

pub use recording::{Video, Voice};

use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;

/// A picture: `["TH-PHOTO/1", taken_ms|null, width, height, full, mid, thumbnail]`, with the
/// three sizes as references to blobs. It holds no place and no camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// When it was taken by the toy's clock, in milliseconds since 1970, if the toy has one.
    pub taken_ms: Option<u64>,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// The whole picture.
    pub full: BlobRef,
    /// For a telephone's screen.
    pub mid: BlobRef,
    /// For an album.
    pub thumbnail: BlobRef,
}

impl Canonical for Photo {
    const NAME: &'static str = "TH-PHOTO/1";
    const BYTES_MAX: usize = 2048;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME);
        match self.taken_ms {
            Some(ms) => writer.uint(ms),
            None => writer.null(),
        };
        writer.uint(self.width).uint(self.height);
        writer.nested(&self.full).nested(&self.mid).nested(&self.thumbnail);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            taken_ms: reader.optional(|reader| reader.uint("taken_ms"))?,
            width: reader.uint("width")?,
            height: reader.uint("height")?,
            full: reader.nested()?,
            mid: reader.nested()?,
            thumbnail: reader.nested()?,
        })
    }
}

/// A child's profile: `["TH-PROFILE/1", nickname, age_band]`. No birth date: an age
/// band is all that anything needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What the family calls the child; 1 to 160 bytes.
    pub nickname: String,
    /// How old, roughly.
    pub age_band: AgeBand,
}

/// How old a child is, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeBand {
    /// Under six.
    Small,
    /// Six to nine.
    School,
    /// Ten to twelve.
    Tween,
}

impl AgeBand {
    /// All of them, with their code and word.
    pub const ALL: [(Self, u8, &'static str); 3] =
        [(Self::Small, 1, "0-5"), (Self::School, 2, "6-9"), (Self::Tween, 3, "10-12")];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(band, ..)| *band == self).map_or("", |(_, _, word)| word)
    }

    /// The band with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, _, own)| *own == word).map(|(band, ..)| *band)
    }

    fn code(self) -> u8 {
        Self::ALL.iter().find(|(band, ..)| *band == self).map_or(0, |(_, code, _)| *code)
    }
}

impl Canonical for Profile {
    const NAME: &'static str = "TH-PROFILE/1";
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(3).text(Self::NAME).text(&self.nickname).uint(self.age_band.code());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(3)?;
        let nickname = reader.text("nickname")?.to_owned();
        let fits = (1..=160).contains(&nickname.len()) && !nickname.chars().any(char::is_control);
        reader.require(fits, "nickname", "must have 1 to 160 printable bytes")?;
        let code = reader.uint::<u8>("age_band")?;
        let band = AgeBand::ALL.iter().find(|(_, own, _)| *own == code).map(|(band, ..)| *band);
        let age_band = band.ok_or_else(|| reader.refuse("age_band", "must be 1, 2 or 3"))?;
        Ok(Self { nickname, age_band })
    }
}

/// What an invited guardian answers: `["TH-ANSWER/1", pk_sig, suite, pk_kem, vpc, accept_sig,
/// mac]`. The `mac` proves that the keys are those of whoever was handed the invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The signing key.
    pub signing: [u8; 32],
    /// The suite of the sealing key.
    pub suite: u8,
    /// The sealing key.
    pub sealing: Vec<u8>,
    /// The operator's attestation (TH-VPC/1), signed.
    pub vpc: Vec<u8>,
    /// The proof of possession for the `guardian-add` link.
    pub accept_sig: [u8; 64],
    /// HMAC with the invitation's secret over the keys.
    pub mac: [u8; 32],
}

impl Canonical for Answer {
    const NAME: &'static str = "TH-ANSWER/1";
    const BYTES_MAX: usize = 4096;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME).bytes(&self.signing).uint(self.suite);
        writer.bytes(&self.sealing).bytes(&self.vpc).bytes(&self.accept_sig).bytes(&self.mac);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            signing: reader.fixed("pk_sig")?,
            suite: reader.uint("suite")?,
            sealing: reader.bytes("pk_kem")?.to_vec(),
            vpc: reader.bytes("vpc")?.to_vec(),
            accept_sig: reader.fixed("accept_sig")?,
            mac: reader.fixed("mac")?,
        })
    }
}
