//! What is sent: any operation of the document with values by chance, or what a consented client
//! would send, as right as one can make it who has no consent.

use anyhow::{Context as _, Result};
use rand_core::Rng as _;
use serde_json::{Map, Value, json};
use treehouse_protocol::chain::body::Genesis;
use treehouse_protocol::chain::pen;
use treehouse_protocol::id::{AccountId, Day, FamilyId, Hash, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Attestation;
use treehouse_server::random;

use crate::canary::{Cage, Canary, Kind, words};
use crate::encoding::Encoding;
use crate::house::{House, b64};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const CBOR: &str = "application/cbor";
/// Bytes of a blob that is announced.
const BLOB_BYTES: usize = 4_000;
/// Texts of answers that are used again: ids, tokens, hashes.
const LEARNED_BYTES: std::ops::RangeInclusive<usize> = 4..=100;
/// What ends the session of the asker, or its account: nobody would be left who asks.
const ENDINGS: [&str; 6] = [
    "DELETE /v1/account",
    "POST /v1/account/password",
    "DELETE /v1/sessions",
    "DELETE /v1/sessions/current",
    "DELETE /v1/sessions/{session}",
    "POST /v1/toys/wiped",
];

/// A request without what proves who asks.
pub struct Draft {
    /// The operation.
    pub name: String,
    /// Its method.
    pub method: String,
    /// The path, and the query if there is one.
    pub target: String,
    /// The type of the body.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What a sequence knows: ids that are there, and what answers told.
pub struct Known(Vec<String>);

impl Known {
    /// What everybody knows of a house.
    pub fn of(house: &House) -> Self {
        let toy = house.toy.sig.id().to_string();
        Self(vec![house.family.to_string(), house.child.to_string(), house.record.to_string(), toy])
    }

    /// Takes all texts of an answer.
    pub fn learn(&mut self, body: &[u8]) {
        if let Ok(value) = serde_json::from_slice(body) {
            self.take(&value);
        }
    }

    fn take(&mut self, value: &Value) {
        match value {
            Value::String(text) if LEARNED_BYTES.contains(&text.len()) => self.0.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| self.take(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.take(field)),
            _ => {}
        }
    }

    /// One of them, or an id of nothing.
    fn any(&self) -> String {
        if chance(4) {
            return RecordId::random(&mut random::rng()).to_string();
        }
        self.0[below(self.0.len())].clone()
    }
}

/// An operation of the document.
struct Operation {
    name: String,
    method: String,
    path: String,
    query: Vec<String>,
    body: Body,
}

enum Body {
    None,
    Json(Value),
    Bytes,
}

/// Everything that can be sent.
pub struct Moves {
    operations: Vec<Operation>,
    schemas: Value,
    /// Of another family: links that were accepted once.
    stolen: Vec<String>,
    /// A name of a child for each operation.
    names: Cage,
}

impl Moves {
    /// All operations of this document, and what a consented house sent.
    pub fn new(document: &Value, house: &House, links: &[Vec<u8>]) -> Result<Self> {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().context("paths")? {
            let path = path.replace("{family}", &house.family.to_string());
            for (method, operation) in item.as_object().context("operations")? {
                operations.extend(Operation::read(method, &path, operation));
            }
        }
        let (mut names, rng) = (Cage::default(), &mut random::rng());
        while names.len() < operations.len() {
            names.text(Kind::Nickname, &words(rng));
        }
        let schemas = document["components"]["schemas"].clone();
        let stolen = links.iter().map(|link| b64(link)).collect();
        Ok(Self { operations, schemas, stolen, names })
    }

    /// The names, in the order of the operations.
    pub fn names(&self) -> &[Canary] {
        self.names.all()
    }

    /// What is sent next.
    pub fn next(&self, known: &mut Known, house: &House) -> Result<Draft> {
        if chance(3) { self.crafted(known, house) } else { Ok(self.by_chance(known)) }
    }

    fn by_chance(&self, known: &Known) -> Draft {
        let number = below(self.operations.len());
        let (operation, name) = (&self.operations[number], &self.names.all()[number].value);
        let words = Words { schemas: &self.schemas, name, known };
        let (kind, body) = match &operation.body {
            Body::None => (JSON, Vec::new()),
            // Nothing that it says it is.
            Body::Json(_) if chance(8) => (JSON, name.clone()),
            Body::Json(schema) => (JSON, words.value("", schema).to_string().into_bytes()),
            Body::Bytes => (if chance(2) { BYTES } else { CBOR }, name.repeat(1 + below(40))),
        };
        let target = words.target(operation);
        let (name, method) = (operation.name.clone(), operation.method.clone());
        Draft { name, method, target, kind, body }
    }

    /// As a consented client would send it, but for the consent.
    fn crafted(&self, known: &mut Known, house: &House) -> Result<Draft> {
        let family = format!("/v1/families/{}", house.family);
        let id = RecordId::random(&mut random::rng());
        let (target, kind, body) = match below(4) {
            0 => (format!("{family}/records"), CBOR, house.seal_record(id)?),
            1 => {
                known.0.push(id.to_string());
                let begin = house.begin_blob(&id.to_string(), BLOB_BYTES);
                (format!("{family}/blobs"), JSON, begin.to_string().into_bytes())
            }
            2 => ("/v1/families".to_owned(), JSON, founded(&[unattested()])),
            _ => ("/v1/families".to_owned(), JSON, founded(&self.stolen)),
        };
        let method = "POST".to_owned();
        Ok(Draft { name: format!("POST {target}"), method, target, kind, body })
    }
}

/// A body that founds a family with these links.
fn founded(links: &[String]) -> Vec<u8> {
    json!({ "links": links }).to_string().into_bytes()
}

/// The first link of a family whose founder vouches for itself.
fn unattested() -> String {
    let rng = &mut random::rng();
    let keys = PrivateKeys::from_seed(Suite::XWing, &Secret::<32>::random(rng));
    let vpc = Attestation {
        account: AccountId::random(rng),
        key: keys.public().sig,
        method: Method::SignedForm,
        evidence: Hash::NONE,
        day: Day(20_000),
    };
    let vpc = Signed::sign(&keys.sig, &vpc);
    let genesis = Genesis { by_teen: false, keys: keys.public(), vpc };
    b64(&pen::found(FamilyId::random(rng), genesis, Day(20_000), &keys.sig))
}

impl Operation {
    fn read(method: &str, path: &str, operation: &Value) -> Option<Self> {
        let method = method.to_uppercase();
        let name = format!("{method} {path}");
        if ENDINGS.contains(&name.as_str()) {
            return None;
        }
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let queries = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let query = queries.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned()));
        let body = match operation["requestBody"]["content"].as_object() {
            None => Body::None,
            Some(content) => match content.get(JSON) {
                Some(json) if json["schema"]["format"] != "binary" => {
                    Body::Json(json["schema"].clone())
                }
                _ => Body::Bytes,
            },
        };
        Some(Self { name, method, path: path.to_owned(), query: query.collect(), body })
    }
}

/// Values by chance for one request.
struct Words<'w> {
    schemas: &'w Value,
    /// A child's.
    name: &'w [u8],
    known: &'w Known,
}

impl Words<'_> {
    /// The operation's path with something for each name in it, and some of its query.
    fn target(&self, operation: &Operation) -> String {
        let parts = operation.path.split('/').map(|part| match part.starts_with('{') {
            true if part == "{part}" => below(2).to_string(),
            true => self.known.any(),
            false => part.to_owned(),
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let chosen = operation.query.iter().filter(|_| chance(2));
        let query: Vec<_> = chosen.map(|name| format!("{name}={}", self.of_query())).collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    fn of_query(&self) -> String {
        match below(3) {
            0 => below(100).to_string(),
            1 => self.known.any(),
            _ => written(self.name, Encoding::PercentAll),
        }
    }

    /// A value that the schema of the field with this name allows, more or less.
    fn value(&self, field: &str, schema: &Value) -> Value {
        if let Some(of) = schema["$ref"].as_str().and_then(|of| of.rsplit('/').next()) {
            return self.value(field, &self.schemas[of]);
        }
        if let Some(any) = schema["oneOf"].as_array().or(schema["enum"].as_array()) {
            let one = &any[below(any.len())];
            return if schema["oneOf"].is_array() { self.value(field, one) } else { one.clone() };
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
        match kind.unwrap_or_default() {
            "object" => {
                let of = schema["properties"].as_object();
                let fields = of.into_iter().flatten().filter(|_| !chance(12));
                let fields = fields.map(|(name, of)| (name.clone(), self.value(name, of)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            "array" => (0..below(4)).map(|_| self.value(field, &schema["items"])).collect(),
            "integer" => json!(below(if chance(2) { 4 } else { 100_000 })),
            "boolean" => json!(chance(2)),
            "string" => json!(self.text(field)),
            _ => Value::Null,
        }
    }

    fn text(&self, field: &str) -> String {
        // A parent's address may be asked for and kept before there is consent: 312.5(c)(1).
        if field == "email" {
            return format!("nobody-{}@families.example", below(4));
        }
        match below(6) {
            0..3 => String::from_utf8_lossy(self.name).into_owned(),
            3 => b64(&self.name.repeat(1 + below(10))),
            _ => self.known.any(),
        }
    }
}

/// Text or bytes in one of the ways in which they are looked for.
pub fn written(value: &[u8], encoding: Encoding) -> String {
    let bytes = encoding.write(value, true).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn below(end: usize) -> usize {
    // The bias of the remainder doesn't matter here.
    random::rng().next_u32() as usize % end
}

/// Once in so many times.
fn chance(of: usize) -> bool {
    below(of) == 0
}
