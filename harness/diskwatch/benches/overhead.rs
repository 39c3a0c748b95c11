//! What watching costs: the start of a program with many imports, a steady HTTP loop, and replacing one file.
//!
//! Bare and watched runs take turns, and each is compared with its neighbour, so that a busy machine slows both alike; the
//! medians count. Run it with `cargo bench -p proofmark-diskwatch`; it fails where a slow-down is above what is promised.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Instant;

use diskwatch::{Event, ProcessGroup, Request, watch};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A large HTTP library; fixed, so that figures of different days compare.
const LIBRARY: &str = "httpx==0.28.1";
const IMPORT: &str = "import httpx";
/// Of the start, and of an exchange over HTTP, in percent.
const IMPORT_AT_MOST: f64 = 25.0;
const EXCHANGE_AT_MOST: f64 = 20.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["__watch", events, request] => serve(events, request),
        // With `--test` nothing is measured.
        all if !all.contains(&"--bench") => {
            say("measures with `cargo bench` only").map(|()| ExitCode::SUCCESS)
        }
        _ => measure_all(),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "the measurement failed: {error}");
        ExitCode::FAILURE
    })
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// The helper: as in earnest, events are written to a file one by one.
fn serve(events: &str, request: &str) -> Result<ExitCode> {
    let mut events = File::create(events)?;
    let request: Request = serde_json::from_str(request)?;
    let mut sink = |event: Event| {
        let mut line = serde_json::to_vec(&event)?;
        line.push(b'\n');
        events.write_all(&line)
    };
    let outcome = watch(request, &mut Vec::new, &mut sink)?;
    Ok(ExitCode::from(u8::try_from(outcome.exit_code())?))
}

fn measure_all() -> Result<ExitCode> {
    tell_line(["", "bare", "watched", "added", "slower", "at most"])?;
    let mut holds = true;
    match library() {
        Ok(python) => {
            let compared = compare(
                30,
                &[&python, Path::new("-c"), Path::new(IMPORT)],
                Clock::Whole,
            )?;
            holds &= compared.tell("start with `import httpx`", Some(IMPORT_AT_MOST))?;
        }
        Err(why) => say(&format!("start with `import httpx` is skipped: {why}"))?,
    }
    let python = python()?;
    let address = answer()?;
    let exchange = [
        &python,
        Path::new("-c"),
        Path::new(EXCHANGES),
        Path::new(&address),
    ];
    let compared = compare(21, &exchange, Clock::Told)?;
    holds &= compared.tell("one exchange over HTTP", Some(EXCHANGE_AT_MOST))?;
    if succeeds(Path::new("node"), &["-e", "0"]) {
        let exchange = ["node", "-e", NODE_EXCHANGES, &address].map(Path::new);
        let compared = compare(21, &exchange, Clock::Told)?;
        compared.tell("the same in Node", None)?;
    }
    let compared = compare(
        15,
        &[&python, Path::new("-c"), Path::new(REPLACEMENTS)],
        Clock::Told,
    )?;
    compared.tell("one file written and renamed", None)?;
    Ok(if holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Three thousand requests on one connection; the microseconds of one are printed.
const EXCHANGES: &str = r#"
import http.client, sys, time
connection = http.client.HTTPConnection(sys.argv[1])
def exchange(count):
    for _ in range(count):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read() == b"ok"
exchange(200)
begin = time.perf_counter()
exchange(3000)
print((time.perf_counter() - begin) / 3000 * 1e6)
"#;

/// The same in a language that sends by the call that also writes files, so that each exchange stops once.
const NODE_EXCHANGES: &str = r#"
const http = require("node:http");
const [host, port] = process.argv[1].split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const exchange = () => new Promise((done, failed) => {
    http.get({ host, port, agent }, (answer) => answer.resume().on("end", done)).on("error", failed);
});
(async () => {
    for (let count = 0; count < 200; count++) await exchange();
    const begin = performance.now();
    for (let count = 0; count < 3000; count++) await exchange();
    console.log((performance.now() - begin) / 3000 * 1e3);
    agent.destroy();
})();
"#;

/// A file replaced five hundred times; the microseconds of one replacement are printed.
const REPLACEMENTS: &str = r#"
import os, time
def replace(count):
    for _ in range(count):
        fd = os.open("secret.tmp", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(fd, b"issued-secret")
        os.close(fd)
        os.replace("secret.tmp", "secret")
replace(20)
begin = time.perf_counter()
replace(500)
print((time.perf_counter() - begin) / 500 * 1e6)
"#;

/// Where the time comes from.
#[derive(Clone, Copy)]
enum Clock {
    /// From the start to the end, with everything that watching adds to both.
    Whole,
    /// The program says it.
    Told,
}

/// Medians, in microseconds but for the last.
struct Compared {
    bare: f64,
    watched: f64,
    /// The difference of two neighbours.
    added: f64,
    /// The same, in percent of the bare one.
    percent: f64,
}

impl Compared {
    /// Prints a line of the table; whether the slow-down is below the limit.
    fn tell(&self, name: &str, at_most: Option<f64>) -> Result<bool> {
        let limit = at_most.map_or_else(String::new, |limit| format!("{limit:.0} %"));
        let [bare, watched, added] = [self.bare, self.watched, self.added].map(spelled);
        tell_line([
            name,
            &bare,
            &watched,
            &added,
            &format!("{:+.1} %", self.percent),
            &limit,
        ])?;
        Ok(at_most.is_none_or(|limit| self.percent < limit))
    }
}

fn tell_line([name, bare, watched, added, slower, at_most]: [&str; 6]) -> Result<()> {
    let line = format!("{name:<30}{bare:>12}{watched:>12}{added:>12}{slower:>12}{at_most:>10}");
    say(line.trim_end())
}

fn spelled(microseconds: f64) -> String {
    if microseconds.abs() < 10_000.0 {
        format!("{microseconds:.1} us")
    } else {
        format!("{:.1} ms", microseconds / 1000.0)
    }
}

fn compare(rounds: usize, words: &[&Path], clock: Clock) -> Result<Compared> {
    // Once each beforehand, so that caches are warm.
    run(words, clock, false)?;
    run(words, clock, true)?;
    let mut pairs = Vec::new();
    for round in 0..rounds {
        // Who comes first changes too.
        let first = run(words, clock, round % 2 == 0)?;
        let second = run(words, clock, round % 2 != 0)?;
        pairs.push(if round % 2 == 0 {
            (second, first)
        } else {
            (first, second)
        });
    }
    let median_of =
        |part: fn(&(f64, f64)) -> f64| -> f64 { median(pairs.iter().map(part).collect()) };
    Ok(Compared {
        bare: median_of(|(bare, _)| *bare),
        watched: median_of(|(_, watched)| *watched),
        added: median_of(|(bare, watched)| watched - bare),
        percent: median_of(|(bare, watched)| (watched / bare - 1.0) * 100.0),
    })
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The microseconds of one run.
fn run(words: &[&Path], clock: Clock, is_watched: bool) -> Result<f64> {
    // In memory where there is such a place, for a disk's own time is none of ours.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let base = tempfile::tempdir_in(place)?;
    let configs = base.path().join("configs");
    std::fs::create_dir(&configs)?;
    let (program, arguments) = words.split_first().ok_or("no program")?;
    let mut command = Command::new(program);
    if is_watched {
        let request = Request {
            directories: vec![configs.clone()],
            umask: None,
            program: program.to_path_buf(),
            arguments: arguments.iter().map(Into::into).collect(),
            faults: Vec::new(),
            process_group: ProcessGroup::Own,
            hash_key: [9; 32],
            read_at_most: 1024 * 1024,
        };
        command = Command::new(std::env::current_exe()?);
        command
            .arg("__watch")
            .arg(base.path().join("events"))
            .arg(serde_json::to_string(&request)?);
    } else {
        command.args(arguments);
    }
    let begin = Instant::now();
    let output = command
        .current_dir(&configs)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let whole = begin.elapsed();
    if !output.status.success() {
        return Err(format!("{} ended with {}", program.display(), output.status).into());
    }
    Ok(match clock {
        Clock::Whole => whole.as_secs_f64() * 1e6,
        Clock::Told => String::from_utf8(output.stdout)?.trim().parse()?,
    })
}

/// A server in this process, which is not watched. It is as quick as can be, so that the cost of watching shows.
fn answer() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that has gone is the end of its connection and of nothing else.
            thread::spawn(move || converse(&connection));
        }
    });
    Ok(address)
}

fn converse(connection: &TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut lines = BufReader::new(connection).lines();
    while let Some(line) = lines.next().transpose()? {
        // An empty line is the end of a request without a body.
        if line.is_empty() {
            (&*connection).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        }
    }
    Ok(())
}

/// The interpreter itself, not a script of a version manager that chooses one.
fn python() -> Result<PathBuf> {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

/// An interpreter that can import the library.
fn library() -> Result<PathBuf> {
    let python = python()?;
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-library");
    let kept = place.join("bin/python");
    if succeeds(&python, &["-c", IMPORT]) {
        return Ok(python);
    }
    if !succeeds(&kept, &["-c", IMPORT]) {
        if !succeeds(
            &python,
            &["-m", "venv", "--clear", &place.to_string_lossy()],
        ) {
            return Err(format!("{} makes no virtual environment", python.display()).into());
        }
        if !succeeds(
            &kept,
            &["-m", "pip", "install", "--quiet", "--no-input", LIBRARY],
        ) {
            return Err(format!("{LIBRARY} cannot be installed").into());
        }
    }
    Ok(kept)
}

fn succeeds(program: &Path, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
