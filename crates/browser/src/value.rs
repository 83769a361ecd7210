//! What a call takes and gives, beyond what CBOR has.

use treehouse_protocol::cbor::{Reader, Writer};
use treehouse_protocol::chain::ChainRefused;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Day, Hash, Id, KeyId, Seen};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::VerifyKey;
use treehouse_protocol::sorted::Set;

/// The structure in a refusal of what the page passed.
pub const ARGUMENT: &str = "argument";

/// How many items a page may pass in one list.
pub const ITEMS_MAX: usize = 1 << 20;

/// What an operation gives.
pub type Answer = Result<Writer, Thrown>;

/// Why it gives nothing.
pub enum Thrown {
    Refused(Refused),
    Chain(Box<ChainRefused>),
}

impl From<Refused> for Thrown {
    fn from(cause: Refused) -> Self {
        Self::Refused(cause)
    }
}

impl From<ChainRefused> for Thrown {
    fn from(refused: ChainRefused) -> Self {
        Self::Chain(Box::new(refused))
    }
}

/// A refusal of what the page passed.
pub fn argument(field: &'static str, rule: &'static str) -> Refused {
    Refused::new(ARGUMENT, field, rule)
}

/// An id of 16 bytes.
pub fn id<K>(args: &mut Reader<'_>, field: &'static str) -> Result<Id<K>, Refused> {
    args.fixed(field).map(Id::from_bytes)
}

/// A key id.
pub fn kid(args: &mut Reader<'_>) -> Result<KeyId, Refused> {
    args.fixed("kid").map(KeyId::from_bytes)
}

/// A SHA-256.
pub fn hash(args: &mut Reader<'_>, field: &'static str) -> Result<Hash, Refused> {
    args.fixed(field).map(Hash::from_bytes)
}

/// A key that verifies.
pub fn verify_key(args: &mut Reader<'_>, field: &'static str) -> Result<VerifyKey, Refused> {
    VerifyKey::admit(&args.fixed(field)?)
}

/// A suite.
pub fn suite(args: &mut Reader<'_>) -> Result<Suite, Refused> {
    let suite = Suite::from_code(args.uint("suite")?);
    suite.ok_or_else(|| argument("suite", "must be 1 or 2"))
}

/// A day.
pub fn day(args: &mut Reader<'_>) -> Result<Day, Refused> {
    args.uint("day").map(Day)
}

/// A place in a chain.
pub fn place(args: &mut Reader<'_>) -> Result<Seen, Refused> {
    Ok(Seen { seq: args.uint::<u32>("seq")?.into(), head: hash(args, "head")? })
}

/// A member of a closed list, by its word.
pub fn word<C: Coded>(args: &mut Reader<'_>) -> Result<C, Refused> {
    let word = C::from_word(args.text(C::FIELD)?);
    word.ok_or_else(|| argument(C::FIELD, "must be a word of the registry"))
}

/// Members of a closed list, by their words.
pub fn words<C: Coded + Ord>(args: &mut Reader<'_>) -> Result<Set<C>, Refused> {
    Ok(list(args, word)?.into_iter().collect())
}

/// A list.
pub fn list<T>(
    args: &mut Reader<'_>,
    read: impl FnMut(&mut Reader<'_>) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    let count = args.list_or_none("list", ITEMS_MAX)?;
    args.items(count, read)
}

/// Byte strings.
pub fn all_bytes(args: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Refused> {
    list(args, |args| args.bytes("list").map(<[u8]>::to_vec))
}

/// The beginning of every answer that is no refusal.
pub fn answer(room: usize) -> Writer {
    let mut writer = Writer::with_room(room);
    writer.uint(0_u8);
    writer
}

/// Answers bytes. They are written once, so that no copy of a secret stays behind.
pub fn bytes(bytes: &[u8]) -> Answer {
    // The answer's head takes one byte, and that of the bytes at most nine.
    let mut writer = answer(bytes.len() + 10);
    writer.bytes(bytes);
    Ok(writer)
}

/// Answers two byte strings, which are no secrets.
pub fn pair(first: &[u8], second: &[u8]) -> Answer {
    let mut writer = answer(0);
    writer.array(2).bytes(first).bytes(second);
    Ok(writer)
}

/// Answers a text; the same care.
pub fn text(text: &str) -> Answer {
    let mut writer = answer(text.len() + 10);
    writer.text(text);
    Ok(writer)
}

/// Answers a number.
pub fn number(value: impl Into<u64>) -> Answer {
    let mut writer = answer(10);
    writer.uint(value);
    Ok(writer)
}

/// Answers bytes, if there are any.
pub fn some_bytes(value: Option<&[u8]>) -> Answer {
    value.map_or_else(nothing, bytes)
}

/// Answers nothing.
pub fn nothing() -> Answer {
    let mut writer = answer(2);
    writer.null();
    Ok(writer)
}

/// Answers a list of byte strings.
pub fn list_of<B: AsRef<[u8]>>(items: &[B]) -> Answer {
    let mut writer = answer(0);
    writer.list(items, |writer, item| {
        writer.bytes(item.as_ref());
    });
    Ok(writer)
}

/// Writes a number, or null.
pub fn optional_uint(writer: &mut Writer, value: Option<u32>) {
    match value {
        Some(value) => writer.uint(value),
        None => writer.null(),
    };
}

/// Writes a place in a chain.
pub fn seen(writer: &mut Writer, seen: Seen) {
    writer.array(2).uint(seq(seen.seq)).bytes(seen.head.bytes());
}

/// The number of a link. A chain has at most 65536; a number beyond any chain stays beyond it.
pub fn seq(seq: u64) -> u32 {
    u32::try_from(seq).unwrap_or(u32::MAX)
}
