//! The consent form on paper: one page that a parent prints, signs and sends back
//! (16 CFR 312.5(b)(2)(i)). It is tagged for screen readers (PDF/UA-1) and made to be kept
//! (PDF/A-2a); what breaks either standard is not handed out.

mod page;

use treehouse_protocol::id::{Day, Hash, KeyId};

use crate::domain::operator::Operator;
use crate::domain::verification::CaseCode;
pub(crate) use page::{Page, Style};

/// What is printed on a form.
#[derive(Debug)]
pub struct Form<'a> {
    /// Who asks for consent.
    pub operator: &'a Operator,
    /// Where the app is.
    pub public_url: &'a str,
    /// The code by which the form finds its way back.
    pub code: &'a CaseCode,
    /// The notice that is consented to.
    pub notice: Hash,
    /// The key that will decide for the parent.
    pub key: KeyId,
    /// The day on which it was printed.
    pub printed: Day,
    /// The last day on which it counts.
    pub expires: Day,
}

/// Why a form couldn't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The text is too long, or has signs that the font lacks.
    #[error("the form doesn't fit one page of Latin letters; shorten the operator's address")]
    Unprintable,
    /// The page breaks one of the standards.
    #[error("the form breaks PDF/UA-1 or PDF/A-2a; report this as a fault of the program")]
    Invalid,
}

const TITLE: &str = "Parental consent form";

/// The form as PDF.
///
/// # Errors
/// It doesn't fit, or can't be made by the standards.
pub fn pdf(form: &Form<'_>) -> Result<Vec<u8>, FormError> {
    let mut page = Page::new();
    top(&mut page, form)?;
    consent(&mut page, form)?;
    blanks(&mut page)?;
    way_back(&mut page, form)?;
    page.finish(TITLE, date_parts(form.printed))
}

fn top(page: &mut Page, form: &Form<'_>) -> Result<(), FormError> {
    let name = form.operator.name();
    page.write(Style::Title, TITLE)?;
    page.write(Style::Text, &format!("For {name}, {}", form.public_url))?;
    page.write(Style::Text, "The code of this form, by which we find your account:")?;
    page.write(Style::Code, form.code.text())
}

fn consent(page: &mut Page, form: &Form<'_>) -> Result<(), FormError> {
    let name = form.operator.name();
    page.write(Style::Heading, "What you sign")?;
    page.write(
        Style::Text,
        &format!(
            "I am an adult, and a parent or legal guardian of the children that I add to my \
             account. I have read the notice of {name} with the fingerprint below. It says what \
             is collected from my children, what for, who else is given it, and how long it is \
             kept. I consent to that for the features that I switch on in the app, and I want \
             the key with the fingerprint below, which only I hold, to sign such decisions.",
        ),
    )?;
    page.write(
        Style::Text,
        "This form alone switches nothing on. I may allow what a feature needs and refuse that \
         it is given to others. I may take my consent back at any time, in the app or by a \
         letter to the address below; then nothing more is collected, and what was is deleted.",
    )?;
    page.write(Style::Text, "Fingerprint of the notice:")?;
    page.write(Style::Text, &grouped(&form.notice.to_string()))?;
    page.write(Style::Text, "Fingerprint of my key:")?;
    page.write(Style::Text, &fingerprint(form.key))
}

fn blanks(page: &mut Page) -> Result<(), FormError> {
    page.write(Style::Heading, "Fill in by hand")?;
    for label in ["Full name", "Signature", "Date"] {
        page.blank(label)?;
    }
    Ok(())
}

fn way_back(page: &mut Page, form: &Form<'_>) -> Result<(), FormError> {
    page.write(Style::Heading, "Send it back")?;
    let (url, last) = (form.public_url, date(form.expires));
    page.write(
        Style::Text,
        &format!(
            "Scan or photograph the signed page and hand it in at {url}, or send it by post. It \
             must arrive by {last}. Two people look at it; then the scan is deleted.",
        ),
    )?;
    page.write(Style::Text, form.operator.name())?;
    for line in form.operator.address() {
        page.write(Style::Text, line)?;
    }
    page.write(Style::Text, &format!("Questions: {}", form.operator.email()))
}

/// The fingerprint of a key as people compare it: groups of four hexadecimal digits.
#[must_use]
pub fn fingerprint(key: KeyId) -> String {
    grouped(&format!("{key:?}"))
}

/// Text in groups of four.
#[must_use]
pub fn grouped(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() * 5 / 4);
    for (index, sign) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(sign);
    }
    grouped
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day as it's written in letters: `22 November 2026`, in UTC.
#[must_use]
pub fn date(day: Day) -> String {
    let (year, month, day) = date_parts(day);
    format!("{day} {} {year}", MONTHS[usize::from(month - 1)])
}

/// Year, month and day of the month in the Gregorian calendar.
pub(crate) fn date_parts(day: Day) -> (u16, u8, u8) {
    // The last day that a form can name is in the year 9999; that is 2 932 896 days after 1970.
    let mut days = day.0.min(2_932_896);
    let mut year: u16 = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month: u8 = 1;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    // Below 31.
    (year, month, u8::try_from(days).unwrap_or(30) + 1)
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const fn days_of_year(year: u16) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u16, month: u8) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn operator(name: &str, line: &str) -> Operator {
        Operator::parse(name, &[line; Operator::LINES_MAX], "post@operator.example").unwrap()
    }

    fn form<'a>(operator: &'a Operator, code: &'a CaseCode) -> Form<'a> {
        Form {
            operator,
            public_url: "https://treehouse.example",
            code,
            notice: Hash::of(b"notice"),
            key: KeyId::from_bytes([0xab; 16]),
            printed: Day(20_779),
            expires: Day(20_793),
        }
    }

    fn text_of(pdf: &[u8]) -> String {
        let read = lopdf::Document::load_mem(pdf).unwrap();
        assert_eq!(read.get_pages().len(), 1, "the form has one page");
        read.extract_text(&[1]).unwrap()
    }

    #[test]
    fn a_reader_finds_the_code_and_what_is_signed() {
        let operator = operator("Spielhaus Łódź", "Çelik 1");
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(7));
        let text = text_of(&pdf(&form(&operator, &code)).unwrap());
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = [
            code.text(),
            "Spielhaus Łódź",
            "Çelik 1",
            "post@operator.example",
            "https://treehouse.example",
            "abab abab abab abab abab abab abab abab",
            "6 December 2026",
            "Full name",
            "Signature",
            "take my consent back at any time",
        ];
        for part in expected {
            assert!(flat.contains(part), "{part} is missing in:\n{flat}");
        }
    }

    #[test]
    fn the_longest_operator_still_fits_one_page() {
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(8));
        let widest = "W".repeat(Operator::CHARS_MAX);
        let operator = operator(&widest, &widest);
        let form = Form {
            public_url: "https://a-rather-long-name-of-a-deployment.some-company.example",
            ..form(&operator, &code)
        };
        assert!(pdf(&form).is_ok());
    }

    #[test]
    fn every_sign_that_an_operator_may_have_is_printed() {
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(9));
        let signs: Vec<char> = (' '..='\u{17e}')
            .filter(|sign| Operator::parse(&format!("a{sign}b"), &["a"], "a").is_some())
            .collect();
        assert!(signs.len() > 300);
        for signs in signs.chunks(Operator::CHARS_MAX - 2) {
            let name = format!("a{}b", signs.iter().collect::<String>());
            let operator = operator(&name, "a");
            assert!(pdf(&form(&operator, &code)).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_the_font_lacks_is_refused_and_not_printed_as_boxes() {
        let operator = operator("a", "a");
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(10));
        let form = Form { public_url: "https://玩具.example", ..form(&operator, &code) };
        assert_eq!(pdf(&form), Err(FormError::Unprintable));
    }

    #[test]
    fn the_page_is_tagged_and_says_by_which_standards() {
        let operator = operator("a", "a");
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(11));
        let pdf = pdf(&form(&operator, &code)).unwrap();
        let read = lopdf::Document::load_mem(&pdf).unwrap();
        let catalog = read.catalog().unwrap();
        assert!(catalog.has(b"StructTreeRoot"));
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"en");
        let metadata = catalog.get(b"Metadata").unwrap().as_reference().unwrap();
        let stream = read.get_object(metadata).unwrap().as_stream().unwrap();
        let xmp = stream.get_plain_content().unwrap();
        let xmp = String::from_utf8(xmp).unwrap();
        for claim in ["<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"] {
            assert!(xmp.contains(claim), "{claim} is missing in:\n{xmp}");
        }
    }

    #[test]
    fn days_are_written_as_the_calendar_says() {
        for (day, text) in [
            (0, "1 January 1970"),
            (58, "28 February 1970"),
            (59, "1 March 1970"),
            (789, "29 February 1972"),
            (11_016, "29 February 2000"),
            (11_017, "1 March 2000"),
            (20_779, "22 November 2026"),
            (47_540, "28 February 2100"),
            (47_541, "1 March 2100"),
            (u32::MAX, "31 December 9999"),
        ] {
            assert_eq!(date(Day(day)), text, "{day}");
        }
    }
}
