//! The address under which other machines reach this one.

use std::net::UdpSocket;

/// Finds the address of the outward interface, else the loopback address.
pub(crate) fn local_address() -> String {
    // Connecting a datagram socket only picks a route; no packet is sent.
    let outward = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("8.8.8.8:80")?;
        socket.local_addr()
    });
    match outward {
        Ok(address) if !address.ip().is_unspecified() => address.ip().to_string(),
        _ => "127.0.0.1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn the_address_is_a_specific_one() {
        let address: IpAddr = local_address().parse().unwrap();
        assert!(!address.is_unspecified());
    }
}
