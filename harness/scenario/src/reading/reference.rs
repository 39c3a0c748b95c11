//! What a step refers to: variables, peers, labels, and the subject itself.

use std::ops::Range;

use super::reader::Reader;
use super::scope::Labelled;
use crate::diagnostic::{Code, did_you_mean};
use crate::yaml::Node;

impl Reader<'_> {
    /// Reports a variable in the text of a node that has no value by now.
    pub(super) fn check_variable(&mut self, variable: &str, node: &Node) {
        let substituted = variable.starts_with("matrix.") || variable.starts_with("with.");
        if substituted || self.scope.knows(variable) {
            return;
        }
        let mark = self.place_of_variable(variable, &node.mark);
        if let Some(peer) = variable.strip_prefix("peer.") {
            let name = peer.split('.').next().unwrap_or_default();
            if !self.scope.peers.iter().any(|known| known == name) {
                return self.unknown_peer(name, &mark);
            }
        }
        if let Some(place) = self
            .scope
            .later
            .get(variable)
            .cloned()
            .filter(|_| !self.scope.in_fragment())
        {
            let message = format!("`{variable}` is used before it is captured");
            self.report(Code::CapturedLater, &mark, message)
                .label("used here")
                .context(place, "captured here")
                .help("capture it in an earlier step");
            return;
        }
        let known: Vec<String> = self.scope.variables().collect();
        let help = did_you_mean(variable, known.iter().map(String::as_str));
        self.report(
            Code::UnknownVariable,
            &mark,
            format!("unknown variable `{variable}`"),
        )
        .label("no such variable, and no earlier step captures it")
        .maybe_help(help);
    }

    fn place_of_variable(&self, variable: &str, mark: &Range<usize>) -> Range<usize> {
        let text = self.document.text.get(mark.clone()).unwrap_or_default();
        for (start, _) in text.match_indices("${") {
            let inside = text.get(start + 2..).unwrap_or_default();
            let end = inside.find('}').unwrap_or(inside.len());
            if inside.get(..end).unwrap_or_default().trim() == variable {
                let start = mark.start + start;
                return start..start + 2 + end + 1;
            }
        }
        mark.clone()
    }

    /// Reports a peer that was not declared.
    fn unknown_peer(&mut self, name: &str, mark: &Range<usize>) {
        let help =
            did_you_mean(name, self.scope.peers.iter().map(String::as_str)).unwrap_or_else(|| {
                format!("declare it: `peers: {{ {name}: {{ relation: sibling }} }}`")
            });
        self.report(Code::UnknownPeer, mark, format!("unknown peer `{name}`"))
            .label("not declared under `peers`")
            .help(help);
    }

    /// The name of a declared peer.
    pub(crate) fn peer(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node)?;
        if !self.scope.peers.contains(&name) {
            self.unknown_peer(&name, &node.mark);
        }
        Some(name)
    }

    /// Reports a step that needs the subject before any step started it.
    pub(crate) fn must_be_started(&mut self, step: &Range<usize>) {
        if !self.scope.started {
            let message = "this step needs the subject, which nothing has started";
            self.report(Code::NotStarted, step, message)
                .label("the subject does not run yet")
                .help("put `- start: {}` before it");
            // One report is enough; the author knows now.
            self.scope.started = true;
        }
    }

    /// Remembers a name that gets a value at this step.
    pub(crate) fn capture(&mut self, name: &str, mark: &Range<usize>) {
        if self.scope.knows(name) {
            let message = format!("`{name}` has a value already");
            self.report(Code::RepeatedCapture, mark, message)
                .label("captured again")
                .help("take another name");
        }
        self.scope.captured.push(name.to_owned());
    }

    /// Remembers the label of a step.
    pub(crate) fn remember_label(&mut self, label: &str, mark: &Range<usize>, is_fault: bool) {
        let in_fragment = self.scope.in_fragment();
        let place = (!in_fragment).then(|| self.document.original(mark));
        let Some(before) = self
            .scope
            .labels
            .insert(label.to_owned(), Labelled { place, is_fault })
        else {
            return;
        };
        let in_scenario = if in_fragment {
            // The fragment is shown, and it may be the scenario that uses it twice.
            format!(" in `{}`", self.scope.file.display())
        } else {
            String::new()
        };
        let message = format!("two steps have the label `{label}`{in_scenario}");
        let report = self
            .report(Code::RepeatedLabel, mark, message)
            .label("again here")
            .help("take another label");
        if let Some(place) = before.place.filter(|_| !in_fragment) {
            report.context(place, "first here");
        }
    }
}
