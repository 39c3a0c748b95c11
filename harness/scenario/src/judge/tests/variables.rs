//! Variables as of a point of the journal.

use protocol::journal::{PlatformChange, StepEnd};

use super::super::Progress;
use super::super::testing::{
    Journal, ORIGIN, WORKSPACE, equals, expect, expect_request, plan, progress, resolve, start,
    template, wanted,
};
use crate::plan::{Action, RequestStatement, Statement};

#[test]
fn variables_of_the_world_come_from_the_stage() {
    let plan = plan(vec![start()]);
    let journal = Journal::new();
    for (text, value) in [
        ("${workspace}", WORKSPACE),
        ("${organisation}", "organisation"),
        ("${platform.origin}/x", "http://127.0.0.1:4000/x"),
        ("${platform.url}", ORIGIN),
        ("${platform.port}", "4000"),
        ("${subject.port}", "5000"),
        ("${subject.url}", "http://localhost:5000"),
        ("${peer.ada.id}", "ada-id"),
        ("${peer.ada.url}", "http://127.0.0.1:6000"),
        ("${stage}/home", "${stage}/home"),
    ] {
        assert_eq!(
            resolve(&template(text), &plan, &journal.events).as_deref(),
            Ok(value)
        );
    }
    for name in [
        "peer.bob.id",
        "peer.ada.x",
        "nothing",
        "auth_token",
        "inbound_secret.previous",
    ] {
        let unresolved =
            resolve(&template(&format!("${{{name}}}")), &plan, &journal.events).unwrap_err();
        assert_eq!(unresolved.variable, name);
        assert!(!unresolved.reason.is_empty());
    }
    let unset = Journal::with_platform_url(None);
    assert!(resolve(&template("${platform.url}"), &plan, &unset.events).is_err());
    assert!(resolve(&template("${workspace}"), &plan, &[]).is_err());
}

#[test]
fn the_newest_credential_counts_and_the_one_before_is_previous() {
    let plan = plan(vec![start()]);
    let mut journal = Journal::new();
    journal.platform(PlatformChange::TokenIssued("«auth-token-1»".into()));
    journal.platform(PlatformChange::SecretSet("«inbound-secret-1»".into()));
    let first = resolve(&template("Bearer ${auth_token}"), &plan, &journal.events).unwrap();
    assert_eq!(first, "Bearer «auth-token-1»");
    journal.platform(PlatformChange::TokenIssued("«auth-token-2»".into()));
    journal.platform(PlatformChange::SecretCleared);
    let text = template("${auth_token} ${auth_token.previous} ${inbound_secret}");
    let value = resolve(&text, &plan, &journal.events).unwrap();
    assert_eq!(value, "«auth-token-2» «auth-token-1» «inbound-secret-1»");
}

#[test]
fn what_an_expectation_kept_comes_from_its_witness() {
    let mut kept = RequestStatement::from(wanted("POST /registry/*"));
    for (name, source) in [
        ("id", "body.id"),
        ("path", "path"),
        ("agent", "headers.user-agent"),
        ("page", "query.page"),
        ("status", "answer.status"),
        ("token", "answer.auth_token"),
        ("wrong", "nonsense"),
    ] {
        kept.capture.insert(name.into(), source.into());
    }
    let mut later = wanted("GET /registry/${page}");
    later
        .headers
        .insert("user-agent".into(), equals("${agent}"));
    let plan = plan(vec![
        start(),
        expect_request(kept, &[]),
        Action::Expect(expect(
            Statement::Request(Box::new(later.into())),
            &["REG-001"],
        )),
    ]);
    let mut journal = Journal::new();
    journal.done(0);
    journal.begin(1);
    let unresolved = resolve(&template("${id}"), &plan, &journal.events).unwrap_err();
    assert_eq!(
        unresolved.reason,
        "the step that keeps it (`the step 1`) was not met"
    );
    let line = "POST /registry/register?page=a%20b";
    journal.sent(
        line,
        &[("user-agent", "x/1")],
        r#"{"id":7}"#,
        201,
        r#"{"auth_token":"«auth-token-1»"}"#,
    );
    journal.end(1, StepEnd::Done);
    let text = template("${id} ${path} ${agent} ${page} ${status} ${token}");
    let value = resolve(&text, &plan, &journal.events).unwrap();
    assert_eq!(value, "7 /registry/register x/1 a b 201 «auth-token-1»");
    assert!(resolve(&template("${wrong}"), &plan, &journal.events).is_err());
    journal.begin(2);
    journal.sent("GET /registry/a b", &[("user-agent", "x/2")], "", 200, "");
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Pending);
    journal.sent("GET /registry/a b", &[("user-agent", "x/1")], "", 200, "");
    assert_eq!(progress(&plan, 2, &journal.events), Progress::Met);
}
