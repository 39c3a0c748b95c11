//! An exchange whose answer is not recorded yet; it cannot be forgotten.

use protocol::journal::{AnswerFact, Answerer, Body, Fact, Header, Outcome};

use crate::recorder::Recorder;

/// The number of an exchange, for the party that answers it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExchangeNumber(pub(crate) u64);

/// Makes sure that every request gets exactly one answer fact: what is dropped unanswered is recorded as such.
pub(crate) struct Pending {
    recorder: Recorder,
    exchange: u64,
    fault: Option<String>,
    outcome_when_dropped: Outcome,
    answered: bool,
}

impl Pending {
    /// The exchange is open from here.
    pub(crate) fn new(recorder: &Recorder, exchange: u64) -> Self {
        Self {
            recorder: recorder.clone(),
            exchange,
            fault: None,
            outcome_when_dropped: Outcome::Broken,
            answered: false,
        }
    }

    /// Names the fault that shapes the answer.
    pub(crate) fn blame(&mut self, fault: &str) {
        self.fault = Some(fault.to_owned());
    }

    /// What to record if no answer comes.
    pub(crate) fn expect(&mut self, outcome: Outcome) {
        self.outcome_when_dropped = outcome;
    }

    /// Records an answer with a status.
    pub(crate) fn answered(
        mut self,
        by: Answerer,
        outcome: Outcome,
        status: u16,
        message: (Vec<Header>, Body),
    ) {
        let (headers, body) = message;
        self.record(by, outcome, Some(status), headers, body);
    }

    /// Records the end of an exchange that had no answer.
    pub(crate) fn ended(mut self, by: Answerer, outcome: Outcome) {
        self.record(by, outcome, None, Vec::new(), Body::empty());
    }

    fn record(
        &mut self,
        by: Answerer,
        outcome: Outcome,
        status: Option<u16>,
        headers: Vec<Header>,
        body: Body,
    ) {
        self.answered = true;
        let fault = self.fault.take();
        let exchange = self.exchange;
        self.recorder.record(Fact::Answer(AnswerFact {
            exchange,
            by,
            status,
            headers,
            body,
            outcome,
            fault,
        }));
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.answered {
            let outcome = self.outcome_when_dropped;
            self.record(Answerer::Nobody, outcome, None, Vec::new(), Body::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::Redactor;

    use super::*;

    #[test]
    fn an_exchange_that_is_dropped_is_recorded_as_unanswered() {
        let recorder = Recorder::start(Redactor::new());
        let mut pending = Pending::new(&recorder, 4);
        pending.blame("lost");
        drop(pending);
        Pending::new(&recorder, 5).ended(Answerer::Fault, Outcome::Reset);
        let ends: Vec<_> = recorder
            .events()
            .into_iter()
            .map(|event| match event.fact {
                Fact::Answer(answer) => (answer.exchange, answer.by, answer.outcome, answer.fault),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            ends,
            [
                (4, Answerer::Nobody, Outcome::Broken, Some("lost".into())),
                (5, Answerer::Fault, Outcome::Reset, None)
            ]
        );
    }
}
