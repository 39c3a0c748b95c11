//! The platform's address: what is called, and what is said in `Origin` (WAF-002, WAF-003, WAF-005).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::SettingsError;

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Holds `PLATFORM_URL`, or the default address where there is none.
#[derive(Clone, Debug)]
pub(crate) struct PlatformAddress {
    /// What paths are appended to: no slash at its end.
    base: String,
    /// The value of `Origin`; none unless `PLATFORM_URL` says one.
    origin: Option<String>,
}

impl PlatformAddress {
    /// Takes `PLATFORM_URL` as configured; the default depends on where the agent runs (ENV-003).
    pub(super) fn new(configured: Option<&str>, in_container: bool) -> Result<Self, SettingsError> {
        let configured = configured.map(str::trim).filter(|text| !text.is_empty());
        let default = if in_container {
            "http://host.docker.internal:8080"
        } else {
            "http://localhost:8080"
        };
        let url = Url::parse(configured.unwrap_or(default))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or(SettingsError::PlatformAddressInvalid)?;
        let path: String = url
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|segment| !segment.is_empty())
            .flat_map(|segment| ["/", segment])
            .collect();
        let origin = url.origin().ascii_serialization();
        Ok(Self {
            base: format!("{origin}{path}"),
            origin: configured.map(|_| origin),
        })
    }

    /// Gives the address of a path that begins with one slash (ENV-013).
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Gives the value of `Origin`.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

/// Makes an id safe as one segment of a path.
pub(crate) fn path_segment(id: &str) -> String {
    utf8_percent_encode(id, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(configured: &str) -> PlatformAddress {
        PlatformAddress::new(Some(configured), false).unwrap()
    }

    #[test]
    fn origin_is_scheme_host_and_port_only() {
        for (configured, origin) in [
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://localhost:8080/", "http://localhost:8080"),
            (
                " https://Acme.Example.COM:443/base/ ",
                "https://acme.example.com",
            ),
            ("HTTP://acme.example.com:80//x//", "http://acme.example.com"),
            (
                "http://user:word@acme.example.com:81/?q#f",
                "http://acme.example.com:81",
            ),
        ] {
            assert_eq!(address(configured).origin(), Some(origin), "{configured}");
        }
    }

    #[test]
    fn without_platform_url_there_is_a_default_address_but_no_origin() {
        for (configured, in_container, called) in [
            (None, false, "http://localhost:8080/x"),
            (Some("  "), true, "http://host.docker.internal:8080/x"),
        ] {
            let address = PlatformAddress::new(configured, in_container).unwrap();
            assert_eq!(address.join("/x"), called);
            assert_eq!(address.origin(), None);
        }
    }

    #[test]
    fn an_address_that_cannot_be_called_is_an_error() {
        for configured in ["localhost:8080", "ftp://host", "/registry", "http://"] {
            assert!(
                PlatformAddress::new(Some(configured), false).is_err(),
                "{configured}"
            );
        }
    }

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(
            path_segment("11111111-1111-4111-8111-111111111111"),
            "11111111-1111-4111-8111-111111111111"
        );
        assert_eq!(path_segment("a/../b?c"), "a%2F..%2Fb%3Fc");
    }

    proptest! {
        #[test]
        fn no_shape_of_the_address_doubles_a_slash(
            host in "[A-Za-z][A-Za-z0-9]{0,8}", port in 1u16.., slashes in "/{0,3}", path in "([a-z]{1,4}/{0,2}){0,3}",
        ) {
            let configured = format!("http://{host}:{port}{slashes}{}", if slashes.is_empty() { "" } else { &path });
            let address = address(&configured);
            let called = address.join("/registry/register");
            prop_assert!(!called["http://".len()..].contains("//"), "{called}");
            prop_assert!(called.ends_with("/registry/register"));
            let origin = address.origin().unwrap_or_default().to_owned();
            prop_assert!(called.starts_with(&origin));
            let suffix = if port == 80 { String::new() } else { format!(":{port}") };
            prop_assert_eq!(origin, format!("http://{}{suffix}", host.to_ascii_lowercase()));
        }
    }
}
