//! Deterministic CBOR: RFC 8949 appendix A, section 4.2.1 and appendix F.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;

use crate::{json, list, text, unhex};

/// The shapes of TH/1, each alone.
#[derive(Debug, PartialEq)]
struct Uint(u64);
#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);
#[derive(Debug, PartialEq)]
struct Text(String);
#[derive(Debug, PartialEq)]
struct Null;
#[derive(Debug, PartialEq)]
struct Uints(Vec<u64>);
/// `[uint, [uint, uint], [uint, uint]]`
#[derive(Debug, PartialEq)]
struct Nested(u64, [u64; 2], [u64; 2]);

const BYTES_MAX: usize = 64;

impl Canonical for Uint {
    const NAME: &'static str = "uint";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.uint(self.0);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.uint("value").map(Self)
    }
}
impl Canonical for Bytes {
    const NAME: &'static str = "bytes";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.bytes("value").map(|bytes| Self(bytes.to_vec()))
    }
}
impl Canonical for Text {
    const NAME: &'static str = "text";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.0);
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.text("value").map(|text| Self(text.to_owned()))
    }
}
impl Canonical for Null {
    const NAME: &'static str = "null";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.null();
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let null = reader.null();
        reader.require(null, "value", "must be null").map(|()| Self)
    }
}
impl Canonical for Uints {
    const NAME: &'static str = "uints";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.list(&self.0, |writer, uint| {
            writer.uint(*uint);
        });
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let count = reader.list_or_none("list", 25)?;
        reader.items(count, |reader| reader.uint("item")).map(Self)
    }
}
impl Canonical for Nested {
    const NAME: &'static str = "nested";
    const BYTES_MAX: usize = BYTES_MAX;
    fn encode(&self, writer: &mut Writer) {
        writer.array(3).uint(self.0);
        for [first, second] in [self.1, self.2] {
            writer.array(2).uint(first).uint(second);
        }
    }
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("outer", 3)?;
        let first = reader.uint("first")?;
        let mut pair = || {
            reader.array("pair", 2)?;
            Ok([reader.uint("item")?, reader.uint("item")?])
        };
        Ok(Self(first, pair()?, pair()?))
    }
}

/// Reads as each shape; answers the names of those that took it, in RFC 8949's notation.
fn readings(bytes: &[u8]) -> Vec<(&'static str, String)> {
    fn reading<T: Canonical>(
        bytes: &[u8],
        kind: &'static str,
        print: impl Fn(&T) -> String,
    ) -> Option<(&'static str, String)> {
        let value = T::from_bytes(bytes).ok()?;
        assert_eq!(value.to_bytes(), bytes, "what is read is written so");
        Some((kind, print(&value)))
    }
    let hex = |bytes: &[u8]| {
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let nested = |value: &Nested| format!("[{},{:?},{:?}]", value.0, value.1, value.2);
    let all = [
        reading(bytes, "uint", |value: &Uint| value.0.to_string()),
        reading(bytes, "bytes", |value: &Bytes| hex(&value.0)),
        reading(bytes, "text", |value: &Text| value.0.clone()),
        reading(bytes, "null", |_: &Null| "null".to_owned()),
        reading(bytes, "array", |value: &Uints| format!("{:?}", value.0).replace(' ', "")),
        reading(bytes, "array", |value| nested(value).replace(' ', "")),
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn reads_and_writes_appendix_a_and_refuses_what_no_structure_has() {
    let file = json(include_str!("cbor.json"));
    let examples = list(&file, "appendix_a");
    assert_eq!(examples.len(), 81);
    for example in examples {
        let found = readings(&unhex(text(example, "hex")));
        match text(example, "type") {
            "none" => assert_eq!(found, [], "{example}"),
            kind => {
                let expected = [(kind, text(example, "diagnostic").to_owned())];
                assert_eq!(found.len(), 1, "{example}");
                assert_eq!((found[0].0, &found[0].1), (expected[0].0, &expected[0].1));
            }
        }
    }
}

#[test]
fn refuses_every_other_encoding_of_the_same() {
    let file = json(include_str!("cbor.json"));
    let examples = list(&file, "not_deterministic");
    assert_eq!(examples.len(), 37);
    for example in examples {
        let found = readings(&unhex(text(example, "hex")));
        assert_eq!(found, [], "{example}");
    }
}

#[test]
fn refuses_all_of_appendix_f() {
    let file = json(include_str!("cbor.json"));
    let mut count = 0;
    for group in list(&file, "appendix_f") {
        for hex in list(group, "hex") {
            let bytes = unhex(hex.as_str().unwrap());
            assert_eq!(readings(&bytes), [], "{hex}: {}", group["what"]);
            count += 1;
        }
    }
    assert_eq!(count, 94);
}

#[test]
fn a_deep_nesting_or_a_length_that_lies_costs_nothing() {
    let deep = vec![0x81; BYTES_MAX];
    assert_eq!(readings(&deep), []);
    let lies = unhex("9bffffffffffffffff00");
    assert_eq!(readings(&lies), []);
    let long = [&[0x58, 0xff][..], &[0; 0xff]].concat();
    assert_eq!(Bytes::from_bytes(&long).unwrap_err().field, "length");
}
