//! One look at the subject before anything is judged: what it cannot do at all is found once, not once per scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::journal::Event;
use protocol::{Addresses, Deployment, Edge, PeerBehaviour, Redactor, Relation, Revision, Trigger};
use scenario::judge::Blame;
use scenario::plan::{
    Cadence, InboundSecret, Peer, Plan, PlatformNeed, Readiness, Start, SubjectSetup, Template,
    TokenSeed, TriggerAct, World,
};

use super::pace::{heartbeats, longest_gap};
use super::probe::{ProbeFailure, ProbeOutcome};
use super::settings::{DEFAULT_SLACK, RunSettings};
use super::stage::{Stage, StepError, in_words, is_seen};
use crate::live::LiveRun;
use scenario::manifest::Sign;

/// The first heartbeat comes within this after the register (contract HB-002).
const FIRST_HEARTBEAT: Duration = Duration::from_secs(10);
/// Heartbeats are no further apart than this (contract HB-001).
const HEARTBEAT_GAP: Duration = Duration::from_secs(45);
/// What deadlines are derived from when the subject does not heartbeat at all.
pub(super) const CADENCE_WITHOUT_HEARTBEAT: Duration = Duration::from_secs(1);

/// The peer on the probe's stage.
const PROBED_PEER: &str = "probe";

/// Starts the subject once on a plain stage and sees whether it registers, serves and heartbeats.
///
/// Each of the wanted triggers is tried once, too.
pub(super) async fn probe(
    settings: &RunSettings,
    triggers: &BTreeSet<Trigger>,
) -> Result<ProbeOutcome, ProbeFailure> {
    let first = settings.cadence.unwrap_or(Cadence {
        heartbeat: CADENCE_WITHOUT_HEARTBEAT,
        slack: DEFAULT_SLACK,
    });
    let assumed = ProbeOutcome::assumed(first, settings.boot_within);
    let (begun, before) = (tokio::time::Instant::now(), time_of_children());
    let mut plan = plain_plan();
    // Where scenarios have no peers the probe needs none, and creates none.
    let lacks_peers = |live: &LiveRun| !live.settings().offers.needs.contains(&PlatformNeed::Peers);
    if settings.live.as_ref().is_some_and(lacks_peers) {
        plan.world.peers.clear();
    }
    let plan = plan.spoken_to(settings.claims.profile);
    let workspace = uuid::Uuid::new_v4().to_string();
    let built = Stage::build(&plan, settings, &assumed, workspace).await;
    let mut stage = built.map_err(|refusal| {
        let (reason, blame) = refusal.unbuilt();
        ProbeFailure {
            reason,
            blame,
            journal: Vec::new(),
            redactor: Redactor::new(),
        }
    })?;
    let mut outcome = watch_first_start(&mut stage, settings, first).await;
    if let Ok(outcome) = &mut outcome {
        try_triggers(&mut stage, triggers, outcome).await;
    }
    let redactor = stage.redactor();
    let journal = stage.close().await;
    if let (Ok(outcome), Some(before), Some(after)) = (&mut outcome, before, time_of_children()) {
        let spent = after.saturating_sub(before).as_secs_f64();
        outcome.share_of_processor = Some(spent / begun.elapsed().as_secs_f64().max(0.001));
    }
    outcome.map_err(|(reason, blame)| ProbeFailure {
        reason,
        blame,
        journal,
        redactor,
    })
}

async fn watch_first_start(
    stage: &mut Stage<'_>,
    settings: &RunSettings,
    first: Cadence,
) -> Result<ProbeOutcome, (String, Blame)> {
    if !settings.claims.profile.registers() {
        return watch_without_register(stage, settings, first).await;
    }
    let begun = tokio::time::Instant::now();
    let until = |until| Start {
        until,
        within: Some(settings.boot_within),
        ..Start::default()
    };
    stage
        .start(&until(Readiness::Registering))
        .await
        .map_err(StepError::in_words)?;
    let mut outcome = ProbeOutcome::assumed(first, settings.boot_within);
    outcome.boot = begun.elapsed();
    if listens(settings) {
        outcome.serves = Some(stage.wait_until_serving(settings.boot_within).await);
    } else {
        outcome.serves = None;
        stage
            .become_usually_ready(settings.boot_within)
            .await
            .map_err(StepError::in_words)?;
    }
    if outcome.serves != Some(false) {
        outcome.boot = begun.elapsed();
    }
    // A measured start says what later starts may take; ten times that, for a machine that is busy by then.
    outcome.boot_within =
        (outcome.boot * 10 + DEFAULT_SLACK).min(settings.boot_within.max(DEFAULT_SLACK));
    let told = settings.cadence;
    // A subject that is slow to start is slow to do other things.
    outcome.cadence.slack = outcome.cadence.slack.max(outcome.boot);
    let patience = told.map_or(FIRST_HEARTBEAT, |cadence| cadence.deadline());
    let heartbeats_at_all = stage
        .wait_for(patience, |journal| !heartbeats(journal).is_empty())
        .await;
    outcome.heartbeats = Some(heartbeats_at_all);
    if told.is_none() && heartbeats_at_all {
        stage
            .wait_for(HEARTBEAT_GAP, |journal| heartbeats(journal).len() >= 2)
            .await;
        if let Some(gap) = stage
            .look(longest_gap)
            .filter(|gap| *gap < Duration::from_secs(1))
        {
            // A fast pace deserves more than one sample.
            stage
                .wait_for(gap * 6, |journal| heartbeats(journal).len() >= 5)
                .await;
        }
        if let Some(heartbeat) = stage.look(longest_gap) {
            outcome.cadence.heartbeat = heartbeat;
            outcome.measured = true;
        }
    }
    if stage.is_interrupted() {
        return Err((
            "interrupted while the subject was probed".into(),
            Blame::Harness,
        ));
    }
    Ok(outcome)
}

/// Whether the subject is one that serves its card.
fn listens(settings: &RunSettings) -> bool {
    let conduct = &settings.subject.manifest.conduct;
    conduct
        .signs(settings.claims.profile)
        .iter()
        .any(|sign| matches!(sign, Sign::Http(_)))
}

/// A subject that never registers and never heartbeats; its pace is a second unless told otherwise.
async fn watch_without_register(
    stage: &mut Stage<'_>,
    settings: &RunSettings,
    first: Cadence,
) -> Result<ProbeOutcome, (String, Blame)> {
    let begun = tokio::time::Instant::now();
    let start = Start {
        within: Some(settings.boot_within),
        ..Start::default()
    };
    stage.start(&start).await.map_err(StepError::in_words)?;
    let mut outcome = ProbeOutcome::assumed(first, settings.boot_within);
    outcome.boot = begun.elapsed();
    outcome.heartbeats = None;
    outcome.serves = None;
    outcome.cadence.slack = outcome.cadence.slack.max(outcome.boot);
    Ok(outcome)
}

/// Makes the subject act once in every wanted way, and remembers what it did not do.
async fn try_triggers(
    stage: &mut Stage<'_>,
    triggers: &BTreeSet<Trigger>,
    outcome: &mut ProbeOutcome,
) {
    for (position, &trigger) in triggers.iter().enumerate() {
        if let Err(why) = try_trigger(stage, position, trigger, outcome.cadence.deadline()).await {
            outcome.untriggered.insert(trigger, why);
        }
    }
}

/// What the processor has spent on children of this process that have ended, as far as `/proc` tells.
fn time_of_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the parenthesised name the state is field 3; waited-for children are fields 16 and 17, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks(16)? + ticks(17)?) * 10))
}

/// Makes the subject act once in one way; otherwise what was seen instead.
pub(super) async fn try_trigger(
    stage: &mut Stage<'_>,
    position: usize,
    trigger: Trigger,
    patience: Duration,
) -> Result<(), String> {
    let act = TriggerAct {
        trigger,
        peer: (trigger == Trigger::PeerMessage).then(|| PROBED_PEER.to_owned()),
        text: Template::literal("a word from the probe"),
    };
    stage
        .trigger(position, &act)
        .await
        .map_err(|refusal| refusal.in_words().0)?;
    let workspace = stage.workspace().to_owned();
    let seen = |journal: &[Event]| is_seen(trigger, journal, &workspace);
    if stage.wait_for_all(patience, seen).await {
        Ok(())
    } else {
        Err(format!(
            "nothing was seen of a {trigger} within {}",
            in_words(patience)
        ))
    }
}

/// A world without surprises.
pub(super) fn plain_plan() -> Plan {
    Plan {
        name: "probe".into(),
        area: "probe".into(),
        title: "the subject starts, registers and heartbeats".into(),
        covers: Vec::new(),
        profiles: Vec::new(),
        needs: Vec::new(),
        overlays: Vec::new(),
        shares_start: false,
        since: Revision::R0,
        world: World {
            deployment: Deployment::Docker,
            revision: Revision::R1,
            edge: Edge::Open,
            addresses: Addresses::LoopbackAllowed,
            inbound_secret: InboundSecret::Minted,
            token: TokenSeed::None,
            platform_url: Template::parse("${platform.origin}").ok(),
            peers: BTreeMap::from([(
                PROBED_PEER.to_owned(),
                Peer {
                    relation: Relation::Sibling,
                    answers: PeerBehaviour::Replies("hello".into()),
                    polls: false,
                },
            )]),
        },
        subject: SubjectSetup::default(),
        credential_files: protocol::journal::CredentialFiles::default(),
        steps: Vec::new(),
        crash_points: None,
        crash_point: None,
        texts: Vec::new(),
        source: scenario::Source::new("probe", ""),
    }
}
