//! What a subject does when it is refused (REG-017, TOK-016).

use std::collections::BTreeMap;

use super::super::record::Record;
use super::rule::{Rule, Sighting};

/// Refused requests that need no explanation.
const FREE: u64 = 8;
/// Further refused requests per heartbeat interval.
const PER_INTERVAL: u64 = 4;
/// The fewest requests that can be too many.
const SHORTEST: usize = 13;

/// Rules about refused requests.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "no-register-storm-on-refusal",
        requirements: &["REG-017"],
        summary: "registers answered 401 stay at a few per heartbeat interval",
        see: |_, record| storms(record, true),
    },
    Rule {
        name: "no-request-storm-on-refusal",
        requirements: &["TOK-016"],
        summary: "requests answered 401, other than registers, stay at a few per heartbeat interval",
        see: |_, record| storms(record, false),
    },
];

/// Judges the refused requests of every process: in no stretch of time may there be more than the free ones and so many for each interval.
fn storms(record: Record<'_>, of_registers: bool) -> Sighting {
    let interval = record.stage.map_or(0, |stage| stage.heartbeat_us).max(1);
    let mut by_boot: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
    for exchange in record.to_platform() {
        if exchange.status() == Some(401) && exchange.is_register() == of_registers {
            by_boot
                .entry(exchange.boot)
                .or_default()
                .push((exchange.seq, exchange.at_us));
        }
    }
    let mut sighting = Sighting::default();
    for refused in by_boot.values() {
        judge_process(refused, interval, &mut sighting);
    }
    sighting
}

/// A request is one too many if some stretch that ends with it holds more than `FREE + PER_INTERVAL * max(1, elapsed / interval)`.
///
/// That is: more than `FREE + PER_INTERVAL` requests, and more than `FREE` beyond those that elapsed time allows. In units of one interval's length every request
/// pays `interval` and time gives `PER_INTERVAL * elapsed` back, so the dearest stretch that is long enough is found in one pass.
fn judge_process(refused: &[(u64, u64)], interval: u64, sighting: &mut Sighting) {
    let price = i128::from(interval);
    let paid_before = |position: u64, at_us: u64| {
        i128::from(position) * price - i128::from(PER_INTERVAL) * i128::from(at_us)
    };
    let paid: Vec<i128> = (0..)
        .zip(refused)
        .map(|(position, (_, at_us))| paid_before(position, *at_us))
        .collect();
    let mut cheapest = i128::MAX;
    for (position, (seq, at_us)) in refused.iter().enumerate() {
        let Some(now) = paid.get(position) else {
            continue;
        };
        let beginning = position
            .checked_sub(SHORTEST - 1)
            .and_then(|position| paid.get(position));
        cheapest = beginning.map_or(cheapest, |beginning| cheapest.min(*beginning));
        let is_storm = cheapest != i128::MAX && now - cheapest + price > i128::from(FREE) * price;
        let wrong = is_storm.then(|| {
            let first = refused.first().map_or(0, |(_, first)| *first);
            let milliseconds = at_us.saturating_sub(first) / 1000;
            format!(
                "request {} in a row answered 401, {milliseconds} ms after the first",
                position + 1
            )
        });
        sighting.judge(*seq, wrong);
    }
}
