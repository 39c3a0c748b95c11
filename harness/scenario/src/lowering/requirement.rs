//! Requirement numbers in `covers` and `cites`, and how the two fit.

use std::ops::Range;

use protocol::{Catalogue, RequirementId};

use super::context::Context;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::language::Text;

/// What may be covered and cited.
#[derive(Debug, Clone, Copy)]
pub struct Requirements<'a> {
    /// Every requirement.
    pub catalogue: &'a Catalogue,
    /// Those that always-on rules judge over every journal; they may be covered without a cite.
    pub always_on: &'a [RequirementId],
}

impl Context<'_> {
    /// Looks the numbers up, reporting unknown and repeated ones.
    pub(crate) fn requirement_ids(&mut self, texts: &[Text]) -> Vec<RequirementId> {
        let mut ids: Vec<RequirementId> = Vec::new();
        for text in texts {
            let id = RequirementId::new(text.value.as_str());
            if self.requirements.catalogue.find(&id).is_none() {
                let known = self.requirements.catalogue.iter().map(|requirement| requirement.id.as_str());
                let help = match nearest(&text.value, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the numbers are those of `requirements.yaml`".into(),
                };
                self.report(
                    Code::UnknownRequirement,
                    text,
                    format!("no requirement has the number `{id}`"),
                    |it| it.label("not in the catalogue").help(help),
                );
            } else if ids.contains(&id) {
                self.report(Code::RepeatedRequirement, text, format!("`{id}` is listed twice"), |it| {
                    it.label("again here").help("take one of them away")
                });
            }
            ids.push(id);
        }
        ids
    }

    /// Looks up what a step cites and remembers it for [`Self::compare_covers`].
    pub(crate) fn cites(&mut self, texts: &[Text]) -> Vec<RequirementId> {
        let ids = self.requirement_ids(texts);
        for (id, text) in ids.iter().zip(texts) {
            let source = self.document.source.clone();
            let range = self.document.original(&text.mark);
            self.cited.push(Cited { id: id.clone(), source, range });
        }
        ids
    }

    /// Compares what is covered with what was cited.
    pub(crate) fn compare_covers(&mut self, texts: &[Text], covers: &[RequirementId]) {
        for (text, id) in texts.iter().zip(covers) {
            let judged =
                self.cited.iter().any(|cited| cited.id == *id) || self.requirements.always_on.contains(id);
            if !judged && self.requirements.catalogue.find(id).is_some() {
                self.report(
                    Code::CoversWithoutCite,
                    text,
                    format!("`{id}` is covered but no step cites it"),
                    |it| {
                        it.label("never cited").help(format!(
                            "write `cites: [{id}]` on the step that judges it, or take it out of `covers`"
                        ))
                    },
                );
            }
        }
        for cited in std::mem::take(&mut self.cited) {
            if covers.contains(&cited.id) || self.requirements.catalogue.find(&cited.id).is_none() {
                continue;
            }
            let message = format!("`{}` is cited but not covered", cited.id);
            let diagnostic = Diagnostic::new(Code::CiteNotCovered, &cited.source, cited.range, message)
                .label("not in `covers`")
                .help(format!("add `{}` to `covers` of `{}`", cited.id, self.file.display()));
            self.push(diagnostic);
        }
    }
}

/// A cited number and where.
#[derive(Debug)]
pub(crate) struct Cited {
    id: RequirementId,
    source: crate::plan::Source,
    range: Range<usize>,
}
