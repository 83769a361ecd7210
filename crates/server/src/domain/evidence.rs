//! What is kept of a verification after its papers are gone: who, how, when, and for which
//! notice. The attestation holds its hash, so that it can't be rewritten later.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::sign::VerifyKey;

use crate::domain::card::{Currency, Price};
use crate::domain::inquiry::{QUESTIONS_MAX, Shape};
use crate::domain::steward::StewardId;
use crate::domain::talk::Talk;

/// How the provider of payments speaks.
const PROVIDER: &str = "stripe";

/// What showed that an adult is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The link of a letter was opened and confirmed (312.5(b)(2)(viii)).
    Link {
        /// The hash of the link's token.
        token: Hash,
    },
    /// The code of a text message was typed (312.5(b)(2)(ix)). Nothing of the number is in it.
    Sms {
        /// The hash of the code, under a secret.
        code: Hash,
    },
    /// A card was charged, and its bank tells its holder (312.5(b)(2)(ii)). Nothing of the card is in it.
    Card {
        /// The hash of the provider's word for the payment.
        payment: Hash,
        /// What was paid, and given back.
        price: Price,
    },
    /// A signed form came back, and two stewards looked at it (312.5(b)(2)(i)).
    Form {
        /// The hash of the scan, which is deleted.
        scan: Hash,
        /// Who recommended it.
        recommended_by: StewardId,
        /// Who decided; another one.
        decided_by: StewardId,
    },
    /// Trained staff talked to the parent, and another steward decided (312.5(b)(2)(iii), (iv)).
    Talk {
        /// By which method, and by which script.
        talk: Talk,
        /// Who talked.
        by: StewardId,
        /// Who decided; another one.
        decided_by: StewardId,
    },
    /// An outside verifier's questions were answered (312.5(b)(2)(vi)). Neither of both is in it.
    Questions {
        /// The hash of the verifier's word for its report.
        report: Hash,
        /// How many questions, with how many choices, of which so many had to be right.
        shape: Shape,
        /// How many were.
        right: u8,
    },
    /// An outside verifier found a document in databases, and has deleted it (312.5(b)(2)(v)).
    Document {
        /// The hash of what it has signed.
        told: Hash,
        /// When it was deleted, in milliseconds.
        deleted_ms: u64,
    },
    /// A face was that of a document; two stewards have compared them, and both are deleted
    /// (312.5(b)(2)(vii)).
    Face {
        /// The hash of what the verifier has signed of the deletion.
        told: Hash,
        /// When that was, in milliseconds.
        deleted_ms: u64,
        /// Who recommended it.
        recommended_by: StewardId,
        /// Who decided; another one.
        decided_by: StewardId,
    },
}

impl Proof {
    /// The method of which it is the proof.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Link { .. } => Method::EmailPlus,
            Self::Sms { .. } => Method::TextPlus,
            Self::Card { .. } => Method::PaymentCard,
            Self::Form { .. } => Method::SignedForm,
            Self::Talk { talk, .. } => talk.method,
            Self::Questions { .. } => Method::Questions,
            Self::Document { .. } => Method::GovernmentId,
            Self::Face { .. } => Method::FaceMatch,
        }
    }
}

/// The record of evidence: `["treehouse-evidence/1", account, pk_sig, notice_hash, at_ms, method,
/// proof, stewards]`; of a card, the last is `[provider, amount, currency]`, of questions `[choices of
/// each, how many must be right, how many were, how many of a billion guess so many]`, of a document
/// `[deleted_ms]`, of a face `[deleted_ms, steward, steward]`. It holds nothing of a child, and no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The account that declared to be an adult's.
    pub account: AccountId,
    /// The key that was attested.
    pub key: VerifyKey,
    /// The notice that was shown before.
    pub notice: Hash,
    /// When, in milliseconds.
    pub at_ms: i64,
    /// The proof.
    pub proof: Proof,
}

impl Canonical for Evidence {
    const NAME: &'static str = "treehouse-evidence/1";
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(8).text(Self::NAME).bytes(self.account.bytes()).bytes(self.key.bytes());
        writer.bytes(self.notice.bytes()).uint(self.at_ms.unsigned_abs());
        writer.uint(self.proof.method().code());
        match self.proof {
            Proof::Link { token: proof } | Proof::Sms { code: proof } => {
                writer.bytes(proof.bytes()).array(0)
            }
            Proof::Card { payment, price } => {
                writer.bytes(payment.bytes()).array(3).text(PROVIDER);
                writer.uint(u64::from(price.amount())).text(price.currency().code())
            }
            Proof::Form { scan, recommended_by, decided_by } => {
                writer.bytes(scan.bytes()).array(2);
                writer.bytes(recommended_by.bytes()).bytes(decided_by.bytes())
            }
            Proof::Talk { talk, by, decided_by } => {
                writer.bytes(talk.script.bytes()).array(2);
                writer.bytes(by.bytes()).bytes(decided_by.bytes())
            }
            Proof::Questions { report, shape, right } => {
                writer.bytes(report.bytes()).array(4).bytes(shape.choices());
                writer.uint(shape.right()).uint(right).uint(shape.per_billion())
            }
            Proof::Document { told, deleted_ms } => {
                writer.bytes(told.bytes()).array(1).uint(deleted_ms)
            }
            Proof::Face { told, deleted_ms, recommended_by, decided_by } => {
                writer.bytes(told.bytes()).array(3).uint(deleted_ms);
                writer.bytes(recommended_by.bytes()).bytes(decided_by.bytes())
            }
        };
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(8)?;
        let account = AccountId::from_bytes(reader.fixed("account")?);
        let key = VerifyKey::admit(&reader.fixed("pk_sig")?)?;
        let notice = Hash::from_bytes(reader.fixed("notice_hash")?);
        let at_ms = reader.uint("at_ms")?;
        let method = Method::read(reader)?;
        let proof = Hash::from_bytes(reader.fixed("proof")?);
        let proof = match method {
            Method::EmailPlus => {
                reader.array("stewards", 0)?;
                Proof::Link { token: proof }
            }
            Method::TextPlus => {
                reader.array("stewards", 0)?;
                Proof::Sms { code: proof }
            }
            Method::PaymentCard => Proof::Card { payment: proof, price: price(reader)? },
            Method::SignedForm => {
                reader.array("stewards", 2)?;
                let [recommended_by, decided_by] = two(reader)?;
                Proof::Form { scan: proof, recommended_by, decided_by }
            }
            Method::Call | Method::Video => {
                reader.array("stewards", 2)?;
                let [by, decided_by] = two(reader)?;
                Proof::Talk { talk: Talk { method, script: proof }, by, decided_by }
            }
            Method::Questions => questions(reader, proof)?,
            Method::GovernmentId => {
                reader.array("document", 1)?;
                Proof::Document { told: proof, deleted_ms: reader.uint("deleted_ms")? }
            }
            Method::FaceMatch => {
                reader.array("face", 3)?;
                let deleted_ms = reader.uint("deleted_ms")?;
                let [recommended_by, decided_by] = two(reader)?;
                Proof::Face { told: proof, deleted_ms, recommended_by, decided_by }
            }
            Method::Wallet => {
                return Err(reader.refuse("method", "must be one that is built in"));
            }
        };
        Ok(Self { account, key, notice, at_ms, proof })
    }
}

/// The provider and the price of a payment.
fn price(reader: &mut Reader<'_>) -> Result<Price, Refused> {
    reader.array("payment", 3)?;
    let provider = reader.text("provider")?;
    reader.require(provider == PROVIDER, "provider", "must be one that is built in")?;
    let amount = reader.uint("amount")?;
    let currency = Currency::parse(reader.text("currency")?);
    let price = currency.and_then(|currency| Price::new(amount, currency));
    price.ok_or_else(|| reader.refuse("amount", "must be one that is charged"))
}

/// How hard the questions were, and that enough were answered.
fn questions(reader: &mut Reader<'_>, report: Hash) -> Result<Proof, Refused> {
    reader.array("questions", 4)?;
    let choices = reader.bytes("choices")?;
    reader.require(choices.len() <= QUESTIONS_MAX, "choices", "must be of one set")?;
    let must = reader.uint("must_be_right")?;
    let right = reader.uint("right")?;
    let per_billion: u32 = reader.uint("per_billion")?;
    let shape = Shape::new(choices, must).filter(Shape::is_improbable);
    let shape = shape.filter(|shape| shape.per_billion() == per_billion && right >= must);
    let shape = shape.ok_or_else(|| reader.refuse("per_billion", "must be at most a million"))?;
    Ok(Proof::Questions { report, shape, right })
}

/// The two stewards of a proof.
fn two(reader: &mut Reader<'_>) -> Result<[StewardId; 2], Refused> {
    let first = StewardId::from_bytes(reader.fixed("stewards")?);
    let second = StewardId::from_bytes(reader.fixed("stewards")?);
    reader.require(first != second, "stewards", "must be two different ones")?;
    Ok([first, second])
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::secret::Secret;
    use treehouse_protocol::sign::SigningKey;

    use super::*;

    fn evidence(proof: Proof) -> Evidence {
        Evidence {
            account: AccountId::from_bytes([1; 16]),
            key: SigningKey::from_seed(&Secret::from_bytes([2; 32])).verify_key(),
            notice: Hash::of(b"notice"),
            at_ms: 1_900_000_000_123,
            proof,
        }
    }

    fn form(recommended_by: u8, decided_by: u8) -> Proof {
        Proof::Form {
            scan: Hash::of(b"scan"),
            recommended_by: StewardId::from_bytes([recommended_by; 16]),
            decided_by: StewardId::from_bytes([decided_by; 16]),
        }
    }

    fn card(amount: u32) -> Proof {
        let price = Price::new(amount, Currency::parse("eur").unwrap()).unwrap();
        Proof::Card { payment: Hash::of(b"scan"), price }
    }

    fn asked(questions: usize, must: u8, right: u8) -> Proof {
        let shape = Shape::new(&vec![5; questions], must).unwrap();
        Proof::Questions { report: Hash::of(b"scan"), shape, right }
    }

    fn face(recommended_by: u8, decided_by: u8) -> Proof {
        Proof::Face {
            told: Hash::of(b"scan"),
            deleted_ms: 1_900_000_000_000,
            recommended_by: StewardId::from_bytes([recommended_by; 16]),
            decided_by: StewardId::from_bytes([decided_by; 16]),
        }
    }

    #[test]
    fn evidence_is_read_as_it_was_written() {
        let talk = |method| Proof::Talk {
            talk: Talk { method, script: Talk::script(method) },
            by: StewardId::from_bytes([3; 16]),
            decided_by: StewardId::from_bytes([4; 16]),
        };
        let link = Proof::Link { token: Hash::of(b"token") };
        let sms = Proof::Sms { code: Hash::of(b"code") };
        let card = card(50);
        let document = Proof::Document { told: Hash::of(b"told"), deleted_ms: 1_900_000_000_000 };
        let talks = [talk(Method::Call), talk(Method::Video)];
        let asked = [asked(5, 5, 5), asked(8, 7, 8), document, face(3, 4)];
        for proof in [link, sms, card, form(3, 4)].into_iter().chain(talks).chain(asked) {
            let evidence = evidence(proof);
            let bytes = evidence.to_bytes();
            assert_eq!(Evidence::from_bytes(&bytes).unwrap(), evidence);
            assert!(bytes.len() <= Evidence::BYTES_MAX);
        }
    }

    #[test]
    fn every_field_changes_the_hash() {
        let of = |evidence: &Evidence| Hash::of(&evidence.to_bytes());
        let first = evidence(form(3, 4));
        let key = SigningKey::from_seed(&Secret::from_bytes([9; 32])).verify_key();
        let others = [
            Evidence { account: AccountId::from_bytes([9; 16]), ..first.clone() },
            Evidence { key, ..first.clone() },
            Evidence { notice: Hash::of(b"another"), ..first.clone() },
            Evidence { at_ms: first.at_ms + 1, ..first.clone() },
            Evidence { proof: form(9, 4), ..first.clone() },
            Evidence { proof: form(3, 9), ..first.clone() },
            Evidence { proof: Proof::Link { token: Hash::of(b"scan") }, ..first.clone() },
            Evidence { proof: Proof::Sms { code: Hash::of(b"scan") }, ..first.clone() },
            Evidence { proof: card(50), ..first.clone() },
            Evidence { proof: card(51), ..first.clone() },
            Evidence { proof: asked(5, 5, 5), ..first.clone() },
            Evidence { proof: face(3, 4), ..first.clone() },
        ];
        for other in others {
            assert_ne!(of(&other), of(&first), "{other:?}");
        }
    }

    #[test]
    fn one_steward_alone_is_no_evidence() {
        let refused = Evidence::from_bytes(&evidence(form(3, 3)).to_bytes()).unwrap_err();
        assert_eq!(refused.field, "stewards");
        let refused = Evidence::from_bytes(&evidence(face(3, 3)).to_bytes()).unwrap_err();
        assert_eq!(refused.field, "stewards");
    }

    #[test]
    fn questions_that_can_be_guessed_or_werent_answered_are_no_evidence() {
        assert!(Evidence::from_bytes(&evidence(asked(5, 5, 5)).to_bytes()).is_ok(), "the control");
        for wrong in [asked(5, 5, 4), asked(9, 5, 9)] {
            let refused = Evidence::from_bytes(&evidence(wrong).to_bytes()).unwrap_err();
            assert_eq!(refused.field, "per_billion", "{wrong:?}");
        }
    }
}
