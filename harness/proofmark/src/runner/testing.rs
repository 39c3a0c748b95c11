//! Small plans for tests.

use std::path::Path;
use std::sync::Arc;

use protocol::Catalogue;
use scenario::load::{Requirements, SourceSet, catalogue, parse};
use scenario::plan::Plan;

/// One requirement, which every small plan covers.
pub(super) fn requirements() -> Catalogue {
    let text = "requirements:\n- { id: REG-001, bound: runtime, level: must, since: r0, area: A, statement: S, seen-by: wire, source: x }\n";
    catalogue(text, Path::new("requirements.yaml")).unwrap()
}

/// A scenario that starts the subject and sees its register; `head` is put before its steps, and `tail` behind them.
pub(super) fn plan(name: &str, head: &str, tail: &str) -> Arc<Plan> {
    let text = format!(
        "scenario: {name}\ntitle: It does\ncovers: [REG-001]\n{head}steps:\n  - start: {{}}\n  \
         - expect: {{ request: POST /registry/register, cites: [REG-001] }}\n{tail}"
    );
    let catalogue = requirements();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let file = format!("area/{name}.yaml");
    let mut plans = parse(&file, &text, &SourceSet::new([]), requirements)
        .unwrap_or_else(|mistakes| panic!("{}", scenario::diagnostic::render(&mistakes, false)));
    Arc::new(plans.remove(0))
}
