//! What the subject answers (A2A-017).

use protocol::journal::Answerer;

use super::rule::{Rule, Sighting};

/// Rules about the subject's answers.
pub(super) const RULES: &[Rule] = &[Rule {
    name: "no-redirects",
    requirements: &["A2A-017"],
    summary: "the subject answers nothing with a redirect",
    see: |_, record| {
        let mut sighting = Sighting::default();
        for exchange in record.exchanges() {
            if let Some((seq, answer)) = exchange.answer
                && answer.by == Answerer::Subject
                && let Some(status) = answer.status
            {
                let redirects = matches!(status, 300..=303 | 305..=399);
                sighting.judge(seq, redirects.then(|| exchange.in_words()));
            }
        }
        sighting
    },
}];
