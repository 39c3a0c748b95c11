//! Good files become the plans they mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use protocol::journal::Party;
use protocol::{Capability, Catalogue, Profile, RequirementId};
use protocol::{Deployment, Edge};

use super::{Requirements, SourceSet, catalogue, load_sources, parse, read_files};
use crate::diagnostic::{Diagnostic, render};
use crate::plan::{Act, Action, Matcher, Mode, Piece, Plan, Statement, Template};

const NUMBERS: [&str; 6] = [
    "REG-001", "REG-009", "TOK-002", "SEC-012", "SEC-020", "RST-002",
];

pub(crate) fn numbers() -> Catalogue {
    let entries = NUMBERS.map(|id| {
        format!("- {{ id: {id}, bound: runtime, level: must, since: r0, area: A, statement: S, seen-by: log, source: x }}\n")
    });
    let text = format!("requirements:\n{}", entries.concat());
    catalogue(&text, Path::new("requirements.yaml")).unwrap()
}

fn set(files: &[(&str, &str)]) -> SourceSet {
    SourceSet::new(
        files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), Arc::from(*text))),
    )
}

fn read(file: &str, text: &str, fragments: &[(&str, &str)]) -> Result<Vec<Plan>, Vec<Diagnostic>> {
    let catalogue = numbers();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[RequirementId::new("SEC-020")],
    };
    parse(file, text, &set(fragments), requirements)
}

pub(crate) fn good(file: &str, text: &str, fragments: &[(&str, &str)]) -> Vec<Plan> {
    read(file, text, fragments).unwrap_or_else(|mistakes| panic!("{}", render(&mistakes, false)))
}

fn codes_of(result: Result<Vec<Plan>, Vec<Diagnostic>>) -> Vec<&'static str> {
    result
        .unwrap_err()
        .iter()
        .map(|mistake| mistake.code)
        .collect()
}

const RESTART: &str = include_str!("example.yaml");

#[test]
fn the_example_becomes_one_plan_with_world_and_steps() {
    let plans = good("restart/saas-restart-empties-configs.yaml", RESTART, &[]);
    let [plan] = plans.as_slice() else {
        panic!("{} plans", plans.len())
    };
    assert_eq!(plan.name, "restart/saas-restart-empties-configs");
    assert_eq!(plan.area, "restart");
    assert_eq!(plan.profiles, [Profile::Container]);
    assert_eq!(plan.needs, [Capability::Directives]);
    assert_eq!(
        (plan.world.deployment, plan.world.edge),
        (Deployment::Saas, Edge::WafEmpty)
    );
    assert_eq!(
        plan.world.platform_url,
        Some(Template {
            pieces: vec![Piece::Variable("platform.origin".into())]
        })
    );
    assert_eq!(plan.subject.environment.get("HOSTNAME"), Some(&None));
    assert_eq!(plan.subject.umask, Some(0o022));
    let indexes: Vec<_> = plan.steps.iter().map(|step| step.index).collect();
    assert!(
        indexes.iter().copied().eq(0..plan.steps.len()),
        "{indexes:?}"
    );
}

#[test]
fn summaries_are_plain_words() {
    let plans = good("restart/saas-restart-empties-configs.yaml", RESTART, &[]);
    let summaries: Vec<_> = plans[0]
        .steps
        .iter()
        .map(|step| step.summary.as_str())
        .collect();
    insta::assert_snapshot!(summaries.join("\n"), @r"
    start the subject until serving
    expect POST /registry/register answered 200, headers authorization absent and origin equal to `${platform.origin}`, body agent_card.name present
    fault: POST /registry/heartbeat answers 503 twice
    lift the fault sick
    reprovision, configs emptied
    expect POST /registry/register answered 200 or 202
    never POST /registry/register, until POST /registry/heartbeat, twice
    expect the file configs/.platform_inbound_secret mode 0600 content equal to `${inbound_secret}`
    call POST /internal/chat/uploads/ingest on the subject answered 200
    tell the subject `proofmark send ${peer.ada.id} ${card_name}`, answered 200, reply containing `hi`
    the outage begins
    the outage ends
    always * /registry/**, headers origin present, at most 9 times, until POST /registry/heartbeat
    crash and restart, configs kept
    stop the subject
    expect the process stopped
    expect an activity row, row method equal to `notify` and source_id equal to `${workspace}`
    expect nothing else in configs
    ");
}

#[test]
fn positions_point_at_the_step() {
    let plans = good("restart/saas-restart-empties-configs.yaml", RESTART, &[]);
    for step in &plans[0].steps {
        let word = RESTART.get(step.position.span.clone()).unwrap();
        let line = RESTART.lines().nth(step.position.line - 1).unwrap();
        assert!(
            line.trim_start().starts_with(&format!("- {word}:")),
            "{word} is not the step of `{line}`"
        );
    }
}

#[test]
fn a_request_statement_has_its_parts() {
    let plans = good("restart/saas-restart-empties-configs.yaml", RESTART, &[]);
    let expectations: Vec<_> = plans[0]
        .steps
        .iter()
        .filter_map(|step| {
            if let Action::Expect(expectation) = &step.action {
                Some(expectation)
            } else {
                None
            }
        })
        .collect();
    let first = expectations.first().unwrap();
    assert_eq!(first.within, Some(Duration::from_secs(5)));
    let Statement::Request(statement) = &first.statement else {
        panic!("{first:?}")
    };
    assert_eq!(
        statement.capture.get("card_name").map(String::as_str),
        Some("body.agent_card.name")
    );
    let request = &statement.exchange;
    assert_eq!(request.line.method.as_deref(), Some("POST"));
    assert_eq!(
        (request.from, request.to),
        (Party::Subject, Party::Platform)
    );
    assert!(matches!(
        request.headers.get("authorization"),
        Some(Matcher::Absent)
    ));
    assert_eq!(request.answered, [200]);
    let never = expectations
        .iter()
        .find(|it| matches!(it.mode, Mode::Never { .. }))
        .unwrap();
    let Mode::Never { until } = &never.mode else {
        panic!()
    };
    assert_eq!(until.count.at_least, 2);
    assert_eq!(never.since.as_deref(), Some("again"));
}

#[test]
fn a_matrix_multiplies_in_order() {
    let text = "scenario: faces\ntitle: T\ncovers: [REG-001]\nmatrix: { face: [waf-empty, waf-html], how: [stop, crash] }\n\
        platform: { edge: ${matrix.face} }\nsteps:\n  - start: {}\n  - restart: { how: \"${matrix.how}\" }\n\
        \x20 - expect: { request: POST /registry/register, cites: [REG-001] }\n";
    let plans = good("edge/faces.yaml", text, &[]);
    let names: Vec<_> = plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "edge/faces[face=waf-empty,how=stop]",
            "edge/faces[face=waf-empty,how=crash]",
            "edge/faces[face=waf-html,how=stop]",
            "edge/faces[face=waf-html,how=crash]",
        ]
    );
    assert_eq!(plans[2].world.edge, Edge::WafHtml);
    let position = &plans[0].steps[2].position;
    assert_eq!((position.line, position.column), (9, 5));
}

#[test]
fn a_mistake_in_a_value_of_the_matrix_points_at_its_use_once() {
    let text = "scenario: faces\ntitle: T\ncovers: [REG-001]\nmatrix: { face: [waf-empty, waf-htlm], how: [stop, crash] }\n\
        platform: { edge: ${matrix.face} }\nsteps:\n  - start: {}\n  - restart: { how: \"${matrix.how}\" }\n\
        \x20 - expect: { request: POST /registry/register, cites: [REG-001] }\n";
    let mistakes = read("edge/faces.yaml", text, &[]).unwrap_err();
    let [mistake] = mistakes.as_slice() else {
        panic!("{}", render(&mistakes, false))
    };
    assert_eq!(mistake.help.as_deref(), Some("did you mean `waf-html`?"));
    assert_eq!(text.get(mistake.span.range.clone()), Some("${matrix.face}"));
}

#[test]
fn a_fragment_gives_its_steps_and_keeps_its_place() {
    let fragment = "fragment: booted\nsteps:\n  - start: { until: ${with.until} }\n  - crash: {}\n";
    let text = "scenario: x\ntitle: T\ncovers: [REG-001]\nsteps:\n  - use: { fragment: booted, with: { until: launched } }\n\
        \x20 - expect: { process: exited, cites: [REG-001] }\n";
    let plans = good(
        "process/x.yaml",
        text,
        &[("fragments/booted.yaml", fragment)],
    );
    let steps = &plans[0].steps;
    assert!(matches!(steps[0].action, Action::Act(Act::Start(_))));
    let position = &steps[1].position;
    assert_eq!(position.source.file, Path::new("fragments/booted.yaml"));
    assert_eq!(position.line, 4);
    assert_eq!(steps[2].position.source, plans[0].source);
}

#[test]
fn an_always_on_requirement_needs_no_cite() {
    let text = "scenario: x\ntitle: T\ncovers: [REG-001, SEC-020]\nsteps:\n  - start: {}\n  - expect: { log: x, cites: [REG-001] }\n";
    good("a/x.yaml", text, &[]);
    let text = text.replace("SEC-020", "SEC-012");
    assert_eq!(codes_of(read("a/x.yaml", &text, &[])), ["S011"]);
}

#[test]
fn the_mistakes_of_all_files_and_steps_are_reported() {
    let bad = "scenario: x\ntitle: T.\ncovers: [REG-001, REG-999]\nsteps:\n  - start: { until: servign, within: 5 }\n\
        \x20 - expect: { file: /etc/passwd, mode: \"9\", cites: [TOK-002] }\n";
    let files = [
        ("a/x.yaml", bad),
        ("b/x.yaml", "scenario: [\n"),
        ("stray.yaml", "x: 1\n"),
    ];
    let catalogue = numbers();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let mistakes = load_sources(&set(&files), requirements).unwrap_err();
    let codes: Vec<_> = mistakes.iter().map(|mistake| mistake.code).collect();
    assert_eq!(
        codes,
        [
            "S051", "S048", "S011", "S010", "S008", "S026", "S025", "S027", "S012", "S001"
        ]
    );
}

#[test]
fn two_fragments_that_use_each_other_are_reported() {
    let one = "fragment: one\nsteps:\n  - use: two\n";
    let two = "fragment: two\nsteps:\n  - use: one\n";
    let text = "scenario: x\ntitle: T\ncovers: [REG-001]\nsteps:\n  - use: one\n  - expect: { file: configs/a, cites: [REG-001] }\n";
    let result = read(
        "a/x.yaml",
        text,
        &[("fragments/one.yaml", one), ("fragments/two.yaml", two)],
    );
    assert_eq!(codes_of(result), ["S040"]);
}

#[test]
fn two_files_with_one_name_are_reported() {
    let text = "scenario: x\ntitle: T\ncovers: [REG-001]\nsteps:\n  - start: {}\n  - expect: { log: x, cites: [REG-001] }\n";
    let catalogue = numbers();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let files = [("a/x.yaml", text), ("a/x.yml", text), ("b/x.yaml", text)];
    let mistakes = load_sources(&set(&files), requirements).unwrap_err();
    assert_eq!(
        mistakes
            .iter()
            .map(|mistake| mistake.code)
            .collect::<Vec<_>>(),
        ["S041"]
    );
    assert_eq!(
        mistakes[0].help.as_deref(),
        Some("the other one is in `a/x.yaml`")
    );
    let library = load_sources(&set(&[files[0], files[2]]), requirements).unwrap();
    assert_eq!(
        library
            .plans
            .iter()
            .map(|plan| plan.name.as_str())
            .collect::<Vec<_>>(),
        ["a/x", "b/x"]
    );
}

#[test]
fn single_files_are_read_wherever_they_lie() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bad-scenarios");
    let catalogue = numbers();
    let requirements = Requirements {
        catalogue: &catalogue,
        always_on: &[],
    };
    let files = [
        folder.join("001-unknown-key.yaml"),
        folder.join("no-such-file.yaml"),
    ];
    let mistakes = read_files(&files, &SourceSet::default(), requirements).unwrap_err();
    assert_eq!(
        mistakes
            .iter()
            .map(|mistake| mistake.code)
            .collect::<Vec<_>>(),
        ["S051", "S002"]
    );
    assert_eq!(mistakes[1].file, files[0]);
}

#[test]
fn a_directory_gives_its_files_in_order_with_relative_paths() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bad-scenarios");
    let sources = SourceSet::read_directory(&folder).unwrap();
    let paths: Vec<_> = sources.iter().map(|(path, _)| path.to_owned()).collect();
    assert!(paths.is_sorted());
    assert!(paths.contains(&PathBuf::from("fragments/booted.yaml")));
    assert!(paths.contains(&PathBuf::from("001-unknown-key.yaml")));
}
