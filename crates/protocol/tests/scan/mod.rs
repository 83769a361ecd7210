//! Where the items of an encoding stand: a second, smaller reader of CBOR, for tests alone.

/// The head of an item.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Where it stands.
    pub at: usize,
    /// How long the head is.
    pub head_len: usize,
    major: u8,
    argument: u64,
}

/// The items of a valid encoding, in order.
pub fn items(bytes: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(item) = item(bytes, at) {
        at += item.head_len + item.content_len();
        items.push(item);
    }
    items
}

/// Whether these bytes are one item of the CBOR that TH/1 uses, in its one encoding (RFC 8949
/// section 4.2.1): told without the library that the decoders use.
pub fn is_deterministic(bytes: &[u8]) -> bool {
    let (mut at, mut wanted) = (0, 1_u64);
    while wanted > 0 {
        let Some(item) = item(bytes, at) else {
            return false;
        };
        let known = match item.major {
            0 | 2 | 3 | 4 => item.head_len == shortest(item.argument),
            // The empty map and tag 18 of COSE, and null.
            5 => item.argument == 0 && item.head_len == 1,
            6 => item.argument == 18 && item.head_len == 1,
            7 => bytes[at] == 0xf6,
            _ => false,
        };
        let end = at.saturating_add(item.head_len).saturating_add(item.content_len());
        let Some(content) = bytes.get(at + item.head_len..end) else {
            return false;
        };
        if !known || item.major == 3 && std::str::from_utf8(content).is_err() {
            return false;
        }
        wanted = (wanted - 1).saturating_add(match item.major {
            4 => item.argument,
            6 => 1,
            _ => 0,
        });
        at = end;
    }
    at == bytes.len()
}

fn shortest(argument: u64) -> usize {
    match argument {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

fn item(bytes: &[u8], at: usize) -> Option<Item> {
    let first = bytes.get(at)?;
    let (major, low) = (first >> 5, first & 31);
    let extra = match low {
        0..24 => 0,
        24..28 => 1 << (low - 24),
        _ => return None,
    };
    let rest = bytes.get(at + 1..at + 1 + extra)?;
    let number = rest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let argument = if extra == 0 { u64::from(low) } else { number };
    let head_len = 1 + extra;
    Some(Item { at, head_len, major, argument })
}

impl Item {
    pub fn content_len(&self) -> usize {
        if self.is_bytes() || self.major == 3 {
            usize::try_from(self.argument).unwrap_or(usize::MAX)
        } else {
            0
        }
    }

    fn is_bytes(&self) -> bool {
        self.major == 2
    }

    pub fn is_array(&self) -> bool {
        self.major == 4
    }

    /// Whether a place is in the content of a byte string.
    pub fn is_inside_bytes(&self, place: usize) -> bool {
        let start = self.at + self.head_len;
        self.is_bytes() && (start..start + self.content_len()).contains(&place)
    }

    /// Other heads for the same item: too long, without a length, or longer than needed. None for
    /// what has no length.
    pub fn lies(&self) -> Vec<Vec<u8>> {
        if !(2..=4).contains(&self.major) {
            return Vec::new();
        }
        let lengths = [
            self.argument + 1,
            u64::from(u16::MAX),
            1 << 31,
            1 << 32,
            1 << 40,
            i64::MAX.unsigned_abs(),
            u64::MAX,
        ];
        let mut heads: Vec<_> = lengths.iter().map(|length| self.head(27, *length)).collect();
        heads.push(self.head(27, self.argument));
        heads.push(self.head(26, self.argument));
        heads.push(self.head(26, u64::from(u32::MAX)));
        heads.push(vec![self.major << 5 | 31]);
        heads
    }

    fn head(&self, low: u8, length: u64) -> Vec<u8> {
        let bytes = length.to_be_bytes();
        let width = 1 << (low - 24);
        let mut head = vec![self.major << 5 | low];
        head.extend_from_slice(&bytes[8 - width..]);
        head
    }
}
