//! The edge's decisions as pure functions of a request's path and headers.

use http::HeaderMap;
use http::header::{HOST, ORIGIN, REFERER};
use protocol::Revision;
use protocol::wire::{HEALTH, HEARTBEAT, ORGANISATION_HEADER, REGISTER, open_at_the_edge};

/// Origins that the platform allows by default (`CORS_ORIGINS`).
pub(super) const ALLOWED_ORIGINS: [&str; 2] = ["http://localhost:3000", "http://localhost:3001"];

/// What the cross-origin rule decides about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CrossOrigin {
    /// No `Origin`, or one's own.
    Untouched,
    /// From the allow-list.
    Allowed,
    /// Anything else.
    Foreign,
}

/// The cross-origin rule (WAF-035); an `Origin` is compared byte by byte.
pub(super) fn cross_origin(headers: &HeaderMap) -> CrossOrigin {
    let Some(origin) = headers.get(ORIGIN) else {
        return CrossOrigin::Untouched;
    };
    if origin_is_host(headers) {
        CrossOrigin::Untouched
    } else if ALLOWED_ORIGINS
        .iter()
        .any(|allowed| origin.as_bytes() == allowed.as_bytes())
    {
        CrossOrigin::Allowed
    } else {
        CrossOrigin::Foreign
    }
}

/// Whether the firewall lets a request through to the platform.
pub(super) fn firewall_passes(path: &str, headers: &HeaderMap) -> bool {
    matches!(path, REGISTER | HEARTBEAT | HEALTH) || origin_is_host(headers)
}

/// What the tenant guard accepts as proof, besides the path itself (WAF-030 to WAF-032).
pub(super) struct Tenant<'a> {
    pub(super) organisation: &'a str,
    pub(super) trusts_same_origin: bool,
    pub(super) revision: Revision,
}

/// Whether the tenant guard lets a request through.
pub(super) fn tenant_guard_passes(tenant: &Tenant<'_>, path: &str, headers: &HeaderMap) -> bool {
    let names_organisation = headers
        .get(ORGANISATION_HEADER)
        .is_some_and(|value| value.as_bytes() == tenant.organisation.as_bytes());
    let replayed = headers
        .get("fly-replay-src")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value.split(';').any(|segment| {
                segment
                    .trim()
                    .strip_prefix("state=")
                    .is_some_and(|state| state == tenant.organisation)
            })
        });
    open_at_the_edge(path, tenant.revision)
        || names_organisation
        || replayed
        || (tenant.trusts_same_origin && same_origin(headers))
}

/// `isSameOriginCanvas`: the `Referer` lies below the host or the `Origin` is the host.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        return false;
    };
    let below = headers.get(REFERER).is_some_and(|referer| {
        let referer = referer.as_bytes();
        let rest = referer
            .strip_prefix(b"https://")
            .or_else(|| referer.strip_prefix(b"http://"));
        rest.and_then(|rest| rest.strip_prefix(host.as_bytes()))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    });
    !host.is_empty() && (below || origin_is_host(headers))
}

/// Whether `Origin` is `http://<Host>` or `https://<Host>`, byte by byte.
fn origin_is_host(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (headers.get(ORIGIN), headers.get(HOST)) else {
        return false;
    };
    let origin = origin.as_bytes();
    let named = origin
        .strip_prefix(b"https://")
        .or_else(|| origin.strip_prefix(b"http://"));
    named.is_some_and(|named| !named.is_empty() && named == host.as_bytes())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn tenant(trusts_same_origin: bool) -> Tenant<'static> {
        Tenant {
            organisation: "org-1",
            trusts_same_origin,
            revision: Revision::R1,
        }
    }

    #[test]
    fn the_guard_opens_for_the_organisation_a_replay_or_a_same_origin_proof() {
        let path = "/workspaces/w/activity";
        let host = ("host", "t.example");
        for proof in [
            ("x-molecule-org-id", "org-1"),
            ("fly-replay-src", "instance=a; region=b;state=org-1"),
            ("origin", "https://t.example"),
            ("referer", "http://t.example/page"),
            ("referer", "https://t.example"),
        ] {
            assert!(
                tenant_guard_passes(&tenant(true), path, &headers(&[host, proof])),
                "{proof:?}"
            );
        }
        for proof in [
            ("x-molecule-org-id", "org-2"),
            ("fly-replay-src", "state=org-12"),
            ("origin", "https://t.example/"),
            ("referer", "https://t.example.evil/page"),
            ("origin", "https://T.example"),
        ] {
            assert!(
                !tenant_guard_passes(&tenant(true), path, &headers(&[host, proof])),
                "{proof:?}"
            );
        }
    }

    #[test]
    fn a_same_origin_proof_is_inert_without_a_web_app() {
        let proof = headers(&[("host", "t"), ("origin", "http://t")]);
        assert!(tenant_guard_passes(&tenant(true), "/workspaces/w", &proof));
        assert!(!tenant_guard_passes(
            &tenant(false),
            "/workspaces/w",
            &proof
        ));
    }

    proptest! {
        #[test]
        fn an_origin_is_its_own_only_byte_by_byte(
            host in "[a-z0-9.]{1,12}(:[0-9]{2,5})?", scheme in "https?", odd in "[/:A-Z]|:443|/api"
        ) {
            let own = headers(&[("host", host.as_str()), ("origin", &format!("{scheme}://{host}"))]);
            prop_assert_eq!(cross_origin(&own), CrossOrigin::Untouched);
            prop_assert!(same_origin(&own) && firewall_passes("/workspaces/w", &own));
            let other = headers(&[("host", host.as_str()), ("origin", &format!("{scheme}://{host}{odd}"))]);
            prop_assert_eq!(cross_origin(&other), CrossOrigin::Foreign);
            prop_assert!(!same_origin(&other) && !firewall_passes("/workspaces/w", &other));
        }

        #[test]
        fn no_origin_at_all_never_opens_anything(host in "[a-z]{1,9}", path in "(/[a-z0-9-]{1,9}){2,4}") {
            let bare = headers(&[("host", host.as_str())]);
            prop_assume!(!path.starts_with("/cp/") && path != REGISTER && path != HEARTBEAT);
            prop_assert_eq!(cross_origin(&bare), CrossOrigin::Untouched);
            prop_assert!(!firewall_passes(&path, &bare));
            prop_assert!(!tenant_guard_passes(&tenant(true), &path, &bare));
        }

        #[test]
        fn random_headers_do_not_upset_the_rules(
            origin in "[ -~]{0,30}", host in "[ -~]{0,20}", referer in "[ -~]{0,30}"
        ) {
            let all = headers(&[
                ("origin", origin.as_str()), ("host", host.as_str()), ("referer", referer.as_str()),
            ]);
            if cross_origin(&all) == CrossOrigin::Untouched {
                let own = [format!("http://{host}"), format!("https://{host}")];
                prop_assert!(own.contains(&origin));
            }
        }
    }
}
