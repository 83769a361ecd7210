//! Who runs this deployment: whom a parent consents to, and where paper is sent.

/// The operator, as forms and letters name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    name: String,
    address: Vec<String>,
    email: String,
}

impl Operator {
    /// Characters of the name, of the e-mail address and of each line of the address: so many of
    /// the widest fill a line of the form.
    pub const CHARS_MAX: usize = 50;
    /// Lines of the address.
    pub const LINES_MAX: usize = 5;

    /// Reads what the configuration says. The form has letters for Latin writing only, so
    /// everything else is refused here and not when a parent wants to print.
    #[must_use]
    pub fn parse(name: &str, address: &[&str], email: &str) -> Option<Self> {
        if !(1..=Self::LINES_MAX).contains(&address.len()) {
            return None;
        }
        let address = address.iter().map(|text| line(text)).collect::<Option<_>>()?;
        Some(Self { name: line(name)?, address, email: line(email)? })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its postal address, line by line.
    #[must_use]
    pub fn address(&self) -> &[String] {
        &self.address
    }

    /// The address that parents write to.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

/// One line of what the form's font can print: U+0020 to U+017E, without controls.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = (1..=Operator::CHARS_MAX).contains(&text.chars().count());
    let prints = text.chars().all(|sign| matches!(sign, ' '..='~' | '\u{a1}'..='\u{17e}'));
    // A soft hyphen is no letter: it shows nowhere and changes what is searched for.
    (fits && prints && !text.contains('\u{ad}')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_names_and_addresses_are_taken() {
        let operator = Operator::parse(" Spielhaus Łódź ", &["Çelik 1", "12345 Ås"], "a@b.example");
        let operator = operator.unwrap();
        assert_eq!(operator.name(), "Spielhaus Łódź");
        assert_eq!(operator.address(), ["Çelik 1", "12345 Ås"]);
        assert_eq!(operator.email(), "a@b.example");
    }

    #[test]
    fn what_the_form_could_not_print_is_refused() {
        let long = "x".repeat(Operator::CHARS_MAX + 1);
        for wrong in ["", "  ", "two\nlines", "玩具", "soft\u{ad}hyphen", &long] {
            assert_eq!(Operator::parse(wrong, &["1"], "a@b.example"), None, "{wrong:?}");
            assert_eq!(Operator::parse("name", &[wrong], "a@b.example"), None, "{wrong:?}");
            assert_eq!(Operator::parse("name", &["1"], wrong), None, "{wrong:?}");
        }
        assert_eq!(Operator::parse("name", &[], "a@b.example"), None);
        assert_eq!(Operator::parse("name", &["1"; 6], "a@b.example"), None);
    }
}
