//! What is to be run and watched, and the run itself.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::decode::{Architecture, definitions};
use crate::event::Event;
use crate::fault::{Fault, Order};
use crate::filter;
use crate::kernel::{self, Forwarding, Image, Unable};
use crate::observe::{Key, Observer, Roots};
use crate::refusal::{Refusal, Step};
use crate::trace::{Setting, Tracer};

/// A program to run under watch. Its environment, working directory and standard streams are the caller's; it gets no
/// other descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Request {
    /// The watched directories; one that does not exist yet is watched once it does.
    pub directories: Vec<PathBuf>,
    /// The program's file mode creation mask, if it is not the caller's.
    pub umask: Option<u32>,
    /// The program, searched in `PATH` if it is a bare name.
    pub program: PathBuf,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// What goes wrong at which call.
    pub faults: Vec<Fault>,
    /// Whether the watcher, and with it the whole tree, is killed when its parent process ends.
    pub die_with_parent: bool,
    /// The process group of the program.
    pub process_group: ProcessGroup,
    /// The key of the contents' digests.
    pub hash_key: [u8; 32],
    /// Files of more bytes than this are described without their content: it is read around every call on them.
    pub read_at_most: u64,
}

/// Which process group the program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessGroup {
    /// The watcher's; a signal to that group then reaches the program twice, once forwarded.
    #[default]
    Inherited,
    /// Its own.
    Own,
    /// Its own, in a session without a terminal.
    Session,
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// Its process id.
    pub pid: i32,
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The number of the signal that ended it otherwise.
    pub signal: Option<i32>,
    /// How many calls were recorded.
    pub calls: u64,
    /// How often any thread was stopped at a call, watched or not.
    pub stops: u64,
}

impl Outcome {
    /// The code a shell would report.
    pub fn exit_code(&self) -> i32 {
        self.code.or(self.signal.map(|signal| 128 + signal)).unwrap_or(255)
    }
}

/// Why a program could not be watched (to its end).
#[derive(Debug, Error)]
pub enum WatchError {
    /// This place does not allow it.
    #[error("{0}")]
    Refused(Refusal),
    /// The program could not be executed.
    #[error("cannot execute `{}`", program.display())]
    Program {
        /// As given.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The request has a NUL byte in a text that the kernel takes.
    #[error("an argument or variable contains a NUL byte")]
    NulByte,
    /// The receiver of the events failed; the tree has been killed.
    #[error("cannot hand on an event")]
    Sink(#[source] io::Error),
    /// The kernel refused something it usually grants; the tree has been killed.
    #[error("cannot {attempted}")]
    Kernel {
        /// What was attempted.
        attempted: &'static str,
        /// Why not.
        source: io::Error,
    },
}

/// Runs a program to its end and tells the sink what it does to the watched directories.
///
/// HUP, INT, QUIT, TERM, USR1, USR2 and WINCH are forwarded to the program; once it has ended, one of them kills what it
/// left behind, which is watched until then. If we are killed, so is the whole tree.
///
/// Before a watched call is let through, and once at the end, `orders` is asked for changes of the faults; it must not
/// wait.
///
/// The caller must be a process with this one thread and without other children.
pub fn watch(
    request: Request,
    orders: &mut dyn FnMut() -> Vec<Order>,
    sink: &mut dyn FnMut(Event) -> io::Result<()>,
) -> Result<Outcome, WatchError> {
    if request.die_with_parent {
        kernel::die_with_parent().map_err(|source| WatchError::Kernel {
            attempted: "ask for a signal at the parent's end",
            source,
        })?;
    }
    run(request, orders, sink, Role::Helper)
}

/// Whose process a tracer runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// In a process of its own: signals are its own to forward.
    Helper,
    /// In one thread of another program, whose signals it leaves alone.
    Guest,
}

pub(crate) fn run(
    request: Request,
    orders: &mut dyn FnMut() -> Vec<Order>,
    sink: &mut dyn FnMut(Event) -> io::Result<()>,
    role: Role,
) -> Result<Outcome, WatchError> {
    let kernel_error = |attempted| move |source| WatchError::Kernel { attempted, source };
    let definitions = definitions(Architecture::HOST);
    let roots = Roots::new(&request.directories).map_err(kernel_error("find the working directory"))?;
    let image = image(&request, filter::build(Architecture::HOST, &definitions))?;
    let held = image.hold().map_err(kernel_error("start a process"))?;
    let program = held.process;
    if let Err(error) = kernel::seize(program) {
        let refusal = Refusal::of(Step::Trace, program, &error);
        drop(held);
        let _ = kernel::wait();
        return Err(WatchError::Refused(refusal));
    }
    let forwarding = match role {
        Role::Helper => Some(
            Forwarding::to(program)
                .map_err(|error| WatchError::Refused(Refusal::of(Step::Inspect, program, &error)))?,
        ),
        Role::Guest => None,
    };
    let trouble = held.release().map_err(kernel_error("let the program begin"))?;
    let setting = Setting {
        program,
        roots,
        definitions,
        faults: request.faults,
        observer: Observer::new(Key::new(&request.hash_key), request.read_at_most),
        role,
    };
    let result = Tracer::new(setting, orders, sink).run();
    drop(forwarding);
    match trouble.read() {
        None => result,
        Some((Unable::Execute, source)) => Err(WatchError::Program { program: request.program, source }),
        Some((Unable::Group, source)) => {
            Err(WatchError::Kernel { attempted: "set the process group", source })
        }
        Some((Unable::Filter, error)) => Err(WatchError::Refused(Refusal::of(Step::Filter, program, &error))),
    }
}

fn image(request: &Request, filter: Vec<libc::sock_filter>) -> Result<Image, WatchError> {
    let text = |text: Vec<u8>| CString::new(text).map_err(|_| WatchError::NulByte);
    let own_name = request.program.clone().into_os_string();
    let arguments = std::iter::once(own_name).chain(request.arguments.iter().cloned());
    let environment = std::env::vars_os().map(|(name, value)| {
        let mut variable = name.into_vec();
        variable.push(b'=');
        variable.extend(value.into_vec());
        text(variable)
    });
    Ok(Image {
        program: text(found(&request.program).into_os_string().into_vec())?,
        arguments: arguments.map(|argument| text(argument.into_vec())).collect::<Result<_, _>>()?,
        environment: environment.collect::<Result<_, _>>()?,
        umask: request.umask,
        group: request.process_group,
        filter,
    })
}

/// Searches `PATH` as a shell does; what is not found is left to the kernel to refuse.
fn found(program: &std::path::Path) -> PathBuf {
    if program.as_os_str().as_bytes().contains(&b'/') {
        return program.to_owned();
    }
    let executable = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(executable)
        .unwrap_or_else(|| program.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_bare_name_is_searched_and_a_path_is_not() {
        assert!(found(Path::new("sh")).is_absolute());
        assert_eq!(found(Path::new("./sh")), Path::new("./sh"));
        assert_eq!(found(Path::new("no such program")), Path::new("no such program"));
    }

    #[test]
    fn an_end_by_signal_is_reported_as_shells_do() {
        let outcome = Outcome { pid: 1, code: None, signal: Some(9), calls: 0, stops: 0 };
        assert_eq!(outcome.exit_code(), 137);
        assert_eq!(Outcome { code: Some(3), signal: None, ..outcome }.exit_code(), 3);
    }

    #[test]
    fn a_request_survives_its_spelling_in_json() {
        let request = Request {
            directories: vec!["/configs".into()],
            umask: Some(0),
            program: "agent".into(),
            arguments: vec!["--port".into(), "0".into()],
            faults: Vec::new(),
            die_with_parent: true,
            process_group: ProcessGroup::Own,
            hash_key: [3; 32],
            read_at_most: 1024,
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }
}
