//! Online but deaf: register and heartbeat get through, and everything else is eaten on its way.

use std::io::{self, Write};

use protocol::journal::{AnswerFact, Event, Fact, Party, RequestFact, header};
use protocol::wire;

use super::Reporter;
use super::output_scanner::OutputScanner;
use crate::runner::RunEvent;

/// Says so when a run shows it.
pub struct Deafness<W: Write> {
    out: W,
    scanner: OutputScanner,
    seen: Seen,
}

/// What got through, and what did not.
#[derive(Debug, Default)]
struct Seen {
    is_online: bool,
    others_answered: usize,
    /// What came instead of data, and for which request; the first of them.
    eaten: Option<(String, String)>,
    eaten_count: usize,
}

impl<W: Write> Deafness<W> {
    /// Tells what it finds at the end of the run.
    pub fn new(out: W, scanner: OutputScanner) -> Self {
        Self {
            out,
            scanner,
            seen: Seen::default(),
        }
    }
}

impl Seen {
    fn look(&mut self, journal: &[Event]) {
        let answers = journal.iter().filter_map(|event| match &event.fact {
            Fact::Answer(answer) if answer.fault.is_none() => Some(answer),
            _ => None,
        });
        let (mut registered, mut beating) = (false, false);
        for answer in answers {
            let request = journal.iter().find_map(|event| match &event.fact {
                Fact::Request(request) if request.exchange == answer.exchange => Some(request),
                _ => None,
            });
            let Some(request) = request.filter(|request| request.to == Party::Platform) else {
                continue;
            };
            let is_success = answer
                .status
                .is_some_and(|status| (200..300).contains(&status));
            match request.path.as_str() {
                wire::REGISTER => registered |= is_success,
                wire::HEARTBEAT => beating |= is_success,
                _ if is_success => self.others_answered += 1,
                _ => self.note(request, answer),
            }
        }
        self.is_online |= registered && beating;
    }

    fn note(&mut self, request: &RequestFact, answer: &AnswerFact) {
        let Some(shape) = shape(answer) else { return };
        self.eaten_count += 1;
        self.eaten
            .get_or_insert_with(|| (format!("{} {}", request.method, request.path), shape));
    }

    fn sentence(&self) -> Option<String> {
        let (request, shape) = self
            .eaten
            .as_ref()
            .filter(|_| self.is_online && self.others_answered == 0)?;
        Some(format!(
            "online but deaf: register and heartbeat are answered, and {} of {} other requests were not, first `{request}` with \
             {shape}; look at the routes and the rules about `Origin` of what stands before the platform",
            self.eaten_count, self.eaten_count
        ))
    }
}

/// What an answer without data looks like; none for an answer of the platform itself.
fn shape(answer: &AnswerFact) -> Option<String> {
    let status = answer.status?;
    let text = answer.body.as_text().unwrap_or_default().trim();
    let is_page = header(&answer.headers, "content-type").is_some_and(|kind| kind.contains("html"))
        || text.starts_with('<');
    if text.is_empty() && status == 404 {
        Some("an empty 404, the shape of an edge".into())
    } else if is_page {
        Some(format!(
            "a {status} with a web page, the shape of the web app"
        ))
    } else {
        None
    }
}

impl<W: Write> Reporter for Deafness<W> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::ScenarioFinished(report) => self.seen.look(&report.journal),
            RunEvent::Probed(Err(failure)) => self.seen.look(&failure.journal),
            RunEvent::Finished(_) => {
                if let Some(sentence) = self.seen.sentence() {
                    writeln!(
                        self.out,
                        "{}",
                        self.scanner.clean("the terminal", &sentence)
                    )?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use protocol::journal::{Answerer, Body, Outcome};

    use super::*;

    fn exchange(number: u64, path: &str, status: u16, body: &str) -> [Event; 2] {
        let request = Fact::Request(RequestFact {
            exchange: number,
            from: Party::Subject,
            to: Party::Platform,
            peer: None,
            method: "POST".into(),
            path: path.into(),
            query: String::new(),
            headers: Vec::new(),
            body: Body::empty(),
        });
        let answer = Fact::Answer(AnswerFact {
            exchange: number,
            by: Answerer::Platform,
            status: Some(status),
            headers: Vec::new(),
            body: Body::text(body),
            outcome: Outcome::Complete,
            fault: None,
        });
        [request, answer].map(|fact| Event {
            seq: 0,
            at_us: 0,
            fact,
        })
    }

    fn sentence(others: &[(u16, &str)]) -> Option<String> {
        let mut journal = Vec::new();
        journal.extend(exchange(1, wire::REGISTER, 200, "{}"));
        journal.extend(exchange(2, wire::HEARTBEAT, 200, "{}"));
        for (number, (status, body)) in (3..).zip(others) {
            journal.extend(exchange(number, "/workspaces/w/activity", *status, body));
        }
        let mut seen = Seen::default();
        seen.look(&journal);
        seen.sentence()
    }

    #[test]
    fn the_shape_of_what_eats_the_rest_is_named() {
        assert!(sentence(&[(404, "")]).unwrap().contains("an edge"));
        assert!(
            sentence(&[(404, "<!DOCTYPE html>")])
                .unwrap()
                .contains("web app")
        );
        assert_eq!(sentence(&[]), None);
        assert_eq!(sentence(&[(404, ""), (200, "[]")]), None);
        assert_eq!(
            sentence(&[(401, r#"{"error":"missing workspace auth token"}"#)]),
            None
        );
    }
}
