//! `proofmark list`: what there is to choose from.

use clap::Args;

use super::complaint::Complaint;
use super::library::LibraryArguments;
use super::output::Output;
use super::selection::SelectionArguments;
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    library: LibraryArguments,
    /// Lists requirements, and how many scenarios cover each.
    #[arg(long, conflicts_with_all = ["defects", "rules"])]
    requirements: bool,
    /// Lists the mistakes that can be seeded into the reference agent.
    #[arg(long, conflicts_with = "rules")]
    defects: bool,
    /// Lists the rules that are judged over every scenario.
    #[arg(long)]
    rules: bool,
}

impl ListArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        output.print(&self.text(output.error_colour())?);
        Ok(Exit::Conformant)
    }

    fn text(&self, colour: bool) -> Result<String, String> {
        let mut text = String::new();
        if self.defects {
            for defect in seeded_agent::defects() {
                line!(
                    text,
                    "{:<28} {:<8} {:<10} {}",
                    defect.name,
                    defect.requirement,
                    defect.area,
                    defect.summary
                );
            }
            return Ok(text);
        }
        if self.rules {
            for rule in scenario::judge::rules() {
                line!(
                    text,
                    "{:<40} {:<18} {}",
                    rule.name,
                    rule.requirements.join(", "),
                    rule.summary
                );
            }
            return Ok(text);
        }
        let suite = self.library.load(&self.selection.files(), colour)?;
        if self.requirements {
            let by_rule = scenario::judge::rule_requirements();
            for requirement in suite.catalogue.iter() {
                let scenarios = suite
                    .plans
                    .iter()
                    .filter(|plan| plan.covers.contains(&requirement.id))
                    .count();
                let rule = if by_rule.contains(&requirement.id) {
                    " + rule"
                } else {
                    ""
                };
                let covered = format!("{scenarios}{rule}");
                line!(
                    text,
                    "{:<9} {:<9} {:<4} {covered:<9} {}",
                    requirement.id.to_string(),
                    requirement.level.name(),
                    requirement.since.name(),
                    requirement.statement
                );
            }
            return Ok(text);
        }
        let plans = self
            .selection
            .choose(suite.plans, suite.from_files, &suite.catalogue)?;
        for plan in plans {
            line!(
                text,
                "{:<58} {}  [{}]",
                plan.name,
                plan.title,
                plan.covers.join(", ")
            );
        }
        Ok(text)
    }
}
