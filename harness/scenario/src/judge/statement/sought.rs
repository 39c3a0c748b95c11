//! A request expectation with its variables replaced, against single exchanges.

use std::collections::BTreeMap;

use itertools::Itertools as _;
use protocol::journal::{Answerer, Party};
use protocol::{Edge, PathPattern};

use super::super::answer::{body_differences, resolved_map, status_difference, statuses};
use super::super::condition::text_difference;
use super::super::finding::{Difference, NearestMiss};
use super::super::record::Exchange;
use super::super::value::query_value;
use super::super::variable::{Context, Unresolved};
use super::super::verdict::Blame;
use crate::plan::{Matcher, RequestExpectation};

/// What exchanges are compared with.
pub(super) struct Sought {
    method: Option<String>,
    path: String,
    from: Party,
    to: Party,
    headers: BTreeMap<String, Matcher>,
    query: BTreeMap<String, Matcher>,
    body: BTreeMap<String, Matcher>,
    answered: Vec<u16>,
    answer: BTreeMap<String, Matcher>,
}

impl Sought {
    /// Replaces the variables of a request expectation.
    pub(super) fn resolve(
        request: &RequestExpectation,
        context: &Context<'_>,
    ) -> Result<Self, Unresolved> {
        Ok(Self {
            method: request.line.method.clone(),
            path: context.resolve(&request.line.path)?,
            from: request.from,
            to: request.to,
            headers: resolved_map(&request.headers, context)?,
            query: resolved_map(&request.query, context)?,
            body: resolved_map(&request.body, context)?,
            answered: request.answered.clone(),
            answer: resolved_map(&request.answer, context)?,
        })
    }

    /// Whether the request line and the parties fit.
    pub(super) fn selects(&self, exchange: &Exchange<'_>) -> bool {
        self.is_between(exchange) && self.method_fits(exchange) && self.path_fits(exchange)
    }

    /// Whether the exchange fits in every respect.
    pub(super) fn fits(&self, exchange: &Exchange<'_>) -> bool {
        self.selects(exchange) && self.differences(exchange).is_empty()
    }

    /// Whether nothing but the answer decides, and the answer has not come yet.
    pub(super) fn may_fit(&self, exchange: &Exchange<'_>) -> bool {
        self.asks_for_answer()
            && exchange.answer.is_none()
            && self.selects(exchange)
            && self.differences(exchange).len() == 1
    }

    /// The events of an exchange that were judged.
    pub(super) fn witness(&self, exchange: &Exchange<'_>) -> Vec<u64> {
        let answer = exchange
            .answer
            .filter(|_| self.asks_for_answer())
            .map(|(seq, _)| seq);
        std::iter::once(exchange.seq).chain(answer).collect()
    }

    /// In what an exchange that is selected differs.
    pub(super) fn differences(&self, exchange: &Exchange<'_>) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (name, matcher) in &self.headers {
            let value = exchange.header(name);
            differences.extend(text_difference(
                format!("headers.{name}"),
                matcher,
                value.as_deref(),
            ));
        }
        for (name, matcher) in &self.query {
            let value = query_value(&exchange.request.query, name);
            differences.extend(text_difference(
                format!("query.{name}"),
                matcher,
                value.as_deref(),
            ));
        }
        differences.extend(body_differences("body", &self.body, &exchange.request.body));
        if self.asks_for_answer() {
            let answer = exchange.answer.map(|(_, answer)| answer);
            match (status_difference(&self.answered, answer), answer) {
                (None, Some(answer)) => {
                    differences.extend(body_differences("answer", &self.answer, &answer.body));
                }
                (status, _) => differences.extend(status),
            }
        }
        differences
    }

    /// The exchange of the window that comes closest: one with the same path before one with the same method only.
    pub(super) fn nearest<'a>(
        &self,
        exchanges: impl Iterator<Item = Exchange<'a>>,
    ) -> Option<(Exchange<'a>, NearestMiss)> {
        let candidates = exchanges.filter(|exchange| {
            exchange.request.from == self.from
                && (self.path_fits(exchange) || self.method_fits(exchange))
        });
        let measured = candidates.map(|exchange| (exchange, self.all_differences(&exchange)));
        let (exchange, differences) = measured.min_by_key(|(exchange, differences)| {
            (
                !self.path_fits(exchange),
                differences.len(),
                std::cmp::Reverse(exchange.seq),
            )
        })?;
        Some((
            exchange,
            NearestMiss {
                seq: exchange.seq,
                what: exchange.in_words(),
                differences,
            },
        ))
    }

    /// Who made an exchange differ: what stands behind the answer, where only the answer differs; the sender otherwise.
    pub(super) fn blame(
        &self,
        exchange: &Exchange<'_>,
        differences: &[Difference],
        edge: Edge,
    ) -> Blame {
        let sender = match self.from {
            // What the stage sends is right by construction: the party that did not answer as expected is to blame.
            Party::Harness if self.to == Party::Subject => Blame::Subject,
            Party::Subject => Blame::Subject,
            Party::Platform => Blame::Platform,
            Party::Harness | Party::Peer => Blame::Harness,
        };
        let only_answer = differences
            .iter()
            .all(|difference| difference.field.starts_with("answer"));
        let Some((_, answer)) = exchange.answer.filter(|_| only_answer) else {
            return sender;
        };
        match answer.by {
            Answerer::Edge | Answerer::WebApp
                if edge != Edge::Open && exchange.has_same_origin() =>
            {
                Blame::Edge
            }
            Answerer::Platform
                if answer.fault.is_none() && answer.status.is_some_and(|status| status >= 500) =>
            {
                Blame::Platform
            }
            Answerer::Subject => Blame::Subject,
            _ => sender,
        }
    }

    /// The request line: `POST /registry/register`.
    pub(super) fn line(&self) -> String {
        let parties = match (self.from, self.to) {
            (Party::Subject, Party::Platform) => String::new(),
            (from, to) => format!(" from the {} to the {}", from.name(), to.name()),
        };
        format!(
            "`{} {}`{parties}",
            self.method.as_deref().unwrap_or("*"),
            self.path
        )
    }

    /// The conditions beside the request line: " with `headers.origin` equal to `…`, answered 200".
    pub(super) fn conditions(&self) -> String {
        let mut parts = Vec::new();
        for (prefix, map) in [
            ("headers", &self.headers),
            ("query", &self.query),
            ("body", &self.body),
        ] {
            parts.extend(
                map.iter()
                    .map(|(name, matcher)| named(prefix, name, matcher)),
            );
        }
        let mut text = if parts.is_empty() {
            String::new()
        } else {
            format!(" with {}", parts.join(" and "))
        };
        if !self.answered.is_empty() {
            text.push_str(", answered ");
            text.push_str(&statuses(&self.answered));
        }
        if !self.answer.is_empty() {
            let parts = self
                .answer
                .iter()
                .map(|(name, matcher)| named("answer", name, matcher))
                .join(" and ");
            text.push_str(", the answer with ");
            text.push_str(&parts);
        }
        text
    }

    fn asks_for_answer(&self) -> bool {
        !self.answered.is_empty() || !self.answer.is_empty()
    }

    fn is_between(&self, exchange: &Exchange<'_>) -> bool {
        exchange.request.from == self.from && exchange.request.to == self.to
    }

    fn method_fits(&self, exchange: &Exchange<'_>) -> bool {
        self.method
            .as_deref()
            .is_none_or(|method| method == exchange.request.method)
    }

    fn path_fits(&self, exchange: &Exchange<'_>) -> bool {
        PathPattern(&self.path).fits(&exchange.request.path)
    }

    fn all_differences(&self, exchange: &Exchange<'_>) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut compare = |field: &str, fits: bool, expected: &str, seen: &str| {
            if !fits {
                differences.push(Difference::new(
                    field,
                    format!("`{expected}`"),
                    format!("`{seen}`"),
                ));
            }
        };
        let request = exchange.request;
        compare(
            "to",
            self.is_between(exchange),
            self.to.name(),
            request.to.name(),
        );
        compare(
            "method",
            self.method_fits(exchange),
            self.method.as_deref().unwrap_or("*"),
            &request.method,
        );
        compare("path", self.path_fits(exchange), &self.path, &request.path);
        differences.extend(self.differences(exchange));
        differences
    }
}

fn named(prefix: &str, name: &str, matcher: &Matcher) -> String {
    if name.is_empty() {
        format!("`{prefix}` {matcher}")
    } else {
        format!("`{prefix}.{name}` {matcher}")
    }
}
