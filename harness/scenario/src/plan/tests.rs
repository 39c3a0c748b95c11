//! What plans need, and where they look.

use protocol::journal::CredentialFiles;
use protocol::{Profile, Revision};

use super::{Act, Action, Plan, Statement};
use crate::load::tests::good;

fn of(area: &str, rest: &str) -> Plan {
    let text = format!("scenario: it\ntitle: It does\ncovers: [REG-001]\n{rest}");
    good(&format!("{area}/it.yaml"), &text, &[]).remove(0)
}

fn needs(area: &str, rest: &str) -> Vec<String> {
    of(area, rest)
        .platform_needs()
        .into_iter()
        .map(super::PlatformNeed::in_words)
        .collect()
}

const START: &str =
    "steps:\n  - start: {}\n  - expect: { request: POST /registry/register, cites: [REG-001] }\n";

#[test]
fn a_plain_scenario_needs_a_workspace_of_its_own_and_smoke_does_not() {
    assert_eq!(
        needs("token", START),
        ["have a workspace made for the scenario alone", "speak r1"]
    );
    assert_eq!(needs("smoke", START), ["speak r1"]);
}

#[test]
fn every_act_of_the_platform_is_needed_of_it() {
    let with = |step: &str| needs("smoke", &format!("{START}  - {step}\n"));
    let whole = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        with("rotate-secret: {}"),
        whole(&["rotate the inbound secret", "speak r1"])
    );
    assert_eq!(
        with("clear-secret: {}"),
        whole(&["make the inbound secret NULL", "speak r1"])
    );
    assert_eq!(
        with("remove-workspace: {}"),
        whole(&["delete the workspace", "speak r1"])
    );
    assert_eq!(
        with("reprovision: { configs: emptied }"),
        whole(&["revoke tokens", "rotate the inbound secret", "speak r1"])
    );
    assert_eq!(
        with("restart: { how: stop, configs: written }"),
        whole(&["issue a token", "have an inbound secret", "speak r1"])
    );
    assert_eq!(
        with("call: { to: edge, get: /health, answers: 200 }"),
        whole(&["speak r1"])
    );
    assert_eq!(
        with("call: { to: platform, get: /health, answers: 200 }"),
        whole(&["answer an operator", "speak r1"])
    );
}

#[test]
fn a_disturbed_heartbeat_is_less_than_a_disturbed_message() {
    let with = |path: &str| {
        needs(
            "smoke",
            &format!("{START}  - fault: {{ on: \"POST {path}\", status: 503, times: 1 }}\n"),
        )
    };
    let message = "have requests disturbed that are not idempotent";
    assert!(
        !with("/registry/heartbeat")
            .iter()
            .any(|need| need == message)
    );
    assert!(
        with("/workspaces/${workspace}/activity")
            .iter()
            .any(|need| need == message)
    );
}

#[test]
fn paths_of_credentials_follow_the_subject() {
    let steps = "steps:\n  - start: {}\n  - expect: { file: configs/.auth_token, kind: file, cites: [REG-001] }\n  \
                 - expect: { file: configs/config.yaml, kind: file }\n  - remove: { path: configs/.platform_inbound_secret }\n";
    let plan = of("token", steps);
    assert!(plan.names_path("configs/.auth_token") && !plan.names_path("configs/other"));
    let files = CredentialFiles {
        token: Some("home/t".into()),
        secret: Some("home/s".into()),
    };
    let located = plan.located(&files);
    let paths: Vec<&str> = located
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Expect(expectation) => match &expectation.statement {
                Statement::File(file) => Some(file.path.as_str()),
                _ => None,
            },
            Action::Act(Act::Remove(path)) => Some(path.as_str()),
            Action::Act(_) => None,
        })
        .collect();
    assert_eq!(paths, ["home/t", "configs/config.yaml", "home/s"]);
    assert!(located.names_path("home/s") && !located.names_path("configs/.auth_token"));
    // A journal knows where its credentials were, and a plan that was located once stays where it is.
    assert!(matches!(
        located.located(&files),
        std::borrow::Cow::Borrowed(_)
    ));
    assert!(matches!(
        plan.located(&CredentialFiles::default()),
        std::borrow::Cow::Borrowed(_)
    ));
}

#[test]
fn only_runtimes_that_poll_need_a_later_platform() {
    let plan = of("token", START);
    assert_eq!(
        plan.spoken_to(Profile::Container).world.revision,
        Revision::R1
    );
    assert_eq!(
        plan.spoken_to(Profile::ExternalPoll).world.revision,
        Revision::R2
    );
}

#[test]
fn the_secret_is_needed_wherever_it_is_spoken_of() {
    let with = |step: &str| needs("smoke", &format!("{START}  - {step}\n"));
    for step in [
        "remove: { path: configs/.platform_inbound_secret }",
        r#"call: { to: subject, post: /a, json: { deep: ["${inbound_secret.previous}"] }, answers: 200 }"#,
        r#"expect: { request: POST /a, body: { key: { not: "${inbound_secret}" } } }"#,
        r#"never: { log: { contains: x }, until: { request: POST /a, headers: { b: "${inbound_secret}" } } }"#,
        r#"fault: { on: POST /registry/register, edit: { fields: { a: "${inbound_secret}" } } }"#,
    ] {
        assert!(
            with(step).contains(&"have an inbound secret".to_owned()),
            "{step}"
        );
    }
    assert!(
        !with("remove: { path: configs/.auth_token }")
            .contains(&"have an inbound secret".to_owned())
    );
}
