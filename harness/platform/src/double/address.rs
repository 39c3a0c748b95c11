//! Which URLs a runtime may register (`validateAgentURL`, contract 4.2, REG-031 to REG-033).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use protocol::{Addresses, Deployment};
use url::{Host, Url};

/// A name server that is silent for this long does not know the name.
const LOOKUP: Duration = Duration::from_secs(5);

/// Why a URL is refused, in the text of r2; earlier revisions hide the reason.
pub(super) async fn validate(
    text: &str,
    rule: Addresses,
    deployment: Deployment,
) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("invalid url: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "url scheme must be http or https, got {:?}",
            url.scheme()
        ));
    }
    let blocked = |address: IpAddr| forbidden(address.to_canonical(), rule, deployment);
    match url.host() {
        None => Err("url has no host".into()),
        Some(Host::Ipv4(address)) => refuse(blocked(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => refuse(blocked(IpAddr::V6(address))),
        Some(Host::Domain("localhost")) => Ok(()),
        Some(Host::Domain(name)) => {
            let lookup = tokio::net::lookup_host((name, url.port_or_known_default().unwrap_or(80)));
            let found = tokio::time::timeout(LOOKUP, lookup)
                .await
                .map_err(|_| format!("hostname {name:?} cannot be resolved (DNS error): timeout"))?
                .map_err(|error| {
                    format!("hostname {name:?} cannot be resolved (DNS error): {error}")
                })?;
            match found.into_iter().find_map(|address| blocked(address.ip())) {
                Some(reason) => Err(format!(
                    "hostname {name:?} resolves to forbidden address: {reason}"
                )),
                None => Ok(()),
            }
        }
    }
}

fn refuse(reason: Option<&str>) -> Result<(), String> {
    reason.map_or(Ok(()), |reason| {
        Err(format!("url targets a blocked address: {reason}"))
    })
}

fn forbidden(address: IpAddr, rule: Addresses, deployment: Deployment) -> Option<&'static str> {
    let private_passes = deployment == Deployment::Saas;
    if address.is_loopback() {
        return (rule == Addresses::Strict).then_some("loopback address");
    }
    match address {
        IpAddr::V4(address) => forbidden_v4(address, private_passes),
        IpAddr::V6(address) => forbidden_v6(address, private_passes),
    }
}

fn forbidden_v4(address: Ipv4Addr, private_passes: bool) -> Option<&'static str> {
    let [first, second, third, _] = address.octets();
    match (first, second, third) {
        (169, 254, _) => Some("link-local address"),
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Some("TEST-NET address"),
        (100, 64..=127, _) => Some("carrier-grade NAT address"),
        (224..=239, _, _) => Some("multicast address"),
        _ if address.is_private() && !private_passes => Some("private address"),
        _ => None,
    }
}

fn forbidden_v6(address: Ipv6Addr, private_passes: bool) -> Option<&'static str> {
    let first = address.segments()[0];
    if first & 0xffc0 == 0xfe80 {
        Some("link-local address")
    } else if first >> 8 == 0xfc {
        Some("unique-local address")
    } else if first == 0x2001 && address.segments()[1] == 0x0db8 {
        Some("documentation address")
    } else if first >> 8 == 0xfd && !private_passes {
        Some("private address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn accepts(url: &str, rule: Addresses, deployment: Deployment) -> bool {
        validate(url, rule, deployment).await.is_ok()
    }

    #[tokio::test]
    async fn reg_031_some_addresses_are_never_registered() {
        for url in [
            "ftp://localhost/",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest",
            "http://192.0.2.1/",
            "http://198.51.100.9/",
            "http://203.0.113.5/",
            "http://100.64.0.1/",
            "http://224.0.0.1/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[2001:db8::1]/",
            "not a url",
        ] {
            assert!(
                !accepts(url, Addresses::Strict, Deployment::Saas).await,
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn reg_032_private_addresses_pass_for_a_hosted_tenant_only() {
        for url in [
            "http://10.1.2.3/",
            "http://172.16.0.9/",
            "http://192.168.1.1/",
            "http://[fd00::1]/",
        ] {
            assert!(
                !accepts(url, Addresses::Strict, Deployment::Docker).await,
                "{url}"
            );
            assert!(
                accepts(url, Addresses::Strict, Deployment::Saas).await,
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn reg_033_the_name_localhost_passes_without_lookup() {
        assert!(
            accepts(
                "http://localhost:8000",
                Addresses::Strict,
                Deployment::Docker
            )
            .await
        );
    }

    #[tokio::test]
    async fn loopback_addresses_pass_where_the_world_says_so() {
        for url in ["http://127.0.0.1:1", "http://127.9.9.9:1", "http://[::1]:1"] {
            assert!(
                accepts(url, Addresses::LoopbackAllowed, Deployment::Docker).await,
                "{url}"
            );
        }
        let refused = validate("http://127.0.0.1", Addresses::Strict, Deployment::Docker).await;
        assert_eq!(
            refused,
            Err("url targets a blocked address: loopback address".into())
        );
    }
}
