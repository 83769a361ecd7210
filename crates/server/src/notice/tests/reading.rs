//! How hard the English texts are to read: Flesch-Kincaid grade, by a rough count of syllables.

use super::*;

/// A parent who left school early reads it: grade 6 is an age of about twelve.
const GRADE_MAX: f64 = 6.0;
/// A child of seven to eight, or a parent who reads aloud.
const CHILD_GRADE_MAX: f64 = 3.0;

/// Groups of vowels, without a silent `e` at the end; at least one.
fn syllables(word: &str) -> usize {
    let letters: Vec<char> = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    let vowel = |sign: &char| "aeiouy".contains(*sign);
    let begins = letters.iter().enumerate().filter(|(place, sign)| {
        vowel(sign) && place.checked_sub(1).is_none_or(|before| !vowel(&letters[before]))
    });
    let count = begins.count();
    let silent = letters.ends_with(&['e']) && !letters.ends_with(&['l', 'e']) && count > 1;
    (count - usize::from(silent)).max(1)
}

/// The grade of several sentences.
fn grade(text: &str) -> f64 {
    let (mut sentences, mut words, mut count) = (0.0, 0.0, 0.0);
    for sentence in text.split_inclusive(['.', '!', '?']) {
        let spoken = |word: &&str| word.chars().any(char::is_alphabetic);
        // Addresses aren't read as words.
        let own: Vec<&str> = sentence
            .split_whitespace()
            .filter(spoken)
            .filter(|word| !word.contains(['/', '@', '.']) || word.ends_with('.'))
            .collect();
        if own.is_empty() {
            continue;
        }
        sentences += 1.0;
        for word in own {
            words += 1.0;
            count += f64::from(u32::try_from(syllables(word)).unwrap());
        }
    }
    0.39 * words / sentences + 11.8 * count / words - 15.59
}

fn read(text: &Text) -> String {
    let mut all = String::new();
    for section in &text.sections {
        for part in section.paragraphs.iter().chain(&section.list) {
            all.push_str(part);
            all.push_str(if part.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
        }
    }
    all
}

#[test]
fn the_english_texts_are_easy_enough() {
    for (kind, _) in Kind::ALL {
        let document = Ground::new(&everything(), PROFILE).compose(kind);
        let found = grade(&read(document.text(Lang::En).unwrap()));
        let most = if kind == Kind::Child { CHILD_GRADE_MAX } else { GRADE_MAX };
        println!("{kind:?}: grade {found:.1}");
        assert!(found <= most, "{kind:?}: grade {found:.1} is over {most}");
    }
}

/// The control: what a lawyer would have written is found too hard.
#[test]
fn a_text_that_is_hard_to_read_is_found() {
    let hard = "Notwithstanding the foregoing provisions, personally identifiable information \
        may be disseminated to affiliated organisations, provided that appropriate contractual \
        safeguards have previously been established in accordance with applicable regulations.";
    assert!(grade(hard) > 20.0, "{}", grade(hard));
    assert!(grade("Ask a grown-up. They know what to do.") < 3.0);
}
