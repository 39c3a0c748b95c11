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
            Sighting::of(with_platform_url(record, true), |exchange| match exchange.header("origin") {
                Some(_) => Ok(()),
                None => Err("`headers.origin` was absent".into()),
            })
        },
    },
    Rule {
        name: "origin-absent-without-platform-url",
        requirements: &["WAF-005"],
        summary: "no request carries `Origin` when PLATFORM_URL is unset or blank",
        see: |_, record| {
            Sighting::of(with_platform_url(record, false), |exchange| match exchange.header("origin") {
                Some(origin) => Err(format!("`headers.origin` was `{origin}`")),
                None => Ok(()),
            })
        },
    },
    Rule {
        name: "origin-is-same-origin",
        requirements: &["WAF-002"],
        summary: "`Origin` is the scheme and the request's own `Host`, byte for byte",
        see: |_, record| {
            let both = |exchange: &&Exchange<'_>| {
                exchange.header("origin").is_some() && exchange.header("host").is_some()
            };
            Sighting::of(record.to_platform().filter(both), |exchange| {
                let origin = exchange.header("origin").unwrap_or_default();
                let host = exchange.header("host").unwrap_or_default();
                if is_same_origin(&origin, &host) {
                    Ok(())
                } else {
                    Err(format!("`headers.origin` was `{origin}` at host `{host}`"))
                }
            })
        },
    },
];

/// The requests to the platform of processes that had, or had not, a usable `PLATFORM_URL`.
fn with_platform_url<'a, 'r>(record: &'a Record<'r>, wanted: bool) -> impl Iterator<Item = &'a Exchange<'r>> {
    let by_boot = platform_urls(record);
    let stage = record.stage.map(|stage| stage.platform_url.as_deref().is_some_and(is_usable));
    record.to_platform().filter(move |exchange| {
        by_boot.get(&exchange.boot).copied().or(stage).is_some_and(|has_url| has_url == wanted)
    })
}

/// Whether each process had a usable `PLATFORM_URL`, where its recorded environment tells.
fn platform_urls(record: &Record<'_>) -> BTreeMap<u32, bool> {
    let mut urls = BTreeMap::new();
    for (_, fact) in record.processes() {
        if let ProcessChange::Started { environment, .. } = &fact.change
            && !environment.is_empty()
        {
            let url = environment.iter().rev().find_map(|entry| entry.strip_prefix(PLATFORM_URL));
            urls.insert(fact.boot, url.is_some_and(is_usable));
        }
    }
    urls
}

fn is_usable(url: &str) -> bool {
    !url.trim().is_empty()
}
