//! Running the watcher in a process of its own and reading what it tells.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diskwatch::{
    Call, CallClass, Event, Fault, Hidden, Order, Place, ProcessGroup, Request, Sighting, history,
    watch,
};

/// No run takes longer, unless something hangs.
const LIMIT: Duration = Duration::from_mins(2);
/// The exit code of a helper that could not watch.
pub(crate) const FAILED: i32 = 125;

/// The helper itself: a file for the events, one with orders, then the request.
pub(crate) fn serve(arguments: &[String]) {
    diskwatch::end_with(std::os::unix::process::parent_id().cast_signed()).unwrap();
    let mut events = File::create(&arguments[0]).unwrap();
    let mut orders = File::open(&arguments[1]).unwrap();
    let request: Request = serde_json::from_str(&arguments[2]).unwrap();
    let mut take_orders = || {
        let mut text = String::new();
        orders.read_to_string(&mut text).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let mut sink = |event: Event| {
        let mut line = serde_json::to_vec(&event).unwrap();
        line.push(b'\n');
        events.write_all(&line)
    };
    match watch(request, &mut take_orders, &mut sink) {
        Ok(outcome) => std::process::exit(outcome.exit_code()),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            std::process::exit(FAILED)
        }
    }
}

/// A helper whose parent ended before it could ask for a signal: somebody else is its parent by now.
pub(crate) fn orphan() {
    diskwatch::end_with(std::process::id().cast_signed()).unwrap();
}

/// The self-test in a process of its own; what it found is printed.
pub(crate) fn probe() {
    let _ = serde_json::to_writer(std::io::stdout(), &diskwatch::probe(&std::env::temp_dir()));
}

/// A place to watch and what is to happen there.
pub(crate) struct Run {
    pub(crate) base: tempfile::TempDir,
    pub(crate) request: Request,
    /// The helper's executable.
    pub(crate) helper: PathBuf,
    /// Words before the helper's own command line, such as `setpriv`.
    pub(crate) around: Vec<String>,
}

/// What a run brought.
pub(crate) struct Ran {
    pub(crate) base: tempfile::TempDir,
    pub(crate) events: Vec<Event>,
    pub(crate) output: Output,
}

impl Run {
    /// Watches `configs` below a fresh directory while a command runs in it.
    pub(crate) fn new(command: &[&str]) -> Self {
        let base = open_to_all();
        File::create(base.path().join("orders")).unwrap();
        let configs = base.path().join("configs");
        std::fs::create_dir(&configs).unwrap();
        std::fs::set_permissions(
            &configs,
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        let request = Request {
            directories: vec![configs],
            umask: Some(0),
            program: PathBuf::from(command[0]),
            arguments: command[1..].iter().map(Into::into).collect(),
            faults: Vec::new(),
            process_group: ProcessGroup::Own,
            hash_key: [9; 32],
            read_at_most: 8 * 1024 * 1024,
        };
        Self {
            base,
            request,
            helper: std::env::current_exe().unwrap(),
            around: Vec::new(),
        }
    }

    /// Watches a shell script.
    pub(crate) fn shell(script: &str) -> Self {
        Self::new(&["/bin/sh", "-c", script])
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.request.faults.push(fault);
        self
    }

    pub(crate) fn with_file(self, name: &str, content: &str, mode: u32) -> Self {
        let path = self.configs().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))
            .unwrap();
        self
    }

    pub(crate) fn configs(&self) -> PathBuf {
        self.base.path().join("configs")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.base.path().join("events")
    }

    /// The helper's command, to be started in the watched directory.
    pub(crate) fn command(&self) -> Command {
        let request = serde_json::to_string(&self.request).unwrap();
        let (log, orders) = (self.log(), self.base.path().join("orders"));
        let words = [
            self.helper.to_str().unwrap(),
            "__watch",
            log.to_str().unwrap(),
            orders.to_str().unwrap(),
        ];
        let words = words
            .into_iter()
            .chain([request.as_str()])
            .map(str::to_owned);
        let mut words = self.around.iter().cloned().chain(words);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .current_dir(self.configs())
            .process_group(0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// Gives the running helper an order, in one piece.
    pub(crate) fn order(&self, order: &Order) {
        let mut line = serde_json::to_vec(order).unwrap();
        line.push(b'\n');
        let mut orders = OpenOptions::new()
            .append(true)
            .open(self.base.path().join("orders"))
            .unwrap();
        orders.write_all(&line).unwrap();
    }

    /// A gate outside of the watched directory, for `read x < ../NAME`.
    pub(crate) fn gate(&self, name: &str) -> Gate {
        let path = self.base.path().join(name);
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        Gate(path)
    }

    /// Waits for the helper's end and reads what it told.
    pub(crate) fn end(self, child: Child) -> Ran {
        let output = within_limit(child);
        let events = read(&self.log());
        Ran {
            base: self.base,
            events,
            output,
        }
    }

    pub(crate) fn run(self) -> Ran {
        let child = self.start();
        self.end(child)
    }
}

impl Ran {
    pub(crate) fn configs(&self) -> PathBuf {
        self.base.path().join("configs")
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    pub(crate) fn calls(&self) -> Vec<&Call> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Call(call) => Some(&**call),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn classes(&self) -> Vec<CallClass> {
        self.calls().iter().map(|call| call.class).collect()
    }

    pub(crate) fn count(&self, matches: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| matches(event)).count()
    }

    /// Nothing was hidden from the watcher and nobody else interfered. A way past it that was closed hides nothing.
    pub(crate) fn is_undisturbed(&self) -> bool {
        let disturbs = |event: &Event| match event {
            Event::Blind { hidden, .. } => *hidden != Hidden::Nothing,
            event => matches!(event, Event::External { .. }),
        };
        self.count(disturbs) == 0
    }

    /// What the watcher said it may not see: why, what, and where.
    pub(crate) fn blind(&self) -> Vec<(&str, Hidden, Option<&Place>)> {
        let told = self.events.iter().filter_map(|event| match event {
            Event::Blind {
                why, hidden, path, ..
            } => Some((why.as_str(), *hidden, path.as_ref())),
            _ => None,
        });
        told.collect()
    }

    pub(crate) fn history(&self, name: &str) -> Vec<Sighting> {
        history(&self.events, &Place::below(0, name))
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.configs().join(name)).ok()
    }
}

/// A pipe that a program reads from and thereby waits for us.
pub(crate) struct Gate(PathBuf);

impl Gate {
    /// Waits until the program has come to the gate, and lets it through when what is returned is dropped.
    pub(crate) fn reached(self) -> File {
        let mut open = None;
        until("the program", || {
            // Fails as long as nobody reads.
            open = OpenOptions::new()
                .write(true)
                .custom_flags(libc::O_NONBLOCK)
                .open(&self.0)
                .ok();
            open.is_some()
        });
        open.unwrap()
    }
}

/// A directory that every user can reach and write to.
pub(crate) fn open_to_all() -> tempfile::TempDir {
    let directory = tempfile::Builder::new()
        .prefix("diskwatch-")
        .tempdir()
        .unwrap();
    std::fs::set_permissions(
        directory.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    directory
}

pub(crate) fn read(log: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Waits for a child, but not for ever.
pub(crate) fn within_limit(child: Child) -> Output {
    let process = child.id();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait_with_output()));
    told.recv_timeout(LIMIT)
        .unwrap_or_else(|_| panic!("process {process} hangs"))
        .unwrap()
}

/// Waits until something holds, without sleeping for a fixed time.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LIMIT, "{what} never came");
        thread::park_timeout(Duration::from_millis(5));
    }
}
