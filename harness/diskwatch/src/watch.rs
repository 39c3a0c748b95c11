//! The run itself.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::decode::{Architecture, definitions};
use crate::event::Event;
use crate::fault::Order;
use crate::filter;
use crate::kernel::{self, Forwarding, Image, Unable};
use crate::observe::{Key, Observer, Roots};
use crate::request::{Outcome, Request, Role, WatchError};
use crate::trace::{Setting, Tracer};
use crate::unavailable::{Step, TracingUnavailable};

/// Runs a program to its end and reports to the sink what it does to the watched directories.
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
    run(request, orders, sink, Role::Helper)
}

pub(crate) fn run(
    request: Request,
    orders: &mut dyn FnMut() -> Vec<Order>,
    sink: &mut dyn FnMut(Event) -> io::Result<()>,
    role: Role,
) -> Result<Outcome, WatchError> {
    let kernel_error = |attempted| move |source| WatchError::Kernel { attempted, source };
    let definitions = definitions(Architecture::HOST);
    let roots =
        Roots::new(&request.directories).map_err(kernel_error("find the working directory"))?;
    let image = image(&request, filter::build(Architecture::HOST, &definitions))?;
    let held = image.hold().map_err(kernel_error("start a process"))?;
    let program = held.process;
    if let Err(error) = kernel::seize(program) {
        let refusal = TracingUnavailable::of(Step::Trace, program, &error);
        drop(held);
        let _ = kernel::wait();
        return Err(WatchError::Refused(refusal));
    }
    let forwarding = match role {
        Role::Helper => Some(Forwarding::to(program).map_err(|error| {
            WatchError::Refused(TracingUnavailable::of(Step::Inspect, program, &error))
        })?),
        Role::Guest => None,
    };
    let trouble = held
        .release()
        .map_err(kernel_error("let the program begin"))?;
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
        Some((Unable::Execute, source)) => Err(WatchError::Program {
            program: request.program,
            source,
        }),
        Some((Unable::Group, source)) => Err(WatchError::Kernel {
            attempted: "set the process group",
            source,
        }),
        Some((Unable::Filter, error)) => Err(WatchError::Refused(TracingUnavailable::of(
            Step::Filter,
            program,
            &error,
        ))),
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
        arguments: arguments
            .map(|argument| text(argument.into_vec()))
            .collect::<Result<_, _>>()?,
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
        path.metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
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

    use super::found;

    #[test]
    fn a_bare_name_is_searched_and_a_path_is_not() {
        assert!(found(Path::new("sh")).is_absolute());
        assert_eq!(found(Path::new("./sh")), Path::new("./sh"));
        assert_eq!(
            found(Path::new("no such program")),
            Path::new("no such program")
        );
    }
}
