//! Letters into a folder and through a real mail server with TLS and sign-in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use treehouse_server::port::mail::{
    Address, Letter, MailError, Mailer, SUBJECT_BYTES_MAX, SmtpConfig, StartTls, TEXT_BYTES_MAX,
};
use treehouse_server::port::secret_text::SecretText;

use crate::surroundings::{fresh_word, noon, path, randomness, variable};

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn letter(to: &str) -> Letter {
    Letter {
        to: address(to),
        subject: "Přihlášení do Treehouse".to_owned(),
        text: "Dobrý den,\n.\nkód je 123 456.\n".to_owned(),
    }
}

fn outbox(folder: &Path) -> Mailer {
    Mailer::outbox(folder, address("treehouse@home.example"), noon(), randomness()).unwrap()
}

fn config(starttls: StartTls) -> SmtpConfig {
    let port = match starttls {
        StartTls::Required => variable("TREEHOUSE_TEST_SMTP_STARTTLS_PORT"),
        StartTls::Tls => variable("TREEHOUSE_TEST_SMTP_TLS_PORT"),
    };
    SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port: port.parse().unwrap(),
        starttls,
        username: variable("TREEHOUSE_TEST_SMTP_USER"),
        password: SecretText::new(variable("TREEHOUSE_TEST_SMTP_PASSWORD")),
        from: address("treehouse@home.example"),
        extra_ca: Some(path("TREEHOUSE_TEST_SMTP_FOLDER").join("ca.pem")),
    }
}

fn smtp(config: &SmtpConfig) -> Mailer {
    Mailer::smtp(config, noon(), randomness()).unwrap()
}

/// The letter that a mail server or outbox wrote, without the soft line breaks of its encoding.
fn written(file: &Path) -> String {
    fs::read_to_string(file).unwrap().replace("=\r\n", "")
}

/// Checks what every letter has to say of itself.
fn assert_is_letter(eml: &str, to: &str) {
    let (head, body) = eml.split_once("\r\n\r\n").unwrap();
    let lines: Vec<&str> = head.split("\r\n").collect();
    for line in [
        "From: treehouse@home.example",
        &format!("To: {to}"),
        "Date: Sat, 21 Nov 2026 12:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Auto-Submitted: auto-generated",
    ] {
        assert!(lines.contains(&line), "no {line:?} in {head}");
    }
    // Quoted-printable UTF-8; the line with a dot would have ended the letter if not escaped.
    assert_eq!(body.trim_end(), "Dobr=C3=BD den,\r\n.\r\nk=C3=B3d je 123 456.");
    assert!(head.contains("Subject: =?utf-8?b?"), "{head}");
    assert!(head.contains("@home.example>"), "{head}");
}

#[tokio::test]
async fn a_letter_becomes_one_file_for_the_owners_eyes() {
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("outbox");
    let mailer = outbox(&inside);
    mailer.ping().await.unwrap();
    mailer.send(&letter("guardian@b.example")).await.unwrap();
    mailer.send(&letter("guardian@b.example")).await.unwrap();
    let files: Vec<_> = fs::read_dir(&inside).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2);
    assert_eq!(fs::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o700);
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let id = name.strip_suffix(".eml").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let eml = written(&file);
        assert_is_letter(&eml, "guardian@b.example");
        assert!(eml.contains(&format!("Message-ID: <{id}@home.example>")), "{eml}");
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error() {
    let folder = TempDir::new().unwrap();
    let mailer = outbox(&folder.path().join("outbox"));
    fs::remove_dir(folder.path().join("outbox")).unwrap();
    assert_eq!(mailer.send(&letter("guardian@b.example")).await, Err(MailError::Folder));
    assert_eq!(mailer.ping().await, Err(MailError::Folder));
}

#[tokio::test]
async fn nobody_writes_a_header_through_a_subject() {
    let folder = TempDir::new().unwrap();
    let mailer = outbox(folder.path());
    for subject in ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\0b", "a\u{85}b", "\r\n\r\nbody"] {
        let letter = Letter { subject: subject.to_owned(), ..letter("guardian@b.example") };
        assert_eq!(mailer.send(&letter).await, Err(MailError::Unfit), "{subject:?}");
    }
    // Words that look like an encoded line break are words.
    let subject = "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=".to_owned();
    let letter = Letter { subject: subject.clone(), ..letter("guardian@b.example") };
    mailer.send(&letter).await.unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let eml = fs::read_to_string(files.into_iter().next().unwrap().unwrap().path()).unwrap();
    let headers = eml.split("\r\n\r\n").next().unwrap();
    assert!(headers.split("\r\n").all(|line| !line.starts_with("Bcc")), "{headers}");
}

#[tokio::test]
async fn limits_hold_to_the_byte() {
    let folder = TempDir::new().unwrap();
    let mailer = outbox(folder.path());
    let sized = |subject: usize, text: usize| Letter {
        to: address("guardian@b.example"),
        subject: "s".repeat(subject),
        text: "t".repeat(text),
    };
    mailer.send(&sized(SUBJECT_BYTES_MAX, TEXT_BYTES_MAX)).await.unwrap();
    for letter in [sized(SUBJECT_BYTES_MAX + 1, 1), sized(1, TEXT_BYTES_MAX + 1)] {
        assert_eq!(mailer.send(&letter).await, Err(MailError::Unfit));
    }
}

#[tokio::test]
async fn letters_reach_a_mail_server_over_both_kinds_of_tls() {
    for starttls in [StartTls::Required, StartTls::Tls] {
        let mailer = smtp(&config(starttls));
        mailer.ping().await.unwrap();
        for _ in 0..2 {
            let to = format!("{}@b.example", fresh_word());
            mailer.send(&letter(&to)).await.unwrap();
            let eml = path("TREEHOUSE_TEST_SMTP_FOLDER").join(format!("{to}.eml"));
            assert_is_letter(&written(&eml), &to);
        }
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_trusted_has_signed_is_refused() {
    for starttls in [StartTls::Required, StartTls::Tls] {
        let stranger = smtp(&SmtpConfig { extra_ca: None, ..config(starttls) });
        assert_eq!(stranger.send(&letter("guardian@b.example")).await, Err(MailError::Untrusted));
        assert_eq!(stranger.ping().await, Err(MailError::Untrusted));
        // The right CA, but not the name in the certificate.
        let other = smtp(&SmtpConfig { host: "localhost".to_owned(), ..config(starttls) });
        assert_eq!(other.send(&letter("guardian@b.example")).await, Err(MailError::Untrusted));
    }
}

#[tokio::test]
async fn a_ca_that_is_no_certificate_is_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let junk = folder.path().join("junk.pem");
    fs::write(&junk, b"not a certificate").unwrap();
    for extra_ca in [junk, folder.path().join("missing.pem")] {
        let config = SmtpConfig { extra_ca: Some(extra_ca), ..config(StartTls::Tls) };
        let refused = Mailer::smtp(&config, noon(), randomness());
        assert_eq!(refused.unwrap_err(), MailError::Untrusted);
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_from_other_troubles() {
    for starttls in [StartTls::Required, StartTls::Tls] {
        let password = SecretText::new("wrong".to_owned());
        let mailer = smtp(&SmtpConfig { password, ..config(starttls) });
        assert_eq!(mailer.send(&letter("guardian@b.example")).await, Err(MailError::SignIn));
    }
}

#[tokio::test]
async fn a_mailbox_that_never_was_is_told_from_one_that_is_busy() {
    let mailer = smtp(&config(StartTls::Required));
    assert_eq!(mailer.send(&letter("nobody@b.example")).await, Err(MailError::Refused));
    assert_eq!(mailer.send(&letter("busy@b.example")).await, Err(MailError::Unavailable));
    // The connection is as good as before.
    let to = format!("{}@b.example", fresh_word());
    mailer.send(&letter(&to)).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_or_without_a_listener_gets_no_letter() {
    // TLS from the first byte on a port that begins in the clear.
    let confused = SmtpConfig { starttls: StartTls::Tls, ..config(StartTls::Required) };
    assert!(smtp(&confused).send(&letter("guardian@b.example")).await.is_err());
    let nobody = smtp(&SmtpConfig { port: 9, ..config(StartTls::Required) });
    assert_eq!(nobody.send(&letter("guardian@b.example")).await, Err(MailError::Unavailable));
}

#[tokio::test]
async fn a_server_that_never_offers_tls_learns_neither_password_nor_letter() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(plain_server(listener));
    let mailer = smtp(&SmtpConfig { port, ..config(StartTls::Required) });
    assert_eq!(mailer.send(&letter("guardian@b.example")).await, Err(MailError::Untrusted));
    let heard = heard.await.unwrap();
    assert!(heard.starts_with("EHLO"), "{heard}");
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

/// Speaks SMTP of 1982, or somebody on the way who cut STARTTLS out; answers what it was told.
async fn plain_server(listener: tokio::net::TcpListener) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"220 plain ESMTP\r\n").await.unwrap();
    let mut heard = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let length = stream.read(&mut chunk).await.unwrap_or(0);
        if length == 0 {
            return String::from_utf8(heard).unwrap();
        }
        heard.extend_from_slice(&chunk[..length]);
        if stream.write_all(b"250-plain\r\n250 AUTH PLAIN LOGIN\r\n").await.is_err() {
            return String::from_utf8(heard).unwrap();
        }
    }
}

#[tokio::test]
async fn nothing_personal_is_printed() {
    let config = config(StartTls::Required);
    let letter = letter("guardian@b.example");
    let printed = format!("{config:?} {letter:?} {:?}", smtp(&config));
    for secret in [config.password.expose(), "guardian", "treehouse@home", "123 456"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
