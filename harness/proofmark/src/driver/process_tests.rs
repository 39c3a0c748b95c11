//! Starts and ends of small programs.

use protocol::Redactor;

use super::*;

fn shell(script: &str) -> tokio::process::Command {
    let mut command = tokio::process::Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn launch(script: &str, recorder: &Recorder) -> Process {
    let launch = Launch {
        boot: 1,
        stdio: scenario::manifest::Stdio::Log,
        shown: vec!["sh".into()],
        environment: vec![],
        around: Around::Nothing,
    };
    Process::launch(shell(script), launch, recorder).unwrap()
}

fn changes(recorder: &Recorder) -> Vec<ProcessChange> {
    recorder.read(|events| {
        events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Process(fact) => Some(fact.change.clone()),
                _ => None,
            })
            .collect()
    })
}

#[tokio::test]
async fn lines_and_the_exit_code_are_recorded_in_order() {
    let recorder = Recorder::start(Redactor::new());
    let process = launch("echo one; echo two >&2; exit 3", &recorder);
    assert_eq!(
        process.ended().await,
        Exit {
            code: Some(3),
            signal: None
        }
    );
    let events = recorder.events();
    let lines = events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Log(_)))
        .count();
    assert_eq!(lines, 2);
    assert!(matches!(events.last().unwrap().fact, Fact::Process(_)));
}

#[tokio::test]
async fn a_subject_that_ignores_term_is_killed_after_the_grace_period() {
    let recorder = Recorder::start(Redactor::new());
    let mut process = launch(
        "trap '' TERM; echo ready; while :; do sleep 5; done",
        &recorder,
    );
    let mut journal = recorder.watch();
    journal.wait_for(|length| *length >= 2).await.unwrap();
    process
        .stop(StopBy::Terminate, Duration::from_millis(100))
        .await;
    let signals: Vec<_> = changes(&recorder)
        .into_iter()
        .filter(|change| matches!(change, ProcessChange::Signalled(_)))
        .collect();
    assert_eq!(
        signals,
        [
            ProcessChange::Signalled("TERM".into()),
            ProcessChange::Signalled("KILL".into())
        ]
    );
    assert!(process.exit().is_some());
}

#[tokio::test]
async fn children_that_outlive_the_subject_are_counted_and_killed() {
    let recorder = Recorder::start(Redactor::new());
    let mut process = launch("sleep 300 & echo started; exit 0", &recorder);
    process.ended().await;
    process.crash().await;
    assert!(
        changes(&recorder)
            .iter()
            .any(|change| matches!(change, ProcessChange::Survivors(1))),
        "{:?}",
        changes(&recorder)
    );
}
