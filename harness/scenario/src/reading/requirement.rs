//! Requirement numbers in `covers` and `cites`, and how the two fit.

use protocol::RequirementId;
use serde_json::{Value, json};

use super::reader::Reader;
use super::record::Read;
use super::schema::Schema;
use super::scope::Cited;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::yaml::Node;

/// The requirements that a scenario covers.
pub(crate) struct Covers;

/// The requirements that a step cites.
pub(crate) struct Cites;

impl Read<Vec<RequirementId>> for Covers {
    /// Looks the numbers up, reporting unknown and repeated ones.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<RequirementId>> {
        let mut ids: Vec<RequirementId> = Vec::new();
        for element in reader.list(node)? {
            let Some(text) = reader.text(element) else {
                continue;
            };
            let id = RequirementId::new(text.as_str());
            if !reader.is_required(&id) {
                let known = reader
                    .scope
                    .requirements
                    .iter()
                    .flat_map(|it| it.catalogue.iter());
                let help = match nearest(&text, known.map(|requirement| requirement.id.as_str())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "the numbers are those of `requirements.yaml`".into(),
                };
                let message = format!("no requirement has the number `{id}`");
                reader
                    .report(Code::UnknownRequirement, &element.mark, message)
                    .label("not in the catalogue")
                    .help(help);
            } else if ids.contains(&id) {
                let message = format!("`{id}` is listed twice");
                reader
                    .report(Code::RepeatedRequirement, &element.mark, message)
                    .label("again here")
                    .help("take one of them away");
            }
            ids.push(id);
        }
        Some(ids)
    }

    fn shape(_: &mut Schema) -> Value {
        json!({ "type": "array", "items": { "type": "string", "pattern": "^[A-Z0-9]{2,4}-[0-9]{3}$" } })
    }
}

impl Read<Vec<RequirementId>> for Cites {
    /// The same, remembered for [`Reader::compare_covers`].
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<RequirementId>> {
        let ids = Covers::read(node, reader)?;
        for (id, element) in ids.iter().zip(node.elements()) {
            let source = reader.document.source.clone();
            let range = reader.document.original(&element.mark);
            reader.scope.cited.push(Cited {
                id: id.clone(),
                source,
                range,
            });
        }
        Some(ids)
    }

    fn shape(schema: &mut Schema) -> Value {
        Covers::shape(schema)
    }
}

impl Reader<'_> {
    fn is_required(&self, id: &RequirementId) -> bool {
        self.scope
            .requirements
            .is_some_and(|requirements| requirements.catalogue.find(id).is_some())
    }

    /// Compares what is covered, as it stands at a node, with what was cited.
    pub(crate) fn compare_covers(&mut self, covers: &[RequirementId], node: &Node) {
        let cited = std::mem::take(&mut self.scope.cited);
        for (id, element) in covers.iter().zip(node.elements()) {
            let is_judged = cited.iter().any(|cited| cited.id == *id)
                || self
                    .scope
                    .requirements
                    .is_some_and(|requirements| requirements.always_on.contains(id));
            if !is_judged && self.is_required(id) {
                let message = format!("`{id}` is covered but no step cites it");
                self.report(Code::CoversWithoutCite, &element.mark, message).label("never cited").help(
                    format!("write `cites: [{id}]` on the step that judges it, or take it out of `covers`"),
                );
            }
        }
        for cited in cited {
            if covers.contains(&cited.id) || !self.is_required(&cited.id) {
                continue;
            }
            let message = format!("`{}` is cited but not covered", cited.id);
            let file = self.scope.file.display();
            let help = format!("add `{}` to `covers` of `{file}`", cited.id);
            let diagnostic =
                Diagnostic::new(Code::CiteNotCovered, &cited.source, cited.range, message);
            self.push(diagnostic).label("not in `covers`").help(help);
        }
    }
}
