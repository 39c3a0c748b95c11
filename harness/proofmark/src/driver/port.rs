//! Ports for subjects, chosen so that no other process takes them between the choice and the subject's bind.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below every usual range of ephemeral ports, so that no outgoing connection can take a leased one.
const FIRST: u16 = 12_000;
const LAST: u16 = 31_999;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port that no other stage on this machine gets while the lease lives.
#[derive(Debug)]
pub(crate) struct PortLease {
    port: u16,
    #[cfg(target_os = "linux")]
    _claim: std::os::unix::net::UnixDatagram,
}

impl PortLease {
    /// Leases a port on which nothing listens.
    pub(crate) fn take() -> std::io::Result<Self> {
        let span = LAST - FIRST;
        if NEXT.load(Ordering::Relaxed) == 0 {
            // Different runs start at different places; any number does.
            let seed = u16::try_from(std::process::id() % u32::from(span))
                .unwrap_or(1)
                .wrapping_mul(37)
                % span;
            let _ = NEXT.compare_exchange(0, seed.max(1), Ordering::Relaxed, Ordering::Relaxed);
        }
        for _ in 0..span {
            let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % span;
            if let Some(lease) = Self::claim(port)
                && TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
            {
                return Ok(lease);
            }
        }
        Err(std::io::Error::new(
            std::io::ErrorKind::AddrInUse,
            "no free port for a subject",
        ))
    }

    /// The port number.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An abstract socket name is a lock that the kernel releases with the process.
    #[cfg(target_os = "linux")]
    fn claim(port: u16) -> Option<Self> {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("proofmark-port-{port}");
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
        let claim = std::os::unix::net::UnixDatagram::bind_addr(&address).ok()?;
        Some(Self {
            port,
            _claim: claim,
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn claim(port: u16) -> Option<Self> {
        Some(Self { port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_do_not_overlap_and_can_be_bound() {
        let leases: Vec<_> = (0..50).map(|_| PortLease::take().unwrap()).collect();
        let mut ports: Vec<_> = leases.iter().map(PortLease::port).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
        assert!(TcpListener::bind((Ipv4Addr::UNSPECIFIED, ports[0])).is_ok());
    }
}
