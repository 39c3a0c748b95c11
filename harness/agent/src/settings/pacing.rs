//! How long the agent waits, and for how long it waits between attempts.
//!
//! All of it can be shortened by the environment, because a suite cannot spend half a minute on a heartbeat.

use std::time::Duration;

use super::SettingsError;

/// Holds every duration that a test may want to shorten.
#[derive(Clone, Debug)]
pub(crate) struct Pacing {
    pub(crate) heartbeat: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) first_backoff: Duration,
    pub(crate) first_prompt_backoff: Duration,
    pub(crate) delegation_cooldown: Duration,
    /// Overrides `idle_interval_seconds` of the configuration file.
    pub(crate) idle: Option<Duration>,
}

impl Pacing {
    pub(super) fn from_environment(
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let read = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.trim().is_empty())
                .map_or(Ok(None), |value| match value.trim().parse() {
                    Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
                    Err(_) => Err(SettingsError::PacingInvalid { name, value }),
                })
        };
        let or =
            |name, default| read(name).map(|value| value.unwrap_or(Duration::from_millis(default)));
        Ok(Self {
            heartbeat: or("PROOFMARK_HEARTBEAT_MS", 30_000)?.max(Duration::from_millis(10)),
            request_timeout: or("PROOFMARK_REQUEST_TIMEOUT_MS", 10_000)?
                .max(Duration::from_millis(1)),
            first_backoff: or("PROOFMARK_BACKOFF_MS", 1000)?.max(Duration::from_millis(1)),
            first_prompt_backoff: or("PROOFMARK_PROMPT_BACKOFF_MS", 1000)?,
            delegation_cooldown: or("PROOFMARK_DELEGATION_COOLDOWN_MS", 60_000)?,
            idle: read("PROOFMARK_IDLE_MS")?,
        })
    }
}

/// Doubles a pause up to a cap, without jitter, so that a record of attempts can be judged.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    cap: Duration,
}

impl Backoff {
    /// Caps at 30 times the first pause.
    pub(crate) fn new(first: Duration) -> Self {
        Self {
            next: first,
            cap: first * 30,
        }
    }

    pub(crate) fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.cap);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_thirty_times_the_first() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        let seconds: Vec<u64> = (0..7).map(|_| backoff.next_pause().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_heartbeat_is_never_faster_than_ten_milliseconds() {
        let pacing = Pacing::from_environment(&|name: &str| {
            (name == "PROOFMARK_HEARTBEAT_MS").then(|| "1".to_owned())
        })
        .unwrap();
        assert_eq!(pacing.heartbeat, Duration::from_millis(10));
        assert_eq!(pacing.request_timeout, Duration::from_secs(10));
    }
}
