//! Acts asked of the subject.

use super::context::Context;
use crate::diagnostic::Code;
use crate::language::{Located, Text, TriggerStep};
use crate::plan::{Template, TriggerAct};
use protocol::Trigger;

/// What is said when the scenario does not care.
const DEFAULT_TEXT: &str = "hello";

impl Context<'_> {
    /// Exactly one act.
    pub(crate) fn trigger(&mut self, written: &Located<TriggerStep>) -> Option<TriggerAct> {
        self.must_be_started(&written.mark);
        let step = &written.value;
        let spoken =
            |spoken: &Option<crate::language::Spoken>| spoken.as_ref().map(|spoken| spoken.text.clone());
        match (&step.peer_message, spoken(&step.notify_user), spoken(&step.self_message)) {
            (Some(addressed), None, None) => {
                if !self.scope.peers.contains(&addressed.to.value) {
                    self.unknown_peer(&addressed.to.value, &addressed.to.mark);
                }
                let text = self.said(addressed.text.as_ref());
                Some(TriggerAct {
                    trigger: Trigger::PeerMessage,
                    peer: Some(addressed.to.value.clone()),
                    text,
                })
            }
            (None, Some(text), None) => {
                Some(TriggerAct { trigger: Trigger::NotifyUser, peer: None, text: self.said(text.as_ref()) })
            }
            (None, None, Some(text)) => {
                Some(TriggerAct { trigger: Trigger::SelfMessage, peer: None, text: self.said(text.as_ref()) })
            }
            _ => {
                self.report_at(Code::MissingKey, &written.mark, "a trigger is not exactly one act", |it| {
                    it.help(
                        "write one of `peer-message: { to: .. }`, `notify-user: {}` and `self-message: {}`",
                    )
                });
                None
            }
        }
    }

    fn said(&mut self, text: Option<&Text>) -> Template {
        text.map_or_else(|| Template::literal(DEFAULT_TEXT), |text| self.template(text))
    }
}
