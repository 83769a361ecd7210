//! JSON whose fields keep the order in which they were said.

use treehouse_protocol::error::Refused;

/// What stands in a vector file.
#[derive(Clone)]
pub enum Json {
    Null,
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}
impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

/// Bytes as lower-case hex.
pub fn hex(bytes: impl AsRef<[u8]>) -> Json {
    let digits = bytes.as_ref().iter().map(|byte| format!("{byte:02x}"));
    Json::Text(digits.collect())
}

/// A map with these fields, in this order.
pub fn map<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Map(named(fields))
}

fn named<const N: usize>(fields: [(&str, Json); N]) -> Vec<(String, Json)> {
    fields.map(|(name, value)| (name.to_owned(), value)).into()
}

/// One vector: its name, what it shows, and sections of named values.
pub struct Entry(Vec<(String, Json)>);

impl Entry {
    pub fn new(name: &str, shows: &str) -> Self {
        Self(named([("name", name.into()), ("shows", shows.into())]))
    }

    fn section(mut self, name: &str, value: Json) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }

    /// What another implementation is given.
    pub fn inputs<const N: usize>(self, fields: [(&str, Json); N]) -> Self {
        self.section("inputs", map(fields))
    }

    /// What it comes by on its way.
    pub fn steps<const N: usize>(self, fields: [(&str, Json); N]) -> Self {
        self.section("steps", map(fields))
    }

    /// What it must come to.
    pub fn outputs<const N: usize>(self, fields: [(&str, Json); N]) -> Self {
        self.section("outputs", map(fields))
    }

    /// What it must refuse, and for which field.
    pub fn refused(self, refused: &Refused) -> Self {
        self.section("refused", refusal(refused))
    }

    /// The same for a chain, with the place of the link that breaks a rule.
    pub fn refused_at(self, seq: u64, refused: &Refused) -> Self {
        let Json::Map(fields) = refusal(refused) else {
            unreachable!("a refusal is a map");
        };
        let place = ("seq".to_owned(), seq.into());
        self.section("refused", Json::Map([vec![place], fields].concat()))
    }
}

/// Structure and field of a refusal. The rule is prose, and may be worded better some day.
fn refusal(refused: &Refused) -> Json {
    map([("structure", refused.structure.into()), ("field", refused.field.into())])
}

impl From<Entry> for Json {
    fn from(entry: Entry) -> Self {
        Self::Map(entry.0)
    }
}

impl Json {
    /// The text of a file.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => out.push_str(&serde_json::to_string(text).unwrap()),
            Self::List(items) if items.iter().all(|item| matches!(item, Self::Number(_))) => {
                let numbers: Vec<_> = items.iter().map(Self::text).collect();
                let numbers: Vec<_> = numbers.iter().map(|number| number.trim()).collect();
                out.push('[');
                out.push_str(&numbers.join(", "));
                out.push(']');
            }
            Self::List(items) => lines(out, depth, ('[', ']'), items, |out, item, depth| {
                item.write(out, depth);
            }),
            Self::Map(fields) => lines(out, depth, ('{', '}'), fields, |out, field, depth| {
                out.push_str(&serde_json::to_string(&field.0).unwrap());
                out.push_str(": ");
                field.1.write(out, depth);
            }),
        }
    }
}

/// Writes items between brackets, one a line.
fn lines<T>(
    out: &mut String,
    depth: usize,
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&mut String, &T, usize),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        write(out, item, depth + 1);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}
