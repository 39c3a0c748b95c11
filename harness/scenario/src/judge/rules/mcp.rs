//! What a subject that speaks the Model Context Protocol writes to its standard output (MCP-006).

use protocol::journal::{Answerer, LogStream, Party};
use protocol::wire;

use super::super::record::{Exchange, Record};
use super::rule::{Rule, Sighting};
use crate::plan::shown::cut;

/// Rules about the channel of the Model Context Protocol.
pub(super) const RULES: &[Rule] = &[Rule {
    name: "only-messages-on-standard-output",
    requirements: &["MCP-006"],
    summary: "nothing but messages of the protocol is written to standard output",
    see: |_, record| standard_output(record),
}];

/// Messages are exchanges, so a line that the journal shows as printed is not one. Without the protocol, standard output is a log.
fn standard_output(record: Record<'_>) -> Sighting {
    let mut sighting = Sighting::default();
    let mut is_channel = false;
    for exchange in record
        .exchanges()
        .filter(|exchange| exchange.request.method == wire::MCP_METHOD)
    {
        is_channel = true;
        if let Some(seq) = written_by_subject(&exchange) {
            sighting.judge(seq, None);
        }
    }
    if is_channel {
        for (seq, printed) in record
            .log()
            .filter(|(_, printed)| printed.stream == LogStream::Out)
        {
            sighting.judge(seq, Some(format!("`{}` is no message", cut(&printed.line))));
        }
    }
    sighting
}

/// The half of an exchange that the subject wrote, if it did.
fn written_by_subject(exchange: &Exchange<'_>) -> Option<u64> {
    if exchange.request.from == Party::Subject {
        return Some(exchange.seq);
    }
    exchange
        .answer
        .filter(|(_, answer)| answer.by == Answerer::Subject)
        .map(|(seq, _)| seq)
}
