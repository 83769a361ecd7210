//! What trained staff goes through with a parent who calls or comes to a video conference
//! (16 CFR 312.5(b)(2)(iii) and (iv)). Nothing is recorded: what stays is that every step was
//! done, by whom, and by which script.

use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Method;

use crate::error::Error;

/// A step of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its word.
    pub word: &'static str,
    /// What the staff says or looks at.
    pub text: &'static str,
    /// Whether it takes a picture: then it is no part of a call.
    pub seen: bool,
}

/// The steps, in their order.
pub const SCRIPT: [Step; 7] = [
    Step {
        word: "unrecorded",
        text: "Nothing is recorded or written down but that each step was done; I have said so.",
        seen: false,
    },
    Step { word: "code", text: "The parent has read out the code of the app.", seen: false },
    Step {
        word: "notice",
        text: "I have said what is collected, what for and who can read it, and asked for questions.",
        seen: false,
    },
    Step {
        word: "parent",
        text: "The parent has said, in own words, to be the child's parent or guardian and to consent.",
        seen: false,
    },
    Step {
        word: "grown-up",
        text: "By voice and answers I am sure that this is a grown-up. If not, the answer is no.",
        seen: false,
    },
    Step {
        word: "face",
        text: "I see the speaker's face move and speak live, and it is a grown-up's.",
        seen: true,
    },
    Step {
        word: "revoke",
        text: "I have said how a consent is taken back: sign in, and switch it off.",
        seen: false,
    },
];

/// A talk of which every step was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talk {
    /// By which method.
    pub method: Method,
    /// The script that was followed.
    pub script: Hash,
}

impl Talk {
    /// Whether a method is done by talking.
    #[must_use]
    pub const fn is(method: Method) -> bool {
        matches!(method, Method::Call | Method::Video)
    }

    /// The steps of this method.
    pub fn steps(method: Method) -> impl Iterator<Item = &'static Step> {
        SCRIPT.iter().filter(move |step| !step.seen || method == Method::Video)
    }

    /// The script of this method, as its hash.
    #[must_use]
    pub fn script(method: Method) -> Hash {
        let lines = Self::steps(method).map(|step| format!("{}: {}\n", step.word, step.text));
        Hash::of(lines.collect::<String>().as_bytes())
    }

    /// A talk by this method, with the words of the steps that were done.
    ///
    /// # Errors
    /// A step was left out, or isn't one of this method.
    pub fn of(method: Method, done: &[String]) -> Result<Self, Error> {
        let known = |word: &String| Self::steps(method).any(|step| step.word == word);
        if !done.iter().all(known) {
            return Err(Error::invalid("done", "must be words of the script of this method"));
        }
        let was_done = |step: &Step| done.iter().any(|word| word == step.word);
        if !Self::steps(method).all(was_done) {
            return Err(Error::invalid("done", "must name every step of the script"));
        }
        Ok(Self { method, script: Self::script(method) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(method: Method) -> Vec<String> {
        Talk::steps(method).map(|step| step.word.to_owned()).collect()
    }

    #[test]
    fn every_step_must_have_been_done() {
        for method in [Method::Call, Method::Video] {
            let all = words(method);
            assert_eq!(Talk::of(method, &all).unwrap().method, method);
            for left_out in 0..all.len() {
                let mut done = all.clone();
                done.remove(left_out);
                assert!(Talk::of(method, &done).is_err(), "without {}", all[left_out]);
            }
        }
    }

    #[test]
    fn a_face_is_seen_in_a_video_conference_and_nowhere_else() {
        let (call, video) = (words(Method::Call), words(Method::Video));
        assert!(Talk::of(Method::Video, &call).is_err());
        assert!(Talk::of(Method::Call, &video).is_err());
        assert_ne!(Talk::script(Method::Call), Talk::script(Method::Video));
    }
}
