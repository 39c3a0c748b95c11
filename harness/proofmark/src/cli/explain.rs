//! `proofmark explain`: everything known about one name.

use std::fmt::Write as _;

use clap::Args;
use protocol::RequirementId;
use scenario::plan::{Action, Plan};

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
    // Writing to a String cannot fail, here and below.
    let bound = match requirement.bound {
        protocol::Bound::Runtime => "runtime",
        protocol::Bound::Platform => "platform",
    };
    let _ = writeln!(text, "{id}  {}  binds the {bound} from {} on", requirement.level, requirement.since);
    let _ = writeln!(text, "  {}", requirement.statement);
    let _ = writeln!(text, "  area          {}", requirement.area);
    let _ = writeln!(text, "  violation     {}", requirement.seen_by);
    let _ = writeln!(text, "  source        {}", requirement.source);
    if requirement.broken_upstream {
        let _ = writeln!(text, "  upstream itself is known to violate it");
    }
    for plan in suite.plans.iter().filter(|plan| plan.covers.contains(&id)) {
        let _ = writeln!(text, "  scenario      {}", plan.name);
    }
    for rule in scenario::judge::rules().iter().filter(|rule| rule.requirements.contains(&id.as_str())) {
        let _ = writeln!(text, "  always-on     {}", rule.name);
    }
    for defect in seeded_agent::defects().iter().filter(|defect| defect.requirement == id.as_str()) {
        let _ = writeln!(text, "  defect        {}", defect.name);
    }
    Some(text)
}

fn scenarios(name: &str, suite: &Suite) -> Option<String> {
    let bare = |plan: &Plan| plan.name.split('[').next().unwrap_or_default().to_owned();
    let plan = suite.plans.iter().find(|plan| plan.name == name || bare(plan) == name)?;
    let mut text = String::new();
    let _ = writeln!(text, "{}\n  {}", plan.name, plan.title);
    let _ = writeln!(text, "  file          {}", plan.source.file.display());
    for id in &plan.covers {
        let statement = suite.catalogue.find(id).map_or("", |requirement| &requirement.statement);
        let _ = writeln!(text, "  covers        {id}: {statement}");
    }
    if !plan.needs.is_empty() {
        let needs: Vec<String> = plan.needs.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "  needs         {}", needs.join(", "));
    }
    for step in &plan.steps {
        let cites = match &step.action {
            Action::Expect(expectation) => expectation.cites.as_slice(),
            Action::Act(scenario::plan::Act::Call(call)) => &call.answered.cites,
            Action::Act(scenario::plan::Act::Tell(tell)) => &tell.answered.cites,
            Action::Act(_) => &[],
        };
        let cites: Vec<&str> = cites.iter().map(RequirementId::as_str).collect();
        let cites = if cites.is_empty() { String::new() } else { format!("  [{}]", cites.join(", ")) };
        let _ = writeln!(text, "  {:>2}. {}{cites}", step.index, step.summary);
    }
    Some(text)
}

fn rule(name: &str) -> Option<String> {
    let rule = scenario::judge::rules().iter().find(|rule| rule.name == name)?;
    Some(format!(
        "{}  always-on rule\n  {}\n  requirements  {}\n",
        rule.name,
        rule.summary,
        rule.requirements.join(", ")
    ))
}

fn defect(name: &str) -> Option<String> {
    let defect = seeded_agent::defects().iter().find(|defect| defect.name == name)?;
    let mut text = format!(
        "{}  seeded defect of the reference agent\n  {}\n  violates      {}\n",
        defect.name, defect.summary, defect.requirement
    );
    if !defect.also.is_empty() {
        let _ = writeln!(text, "  and with it   {}", defect.also.join(", "));
    }
    let _ = writeln!(text, "  try           proofmark run --defect {}", defect.name);
    Some(text)
}
