//! Why a place does not allow tracing, in one sentence and with a remedy.

use std::fmt;
use std::fs;
use std::io;

/// One sentence on why watching is impossible here, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracingUnavailable {
    /// What is in the way.
    pub why: String,
    /// What would help.
    pub remedy: String,
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To become the tracer of a child.
    Trace,
    /// To install the filter.
    Filter,
    /// To ask at which system call a thread is stopped.
    Inspect,
}

/// What is known about the place.
#[derive(Clone, Debug, Default)]
struct Facts {
    /// Who traces the child already.
    tracer: Option<String>,
    /// Yama's `ptrace_scope`.
    scope: Option<u32>,
    /// Whether we are under a seccomp profile ourselves.
    confined: bool,
}

impl fmt::Display for TracingUnavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.why, self.remedy)
    }
}

impl TracingUnavailable {
    /// Explains a refusal to a child that still exists.
    pub(crate) fn of(step: Step, child: i32, error: &io::Error) -> Self {
        explain(step, &Facts::gather(child), error)
    }
}

impl Facts {
    fn gather(child: i32) -> Self {
        let status = |process: &str| {
            fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default()
        };
        let field = |status: &str, name: &str| -> Option<i32> {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))?
                .trim()
                .parse()
                .ok()
        };
        let tracer = field(&status(&child.to_string()), "TracerPid:")
            .filter(|tracer| *tracer != 0)
            .map(|tracer| {
                let name = fs::read_to_string(format!("/proc/{tracer}/comm")).unwrap_or_default();
                format!("process {tracer} (`{}`)", name.trim())
            });
        Self {
            tracer,
            scope: fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope")
                .ok()
                .and_then(|scope| scope.trim().parse().ok()),
            confined: field(&status("self"), "Seccomp:") == Some(2),
        }
    }
}

fn explain(step: Step, facts: &Facts, error: &io::Error) -> TracingUnavailable {
    let number = error.raw_os_error();
    let refusal = |why: String, remedy: &str| TracingUnavailable {
        why,
        remedy: remedy.to_owned(),
    };
    if number == Some(libc::ENOSYS) && !facts.confined || step == Step::Inspect {
        return refusal(
            format!("the kernel cannot say at which system call a process is stopped ({error})"),
            "use Linux 5.3 or newer, and not an emulated kernel",
        );
    }
    if step == Step::Filter {
        return refusal(
            format!("the kernel refuses to install a seccomp filter ({error})"),
            "use a kernel with CONFIG_SECCOMP_FILTER and a container profile that allows the `seccomp` call",
        );
    }
    if let Some(tracer) = &facts.tracer {
        return refusal(
            format!("the program is already traced by {tracer}, and a process has one tracer only"),
            "run without a debugger, `strace` or another watcher around it",
        );
    }
    match facts.scope {
        Some(2) => refusal(
            "Yama allows tracing to administrators only (kernel.yama.ptrace_scope is 2)".to_owned(),
            "run with CAP_SYS_PTRACE or set kernel.yama.ptrace_scope to 1",
        ),
        Some(3) => refusal(
            "Yama forbids all tracing (kernel.yama.ptrace_scope is 3)".to_owned(),
            "restart the machine with kernel.yama.ptrace_scope set to 1",
        ),
        _ if facts.confined => refusal(
            format!("the seccomp profile around this process refuses ptrace ({error})"),
            "run the container with `--cap-add SYS_PTRACE` or `--security-opt seccomp=unconfined`",
        ),
        _ => refusal(
            format!("the kernel refuses ptrace ({error})"),
            "check the security modules of this machine, or run with CAP_SYS_PTRACE",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(step: Step, facts: &Facts, number: i32) -> String {
        explain(step, facts, &io::Error::from_raw_os_error(number)).to_string()
    }

    #[test]
    fn each_obstacle_is_named_with_its_own_remedy() {
        let nothing = Facts::default();
        let traced = Facts {
            tracer: Some("process 7 (`strace`)".to_owned()),
            ..Facts::default()
        };
        let scope = |scope| Facts {
            scope: Some(scope),
            ..Facts::default()
        };
        let confined = Facts {
            confined: true,
            ..Facts::default()
        };
        for (step, facts, number, expected) in [
            (
                Step::Trace,
                &traced,
                libc::EPERM,
                "already traced by process 7 (`strace`)",
            ),
            (Step::Trace, &scope(2), libc::EPERM, "ptrace_scope to 1"),
            (Step::Trace, &scope(3), libc::EPERM, "restart the machine"),
            (Step::Trace, &confined, libc::EPERM, "--cap-add SYS_PTRACE"),
            (Step::Trace, &scope(1), libc::EPERM, "security modules"),
            (Step::Trace, &nothing, libc::ENOSYS, "Linux 5.3"),
            (Step::Inspect, &nothing, libc::EIO, "Linux 5.3"),
            (
                Step::Filter,
                &nothing,
                libc::EINVAL,
                "CONFIG_SECCOMP_FILTER",
            ),
        ] {
            let sentence = explained(step, facts, number);
            assert!(sentence.contains(expected), "{sentence}");
        }
    }

    #[test]
    fn the_facts_of_this_process_can_be_gathered() {
        let facts = Facts::gather(std::process::id().cast_signed());
        assert!(facts.scope.is_none_or(|scope| scope <= 3));
    }
}
