//! The walk itself, from the launch to the end, on one stage.

use std::time::{Duration, Instant};

use protocol::journal::{Event, Fact};
use protocol::{Profile, Trigger, wire};
use scenario::manifest::{Means, Placeholder, Sign};
use scenario::plan::{Cadence, Readiness, Start};

use super::coverage::Coverage;
use super::evidence::{
    ending, file_with, handed_out, has_ended, printed, registered, registered_address,
    registered_after, rejection,
};
use super::finding::{Credential, Seen};
use super::teller::Teller;
use crate::runner::pace::{heartbeats, longest_gap};
use crate::runner::probing::try_trigger;
use crate::runner::settings::RunSettings;
use crate::runner::stage::Stage;

/// A sign that is late gets a last look, so that every missing sign is reported.
const LAST_LOOK: Duration = Duration::from_millis(200);
/// How long the next heartbeat is waited for; the author of a slower runtime knows its pace.
const HEARTBEAT_PATIENCE: Duration = Duration::from_secs(3);
/// A credential is stored within this after it was handed out.
const STORED_WITHIN: Duration = Duration::from_secs(1);
/// How long acts and ends are waited for at most, unless the manifest says otherwise.
const PATIENCE_AT_MOST: Duration = Duration::from_secs(5);
/// A pace quicker than this deserves more than one sample.
const QUICK: Duration = Duration::from_secs(1);

/// The state of one walk over a stage.
pub(super) struct Walk<'w, 's, 't> {
    pub(super) stage: &'w mut Stage<'s>,
    pub(super) settings: &'w RunSettings,
    pub(super) coverage: &'w Coverage,
    pub(super) teller: &'w mut Teller<'t>,
    pub(super) cadence: Cadence,
}

impl Walk<'_, '_, '_> {
    /// Walks as far as the subject lets it.
    pub(super) async fn go(mut self) {
        let profile = self.settings.claims.profile;
        if profile == Profile::Cli {
            self.teller.noted(Seen::LaunchedToAct);
            self.look_for_token_at_hand();
        } else {
            if !self.starts().await {
                self.tell_of_rejection();
                return;
            }
            if self.teller.is_interrupted() {
                return;
            }
            if profile.registers() {
                if !self.registers().await || self.teller.is_interrupted() {
                    return;
                }
                self.heartbeats().await;
                if self.is_gone() {
                    return self.ends().await;
                }
                self.keeps(Credential::Token).await;
                if self.settings.claims.keeps_secret {
                    self.keeps(Credential::Secret).await;
                }
            } else {
                self.look_for_token_at_hand();
            }
        }
        self.acts().await;
        self.ends().await;
    }

    /// Launches it and waits for every sign of readiness; returns whether all were seen.
    async fn starts(&mut self) -> bool {
        let since = Instant::now();
        let within = self.settings.boot_within;
        let start = Start {
            until: Readiness::Launched,
            ..Start::default()
        };
        if let Err(refusal) = self.stage.start(&start).await {
            self.teller
                .found(since, Seen::NotLaunched(refusal.in_words().0));
            return false;
        }
        let command = self.stage.look(launched_command);
        let launched = Instant::now();
        let deadline = since + within;
        let mut is_ready = true;
        for (position, sign) in self.stage.signs().iter().enumerate() {
            let rest = deadline
                .saturating_duration_since(Instant::now())
                .max(LAST_LOOK);
            let shown = self.stage.show_sign(sign, 0, rest).await;
            if self.teller.is_interrupted() {
                return false;
            }
            if position == 0 {
                // Only now it is known whether the process that was launched became the program.
                if let (Err(_), Some(seen)) = (&shown, self.why_it_does_not_run()) {
                    self.teller.found(since, seen);
                    return false;
                }
                self.teller.tell_after(
                    launched - since,
                    Seen::Launched {
                        command: command.clone(),
                    },
                );
            }
            match shown {
                Ok(()) => self.teller.found(
                    since,
                    Seen::Sign {
                        sign: self.in_words(sign),
                    },
                ),
                Err(what) => {
                    // What it printed is shown once.
                    let printed = if is_ready {
                        self.stage.look(printed)
                    } else {
                        Vec::new()
                    };
                    is_ready = false;
                    let ended = self.stage.ended();
                    self.teller.found(
                        since,
                        Seen::SignMissing {
                            what,
                            within,
                            ended,
                            printed,
                        },
                    );
                }
            }
        }
        is_ready
    }

    /// Why there is no process any more.
    fn why_it_does_not_run(&self) -> Option<Seen> {
        let ended = || {
            let how = self.stage.ended()?;
            Some(Seen::EndedAtOnce {
                how,
                printed: self.stage.look(printed),
            })
        };
        self.stage
            .untraced()
            .map(|failure| Seen::NotLaunched(failure.text))
            .or_else(ended)
    }

    fn in_words(&self, sign: &Sign) -> String {
        match sign {
            Sign::Request { method, path } => {
                let method = method.as_deref().unwrap_or("*");
                format!("{method} {} was answered", self.stage.path_of_sign(path))
            }
            Sign::Http(path) if path == wire::AGENT_CARD => "the agent card is served".into(),
            Sign::Http(path) => format!("{path} is served"),
            Sign::Tcp => "its port accepts connections".into(),
            Sign::Initialised => "MCP's initialize was answered".into(),
        }
    }

    /// Whether there is no process any more.
    fn is_gone(&self) -> bool {
        self.stage.ended().is_some()
    }

    /// Reports why a runtime that tried to register is not ready, in the platform's words if it gave any.
    fn tell_of_rejection(&mut self) {
        let is_rejected = self.stage.look(|journal| registered(journal).is_none());
        if let Some(rejection) = self.stage.look(rejection).filter(|_| is_rejected) {
            let within = self.settings.boot_within;
            self.teller.noted(Seen::NotRegistered {
                within,
                rejection: Some(rejection),
            });
        }
    }

    /// Waits for the register; returns whether the platform accepted it.
    async fn registers(&mut self) -> bool {
        let since = Instant::now();
        let within = self.settings.boot_within;
        let is_registered = self
            .stage
            .wait_for(within, |journal| registered(journal).is_some())
            .await;
        if is_registered {
            let took = self
                .stage
                .look(registered_after)
                .unwrap_or_else(|| since.elapsed());
            let address = self.stage.look(registered_address);
            self.teller.tell_after(took, Seen::Registered { address });
        } else {
            let rejection = self.stage.look(rejection);
            self.teller
                .found(since, Seen::NotRegistered { within, rejection });
        }
        is_registered
    }

    /// Measures the pace, unless it is too slow to wait for.
    async fn heartbeats(&mut self) {
        let since = Instant::now();
        let told = self.settings.cadence.map(|cadence| cadence.heartbeat);
        let at_least = |count: usize| move |journal: &[Event]| heartbeats(journal).len() >= count;
        if self.stage.wait_for(HEARTBEAT_PATIENCE, at_least(1)).await {
            self.stage.wait_for(HEARTBEAT_PATIENCE, at_least(2)).await;
        }
        if let Some(gap) = self.stage.look(longest_gap).filter(|gap| *gap < QUICK) {
            self.stage.wait_for(gap * 4, at_least(4)).await;
        }
        let seen = match self.stage.look(longest_gap) {
            Some(measured) => {
                self.cadence.heartbeat = measured;
                Seen::Pace { measured, told }
            }
            // Its end says more.
            None if self.is_gone() => return,
            None => Seen::PaceUnseen {
                heartbeats: self.stage.look(|journal| heartbeats(journal).len()),
                waited: since.elapsed(),
                told,
            },
        };
        self.teller.found(since, seen);
    }

    /// Looks where a credential lies that the platform handed out.
    async fn keeps(&mut self, which: Credential) {
        let since = Instant::now();
        let files = self
            .settings
            .subject
            .credential_files(self.stage.workspace());
        let claims = &self.settings.claims;
        let (field, name, named, is_told) = match which {
            Credential::Token => (
                "auth_token",
                wire::TOKEN_FILE,
                files.token,
                claims.keeps_token,
            ),
            Credential::Secret => (
                "platform_inbound_secret",
                wire::SECRET_FILE,
                files.secret,
                claims.keeps_secret,
            ),
        };
        let Some(credential) = self.stage.look(|journal| handed_out(journal, field)) else {
            self.teller.found(since, Seen::NotReceived { which });
            return;
        };
        let expected = is_told.then(|| named.unwrap_or_else(|| format!("configs/{name}")));
        let is_there = |journal: &[Event]| {
            file_with(journal, &credential, |path| {
                expected.as_deref().is_none_or(|expected| path == expected)
            })
            .is_some()
        };
        self.stage.wait_for_disk(STORED_WITHIN, is_there).await;
        let seen = self.stage.look(|journal| {
            let at_its_place = file_with(journal, &credential, |path| {
                Some(path) == expected.as_deref()
            });
            if let Some((path, file)) = at_its_place {
                let alone = file.content.as_deref() == Some(credential.as_str());
                return Seen::Kept {
                    which,
                    path,
                    mode: file.mode,
                    alone,
                };
            }
            match file_with(journal, &credential, |_| true) {
                Some((path, file)) => Seen::KeptElsewhere {
                    which,
                    expected: expected.clone(),
                    path,
                    mode: file.mode,
                },
                None => Seen::NotKept {
                    which,
                    expected: expected.clone(),
                },
            }
        });
        self.teller.found(since, seen);
    }

    /// A runtime that never registers gets its token from another party, which the manifest stands in for.
    fn look_for_token_at_hand(&mut self) {
        let launch = &self.settings.subject.manifest.launch;
        let is_handed = !launch.with_token.is_empty()
            || launch.files.iter().any(|file| {
                file.template
                    .placeholders()
                    .any(|placeholder| *placeholder == Placeholder::WorkspaceToken)
            });
        self.teller.noted(Seen::TokenHanded(is_handed));
    }

    /// Makes it act in every way that its manifest names, and says which it does not.
    async fn acts(&mut self) {
        let profile = self.settings.claims.profile;
        let named = self.settings.subject.manifest.conduct.triggers.clone();
        let patience = self.cadence.deadline().min(PATIENCE_AT_MOST);
        for (position, trigger) in Trigger::ALL.into_iter().enumerate() {
            let Some(means) = named.get(&trigger) else {
                let scenarios = self
                    .coverage
                    .for_want_of
                    .get(&trigger)
                    .copied()
                    .unwrap_or(0);
                self.teller.noted(Seen::NoMeans {
                    profile,
                    trigger,
                    scenarios,
                });
                continue;
            };
            if self.teller.is_interrupted() {
                return;
            }
            let since = Instant::now();
            let acted = try_trigger(self.stage, position, trigger, patience).await;
            let means = means.in_words();
            self.teller.found(
                since,
                match acted {
                    Ok(()) => Seen::Acted { trigger, means },
                    Err(why) => Seen::Idle {
                        profile,
                        trigger,
                        means,
                        why,
                    },
                },
            );
        }
    }

    /// Asks it to end and sees how it does.
    async fn ends(&mut self) {
        if self.teller.is_interrupted() {
            return;
        }
        let manifest = &self.settings.subject.manifest;
        let within = manifest
            .stop_within
            .unwrap_or_else(|| self.cadence.deadline().min(PATIENCE_AT_MOST));
        let is_cli = self.settings.claims.profile == Profile::Cli;
        if is_cli && !self.stage.look(was_launched) {
            return;
        }
        let by_program = |means: &Means| matches!(means, Means::Program(_));
        if !is_cli
            && self.stage.ended().is_some()
            && manifest.conduct.triggers.values().any(by_program)
        {
            // What made it act ran in its place.
            if let Err(refusal) = self.stage.start(&Start::default()).await {
                self.teller.noted(Seen::NotLaunched(refusal.in_words().0));
                return;
            }
        }
        let since = Instant::now();
        if is_cli {
            self.stage.wait_for_all(within, has_ended).await;
        }
        let is_gone = self.is_gone();
        if self.stage.stop(Some(within)).await.is_err() {
            return;
        }
        let ending = self.stage.look(ending);
        let graceful = manifest
            .conduct
            .graceful_end()
            .is(ending.code, ending.signal);
        let seen = if ending.killed {
            Seen::Killed { ending, within }
        } else if is_gone && !is_cli {
            Seen::EndedTooSoon(ending)
        } else {
            Seen::Ended { ending, graceful }
        };
        self.teller.found(since, seen);
    }
}

/// The command of the last launch, as the journal shows it.
fn launched_command(journal: &[Event]) -> String {
    let command = journal.iter().rev().find_map(|event| match &event.fact {
        Fact::Process(fact) => match &fact.change {
            protocol::journal::ProcessChange::Started { command, .. } => {
                Some(shell_words::join(command))
            }
            _ => None,
        },
        _ => None,
    });
    command.unwrap_or_default()
}

fn was_launched(journal: &[Event]) -> bool {
    journal
        .iter()
        .any(|event| matches!(event.fact, Fact::Process(_)))
}
