//! The monotonic clock, comparable between processes, and a repeated interruption of the wait.

use std::io;
use std::ptr;
use std::time::Duration;

use super::signal::interrupt_only;

/// Microseconds of `CLOCK_MONOTONIC`.
pub(crate) fn now_us() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a valid place for one timespec, and this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    u64::try_from(now.tv_sec).unwrap_or_default() * 1_000_000
        + u64::try_from(now.tv_nsec).unwrap_or_default() / 1_000
}

/// Interrupts the wait for children after a time, and then again and again: an interruption that comes just
/// before the wait begins is lost, its successor is not.
pub(crate) fn tick_every(first: Duration, then: Duration) -> io::Result<()> {
    interrupt_only(libc::SIGALRM)?;
    let least = Duration::from_micros(100);
    set_timer(first.max(least), then.max(least))
}

/// Ends the interruptions.
pub(crate) fn tick_never() -> io::Result<()> {
    set_timer(Duration::ZERO, Duration::ZERO)
}

fn set_timer(first: Duration, then: Duration) -> io::Result<()> {
    let timer = libc::itimerval {
        it_interval: timeval(then),
        it_value: timeval(first),
    };
    // SAFETY: `timer` is a valid itimerval, and the old value is not asked for.
    let result = unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, ptr::null_mut()) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn timeval(duration: Duration) -> libc::timeval {
    libc::timeval {
        tv_sec: libc::time_t::try_from(duration.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_usec: libc::suseconds_t::from(duration.subsec_micros()),
    }
}

#[cfg(test)]
mod tests {
    use super::now_us;

    #[test]
    fn the_clock_does_not_run_backwards() {
        let first = now_us();
        assert!(first > 0 && now_us() >= first);
    }
}
