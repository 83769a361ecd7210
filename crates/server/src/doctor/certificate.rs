//! How long the certificate is good for.

use x509_parser::pem::parse_x509_pem;

use super::{Finding, is_self_signed};
use crate::config::{Config, Tls};
use crate::http::serve::{CERTIFICATE_FILE, CERTIFICATES};
use crate::port::clock::Time;

/// Days before its end on which somebody should look.
const DAYS_LOW: u32 = 21;
const SUBJECT: &str = "certificate";

pub(super) fn examine(config: &Config, now: Time) -> Finding {
    let path = match &config.tls {
        Tls::Acme { .. } => {
            return Finding::ok(SUBJECT, "from an authority, and renewed by the server itself");
        }
        Tls::Files { certificate, .. } => certificate.clone(),
        Tls::SelfSigned => config.store.folder.join(CERTIFICATES).join(CERTIFICATE_FILE),
    };
    if is_self_signed(config) && !path.exists() {
        return self_signed("self-signed; made at the first start");
    }
    let Some(end) = std::fs::read(&path).ok().and_then(|pem| end(&pem)) else {
        let advice = format!("put a certificate in PEM into {}", path.display());
        return Finding::refuse(SUBJECT, "it can't be read", advice);
    };
    let judged = judge(end, now);
    if judged.advice.is_none() && is_self_signed(config) {
        return self_signed("self-signed");
    }
    judged
}

fn self_signed(found: &str) -> Finding {
    let advice = "browsers don't know it: give [tls] files or an authority before families come";
    Finding::choice(SUBJECT, found, advice)
}

fn judge(end: Time, now: Time) -> Finding {
    const ADVICE: &str = "renew it and restart the server";
    if end <= now {
        return Finding::refuse(SUBJECT, "its end has passed", ADVICE);
    }
    let days = end.ms_since(now) / 86_400_000;
    let found = format!("good for {days} more days");
    if end < now.plus_days(DAYS_LOW) {
        return Finding::warn(SUBJECT, found, ADVICE);
    }
    Finding::ok(SUBJECT, found)
}

/// When the first certificate of the chain ends; that is the server's own.
fn end(pem: &[u8]) -> Option<Time> {
    let (_, first) = parse_x509_pem(pem).ok()?;
    let end = first.parse_x509().ok()?.validity().not_after.timestamp();
    Some(Time(end.saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn the_end_of_a_real_certificate_is_found_and_judged() {
        let mut params = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let end = end(pem.as_bytes()).unwrap();
        assert_eq!(end, Time(1_893_456_000_000));
        assert_eq!(judge(end, end).verdict, Verdict::Refuse);
        assert_eq!(judge(end, end.minus_days(20)).verdict, Verdict::Warn);
        assert_eq!(judge(end, end.minus_days(22)).verdict, Verdict::Ok);
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        assert_eq!(end(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), None);
    }
}
