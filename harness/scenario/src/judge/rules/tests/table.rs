//! The plain rules, one table.

use protocol::journal::{Answerer, Fact, LogFact, LogStream, Party, ProcessChange};

use super::super::super::Verdict;
use super::super::super::testing::{Journal, ORIGIN, WORKSPACE};
use super::{said, status};

type Write = fn(&mut Journal);

/// Rule, what passes, what fails, what it says nothing about.
const TABLE: &[(&str, Write, Write, Write)] = &[
    (
        "register-first",
        |journal| {
            journal.started(1);
            journal.sent("GET /health", &[], "", 200, "");
            journal.register(&[("authorization", "Bearer «auth-token-1»")], 200, "{}");
            journal.heartbeat(&[("authorization", "Bearer «auth-token-1»")]);
        },
        |journal| {
            journal.started(1);
            journal.register(&[], 200, "{}");
            journal.started(2);
            journal.add(Fact::Log(LogFact {
                boot: 2,
                stream: LogStream::Out,
                line: "hello".into(),
            }));
            journal.heartbeat(&[("authorization", "Bearer «auth-token-1»")]);
            journal.register(&[("authorization", "Bearer «auth-token-1»")], 200, "{}");
        },
        |journal| {
            journal.heartbeat(&[]);
        },
    ),
    (
        "register-shape",
        |journal| {
            journal.sent(
                "POST /registry/register",
                &[],
                r#"{"id":"x","url":"y","agent_card":null}"#,
                200,
                "{}",
            );
            journal.sent(
                "POST /registry/register",
                &[],
                r#"{"id":"x","delivery_mode":"poll","agent_card":1}"#,
                200,
                "{}",
            );
        },
        |journal| {
            journal.sent(
                "POST /registry/register",
                &[],
                r#"{"id":"x","agent_card":{}}"#,
                200,
                "{}",
            );
        },
        |journal| {
            journal.sent("GET /registry/register", &[], "", 404, "");
        },
    ),
    (
        "register-names-workspace",
        |journal| {
            journal.register(&[], 200, "{}");
        },
        |journal| {
            journal.sent(
                "POST /registry/register",
                &[],
                r#"{"id":"other"}"#,
                200,
                "{}",
            );
        },
        |journal| {
            journal.heartbeat(&[]);
        },
    ),
    (
        "heartbeat-shape",
        |journal| {
            journal.heartbeat(&[]);
            journal.sent(
                "POST /registry/heartbeat",
                &[],
                r#"{"workspace_id":"x","uptime_seconds":3}"#,
                200,
                "",
            );
        },
        |journal| {
            journal.sent(
                "POST /registry/heartbeat",
                &[],
                r#"{"workspace_id":"x","uptime_seconds":3.0}"#,
                400,
                "",
            );
        },
        |journal| {
            journal.register(&[], 200, "{}");
        },
    ),
    (
        "heartbeat-names-workspace",
        |journal| {
            journal.heartbeat(&[]);
        },
        |journal| {
            journal.sent(
                "POST /registry/heartbeat",
                &[],
                r#"{"workspace_id":"x"}"#,
                200,
                "",
            );
        },
        |journal| {
            journal.sent(
                "POST /registry/heartbeat",
                &[],
                r#"{"workspace_id":7}"#,
                200,
                "",
            );
        },
    ),
    (
        "origin-on-every-platform-request",
        |journal| {
            journal.register(&[("origin", ORIGIN)], 200, "{}");
        },
        |journal| {
            journal.register(&[("origin", ORIGIN)], 200, "{}");
            journal.sent("GET /workspaces/w", &[], "", 200, "{}");
        },
        |journal| {
            let exchange = journal.request(Party::Subject, Party::Peer, "POST /", &[], "");
            journal.answer(exchange, Answerer::Peer, 200, "");
        },
    ),
    (
        "origin-is-same-origin",
        |journal| {
            journal.register(&[("origin", "https://127.0.0.1:4000")], 200, "{}");
        },
        |journal| {
            journal.register(&[("origin", "http://127.0.0.1:4000/")], 200, "{}");
        },
        |journal| {
            journal.register(&[], 200, "{}");
        },
    ),
    (
        "source-on-every-a2a-post",
        |journal| {
            journal.sent(
                "POST /workspaces/w/a2a",
                &[("x-workspace-id", WORKSPACE)],
                "",
                200,
                "",
            );
            journal.request(
                Party::Subject,
                Party::Peer,
                "POST /",
                &[("x-workspace-id", WORKSPACE)],
                "",
            );
        },
        |journal| {
            journal.sent("POST /workspaces/w/a2a", &[], "", 200, "");
        },
        |journal| {
            journal.sent("GET /workspaces/w/a2a", &[], "", 404, "");
            journal.request(
                Party::Harness,
                Party::Platform,
                "POST /workspaces/w/a2a",
                &[],
                "",
            );
        },
    ),
    (
        "source-is-own-workspace",
        |journal| {
            journal.sent(
                "POST /workspaces/w/a2a",
                &[("x-workspace-id", WORKSPACE)],
                "",
                200,
                "",
            );
        },
        |journal| {
            journal.sent(
                "POST /workspaces/w/a2a",
                &[("x-workspace-id", "system:x")],
                "",
                200,
                "",
            );
        },
        |journal| {
            journal.sent("POST /workspaces/w/a2a", &[], "", 200, "");
        },
    ),
    (
        "bearer-on-a2a-posts",
        |journal| {
            journal.register(&[], 200, r#"{"auth_token":"«auth-token-1»"}"#);
            journal.sent(
                "POST /workspaces/w/a2a",
                &[("authorization", "Bearer «auth-token-1»")],
                "",
                200,
                "",
            );
        },
        |journal| {
            journal.register(&[], 200, r#"{"auth_token":"«auth-token-1»"}"#);
            journal.sent("POST /workspaces/w/a2a", &[], "", 401, "");
        },
        |journal| {
            journal.sent("POST /workspaces/w/a2a", &[], "", 200, "");
            journal.register(&[("authorization", "Bearer «auth-token-1»")], 200, "{}");
            journal.heartbeat(&[]);
            journal.request(Party::Subject, Party::Peer, "POST /", &[], "");
            journal.started(2);
            journal.sent("POST /workspaces/w/a2a", &[], "", 200, "");
        },
    ),
    (
        "no-redirects",
        |journal| {
            let exchange = journal.request(Party::Harness, Party::Subject, "GET /x", &[], "");
            journal.answer(exchange, Answerer::Subject, 304, "");
        },
        |journal| {
            let exchange = journal.request(Party::Platform, Party::Subject, "POST /", &[], "");
            journal.answer(exchange, Answerer::Subject, 307, "");
        },
        |journal| {
            journal.sent("GET /x", &[], "", 302, "");
        },
    ),
    (
        "activity-type",
        |journal| {
            journal.sent(
                "POST /workspaces/w/activity",
                &[],
                r#"{"activity_type":"agent_log"}"#,
                200,
                "",
            );
        },
        |journal| {
            journal.sent(
                "POST /workspaces/w/activity",
                &[],
                r#"{"activity_type":"gossip"}"#,
                400,
                "",
            );
        },
        |journal| {
            journal.sent("POST /workspaces/w/x/activity", &[], "{}", 200, "");
            journal.sent("GET /workspaces/w/activity", &[], "", 200, "");
        },
    ),
    (
        "notify-message",
        |journal| {
            journal.sent(
                "POST /workspaces/w/notify",
                &[],
                r#"{"message":" "}"#,
                200,
                "",
            );
        },
        |journal| {
            journal.sent(
                "POST /workspaces/w/notify",
                &[],
                r#"{"message":""}"#,
                400,
                "",
            );
        },
        |journal| {
            journal.sent("POST /workspaces/w/notify/x", &[], "{}", 200, "");
        },
    ),
    (
        "requests-well-formed",
        |journal| {
            journal.sent("GET /a/b?x=//", &[], "", 200, "");
        },
        |journal| {
            journal.sent("POST //registry/register", &[], "", 404, "");
        },
        |journal| {
            journal.request(Party::Harness, Party::Platform, "GET //x", &[], "");
        },
    ),
    (
        "only-messages-on-standard-output",
        |journal| {
            let exchange = journal.request(Party::Harness, Party::Subject, "MCP /ping", &[], "");
            journal.answer(exchange, Answerer::Subject, 200, "");
            journal.request(
                Party::Subject,
                Party::Harness,
                "MCP /notifications/message",
                &[],
                "",
            );
            journal.add(Fact::Log(LogFact {
                boot: 1,
                stream: LogStream::Error,
                line: "ready".into(),
            }));
        },
        |journal| {
            let exchange =
                journal.request(Party::Harness, Party::Subject, "MCP /initialize", &[], "");
            journal.add(Fact::Log(LogFact {
                boot: 1,
                stream: LogStream::Out,
                line: "ready".into(),
            }));
            journal.answer(exchange, Answerer::Subject, 200, "");
        },
        |journal| {
            journal.started(1);
            journal.add(Fact::Log(LogFact {
                boot: 1,
                stream: LogStream::Out,
                line: "ready".into(),
            }));
            journal.register(&[], 200, "{}");
        },
    ),
    (
        "no-hollow-bearer",
        |journal| {
            journal.register(&[], 200, "{}");
            journal.register(&[("authorization", "Bearer x")], 200, "{}");
        },
        |journal| {
            journal.register(&[("authorization", "Bearer   ")], 401, "{}");
        },
        |journal| {
            journal.request(Party::Subject, Party::Peer, "POST /", &[], "");
        },
    ),
];

#[test]
fn every_rule_passes_fails_and_keeps_silent() {
    for (rule, passes, fails, nothing) in TABLE {
        let written = |write: &Write| {
            let mut journal = Journal::new();
            write(&mut journal);
            journal
        };
        assert_eq!(
            status(rule, &written(passes)),
            Some(Verdict::Pass),
            "{rule}"
        );
        let journal = written(fails);
        let finding = said(rule, &journal).unwrap_or_else(|| panic!("{rule} saw nothing"));
        assert!(
            matches!(finding.status, Verdict::Fail | Verdict::Warn),
            "{rule}"
        );
        assert_eq!(finding.witness.len(), 1, "{rule}: {}", finding.seen);
        assert_eq!(status(rule, &written(nothing)), None, "{rule}");
    }
}

#[test]
fn without_a_platform_url_an_origin_is_wrong() {
    for url in [None, Some("  ")] {
        let mut journal = Journal::with_platform_url(url);
        journal.register(&[], 200, "{}");
        assert_eq!(
            status("origin-absent-without-platform-url", &journal),
            Some(Verdict::Pass)
        );
        assert_eq!(status("origin-on-every-platform-request", &journal), None);
        journal.register(&[("origin", ORIGIN)], 200, "{}");
        assert_eq!(
            status("origin-absent-without-platform-url", &journal),
            Some(Verdict::Fail)
        );
    }
}

#[test]
fn the_environment_of_a_process_tells_its_platform_url() {
    let started = |environment: &[&str]| ProcessChange::Started {
        command: Vec::new(),
        environment: environment
            .iter()
            .map(|entry| (*entry).to_owned())
            .collect(),
    };
    let mut journal = Journal::new();
    journal.process(1, started(&["WORKSPACE_ID=x"]));
    journal.register(&[], 200, "{}");
    assert_eq!(status("origin-on-every-platform-request", &journal), None);
    assert_eq!(
        status("origin-absent-without-platform-url", &journal),
        Some(Verdict::Pass)
    );
    journal.process(2, started(&["PLATFORM_URL=http://127.0.0.1:4000"]));
    journal.register(&[], 200, "{}");
    assert_eq!(
        status("origin-on-every-platform-request", &journal),
        Some(Verdict::Fail)
    );
}

#[test]
fn every_hollow_authorization_is_one() {
    for value in [
        "",
        "Bearer",
        "bearer ",
        "Bearer None",
        "Bearer null",
        "Bearer undefined",
        "None",
    ] {
        let mut journal = Journal::new();
        journal.register(&[("authorization", value)], 401, "{}");
        assert_eq!(
            status("no-hollow-bearer", &journal),
            Some(Verdict::Fail),
            "{value:?}"
        );
    }
    for value in [
        "Bearer «auth-token-1»",
        "Bearer nonesuch",
        "Basic x",
        "ünïcödé",
    ] {
        let mut journal = Journal::new();
        journal.register(&[("authorization", value)], 401, "{}");
        assert_eq!(
            status("no-hollow-bearer", &journal),
            Some(Verdict::Pass),
            "{value:?}"
        );
    }
}

#[test]
fn a_refused_token_need_not_be_sent_again() {
    let mut journal = Journal::new();
    journal.register(&[("authorization", "Bearer «auth-token-1»")], 401, "{}");
    journal.sent("POST /workspaces/w/a2a", &[], "", 200, "");
    assert_eq!(status("bearer-on-a2a-posts", &journal), None);
}

#[test]
fn the_last_word_of_an_ended_process_is_not_held_against_the_next() {
    let bearer = [("authorization", "Bearer «auth-token-1»")];
    let mut journal = Journal::new();
    journal.started(1);
    journal.register(&bearer, 200, "{}");
    journal.started(2);
    journal.heartbeat(&bearer);
    journal.register(&bearer, 200, "{}");
    assert_eq!(status("register-first", &journal), Some(Verdict::Pass));
    journal.started(3);
    journal.now_us += 1_000_000;
    journal.heartbeat(&bearer);
    assert_eq!(
        status("register-first", &journal),
        Some(Verdict::Fail),
        "so late it can only be its own"
    );
}

#[test]
fn a_channel_on_which_the_subject_wrote_nothing_is_not_judged() {
    let mut journal = Journal::new();
    journal.request(Party::Harness, Party::Subject, "MCP /initialize", &[], "");
    assert_eq!(status("only-messages-on-standard-output", &journal), None);
    journal.add(Fact::Log(LogFact {
        boot: 1,
        stream: LogStream::Out,
        line: "Traceback".into(),
    }));
    let finding = said("only-messages-on-standard-output", &journal).unwrap();
    assert_eq!(finding.status, Verdict::Fail);
    assert!(
        finding.seen.contains("`Traceback` is no message"),
        "{}",
        finding.seen
    );
}
