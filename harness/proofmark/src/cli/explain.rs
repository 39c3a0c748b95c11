//! `proofmark explain`: everything known about one name.

use clap::Args;
use protocol::{Requirement, RequirementId};
use scenario::plan::Plan;

use super::complaint::Complaint;
use super::library::{LibraryArguments, Suite};
use super::output::Output;
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A requirement (REG-009), a scenario (token/...), a rule, a defect, or a diagnostic code (S012).
    name: String,
    #[command(flatten)]
    library: LibraryArguments,
}

impl ExplainArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let suite = self.library.load(&[], output.error_colour())?;
        let text = explain(&self.name, &suite).ok_or_else(|| {
            format!(
                "proofmark: nothing is called `{}`; see `proofmark list`, with --requirements, --rules or --defects",
                self.name
            )
        })?;
        output.print(&text);
        Ok(Exit::Conformant)
    }
}

fn explain(name: &str, suite: &Suite) -> Option<String> {
    requirement(name, suite)
        .or_else(|| scenarios(name, suite))
        .or_else(|| rule(name))
        .or_else(|| defect(name))
        .or_else(|| scenario::diagnostic::explain(name).map(|text| format!("{name}: {text}\n")))
}

fn requirement(name: &str, suite: &Suite) -> Option<String> {
    let id = RequirementId::new(name.to_ascii_uppercase());
    let requirement = suite.catalogue.find(&id)?;
    let mut text = String::new();
    let Requirement {
        level,
        bound,
        since,
        ..
    } = requirement;
    line!(text, "{id}  {level}  binds the {bound} from {since} on");
    line!(text, "  {}", requirement.statement);
    line!(text, "  area          {}", requirement.area);
    line!(text, "  violation     {}", requirement.seen_by);
    line!(text, "  source        {}", requirement.source);
    if requirement.broken_upstream {
        line!(text, "  upstream itself is known to violate it");
    }
    for plan in suite.plans.iter().filter(|plan| plan.covers.contains(&id)) {
        line!(text, "  scenario      {}", plan.name);
    }
    for rule in scenario::judge::rules()
        .iter()
        .filter(|rule| rule.requirements.contains(&id.as_str()))
    {
        line!(text, "  always-on     {}", rule.name);
    }
    for defect in seeded_agent::defects()
        .iter()
        .filter(|defect| defect.requirement == id.as_str())
    {
        line!(text, "  defect        {}", defect.name);
    }
    Some(text)
}

fn scenarios(name: &str, suite: &Suite) -> Option<String> {
    let bare = |plan: &Plan| plan.name.split('[').next().unwrap_or_default().to_owned();
    let plan = suite
        .plans
        .iter()
        .find(|plan| plan.name == name || bare(plan) == name)?;
    let mut text = String::new();
    line!(text, "{}\n  {}", plan.name, plan.title);
    line!(text, "  file          {}", plan.source.file.display());
    for id in &plan.covers {
        let statement = suite
            .catalogue
            .find(id)
            .map_or("", |requirement| &requirement.statement);
        line!(text, "  covers        {id}: {statement}");
    }
    if !plan.needs.is_empty() {
        let needs: Vec<String> = plan.needs.iter().map(ToString::to_string).collect();
        line!(text, "  needs         {}", needs.join(", "));
    }
    for step in &plan.steps {
        let cites = step.cites().join(", ");
        let cites = if cites.is_empty() {
            cites
        } else {
            format!("  [{cites}]")
        };
        line!(text, "  {:>2}. {}{cites}", step.index, step.summary);
    }
    Some(text)
}

fn rule(name: &str) -> Option<String> {
    let rule = scenario::judge::rules()
        .iter()
        .find(|rule| rule.name == name)?;
    Some(format!(
        "{}  always-on rule\n  {}\n  requirements  {}\n",
        rule.name,
        rule.summary,
        rule.requirements.join(", ")
    ))
}

fn defect(name: &str) -> Option<String> {
    let defect = seeded_agent::defects()
        .iter()
        .find(|defect| defect.name == name)?;
    let mut text = format!(
        "{}  seeded defect of the reference agent\n  {}\n  violates      {}\n",
        defect.name, defect.summary, defect.requirement
    );
    if !defect.also.is_empty() {
        line!(text, "  and with it   {}", defect.also.join(", "));
    }
    line!(
        text,
        "  try           proofmark run --defect {}",
        defect.name
    );
    Some(text)
}
