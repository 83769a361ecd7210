//! Reads CBOR without the crate's own reader, and shows it in diagnostic notation
//! (RFC 8949 section 8).

use crate::json::Json;

/// The items of the array that `bytes` begins with, behind its tag if it has one.
pub fn items(bytes: &[u8]) -> Vec<&[u8]> {
    let (major, _, inside) = head(bytes);
    if major == 6 {
        return items(inside);
    }
    let (major, count, mut rest) = head(bytes);
    assert_eq!(major, 4, "an array");
    let mut items = Vec::new();
    for _ in 0..count {
        let length = length(rest);
        let (item, behind) = rest.split_at(length);
        items.push(item);
        rest = behind;
    }
    items
}

/// What is in a byte string or text string.
pub fn content(bytes: &[u8]) -> &[u8] {
    let (major, length, inside) = head(bytes);
    assert!(matches!(major, 2 | 3), "a string");
    &inside[..usize::try_from(length).unwrap()]
}

/// An unsigned integer.
pub fn number(bytes: &[u8]) -> u64 {
    let (major, value, _) = head(bytes);
    assert_eq!(major, 0, "an unsigned integer");
    value
}

/// The payload of a `COSE_Sign1`.
pub fn payload(signed: &[u8]) -> &[u8] {
    content(items(signed)[2])
}

/// Diagnostic notation of one item.
pub fn diagnostic(bytes: &[u8]) -> String {
    let (major, value, inside) = head(bytes);
    match major {
        0 => value.to_string(),
        2 => {
            let digits = content(bytes).iter().map(|byte| format!("{byte:02x}"));
            format!("h'{}'", digits.collect::<String>())
        }
        3 => format!("{:?}", str::from_utf8(content(bytes)).unwrap()),
        4 => {
            let items: Vec<_> = items(bytes).into_iter().map(diagnostic).collect();
            format!("[{}]", items.join(", "))
        }
        5 if value == 0 => "{}".to_owned(),
        6 => format!("{value}({})", diagnostic(inside)),
        7 if value == 22 => "null".to_owned(),
        _ => panic!("TH/1 has no such type"),
    }
}

/// The items of an array by name, each in diagnostic notation.
pub fn fields(names: &[&str], bytes: &[u8]) -> Json {
    let items = items(bytes);
    assert_eq!(items.len(), names.len(), "a name for each: {names:?}");
    let fields = names.iter().zip(items);
    let fields = fields.map(|(name, item)| ((*name).to_owned(), diagnostic(item).into()));
    Json::Map(fields.collect())
}

/// Major type, value, and what comes behind the head.
fn head(bytes: &[u8]) -> (u8, u64, &[u8]) {
    let short = u64::from(bytes[0] & 0x1f);
    let more = match short {
        ..24 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => panic!("no indefinite lengths"),
    };
    let (value, rest) = bytes[1..].split_at(more);
    let long = value.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let value = if more == 0 { short } else { long };
    (bytes[0] >> 5, value, rest)
}

/// Bytes of the item that `bytes` begins with.
fn length(bytes: &[u8]) -> usize {
    let (major, value, inside) = head(bytes);
    let head = bytes.len() - inside.len();
    match major {
        2 | 3 => head + usize::try_from(value).unwrap(),
        4 => {
            let ends = (0..value).fold(0, |at, _| at + length(&inside[at..]));
            head + ends
        }
        6 => head + length(inside),
        _ => head,
    }
}
