//! The ports against real components: `SeaweedFS` for S3, aiosmtpd for mail, Kannel for text messages,
//! `SoftHSM2` for PKCS#11.

#![expect(clippy::unwrap_used, reason = "a helper that fails has to stop its test")]

mod blob;
mod mail;
mod root_file;
mod root_token;
mod sms;
mod surroundings;
