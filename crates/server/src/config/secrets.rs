//! Where secrets lie.

use std::path::Path;

use super::{Blobs, Card, Config, Mail, RootKey, Sms, Tls, Verifier};

impl Config {
    /// Files that hold secrets, with the keys that name them.
    #[must_use]
    pub fn secret_files(&self) -> Vec<(&'static str, &Path)> {
        let mut files = match &self.root_key {
            RootKey::File { path, passphrase_file } => vec![
                ("root_key.path", path.as_path()),
                ("root_key.passphrase_file", passphrase_file.as_path()),
            ],
            RootKey::Pkcs11 { pin_file, .. } => vec![("root_key.pin_file", pin_file.as_path())],
        };
        if let Tls::Files { key, .. } = &self.tls {
            files.push(("tls.key", key));
        }
        if let Blobs::S3 { secret_file, .. } = &self.blobs {
            files.push(("blobs.secret_file", secret_file));
        }
        if let Mail::Smtp { password_file, .. } = &self.mail {
            files.push(("mail.password_file", password_file));
        }
        if let Some(Sms::Gateway { password_file, .. }) = &self.sms {
            files.push(("sms.password_file", password_file));
        }
        if let Some(Card::Stripe { secret_key_file, webhook_secret_file, .. }) = &self.card {
            files.push(("card.secret_key_file", secret_key_file));
            let webhook = webhook_secret_file.as_deref();
            files.extend(webhook.map(|file| ("card.webhook_secret_file", file)));
        }
        if let Some(Verifier { key_file, signing_secret_file, .. }) = &self.verifier {
            files.push(("verifier.key_file", key_file));
            files.push(("verifier.signing_secret_file", signing_secret_file));
        }
        let more = [
            ("store.postgres_url_file", &self.store.postgres_url_file),
            ("store.key_store_postgres_url_file", &self.store.key_store_postgres_url_file),
            ("alarms.webhook_secret_file", &self.alarms.webhook_secret_file),
        ];
        files.extend(more.into_iter().filter_map(|(key, file)| Some((key, file.as_deref()?))));
        files
    }
}
