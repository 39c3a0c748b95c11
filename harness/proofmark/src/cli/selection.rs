//! Which scenarios are meant: globs over their names, areas, requirements.

use std::sync::Arc;

use clap::Args;
use globset::{Glob, GlobMatcher};
use protocol::{Catalogue, RequirementId};
use scenario::diagnostic::nearest;
use scenario::plan::Plan;

#[derive(Debug, Args)]
pub(super) struct SelectionArguments {
    /// Scenario files, or globs over scenario names such as `token/*` or `*restart*` [default: all].
    #[arg(value_name = "SCENARIO")]
    pub(super) selectors: Vec<String>,
    /// Leaves out the scenarios that this glob selects (may be repeated).
    #[arg(long, value_name = "SCENARIO")]
    pub(super) except: Vec<String>,
    /// Only scenarios of this area (may be repeated).
    #[arg(long)]
    pub(super) area: Vec<String>,
    /// Only scenarios that cover this requirement (may be repeated).
    #[arg(long, value_name = "ID")]
    pub(super) requirement: Vec<String>,
}

impl SelectionArguments {
    /// The selectors that name files.
    pub(super) fn files(&self) -> Vec<std::path::PathBuf> {
        self.selectors
            .iter()
            .filter(|selector| is_file(selector))
            .map(Into::into)
            .collect()
    }

    /// The plans that are meant; plans of named files are always meant.
    pub(super) fn choose(
        &self,
        plans: Vec<Plan>,
        from_files: Vec<Plan>,
        catalogue: &Catalogue,
    ) -> Result<Vec<Arc<Plan>>, String> {
        let globs = compiled(&self.selectors)?;
        let except = compiled(&self.except)?;
        for area in &self.area {
            if !plans
                .iter()
                .chain(&from_files)
                .any(|plan| plan.area == *area)
            {
                let mut known: Vec<&str> = plans.iter().map(|plan| plan.area.as_str()).collect();
                known.dedup();
                return Err(format!(
                    "proofmark: there is no area `{area}`; known are {}",
                    known.join(", ")
                ));
            }
        }
        let requirements = self.requirements(catalogue)?;
        let fits =
            |glob: &Selector, plan: &Plan| glob.fits(&plan.name) || glob.names_a_point_of(plan);
        let idle = |glob: &&Selector| !plans.iter().chain(&from_files).any(|plan| fits(glob, plan));
        if let Some(glob) = globs.iter().chain(&except).find(idle) {
            let names = plans.iter().map(|plan| plan.name.as_str());
            let mend = match nearest(&glob.text, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`proofmark list` names them".to_owned(),
            };
            // A slip would leave out what was meant.
            return Err(format!(
                "proofmark: `{}` selects no scenario; {mend}",
                glob.text
            ));
        }
        let named_files_only = globs.is_empty() && !from_files.is_empty();
        let chosen: Vec<Arc<Plan>> = plans
            .into_iter()
            .filter(|plan| {
                !named_files_only && (globs.is_empty() || globs.iter().any(|glob| fits(glob, plan)))
            })
            .chain(from_files)
            .filter(|plan| !except.iter().any(|glob| glob.fits(&plan.name)))
            .filter(|plan| self.area.is_empty() || self.area.contains(&plan.area))
            .map(|plan| only_point(plan, &globs))
            .filter(|plan| {
                requirements.is_empty() || plan.covers.iter().any(|id| requirements.contains(id))
            })
            .map(Arc::new)
            .collect();
        if chosen.is_empty() {
            return Err(
                "proofmark: no scenario is selected; `proofmark list` names them".to_owned(),
            );
        }
        Ok(chosen)
    }

    fn requirements(&self, catalogue: &Catalogue) -> Result<Vec<RequirementId>, String> {
        self.requirement
            .iter()
            .map(|text| {
                let id = RequirementId::new(text.to_ascii_uppercase());
                catalogue.find(&id).map(|_| id).ok_or_else(|| {
                    format!("proofmark: there is no requirement `{text}`; `proofmark list --requirements` names them")
                })
            })
            .collect()
    }
}

fn compiled(selectors: &[String]) -> Result<Vec<Selector>, String> {
    selectors
        .iter()
        .filter(|selector| !is_file(selector))
        .map(|selector| {
            let glob = Glob::new(selector)
                .or_else(|error| {
                    if selector.ends_with(']') {
                        as_name(selector)
                    } else {
                        Err(error)
                    }
                })
                .map_err(|error| {
                    format!("proofmark: cannot read the selector `{selector}`: {error}")
                })?
                .compile_matcher();
            Ok(Selector {
                text: selector.clone(),
                glob,
            })
        })
        .collect()
}

/// The name of a variant, such as `[04-rename-.auth_token]`, need not be a pattern.
fn as_name(selector: &str) -> Result<Glob, globset::Error> {
    Glob::new(&globset::escape(selector))
}

/// Where a single crash point was named, the plan stands for that one alone.
fn only_point(mut plan: Plan, globs: &[Selector]) -> Plan {
    let whole = globs.is_empty() || globs.iter().any(|glob| glob.fits(&plan.name));
    let named = globs
        .iter()
        .find(|glob| glob.names_a_point_of(&plan))
        .map(|glob| glob.text.clone());
    if let (Some(points), false) = (&mut plan.crash_points, whole) {
        points.only = named;
    }
    plan
}

struct Selector {
    text: String,
    glob: GlobMatcher,
}

impl Selector {
    /// Whether a crash point of a scenario is meant, whose own name only a run can tell.
    fn names_a_point_of(&self, plan: &Plan) -> bool {
        plan.crash_points.is_some()
            && self
                .text
                .strip_prefix(&plan.name)
                .is_some_and(|rest| rest.starts_with('['))
    }

    /// Names with `[axis=value]` are meant literally, too: brackets are a character class to a glob.
    fn fits(&self, name: &str) -> bool {
        let bare = name.split('[').next().unwrap_or(name);
        self.text == name
            || self.text == bare
            || self.glob.is_match(name)
            || self.glob.is_match(bare)
    }
}

fn is_file(selector: &str) -> bool {
    let path = std::path::Path::new(selector);
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
