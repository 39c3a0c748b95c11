//! The platform's rate limiter (contract 1.2, WAF-036) and the headers that its middleware puts on every answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// The fixed window.
const WINDOW: Duration = Duration::from_mins(1);

/// Security headers of every platform answer (WAF-037).
const SECURITY: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains",
    ),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    ),
    ("content-security-policy", "default-src 'self'"),
];

/// Counts the requests that come through the edge; all parties on the stage share one address.
pub(super) struct Limiter {
    limit: Option<u32>,
    window: Mutex<(Instant, u32)>,
}

/// The limiter's decision on one request.
pub(super) enum Allowance {
    /// It passes.
    Granted(Stamp),
    /// It came too late in the window; carries the seconds to wait.
    Exhausted(Stamp, u64),
}

/// Headers that the platform's middleware adds to an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stamp {
    headers: Vec<(HeaderName, HeaderValue)>,
    bare: bool,
}

impl Limiter {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self {
            limit,
            window: Mutex::new((Instant::now(), 0)),
        }
    }

    /// Counts a request.
    pub(super) fn count(&self) -> Allowance {
        let Some(limit) = self.limit else {
            let mut stamp = Stamp::default();
            stamp.add("x-ratelimit-limit", HeaderValue::from_static("unlimited"));
            return Allowance::Granted(stamp);
        };
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0.elapsed() >= WINDOW {
            *window = (Instant::now(), 0);
        }
        let left = limit.checked_sub(window.1).filter(|left| *left > 0);
        window.1 = window.1.saturating_add(1);
        let reset = WINDOW.saturating_sub(window.0.elapsed()).as_secs().max(1);
        let mut stamp = Stamp::default();
        stamp.add("x-ratelimit-limit", HeaderValue::from(limit));
        stamp.add(
            "x-ratelimit-remaining",
            HeaderValue::from(left.map_or(0, |left| left - 1)),
        );
        stamp.add("x-ratelimit-reset", HeaderValue::from(reset));
        if left.is_some() {
            Allowance::Granted(stamp)
        } else {
            Allowance::Exhausted(stamp, reset)
        }
    }
}

impl Stamp {
    /// Adds a header to those that will be put on.
    pub(super) fn add(&mut self, name: &'static str, value: HeaderValue) {
        self.headers.push((HeaderName::from_static(name), value));
    }

    /// The same without security headers, for answers made before that middleware.
    pub(super) fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Puts the headers on an answer.
    pub(crate) fn put_on(&self, answer: &mut HeaderMap) {
        for (name, value) in &self.headers {
            answer.insert(name.clone(), value.clone());
        }
        if !self.bare {
            for (name, value) in SECURITY {
                answer.insert(
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
            }
        }
    }
}
