//! What is kept of a verification after its papers are gone: who, how, when, and for which
//! notice. The attestation holds its hash, so that it can't be rewritten later.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::sign::VerifyKey;

use crate::domain::card::{Currency, Price};
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
        }
    }
}

/// The record of evidence: `["treehouse-evidence/1", account, pk_sig, notice_hash, at_ms, method,
/// proof, stewards]`; of a card, the last is `[provider, amount, currency]`. It holds nothing of a child,
/// and no name.
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
                let [recommended_by, decided_by] = two(reader)?;
                Proof::Form { scan: proof, recommended_by, decided_by }
            }
            Method::Call | Method::Video => {
                let [by, decided_by] = two(reader)?;
                Proof::Talk { talk: Talk { method, script: proof }, by, decided_by }
            }
            _ => return Err(reader.refuse("method", "must be one that is built in")),
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

/// The two stewards of a proof.
fn two(reader: &mut Reader<'_>) -> Result<[StewardId; 2], Refused> {
    reader.array("stewards", 2)?;
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
        for proof in [link, sms, card, form(3, 4), talk(Method::Call), talk(Method::Video)] {
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
        ];
        for other in others {
            assert_ne!(of(&other), of(&first), "{other:?}");
        }
    }

    #[test]
    fn one_steward_alone_is_no_evidence() {
        let refused = Evidence::from_bytes(&evidence(form(3, 3)).to_bytes()).unwrap_err();
        assert_eq!(refused.field, "stewards");
    }
}
