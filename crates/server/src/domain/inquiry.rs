//! Verifying a parent through somebody outside who knows or sees more than we do: by questions that a
//! child can't answer (16 CFR 312.5(b)(2)(vi)), by a government's document that is compared with
//! databases ((v)), or by one that is matched to a live face and confirmed by trained people ((vii)).
//! No document and no picture comes here, and neither questions nor answers stay.

use std::collections::BTreeSet;
use std::fmt;

use treehouse_protocol::id::Hash;
use treehouse_protocol::opaque::credential_identifier;
use treehouse_protocol::registry::{Coded as _, Method};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::sms::Bound;
use crate::error::Error;

/// How long a verifier's page may be used, in milliseconds: two hours from the beginning. Then it has
/// deleted whatever it was shown.
pub const PAGE_MS: i64 = 2 * 60 * 60 * 1000;
/// How long questions may be answered, in milliseconds: nobody looks the answers up.
pub const ANSWER_MS: i64 = 10 * 60 * 1000;
/// Questions of one set, and choices of one question, at most.
pub const QUESTIONS_MAX: usize = 12;
/// See [`QUESTIONS_MAX`].
pub const CHOICES_MAX: usize = 10;
/// Sets of questions that an account is shown in [`crate::data_map::RuleId::Inquiry`]'s time, whatever
/// becomes of them. Then it's locked out of this method.
pub const SETS_MAX: i64 = 3;
/// Of so many who guess, one passes at most, with all the sets that an account is shown.
pub const GUESSES_MIN: u128 = 1000;
/// How far a verifier's clock may be ahead of ours, in milliseconds.
const AHEAD_MS_MAX: i64 = 5 * 60 * 1000;

/// Whether this method is a verifier's.
#[must_use]
pub const fn is_inquiry(method: Method) -> bool {
    matches!(method, Method::Questions | Method::GovernmentId | Method::FaceMatch)
}

/// What the verifier knows an inquiry by. It counts for one verification of one key, notice and method:
/// whoever can write to the database alone can't have another key attested for somebody's answers.
#[must_use]
pub fn reference(index: &Secret<32>, bound: &Bound, method: Method) -> Hash {
    let Bound { account, verification, key, notice } = bound;
    let (key, method) = (Hash::of(key.bytes()), method.word());
    let cells = format!("row inquiry {account} {verification} {key} {notice} {method}");
    Hash::from_bytes(credential_identifier(index, &Zeroizing::new(cells)))
}

/// How many choices each question of a set has, and how many must be answered rightly: what it takes to
/// know how hard it is to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    choices: [u8; QUESTIONS_MAX],
    questions: u8,
    right: u8,
}

impl Shape {
    /// A set with so many choices a question, of which so many must be right.
    #[must_use]
    pub fn new(choices: &[u8], right: u8) -> Option<Self> {
        let questions = u8::try_from(choices.len()).ok()?;
        let fits = (1..=QUESTIONS_MAX).contains(&choices.len())
            && choices.iter().all(|count| (2..=CHOICES_MAX).contains(&usize::from(*count)))
            && (1..=questions).contains(&right);
        let mut all = [0; QUESTIONS_MAX];
        fits.then(|| all[..choices.len()].copy_from_slice(choices))?;
        Some(Self { choices: all, questions, right })
    }

    /// How many choices each question has.
    #[must_use]
    pub fn choices(&self) -> &[u8] {
        &self.choices[..usize::from(self.questions)]
    }

    /// How many must be right.
    #[must_use]
    pub const fn right(&self) -> u8 {
        self.right
    }

    /// In how many of all ways to answer enough is right, and how many ways there are. Exact: the count
    /// of a set of at most 12 questions with 10 choices each fits.
    #[must_use]
    pub fn guesses(&self) -> (u128, u128) {
        // The ways to have none, one, two... right, of the questions so far.
        let mut ways = vec![1_u128];
        for choices in self.choices() {
            let wrong = u128::from(*choices) - 1;
            let mut next = vec![0; ways.len() + 1];
            for (right, count) in ways.iter().enumerate() {
                next[right] += count * wrong;
                next[right + 1] += count;
            }
            ways = next;
        }
        let enough = ways.iter().skip(usize::from(self.right)).sum();
        (enough, ways.iter().sum())
    }

    /// Whether of [`GUESSES_MIN`] people who guess one passes at most, each with [`SETS_MAX`] sets of this
    /// shape: the chance of any is at most the sum of the chances.
    #[must_use]
    pub fn is_improbable(&self) -> bool {
        let (enough, all) = self.guesses();
        enough * GUESSES_MIN * u128::from(SETS_MAX.unsigned_abs()) <= all
    }

    /// Of a billion who guess, so many pass; rounded up.
    #[must_use]
    pub fn per_billion(&self) -> u32 {
        let (enough, all) = self.guesses();
        u32::try_from((enough * 1_000_000_000).div_ceil(all)).unwrap_or(u32::MAX)
    }
}

/// A question of a verifier's. It passes through, and is kept nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// What may be answered.
    pub choices: Vec<String>,
}

impl Question {
    /// Bytes of a question, or of a choice.
    pub const BYTES_MAX: usize = 500;

    fn is_plain(&self) -> bool {
        let mut texts = self.choices.iter().chain([&self.text]);
        texts.all(|text| {
            (1..=Self::BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control)
        })
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Question(●●)")
    }
}

/// The shape of a set of which so many must be right, if it can be shown: every question is asked once,
/// and has every choice once. Of two equal choices both would be right, or neither.
#[must_use]
pub fn shape_of(set: &[Question], right: u8) -> Option<Shape> {
    let is_fit = set.iter().all(|question| question.is_plain() && are_once(&question.choices))
        && are_once(set.iter().map(|question| &question.text));
    let choices: Result<Vec<u8>, _> =
        set.iter().map(|question| u8::try_from(question.choices.len())).collect();
    Shape::new(&choices.ok()?, right).filter(|_| is_fit)
}

/// Whether no text is there twice, as people read it.
fn are_once<'a>(texts: impl IntoIterator<Item = &'a String>) -> bool {
    let mut seen = BTreeSet::new();
    texts.into_iter().all(|text| seen.insert(text.trim().to_lowercase()))
}

/// What a verifier needs to find questions about somebody. It is passed on, and kept nowhere.
#[derive(Clone)]
pub struct Asked {
    name: Zeroizing<String>,
    born_on: Zeroizing<String>,
    address: Zeroizing<String>,
}

impl Asked {
    /// Bytes of a name or address.
    pub const BYTES_MAX: usize = 300;

    /// A name, the day of birth as `1980-12-31`, and the postal address.
    ///
    /// # Errors
    /// Which of them isn't one.
    pub fn new(name: &str, born_on: &str, address: &str) -> Result<Self, Error> {
        let line = |text: &str| {
            let text = Zeroizing::new(text.trim().to_owned());
            let fits = (2..=Self::BYTES_MAX).contains(&text.len());
            (fits && !text.chars().any(char::is_control)).then_some(text)
        };
        let is_day = born_on.len() == 10
            && born_on.bytes().enumerate().all(|(place, sign)| match place {
                4 | 7 => sign == b'-',
                _ => sign.is_ascii_digit(),
            });
        Ok(Self {
            name: line(name).ok_or(Error::invalid("name", "must be one line"))?,
            born_on: is_day
                .then(|| Zeroizing::new(born_on.to_owned()))
                .ok_or(Error::invalid("born_on", "must be a day such as 1980-12-31"))?,
            address: line(address).ok_or(Error::invalid("address", "must be one line"))?,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn born_on(&self) -> &str {
        &self.born_on
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(●●)")
    }
}

/// What a verifier says that it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What we call the inquiry.
    pub reference: Hash,
    /// What the verifier calls it.
    pub check: String,
    /// The document was found in databases, or proven to be authentic.
    pub authentic: bool,
    /// Whose document it is, is an adult.
    pub adult: bool,
    /// The face before the camera was alive, and is that of the document.
    pub matched: bool,
    /// When document and pictures were deleted, in milliseconds; nothing while they aren't.
    pub deleted_ms: Option<i64>,
    /// Where trained people compare the two pictures, for a face alone.
    pub review_at: Option<String>,
}

/// What that comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing yet: the document isn't known to be deleted.
    Waits,
    /// It is nobody's, no adult's, or another's.
    Refused,
    /// An adult's document was found in databases, and is deleted since this moment.
    Found(i64),
    /// The face is that of the document. Two people compare them here.
    Matched(String),
}

/// What a verifier's word comes to, for an inquiry by this method that began then.
#[must_use]
pub fn judge(method: Method, told: &Told, asked_ms: i64, now_ms: i64) -> Verdict {
    if !told.authentic || !told.adult {
        return Verdict::Refused;
    }
    match method {
        Method::GovernmentId => match told.deleted_ms {
            Some(at_ms) if is_deleted(at_ms, asked_ms, now_ms) => Verdict::Found(at_ms),
            _ => Verdict::Waits,
        },
        Method::FaceMatch if told.matched => match &told.review_at {
            // What is deleted already can't be compared by anybody.
            Some(page) if told.deleted_ms.is_none() => Verdict::Matched(page.clone()),
            _ => Verdict::Waits,
        },
        _ => Verdict::Refused,
    }
}

/// Whether something can have been deleted at this moment: after it came, and not in the future.
#[must_use]
pub const fn is_deleted(at_ms: i64, asked_ms: i64, now_ms: i64) -> bool {
    at_ms >= asked_ms - AHEAD_MS_MAX && at_ms <= now_ms + AHEAD_MS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way to answer, tried: the right choice of each question is its first.
    fn tried(choices: &[u8], right: u8) -> (u128, u128) {
        let all: u128 = choices.iter().map(|count| u128::from(*count)).product();
        let passes = |mut way: u128| {
            let mut hits = 0;
            for count in choices {
                hits += u8::from(way.is_multiple_of(u128::from(*count)));
                way /= u128::from(*count);
            }
            hits >= right
        };
        (u128::try_from((0..all).filter(|way| passes(*way)).count()).unwrap(), all)
    }

    #[test]
    fn the_chance_of_a_guess_is_what_trying_every_answer_shows() {
        for choices in [&[2][..], &[4, 4, 4], &[5, 5, 5, 5, 5], &[2, 3, 4, 5, 6], &[3; 8]] {
            for right in 1..=u8::try_from(choices.len()).unwrap() {
                let shape = Shape::new(choices, right).unwrap();
                assert_eq!(shape.guesses(), tried(choices, right), "{shape:?}");
            }
        }
        // The largest set can be counted.
        let shape = Shape::new(&[10; QUESTIONS_MAX], 12).unwrap();
        assert_eq!(shape.guesses(), (1, 1_000_000_000_000));
        assert_eq!(shape.per_billion(), 1, "rounded up");
    }

    #[test]
    fn at_most_one_guesser_in_a_thousand_passes() {
        let improbable =
            |choices: &[u8], right| Shape::new(choices, right).unwrap().is_improbable();
        for (choices, right) in
            [(&[5; 5][..], 5), (&[4; 6], 6), (&[10; 4], 4), (&[8; 6], 5), (&[2; 12], 12)]
        {
            assert!(improbable(choices, right), "{right} of {choices:?}");
        }
        for (choices, right) in
            [(&[5; 5][..], 4), (&[4; 5], 5), (&[10, 10, 9], 3), (&[2; 11], 11), (&[10; 12], 1)]
        {
            assert!(!improbable(choices, right), "{right} of {choices:?}");
        }
        assert_eq!(Shape::new(&[5; 5], 5).unwrap().per_billion(), 320_000);
        for (choices, right) in [(&[][..], 0), (&[5; 5], 0), (&[5; 5], 6), (&[1, 5], 2)] {
            assert_eq!(Shape::new(choices, right), None, "{right} of {choices:?}");
        }
        assert_eq!(Shape::new(&[11; 5], 5), None);
        assert_eq!(Shape::new(&[5; QUESTIONS_MAX + 1], 5), None);
    }

    #[test]
    fn a_set_asks_everything_once() {
        let question = |text: &str, choices: &[&str]| Question {
            text: text.to_owned(),
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        };
        let five = ["a", "b", "c", "d", "e"];
        let set: Vec<_> = (0..5).map(|n| question(&format!("question {n}"), &five)).collect();
        assert_eq!(shape_of(&set, 5), Shape::new(&[5; 5], 5));
        let with = |place: usize, other: Question| {
            let mut set = set.clone();
            set[place] = other;
            shape_of(&set, 5)
        };
        assert_eq!(with(1, question("question 0", &five)), None, "it is asked twice");
        assert_eq!(with(1, question(" Question 0", &five)), None, "it is asked twice");
        assert_eq!(with(1, question("another", &["a", "b", "c", "d", "A "])), None);
        assert_eq!(with(1, question("another", &["a", "b", "c", "d", ""])), None);
        assert_eq!(with(1, question("", &five)), None);
        assert_eq!(with(1, question("two\nlines", &five)), None);
        assert_eq!(with(1, question("another", &["a", "b"])), Shape::new(&[5, 2, 5, 5, 5], 5));
        assert!(!format!("{set:?}").contains("question 1"));
    }

    #[test]
    fn a_document_counts_when_it_is_found_and_deleted() {
        let told = Told {
            reference: Hash::of(b"own"),
            check: "c1".to_owned(),
            authentic: true,
            adult: true,
            matched: true,
            deleted_ms: Some(1_000_000),
            review_at: None,
        };
        let judged = |change: &dyn Fn(&mut Told)| {
            let mut told = told.clone();
            change(&mut told);
            judge(Method::GovernmentId, &told, 900_000, 1_100_000)
        };
        assert_eq!(judged(&|_| {}), Verdict::Found(1_000_000));
        assert_eq!(judged(&|told| told.deleted_ms = None), Verdict::Waits);
        assert_eq!(judged(&|told| told.deleted_ms = Some(1)), Verdict::Waits, "before it came");
        assert_eq!(judged(&|told| told.deleted_ms = Some(9_000_000)), Verdict::Waits, "not yet");
        assert_eq!(judged(&|told| told.authentic = false), Verdict::Refused);
        assert_eq!(judged(&|told| told.adult = false), Verdict::Refused);
        let page = "https://verifier.example/review/c1";
        let seen = Told { deleted_ms: None, review_at: Some(page.to_owned()), ..told };
        let face = |told: &Told| judge(Method::FaceMatch, told, 900_000, 1_100_000);
        assert_eq!(face(&seen), Verdict::Matched(page.to_owned()));
        assert_eq!(face(&Told { matched: false, ..seen.clone() }), Verdict::Refused);
        assert_eq!(face(&Told { authentic: false, ..seen.clone() }), Verdict::Refused);
        assert_eq!(face(&Told { review_at: None, ..seen.clone() }), Verdict::Waits);
        assert_eq!(face(&Told { deleted_ms: Some(1_000_000), ..seen.clone() }), Verdict::Waits);
        assert_eq!(judge(Method::Questions, &seen, 0, 0), Verdict::Refused);
    }

    #[test]
    fn a_reference_is_of_one_verification_key_notice_and_method_under_one_secret() {
        let (index, (bound, others)) = (Secret::from_bytes([5; 32]), Bound::and_others());
        let of = |bound: &Bound| reference(&index, bound, Method::Questions);
        let first = of(&bound);
        assert_eq!(of(&bound), first);
        let another = Secret::from_bytes([6; 32]);
        assert_ne!(reference(&another, &bound, Method::Questions), first);
        assert_ne!(reference(&index, &bound, Method::FaceMatch), first);
        assert!(others.iter().all(|other| of(other) != first));
    }

    #[test]
    fn whoever_is_asked_about_isnt_shown_by_mistake() {
        let asked = Asked::new("Ada Lovelace", "1980-12-31", "1 Street, Town").unwrap();
        let said = format!("{asked:?}");
        assert!(!said.contains("Ada") && !said.contains("1980") && !said.contains("Street"));
        for (name, born_on, address) in [
            ("", "1980-12-31", "1 Street"),
            ("Ada\nEve", "1980-12-31", "1 Street"),
            ("Ada", "31.12.1980", "1 Street"),
            ("Ada", "1980-12-31", ""),
        ] {
            assert!(Asked::new(name, born_on, address).is_err(), "{name} {born_on} {address}");
        }
    }
}
