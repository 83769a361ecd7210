//! Ports for servers of the tests.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result, ensure};

/// Below those that systems give to connections (32,768 on Linux, 49,152 on macOS): between the moment
/// in which a port is found free and the one in which its server listens, a connection of some test
/// would else get it now and then.
const LOWEST: u16 = 12_000;
/// Where a port has a neighbour 10,000 further on that no connection gets either: a server may listen
/// there besides.
const COUNT: u16 = 10_000;
const TRIES_MAX: u32 = 1_000;

/// Ports on which nobody listens. They are free together, so no two are the same.
///
/// # Errors
/// None of a thousand is free.
pub fn free<const N: usize>() -> Result<[u16; N]> {
    let mut held = Vec::new();
    for _ in 0..TRIES_MAX {
        if held.len() == N {
            break;
        }
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, any())).ok());
    }
    ensure!(held.len() == N, "127.0.0.1 has no free ports from {LOWEST} on");
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr().context("a port has no number")?.port();
    }
    Ok(ports)
}

/// By chance, so that two runs on one machine seldom try the same.
fn any() -> u16 {
    let chance = RandomState::new().hash_one(()) % u64::from(COUNT);
    LOWEST + u16::try_from(chance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_differ_and_can_be_listened_on() {
        let ports = free::<8>().unwrap();
        let held: Vec<TcpListener> = ports
            .iter()
            .map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap())
            .collect();
        assert_eq!(held.len(), 8);
    }

    #[test]
    fn no_connection_gets_one_while_its_server_starts() {
        for _ in 0..100 {
            assert!((LOWEST..LOWEST + COUNT).contains(&any()));
        }
    }
}
