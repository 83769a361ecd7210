//! What people type and scan, and the messages of a sign-in.

use std::sync::LazyLock;

use treehouse_protocol::invite::InviteLink;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{
    ClientLogin, ClientRegistration, Ksf, LOGIN_REQUEST_BYTES, RECORD_BYTES, ServerLogin,
    ServerSetup,
};
use treehouse_protocol::pairing::{PairingQr, UserCode};
use treehouse_protocol::secret::Secret;

use crate::input::Input;
use crate::specimens::rng;

/// Codes and links: what is read is printed, and read again as the same.
pub fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(code) = KitCode::parse(text) {
        assert_eq!(KitCode::parse(&code.text()), Ok(code.clone()));
        assert_eq!(KitCode::parse(&code.qr_text()), Ok(code));
    }
    if let Ok(code) = UserCode::parse(text) {
        assert_eq!(UserCode::parse(&code.text()), Ok(code));
    }
    if let Ok(qr) = PairingQr::parse(text) {
        assert_eq!(PairingQr::parse(&qr.text()), Ok(qr));
    }
    if let Ok(link) = InviteLink::parse(text) {
        assert_eq!(*link.text(), text, "a link has one text");
    }
}

const DEPLOYMENT: &[u8] = b"a deployment";
static SERVER: LazyLock<ServerSetup> = LazyLock::new(|| ServerSetup::generate(&mut rng()));

/// The messages of OPAQUE, by the first byte. None of them lets anybody in.
pub fn opaque(input: &[u8]) {
    let mut input = Input::new(input);
    let (which, credential) = (input.byte(), [7; 32]);
    let bytes = input.rest();
    let ksf = Ksf::cheap_for_load_tests();
    match which % 8 {
        0 => drop(SERVER.register(bytes, &credential)),
        1 => {
            if let Ok(record) = ServerSetup::admit_record(bytes) {
                assert_eq!(record, bytes);
            }
        }
        2 => {
            let login = SERVER.login(None, bytes, &credential, DEPLOYMENT, &mut rng());
            if let Ok((login, _)) = login {
                assert!(login.finish(&[0; 64], DEPLOYMENT).is_err());
            }
        }
        3 => {
            let (record, request) = bytes.split_at(bytes.len().min(RECORD_BYTES));
            let request = if request.is_empty() {
                &honest_request()[..]
            } else {
                request
            };
            let record = Some(record);
            drop(SERVER.login(record, request, &credential, DEPLOYMENT, &mut rng()));
        }
        4 => {
            if let Ok(setup) = Secret::try_of(bytes).map_or(Err(()), |secret| {
                ServerSetup::from_secret(&secret).map_err(drop)
            }) {
                let again = ServerSetup::from_secret(&setup.to_secret());
                assert_eq!(
                    again.map(|again| again.public_key()),
                    Ok(setup.public_key())
                );
            }
        }
        5 => {
            let waiting = Secret::try_of(bytes);
            let login = waiting.and_then(|secret| ServerLogin::from_secret(&secret).ok());
            if let Some(login) = login {
                assert_eq!(login.to_secret().expose().as_slice(), bytes);
                drop(login.finish(&[0; 64], DEPLOYMENT));
            }
        }
        6 => {
            let started = ClientRegistration::start(b"password", &mut rng());
            let (registration, _) = started.expect("a password");
            drop(registration.finish(bytes, DEPLOYMENT, &ksf, &mut rng()));
        }
        _ => {
            let (login, _) = ClientLogin::start(b"password", &mut rng()).expect("a password");
            let finished = login.finish(bytes, DEPLOYMENT, &ksf, &mut rng());
            assert!(finished.is_err(), "nobody registered");
        }
    }
}

fn honest_request() -> [u8; LOGIN_REQUEST_BYTES] {
    let (_, message) = ClientLogin::start(b"password", &mut rng()).expect("a password");
    message.try_into().expect("it has this length")
}

/// A secret of just as many bytes as there are.
trait TryOf: Sized {
    fn try_of(bytes: &[u8]) -> Option<Self>;
}

impl<const N: usize> TryOf for Secret<N> {
    fn try_of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}
