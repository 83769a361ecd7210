//! Password sign-in: the client's side of OPAQUE (section 8).
//!
//! `finish` takes 64 MiB and about a second, so it belongs into a worker.

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, Ksf, LoggedIn, Registered};
use treehouse_protocol::slot::Kek;

use crate::PageRandom;
use crate::shelf::Shelf;
use crate::value::{Answer, bytes};

/// A registration that waits for the server's answer.
pub struct Registration {
    state: ClientRegistration,
    request: Vec<u8>,
}

/// Begins to register a password: UTF-8 in NFC.
pub fn registration(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (state, request) = ClientRegistration::start(args.bytes("password")?, &mut PageRandom)?;
    shelf.keep(Registration { state, request })
}

pub fn registration_request(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Registration>(args)?.request)
}

/// Takes the server's answer, and stretches the password. Uses itself up.
pub fn register(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let registration = shelf.take::<Registration>(args)?.state;
    let (response, deployment) = (args.bytes("response")?, args.text("deployment")?.as_bytes());
    let ksf = Ksf::standard();
    shelf.keep(registration.finish(response, deployment, &ksf, &mut PageRandom)?)
}

/// For the server to keep.
pub fn record(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Registered>(args)?.record)
}

pub fn registered_kek(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let kek = Kek::from_opaque(&shelf.get::<Registered>(args)?.export_key);
    shelf.keep(kek)
}

pub fn registered_server_key(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Registered>(args)?.server_key)
}

/// A log-in that waits for the server's answer.
pub struct Login {
    state: ClientLogin,
    request: Vec<u8>,
}

/// Begins to log in with a password: UTF-8 in NFC.
pub fn login(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (state, request) = ClientLogin::start(args.bytes("password")?, &mut PageRandom)?;
    shelf.keep(Login { state, request })
}

pub fn login_request(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Login>(args)?.request)
}

/// Takes the server's answer, and stretches the password. Uses itself up.
pub fn log_in(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let login = shelf.take::<Login>(args)?.state;
    let (response, deployment) = (args.bytes("response")?, args.text("deployment")?.as_bytes());
    let ksf = Ksf::standard();
    shelf.keep(login.finish(response, deployment, &ksf, &mut PageRandom)?)
}

/// The last message, which proves to the server that the password was right.
pub fn message(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<LoggedIn>(args)?.message)
}

pub fn logged_in_kek(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let kek = Kek::from_opaque(&shelf.get::<LoggedIn>(args)?.export_key);
    shelf.keep(kek)
}

/// Proven.
pub fn logged_in_server_key(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<LoggedIn>(args)?.server_key)
}

/// A key that only this client and the server know.
pub fn session_key(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(shelf.get::<LoggedIn>(args)?.session_key.expose())
}
