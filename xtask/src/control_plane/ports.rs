//! Free ports on loopback.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

/// The ports of a control plane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) etcd_peer: u16,
    pub(super) apiserver: u16,
    pub(super) controller_manager: u16,
}

impl Ports {
    pub(super) fn reserve() -> io::Result<Self> {
        let [etcd, etcd_peer, apiserver, controller_manager] = reserve()?;
        Ok(Self {
            etcd,
            etcd_peer,
            apiserver,
            controller_manager,
        })
    }
}

/// Finds `N` different free ports on 127.0.0.1.
///
/// # Caveats
/// They are released before anyone listens on them: whoever is told one must be ready to lose it.
pub fn reserve<const N: usize>() -> io::Result<[u16; N]> {
    let mut ports = [0; N];
    // All are held until all are known, or one could come twice.
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The error text of a server that lost its port to another.
pub(super) fn is_lost(error: &anyhow::Error) -> bool {
    format!("{error:#}").contains("address already in use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_are_free() {
        let ports: [u16; 8] = reserve().unwrap();
        for (i, port) in ports.iter().enumerate() {
            assert!(!ports[i + 1..].contains(port));
            TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap();
        }
    }
}
