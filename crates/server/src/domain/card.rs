//! Verifying a parent by a payment card (16 CFR 312.5(b)(2)(ii)): a real transaction, of which the
//! provider and the bank tell the account's holder. The card is shown to the provider alone, and the
//! money goes back.

use std::fmt;

use treehouse_protocol::id::Hash;
use treehouse_protocol::opaque::credential_identifier;
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::sms::Bound;

/// How long the provider's page may be paid at, in milliseconds: two hours from the beginning.
pub const PAGE_MS: i64 = 2 * 60 * 60 * 1000;
/// What a page must last at least when it is made, in milliseconds: Stripe makes none for less than
/// half an hour.
pub const PAGE_MS_MIN: i64 = 35 * 60 * 1000;
/// The highest amount, in the smallest unit of its currency: it is only there to be seen.
pub const AMOUNT_MAX: u32 = 1000;

/// A currency in which parents may be charged, such as `eur`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    decimals: u32,
}

impl Currency {
    /// Codes of ISO 4217 as Stripe writes them, with their decimals.
    const ALL: [Self; 14] = [
        Self::new("aud", 2),
        Self::new("brl", 2),
        Self::new("cad", 2),
        Self::new("chf", 2),
        Self::new("czk", 2),
        Self::new("dkk", 2),
        Self::new("eur", 2),
        Self::new("gbp", 2),
        Self::new("jpy", 0),
        Self::new("nok", 2),
        Self::new("nzd", 2),
        Self::new("pln", 2),
        Self::new("sek", 2),
        Self::new("usd", 2),
    ];

    const fn new(code: &'static str, decimals: u32) -> Self {
        Self { code, decimals }
    }

    /// The currency with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.code == code)
    }

    /// Its code, in small letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// What is paid, and given back. Never nothing: what costs nothing is no transaction, and no statement
/// shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    amount: u32,
    currency: Currency,
}

impl Price {
    /// So much, in the smallest unit of the currency.
    #[must_use]
    pub fn new(amount: u32, currency: Currency) -> Option<Self> {
        (1..=AMOUNT_MAX).contains(&amount).then_some(Self { amount, currency })
    }

    /// In the smallest unit of the currency.
    #[must_use]
    pub const fn amount(self) -> u32 {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

/// As people read it, such as `USD 0.50`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Currency { code, decimals } = self.currency;
        let (code, unit) = (code.to_ascii_uppercase(), 10_u32.pow(decimals));
        if decimals == 0 {
            return write!(f, "{code} {}", self.amount);
        }
        let width = usize::try_from(decimals).unwrap_or(2);
        write!(f, "{code} {}.{:0width$}", self.amount / unit, self.amount % unit)
    }
}

/// What the provider knows a payment by. It counts for one verification of one key, notice and price:
/// whoever can write to the database alone can't have another key attested for somebody's payment.
#[must_use]
pub fn reference(index: &Secret<32>, bound: &Bound, price: Price) -> Hash {
    let Bound { account, verification, key, notice } = bound;
    let key = Hash::of(key.bytes());
    let Price { amount, currency: Currency { code, .. } } = price;
    let cells = format!("row card {account} {verification} {key} {notice} {amount} {code}");
    Hash::from_bytes(credential_identifier(index, &Zeroizing::new(cells)))
}

/// How far a page has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It may be paid at.
    Open,
    /// It was paid at.
    Complete,
    /// It may not be paid at any more, and wasn't.
    Expired,
}

/// A charge of a card, as the provider tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// What the provider calls the payment.
    pub payment: String,
    /// What we call it.
    pub reference: Option<Hash>,
    /// In the smallest unit.
    pub amount: u64,
    /// The currency's code.
    pub currency: String,
    /// Whether the bank has agreed.
    pub paid: bool,
    /// Whether it is taken, not only held.
    pub captured: bool,
}

/// What the provider says of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What we call it.
    pub reference: Option<Hash>,
    /// Whether money moves: a provider's test mode shows on no statement.
    pub is_real: bool,
    /// How far it has come.
    pub stage: Stage,
    /// The charge, once there is one.
    pub charge: Option<Charge>,
}

/// What a report comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet.
    Waits,
    /// Nobody will pay any more, and nobody has.
    Over,
    /// It is about another verification, whose payment is that one's.
    Foreign,
    /// Money was taken that shows nothing: it goes back.
    GiveBack(&'static str, String),
    /// The account's holder has paid what was asked, and is told of it.
    Paid(String),
}

/// Whether a report shows that this was paid.
#[must_use]
pub fn judge(reference: Hash, price: Price, report: Report) -> Verdict {
    if report.reference != Some(reference) {
        return Verdict::Foreign;
    }
    let charge = match (report.stage, report.charge) {
        (Stage::Expired, _) => return Verdict::Over,
        (Stage::Open, _) | (Stage::Complete, None) => return Verdict::Waits,
        (Stage::Complete, Some(charge)) => charge,
    };
    if charge.reference != Some(reference) {
        return Verdict::Foreign;
    }
    if !charge.paid || !charge.captured {
        // What is only held is no transaction; the provider lets go of it by itself.
        return Verdict::Waits;
    }
    if charge.amount != u64::from(price.amount) || charge.currency != price.currency.code {
        return Verdict::GiveBack("it isn't what was asked for", charge.payment);
    }
    if !report.is_real {
        return Verdict::GiveBack("it is of the provider's test mode", charge.payment);
    }
    Verdict::Paid(charge.payment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Price {
        Price::new(50, Currency::parse("usd").unwrap()).unwrap()
    }

    fn paid(reference: Hash) -> Report {
        Report {
            reference: Some(reference),
            is_real: true,
            stage: Stage::Complete,
            charge: Some(Charge {
                payment: "pi_1".to_owned(),
                reference: Some(reference),
                amount: 50,
                currency: "usd".to_owned(),
                paid: true,
                captured: true,
            }),
        }
    }

    #[test]
    fn a_price_is_something_and_not_much() {
        let usd = Currency::parse("usd").unwrap();
        assert_eq!(Price::new(0, usd), None);
        assert_eq!(Price::new(AMOUNT_MAX + 1, usd), None);
        assert_eq!(price().to_string(), "USD 0.50");
        let yen = Price::new(100, Currency::parse("jpy").unwrap()).unwrap();
        assert_eq!(yen.to_string(), "JPY 100");
        for wrong in ["", "USD", "us", "xxx", "usd "] {
            assert_eq!(Currency::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_was_asked_for_and_taken_shows_anything() {
        let own = Hash::of(b"own");
        let judged = |change: &dyn Fn(&mut Report)| {
            let mut report = paid(own);
            change(&mut report);
            judge(own, price(), report)
        };
        assert_eq!(judged(&|_| {}), Verdict::Paid("pi_1".to_owned()));
        let other = Some(Hash::of(b"other"));
        let charge = |change: fn(&mut Charge)| {
            judged(&move |report: &mut Report| change(report.charge.as_mut().unwrap()))
        };
        assert_eq!(judged(&|report| report.reference = other), Verdict::Foreign);
        assert_eq!(judged(&|report| report.reference = None), Verdict::Foreign);
        assert_eq!(charge(|charge| charge.reference = None), Verdict::Foreign);
        assert_eq!(charge(|charge| charge.reference = Some(Hash::of(b"x"))), Verdict::Foreign);
        assert_eq!(judged(&|report| report.stage = Stage::Open), Verdict::Waits);
        assert_eq!(judged(&|report| report.charge = None), Verdict::Waits);
        assert_eq!(charge(|charge| charge.paid = false), Verdict::Waits);
        assert_eq!(charge(|charge| charge.captured = false), Verdict::Waits);
        assert_eq!(judged(&|report| report.stage = Stage::Expired), Verdict::Over);
        let back = |verdict| matches!(verdict, Verdict::GiveBack(_, payment) if payment == "pi_1");
        assert!(back(charge(|charge| charge.amount = 49)));
        assert!(back(charge(|charge| charge.amount = 5000)));
        assert!(back(charge(|charge| charge.currency = "jpy".to_owned())));
        assert!(back(judged(&|report| report.is_real = false)));
    }

    #[test]
    fn a_reference_is_of_one_verification_key_notice_and_price_under_one_secret() {
        let (index, (bound, others)) = (Secret::from_bytes([5; 32]), Bound::and_others());
        let first = reference(&index, &bound, price());
        assert_eq!(reference(&index, &bound, price()), first);
        let (usd, eur) = (price().currency(), Currency::parse("eur").unwrap());
        assert_ne!(reference(&Secret::from_bytes([6; 32]), &bound, price()), first);
        assert_ne!(reference(&index, &bound, Price::new(51, usd).unwrap()), first);
        assert_ne!(reference(&index, &bound, Price::new(50, eur).unwrap()), first);
        assert!(others.iter().all(|other| reference(&index, other, price()) != first));
    }
}
