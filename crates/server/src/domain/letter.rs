//! Every letter that the service can write, with everything that each may say. What isn't a field
//! here, or of the data map, is in no letter: mail is read by everybody on the way.

use serde::Serialize;
use treehouse_protocol::id::Hash;
use treehouse_protocol::sign::VerifyKey;

use super::complaint::ComplaintText;
use super::operator::Operator;
use super::sms::SmsCode;
use super::steward::Reason;
use super::token::Token;
use crate::data_map::RuleId;
use crate::form;
use crate::tripwire::Alarm;

/// Who writes: nothing of it is about whom it is written to.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// Where the service is reached.
    pub url: &'a str,
    /// Who runs it.
    pub operator: &'a Operator,
}

/// A letter, with what it says beside its fixed text.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// A link to open an account.
    OpenAccount {
        /// The secret in the link.
        token: &'a Token,
    },
    /// Somebody wanted to open an account, and there is one.
    HasAccount,
    /// A link to set a new password.
    SetPassword {
        /// The secret in the link.
        token: &'a Token,
    },
    /// Somebody wanted to set a password, and there is no account.
    NoAccount,
    /// The password was changed.
    PasswordChanged,
    /// Asks for consent (16 CFR 312.4(c)(1)).
    AskConsent {
        /// The notice that was shown.
        notice: Hash,
        /// The key that will sign.
        key: &'a VerifyKey,
        /// The secret in the link.
        token: &'a Token,
    },
    /// The second letter of e-mail plus.
    ConsentGiven {
        /// The notice that was shown.
        notice: Hash,
        /// The key that signs.
        key: &'a VerifyKey,
    },
    /// A signed form was accepted.
    FormAccepted,
    /// What a parent said was accepted.
    TalkAccepted,
    /// A card was charged, and that counts.
    PaymentAccepted,
    /// An outside verifier has found that it's an adult, and what it was shown is deleted.
    InquiryAccepted,
    /// What was paid was given back.
    PaymentGivenBack,
    /// A signed form, or what was said, wasn't.
    Declined {
        /// Why.
        reason: &'a Reason,
    },
    /// The account was closed, as its holder asked.
    AccountClosed,
    /// Another guardian of the family has closed the account.
    GuardianGone,
    /// Another guardian asks for a way back to lost keys.
    GuardianAsks,
    /// A toy is about to bring a guardian new keys.
    KeysAnnounced,
    /// Nobody has signed in for long: the account will be closed.
    AccountUnused,
    /// Nobody has signed in: the account is closed, and the family erased if nobody else was there.
    AccountEnded,
    /// A complaint was answered.
    ComplaintAnswered {
        /// What with.
        answer: &'a ComplaintText,
    },
    /// To the operator: a tripwire was touched.
    Alarm {
        /// Which, of whom.
        alarm: Alarm,
    },
    /// To the operator: the clock of a report runs out.
    ReportDue {
        /// The number of the incident.
        incident: u32,
        /// Which report.
        report: &'a str,
        /// Until when.
        due: &'a str,
    },
    /// To the operator: the server has looked at itself, and something has gone wrong.
    Scan {
        /// What, line by line.
        found: &'a str,
    },
}

/// A text message to a parent. It isn't sealed on its way, and is short.
#[derive(Debug, Clone, Copy)]
pub enum SmsText<'a> {
    /// Asks for consent, with the code that gives it.
    AskBySms {
        /// The code.
        code: &'a SmsCode,
    },
    /// The second message of text plus.
    ConsentBySms,
}

impl SmsText<'_> {
    /// What it says: letters of GSM 03.38 only, and few enough for one message as long as
    /// `Config::check` holds.
    #[must_use]
    pub fn body(&self, from: Sender<'_>) -> String {
        let host = from.url.trim_start_matches("https://");
        match self {
            Self::AskBySms { code } => format!(
                "{host}: your code is {code}. Typing it there gives your consent as a parent. Not \
                 you? Ignore this.",
                code = *code.text(),
            ),
            // (ix): it must be said that consent can be taken back.
            Self::ConsentBySms => format!(
                "{host}: you consented for a child. Take it back any time: sign in, switch off or \
                 erase. Not you? {email}",
                email = from.operator.email(),
            ),
        }
    }
}

/// What a call says of an alarm. Whoever is called isn't on the operator's mail, so it names nobody:
/// whom it is about stands in the letter.
#[derive(Debug, Serialize)]
pub struct Call<'a> {
    /// Always `alarm`.
    #[serde(rename = "type")]
    pub event: &'static str,
    /// Which.
    pub alarm: &'static str,
    /// Where.
    pub url: &'a str,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Text<'_> {
    /// Its subject, which says nothing of whom it is about.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self {
            Self::OpenAccount { .. } => "Open your account",
            Self::HasAccount => "You have an account already",
            Self::SetPassword { .. } => "Set a new password",
            Self::NoAccount => "No account for this address",
            Self::PasswordChanged => "Your password was changed",
            Self::AskConsent { .. } => "Please confirm your consent",
            Self::ConsentGiven { .. } => "You gave your consent: how to take it back",
            Self::FormAccepted => "Your form was accepted",
            Self::TalkAccepted => "You are known as a parent now",
            Self::PaymentAccepted | Self::InquiryAccepted => "You are known as an adult now",
            Self::PaymentGivenBack => "Your payment was given back",
            Self::Declined { .. } => "Your consent was not accepted",
            Self::AccountClosed => "Your account was closed",
            Self::GuardianGone => "A guardian has closed the account",
            Self::GuardianAsks => "A guardian asks for help",
            Self::KeysAnnounced => "A guardian is about to get new keys",
            Self::AccountUnused => "Your account will be closed: sign in to keep it",
            Self::AccountEnded => "Your account was closed, because nobody used it",
            Self::ComplaintAnswered { .. } => "An answer to your complaint",
            Self::Alarm { .. } => "ALARM: a tripwire was touched",
            Self::ReportDue { .. } => "ALARM: a report of an incident is due",
            Self::Scan { .. } => "ALARM: something has gone wrong on the server",
        }
    }

    /// What it says.
    #[must_use]
    pub fn body(&self, from: Sender<'_>) -> String {
        let Sender { url, operator } = from;
        match *self {
            Self::OpenAccount { token } => open_account(url, token),
            Self::HasAccount => format!(
                "Somebody, probably you, wanted to open an account at {url} with this address. \
                 There is one already: sign in, or set a new password there.\n"
            ),
            Self::SetPassword { token } => set_password(url, token),
            Self::NoAccount => format!(
                "Somebody, probably you, wanted to set a new password at {url} with this address. \
                 There is no account with it; you may have used another address.\n"
            ),
            Self::PasswordChanged => format!(
                "The password of your account at {url} was changed, and everybody else was signed \
                 out.\n\nIf it wasn't you, set a new one at once: {url}/reset\n"
            ),
            Self::AskConsent { notice, key, token } => ask_consent(from, notice, key, token),
            Self::ConsentGiven { notice, key } => consent_given(from, notice, key),
            Self::FormAccepted => form_accepted(from),
            Self::TalkAccepted => talk_accepted(from),
            Self::PaymentAccepted => payment_accepted(from),
            Self::InquiryAccepted => inquiry_accepted(from),
            Self::PaymentGivenBack => payment_given_back(from),
            Self::Declined { reason } => format!(
                "We have looked at the form that you sent, or thought about what was said, and \
                 can't accept it, for this reason:\n\n  {reason}\n\n\
                 Nothing of it is kept. You can begin again at {url}, or write to {email}.\n",
                reason = reason.text(),
                email = operator.email(),
            ),
            Self::AccountClosed => format!(
                "Your account at {url} was closed, as was asked for there. Nothing of it is left; \
                 with this letter, your address is forgotten.\n"
            ),
            Self::GuardianGone => format!(
                "A guardian of your family at {url} has closed the account, and can't come back \
                 to it. If the family's list still names that guardian, take it out: then new \
                 keys are made.\n"
            ),
            Self::GuardianAsks => guardian_asks(url),
            Self::KeysAnnounced => format!(
                "A toy of your family at {url} is about to give a guardian new keys: somebody who \
                 holds it has confirmed that. It counts after three days.\n\n\
                 If none of you has lost the keys, call it off now: sign in, with or without \
                 keys. Then look who has the toy, and set new passwords.\n"
            ),
            Self::AccountUnused => account_unused(url),
            Self::AccountEnded => format!(
                "Nobody has signed in to your account at {url} since we wrote to you about it. It \
                 was closed. If nobody else decided for your family, all that was kept of your \
                 children was erased first. With this letter, your address is forgotten.\n"
            ),
            Self::ComplaintAnswered { answer } => format!(
                "You have sent a complaint at {url}. This is the answer:\n\n{answer}\n\n\
                 If that doesn't help, write to {email}.\n",
                answer = answer.text(),
                email = operator.email(),
            ),
            Self::Alarm { alarm } => touched(url, alarm),
            Self::ReportDue { incident, report, due } => report_due(url, incident, report, due),
            Self::Scan { found } => scanned(url, found),
        }
    }
}

fn open_account(url: &str, token: &Token) -> String {
    format!(
        "Somebody, probably you, wants to open an account at {url}.\n\n\
         To go on, open this link within {time}:\n\n  {url}/open#{token}\n\n\
         If it wasn't you, do nothing: no account is opened, and this address is forgotten.\n",
        time = RuleId::MailLink.keep(),
        token = *token.text(),
    )
}

fn set_password(url: &str, token: &Token) -> String {
    format!(
        "Somebody, probably you, wants to set a new password at {url}.\n\n\
         To go on, open this link within {time}:\n\n  {url}/reset#{token}\n\n\
         A new password lets you sign in. It doesn't bring back the keys to your family's data: \
         for that you need your recovery kit, a second guardian or a linked toy.\n\
         If it wasn't you, do nothing: the old password still counts.\n",
        time = RuleId::MailLink.keep(),
        token = *token.text(),
    )
}

fn ask_consent(from: Sender<'_>, notice: Hash, key: &VerifyKey, token: &Token) -> String {
    format!(
        "Somebody, probably you, wants to decide for a child at {url}, as its parent or legal \
         guardian and as an adult. {operator} asks for your consent first: without it, nothing \
         is collected, used or given to anybody.\n\n\
         What you consent to stands in the notice that was shown to you. Its fingerprint is\n\n  \
         {notice}\n\n\
         and the key that will sign your decisions has the fingerprint\n\n  {key}\n\n\
         To confirm, open this link within {time} and press the button there:\n\n  \
         {url}/verify#{token}\n\n\
         You can take your consent back at any time. A day after you confirm, we write again and \
         tell you how.\n\
         If it wasn't you, do nothing: then there is no consent, and after {time} nothing is left \
         of the question.\n",
        url = from.url,
        operator = from.operator.name(),
        time = RuleId::Verification.keep(),
        notice = form::grouped(&notice.to_string()),
        key = form::fingerprint(key.id()),
        token = *token.text(),
    )
}

fn consent_given(from: Sender<'_>, notice: Hash, key: &VerifyKey) -> String {
    format!(
        "A day ago, somebody who reads your letters confirmed to {operator} that you are an \
         adult who decides for a child at {url}. It was for the notice with the fingerprint\n\n  \
         {notice}\n\n\
         and the key with the fingerprint\n\n  {key}\n\n\
         If it was you, there is nothing to do.\n\n\
         You can take your consent back at any time: sign in at {url} and switch off what you \
         don't want any more, or erase the child there; your password is enough. Then nothing \
         more is collected, and what was is deleted.\n\
         If it wasn't you, set a new password at {url}/reset, do the same, and write to {email}.\n",
        url = from.url,
        operator = from.operator.name(),
        email = from.operator.email(),
        notice = form::grouped(&notice.to_string()),
        key = form::fingerprint(key.id()),
    )
}

fn form_accepted(from: Sender<'_>) -> String {
    format!(
        "We have checked the form that you signed, and deleted the scan. Your device can now \
         switch on what you allow at {url}.\n\n\
         You can take your consent back at any time: sign in at {url} and switch off what you \
         don't want any more, or erase the child there. Your password is enough.\n\
         If you have signed no form, do so at once, and write to {email}.\n",
        url = from.url,
        email = from.operator.email(),
    )
}

fn talk_accepted(from: Sender<'_>) -> String {
    format!(
        "You have talked to us, and a second person has agreed that you are a parent. Nothing was \
         recorded. Your device can now switch on what you allow at {url}.\n\n\
         You can take your consent back at any time: sign in at {url} and switch off what you \
         don't want any more, or erase the child there. Your password is enough.\n\
         If you have talked to nobody, write to {email} at once.\n",
        url = from.url,
        email = from.operator.email(),
    )
}

fn payment_accepted(from: Sender<'_>) -> String {
    format!(
        "You have paid a small amount by card, and so are known to be an adult. It is being given \
         back; we write again when it is. We have seen nothing of the card. Your device can now \
         switch on what you allow at {url}.\n\n\
         You can take your consent back at any time: sign in at {url} and switch off what you \
         don't want any more, or erase the child there. Your password is enough.\n\
         If you have paid nothing, somebody has used your mailbox and a card: set a new password \
         at {url}/reset, and write to {email} at once.\n",
        url = from.url,
        email = from.operator.email(),
    )
}

fn inquiry_accepted(from: Sender<'_>) -> String {
    format!(
        "A verification service has found for us that you are an adult. We have kept neither what \
         you answered nor what you showed there: a document and its pictures are deleted. Your \
         device can now switch on what you allow at {url}.\n\n\
         You can take your consent back at any time: sign in at {url} and switch off what you \
         don't want any more, or erase the child there. Your password is enough.\n\
         If it wasn't you, somebody has used your mailbox: set a new password at {url}/reset, and \
         write to {email} at once.\n",
        url = from.url,
        email = from.operator.email(),
    )
}

fn payment_given_back(from: Sender<'_>) -> String {
    format!(
        "What was paid by card at {url} to show that you are an adult was given back. Your bank \
         may take some days to show it: as a payment and its return, or as neither.\n\n\
         If it doesn't come, write to {email}.\n",
        url = from.url,
        email = from.operator.email(),
    )
}

fn guardian_asks(url: &str) -> String {
    format!(
        "A guardian of your family at {url} has signed in without keys, and asks another guardian \
         or a toy of the family for help to read again.\n\n\
         Help only if you stand beside each other, or know the voice: your device and theirs must \
         show the same number. If it isn't one of you, somebody has got into a mailbox: help \
         nobody, and set a new password.\n"
    )
}

fn account_unused(url: &str) -> String {
    format!(
        "Nobody has signed in to your account at {url} for a long time. We keep nothing of \
         children that nobody uses.\n\n\
         If you want to keep it, sign in within {time}: that's all.\n\n\
         If you don't, the account is closed then. If nobody else decides for your family, all \
         that is kept of your children is erased first, as if you had asked for it. To take \
         pictures out before, sign in.\n",
        time = RuleId::Warned.keep(),
    )
}

fn unshown(url: &str, phrase: &str) -> String {
    format!(
        "The notices at {url} make the claim {phrase}, and a test that it rests on failed or didn't \
         run. If the law doesn't demand that it is said, it isn't said any more, and the notices \
         have a new version; if it does, no further child is served.\n\n\
         To see which tests: treehouse doctor --config …\n"
    )
}

fn report_due(url: &str, incident: u32, report: &str, due: &str) -> String {
    format!(
        "Incident {incident} of {url}: the report \"{report}\" must be sent until {due} \
         (Regulation (EU) 2024/2847, Art. 14), and isn't sent yet, as far as was written \
         down.\n\n\
         To draft it: treehouse incident --config … draft {incident} {report}\n\
         Once it was sent: treehouse incident --config … --as … report {incident} {report} \
         --reference …\n"
    )
}

fn scanned(url: &str, found: &str) -> String {
    format!(
        "The server of {url} looks at itself once a day. Since the last time, this has gone \
         wrong:\n\n{found}\n\
         To see how it stands: treehouse doctor --config …\n\n\
         What is told here isn't told again until the server starts anew, or until it was \
         mended and comes again.\n"
    )
}

fn touched(url: &str, alarm: Alarm) -> String {
    let (what, next) = match alarm {
        Alarm::Canary(family, reader) => (
            format!("data of the canary family {family} was handed out to the key {reader:?}"),
            format!("treehouse scope --principal {reader:?} --from …"),
        ),
        Alarm::Budget(reader) => (
            format!("the reader with the key {reader:?} took more than its budget, and is stopped"),
            format!("treehouse scope --principal {reader:?} --from …"),
        ),
        Alarm::Rate => (
            "more data is handed out in a minute than this deployment ever should".to_owned(),
            "treehouse scope --from …".to_owned(),
        ),
        Alarm::Claim(phrase) => return unshown(url, phrase),
    };
    format!(
        "A tripwire at {url} was touched: {what}.\n\nAll of it is in the log. To see what was \
         handed out, to whom, of whom, and by when whom to tell:\n\n  {next}\n\n\
         The same alarm isn't sent again within an hour.\n"
    )
}
