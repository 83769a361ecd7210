//! Kannel, the SMS gateway that text messages go through in tests, and the telephones behind it: its own
//! stand-in for a network, which prints what it is sent.

use std::path::{Path, PathBuf};

/// The programs, from Debian's packages `kannel` and `kannel-extras`.
const BEARERBOX: &str = "/usr/sbin/bearerbox";
const SMSBOX: &str = "/usr/sbin/smsbox";
const PHONES: &str = "/usr/lib/kannel/test/fakesmsc";
/// What Debian would start when the package is installed: a WAP gateway that nobody asked for.
const SERVICE: &str = "/etc/systemd/system/kannel.service";

/// Numbers that begin so are refused.
pub const REFUSED: &str = "+999";

/// Its programs: the core, the one that takes messages, and the network.
pub fn programs() -> Option<[PathBuf; 3]> {
    let found = [BEARERBOX, SMSBOX, PHONES].map(PathBuf::from);
    found.iter().all(|program| program.is_file()).then_some(found)
}

/// Keeps the package from starting anything on this machine.
pub fn hold_still() {
    let (service, none) = (Path::new(SERVICE), Path::new("/dev/null"));
    if Path::new("/run/systemd/system").is_dir() && !service.exists() {
        // If it can't be, the machine has a service more; the tests don't meet it.
        let _ = std::os::unix::fs::symlink(none, service);
    }
}

/// Where it listens: the administrator's port, the one between its parts, the network's, and the one
/// that takes messages.
pub struct Ports {
    pub admin: u16,
    pub inner: u16,
    pub network: u16,
    pub messages: u16,
}

/// Its configuration.
pub fn configuration(folder: &Path, ports: &Ports, user: &str, password: &str) -> String {
    let Ports { admin, inner, network, messages } = ports;
    let (folder, digits) = (folder.display(), REFUSED.trim_start_matches('+'));
    format!(
        "group = core\n\
         admin-port = {admin}\n\
         admin-interface = 127.0.0.1\n\
         admin-password = \"{password}\"\n\
         smsbox-port = {inner}\n\
         smsbox-interface = 127.0.0.1\n\
         box-allow-ip = \"127.0.0.1\"\n\
         box-deny-ip = \"*.*.*.*\"\n\
         store-type = file\n\
         store-location = \"{folder}/store\"\n\
         \n\
         group = smsc\n\
         smsc = fake\n\
         smsc-id = phones\n\
         port = {network}\n\
         connect-allow-ip = \"127.0.0.1\"\n\
         \n\
         group = smsbox\n\
         bearerbox-host = 127.0.0.1\n\
         bearerbox-port = {inner}\n\
         sendsms-port = {messages}\n\
         sendsms-interface = 127.0.0.1\n\
         \n\
         group = sendsms-user\n\
         username = \"{user}\"\n\
         password = \"{password}\"\n\
         user-deny-ip = \"*.*.*.*\"\n\
         user-allow-ip = \"127.0.0.1\"\n\
         black-list-regex = \"^[+]{digits}\"\n\
         max-messages = 1\n\
         concatenation = false\n"
    )
}
