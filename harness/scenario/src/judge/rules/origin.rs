//! The `Origin` header on the way to the platform (WAF).

use std::collections::BTreeMap;

use protocol::journal::ProcessChange;

use super::super::record::{Exchange, Record, is_same_origin};
use super::rule::{Rule, Sighting};

/// The variable that the origin comes from.
const PLATFORM_URL: &str = "PLATFORM_URL=";

/// Rules about `Origin`.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "origin-on-every-platform-request",
        requirements: &["WAF-001"],
        summary: "every request to the platform carries `Origin` when PLATFORM_URL is set",
        see: |_, record| {
            Sighting::of(with_platform_url(record, true), |exchange| {
                exchange.lacks("origin")
            })
        },
    },
    Rule {
        name: "origin-absent-without-platform-url",
        requirements: &["WAF-005"],
        summary: "no request carries `Origin` when PLATFORM_URL is unset or blank",
        see: |_, record| {
            Sighting::of(with_platform_url(record, false), |exchange| {
                exchange
                    .header("origin")
                    .map(|origin| format!("`headers.origin` was `{origin}`"))
            })
        },
    },
    Rule {
        name: "origin-is-same-origin",
        requirements: &["WAF-002"],
        summary: "`Origin` is the scheme and the request's own `Host`, byte for byte",
        see: |_, record| {
            let both = |exchange: &Exchange<'_>| {
                exchange.header("origin").is_some() && exchange.header("host").is_some()
            };
            // A PLATFORM_URL that is no origin by itself makes an Origin that was copied from it differ: WAF-003 judges that.
            let urls = platform_urls(record);
            let canonical = |exchange: &Exchange<'_>| {
                let of_stage = record.stage.and_then(|stage| stage.platform_url.as_deref());
                let url = urls.get(&exchange.boot).copied().unwrap_or(of_stage);
                url.is_none_or(|url| !is_usable(url) || is_canonical(url))
            };
            Sighting::of(
                record.to_platform().filter(both).filter(canonical),
                |exchange| {
                    let origin = exchange.header("origin").unwrap_or_default();
                    let host = exchange.header("host").unwrap_or_default();
                    (!is_same_origin(&origin, &host))
                        .then(|| format!("`headers.origin` was `{origin}` at host `{host}`"))
                },
            )
        },
    },
];

/// The requests to the platform of processes that had, or had not, a usable `PLATFORM_URL`.
fn with_platform_url(record: Record<'_>, wanted: bool) -> impl Iterator<Item = Exchange<'_>> {
    let urls = platform_urls(record);
    let stage = record
        .stage
        .map(|stage| stage.platform_url.as_deref().is_some_and(is_usable));
    record.to_platform().filter(move |exchange| {
        let of_process = urls
            .get(&exchange.boot)
            .map(|url| url.is_some_and(is_usable));
        of_process
            .or(stage)
            .is_some_and(|has_url| has_url == wanted)
    })
}

/// The `PLATFORM_URL` of each process, where its recorded environment tells.
fn platform_urls(record: Record<'_>) -> BTreeMap<u32, Option<&str>> {
    let mut urls = BTreeMap::new();
    for (_, fact) in record.processes() {
        if let ProcessChange::Started { environment, .. } = &fact.change
            && !environment.is_empty()
        {
            let url = environment
                .iter()
                .rev()
                .find_map(|entry| entry.strip_prefix(PLATFORM_URL));
            urls.insert(fact.boot, url);
        }
    }
    urls
}

fn is_usable(url: &str) -> bool {
    !url.trim().is_empty()
}

/// Whether a URL is an origin as it stands: scheme and lower-case host, no default port, nothing behind them.
fn is_canonical(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    !rest.contains(['/', '?', '#', ' '])
        && !rest.ends_with(default_port)
        && *rest == rest.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::is_canonical;

    #[test]
    fn only_an_origin_by_itself_is_canonical() {
        for url in [
            "http://127.0.0.1:4000",
            "https://tenant.example",
            "http://a:8080",
        ] {
            assert!(is_canonical(url), "{url}");
        }
        for url in [
            "http://a/",
            "http://a/api",
            "http://A",
            "https://a:443",
            "http://a:80",
            "a:4000",
            "HTTP://a",
            " ",
        ] {
            assert!(!is_canonical(url), "{url}");
        }
    }
}
