//! What a guardian asks who lost its keys: of another guardian, or of a toy. It goes through the
//! server, which could put something else in its place; so both sides show its [`code`], and people
//! compare.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::body::Announcement;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::sign::VerifyKey;
use treehouse_protocol::slot::{SealedBundle, Slot};

/// Hexadecimal digits of a code: 80 bits, so that nobody finds another request with the same one.
const CODE_DIGITS: usize = 20;
/// Slots that one request shows.
const SLOTS_MAX: usize = 8;

/// What both sides show of a request: five groups of four digits.
#[must_use]
pub fn code(request: &[u8]) -> String {
    let digits: Vec<char> = Hash::of(request).to_string().chars().take(CODE_DIGITS).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// Whether somebody read out this code, with or without its spaces.
#[must_use]
pub fn is_code(request: &[u8], typed: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|sign| !sign.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    plain(typed) == plain(&code(request))
}

/// Asks another guardian to open its slot: `["TH-BACK-G/1", genesis, pk_kem, [slot...]]`. What it
/// finds there it seals to `reply`, a key of suite 2 that was made for this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskGuardian {
    /// The first link of the chain that the asker was shown.
    pub genesis: Hash,
    /// Whom to answer.
    pub reply: KemPublic,
    /// The slots that are sealed to guardians.
    pub slots: Vec<Slot>,
}

impl Canonical for AskGuardian {
    const NAME: &'static str = "TH-BACK-G/1";
    const BYTES_MAX: usize = 14 * 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.array(4).text(Self::NAME).bytes(self.genesis.bytes()).bytes(self.reply.bytes());
        writer.list(&self.slots, |writer, slot| {
            writer.nested(slot);
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(4)?;
        let genesis = Hash::from_bytes(reader.fixed("genesis")?);
        let reply = KemPublic::admit(Suite::XWing, reader.bytes("pk_kem")?)?;
        let count = reader.list("slots", SLOTS_MAX)?;
        Ok(Self { genesis, reply, slots: reader.items(count, Reader::nested)? })
    }
}

/// Asks a toy to announce a new key: `["TH-BACK-T/1", genesis, kid, pk_sig, pk_kem, vpc,
/// accept_sig]`, what stands in the `recover` link, and the chain that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskToy {
    /// The first link of the chain that the asker was shown.
    pub genesis: Hash,
    /// What the toy is to announce.
    pub announcement: Announcement,
}

impl Canonical for AskToy {
    const NAME: &'static str = "TH-BACK-T/1";
    const BYTES_MAX: usize = 4 * 1024;

    fn encode(&self, writer: &mut Writer) {
        let Announcement { lost, keys, vpc, accept_sig } = &self.announcement;
        writer.array(7).text(Self::NAME).bytes(self.genesis.bytes()).bytes(lost.bytes());
        writer.bytes(keys.sig.bytes()).bytes(keys.kem.bytes()).nested(vpc).bytes(accept_sig);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        let genesis = Hash::from_bytes(reader.fixed("genesis")?);
        let lost = KeyId::from_bytes(reader.fixed("kid")?);
        let sig = VerifyKey::admit(&reader.fixed("pk_sig")?)?;
        let kem = KemPublic::admit(Suite::XWing, reader.bytes("pk_kem")?)?;
        let keys = PublicKeys { sig, kem };
        let (vpc, accept_sig) = (reader.nested()?, reader.fixed("accept_sig")?);
        Ok(Self { genesis, announcement: Announcement { lost, keys, vpc, accept_sig } })
    }
}

/// The keys that somebody made to be answered, or to come back with, as the server keeps them
/// meanwhile: `["TH-KEPT/1", bundle, slot]`; the slot opens with the new password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The keys, sealed.
    pub bundle: SealedBundle,
    /// What opens them.
    pub slot: Slot,
}

impl Canonical for Kept {
    const NAME: &'static str = "TH-KEPT/1";
    const BYTES_MAX: usize = 2 * 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.array(3).text(Self::NAME).nested(&self.bundle).nested(&self.slot);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(3)?;
        Ok(Self { bundle: reader.nested()?, slot: reader.nested()? })
    }
}

/// The name of a toy: `["TH-NAME/1", name]`, 1 to 80 bytes, in a record that only those open who
/// read its child's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToyName(pub String);

impl Canonical for ToyName {
    const NAME: &'static str = "TH-NAME/1";
    const BYTES_MAX: usize = 128;

    fn encode(&self, writer: &mut Writer) {
        writer.array(2).text(Self::NAME).text(&self.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(2)?;
        let name = reader.text("name")?;
        let fits = (1..=80).contains(&name.len()) && !name.chars().any(char::is_control);
        reader.require(fits, "name", "must have 1 to 80 printable bytes")?;
        Ok(Self(name.to_owned()))
    }
}
