//! Examining a subject: every stop of the walk has its line, and what is missing has its mend.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{Ran, ended, proofmark, run};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/runtimes")
        .join(name);
    path.join("runtime.yaml").to_string_lossy().into_owned()
}

fn examined(path: &str) -> Ran {
    run(&["doctor", "--runtime", path])
}

/// A manifest of a container with this program and whatever else is wanted.
fn manifest(argv: &str, rest: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("runtime.yaml");
    let text = format!(
        "runtime: {{ name: odd, version: \"1\", revision: r2, profile: container }}\nlaunch: {{ argv: {argv} }}\n{rest}\n"
    );
    fs::write(&path, text).unwrap();
    let shown = path.to_string_lossy().into_owned();
    (directory, shown)
}

/// A runtime that does what its arguments say, and keeps no secret to itself.
const ODD: &str = "import http.server, json, os, signal, subprocess, sys, threading, time, urllib.request
mode = set(sys.argv[1:])
platform, port = os.environ['PLATFORM_URL'], int(os.environ['PORT'])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('content-length', '2')
        self.end_headers()
        self.wfile.write(b'{}')
    def log_message(self, *words): pass
if 'deaf' in mode: signal.signal(signal.SIGTERM, signal.SIG_IGN)
if 'seven' in mode: signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
if 'child' in mode: subprocess.Popen(['sleep', '67.25'])
server = http.server.ThreadingHTTPServer(('0.0.0.0', port), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
def post(path, body, token=''):
    headers = {'Origin': platform, 'Content-Type': 'application/json', 'Authorization': 'Bearer ' + token}
    return json.loads(urllib.request.urlopen(urllib.request.Request(platform + path, json.dumps(body).encode(), headers)).read())
workspace = 'nobody' if 'stranger' in mode else os.environ['WORKSPACE_ID']
body = {'id': workspace, 'url': 'http://localhost:%d' % port, 'agent_card': {'name': 'odd'}}
try:
    given = post('/registry/register', body)
except Exception as error:
    print('refused', error, flush=True)
    time.sleep(300)
with open('VAULT', 'w') as vault:
    vault.write(given['auth_token'] + '\\n' + given['platform_inbound_secret'])
place = os.environ['HOME'] + '/mine' if 'elsewhere' in mode else os.environ['CONFIGS_DIR'] + '/.auth_token'
with open(place, 'w') as stored:
    stored.write(given['auth_token'])
print('mine is', given['auth_token'], flush=True)
if 'dies' in mode: sys.exit('it was ' + given['auth_token'])
while True:
    post('/registry/heartbeat', {'workspace_id': os.environ['WORKSPACE_ID']}, given['auth_token'])
    time.sleep(30 if 'slow' in mode else 0.2)
";

/// The odd runtime, examined; no credential of it may stand in what is printed.
fn examined_odd(mode: &[&str], options: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    let (program, vault) = (
        directory.path().join("odd.py"),
        directory.path().join("vault"),
    );
    fs::write(&program, ODD.replace("VAULT", &vault.to_string_lossy())).unwrap();
    let program = program.to_string_lossy().into_owned();
    let temporary = tempfile::tempdir().unwrap();
    let mut command = proofmark(&["doctor"]);
    command
        .args(options)
        .args(["--subject-command", "python3", &program])
        .args(mode);
    let ran = ended(command.env("TMPDIR", temporary.path()).output().unwrap());
    for credential in fs::read_to_string(&vault).unwrap_or_default().lines() {
        assert!(
            !ran.out.contains(credential) && !ran.error.contains(credential),
            "{}",
            ran.out
        );
    }
    assert_eq!(
        fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "a stage directory is left"
    );
    ran
}

/// Whether a line has these words in this order.
fn has_line(ran: &Ran, words: &[&str]) -> bool {
    ran.out.lines().any(|line| {
        let mut rest = line;
        words.iter().all(|word| match rest.split_once(word) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    })
}

fn assert_lines(ran: &Ran, wanted: &[&[&str]]) {
    for words in wanted {
        assert!(
            has_line(ran, words),
            "{words:?} is in no line of\n{}{}",
            ran.out,
            ran.error
        );
    }
}

fn left_running(word: &str) -> bool {
    let Ok(entries) = fs::read_dir("/proc") else {
        return false;
    };
    entries.flatten().any(|entry| {
        fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.contains(word))
    })
}

#[test]
fn the_samples_of_every_kind_are_ready_to_be_judged() {
    let begun = Instant::now();
    let ran = examined(&fixture("python-container"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["ok", "setup", "nothing to do"],
            &["ok", "launch", " s", "runtime.py"],
            &["ok", "ready", " s", "POST /registry/register was answered"],
            &["ok", "ready", " s", "the agent card is served"],
            &["ok", "register", "with the address http://localhost:"],
            &["ok", "heartbeat", "every ", "timing: { heartbeat: "],
            &["ok", "token file", "configs/.auth_token, mode 0600"],
            &[
                "ok",
                "secret file",
                "configs/.platform_inbound_secret, mode 0600",
            ],
            &["ok", "stop", "exited with code 0 after TERM"],
            &["disk", "trace"],
            &["ready to be judged: ", "scenarios apply, ", " do not:"],
            &["for the profiles cli, and the subject's is container"],
            &[
                "next: proofmark run --runtime ",
                "python-container/runtime.yaml",
            ],
        ],
    );
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    let ran = examined(&fixture("python-mcp-tools"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["ok", "ready", "MCP's initialize was answered"],
            &["ok", "token file", "the manifest hands it a token"],
            &[
                "ok",
                "trigger",
                "peer-message by the tool `send_message_to_peer`",
            ],
            &["ok", "stop", "at the end of its input"],
        ],
    );
    let ran = examined(&fixture("sh-cli"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["ok", "trigger", "peer-message by a program"],
            &["ok", "stop", "exited with code 0 by itself"],
        ],
    );
}

#[test]
fn a_runtime_that_polls_is_walked_through_and_means_that_it_lacks_are_counted() {
    let ran = examined(&fixture("node-poll"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["ok", "ready", "GET /workspaces/", "/activity was answered"],
            &["ok", "token file", "home/state/auth_token, mode 0600"],
            &["ok", "trigger", "peer-message by a message that it answers"],
        ],
    );
    let text = fs::read_to_string(fixture("node-poll")).unwrap();
    let program = Path::new(&fixture("node-poll")).with_file_name("runtime.mjs");
    let (before, after) = text.split_once("trigger:").unwrap();
    let (_, stop) = after.split_once("stop:").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("runtime.yaml");
    let bare = format!("{before}stop:{stop}")
        .replace("${MANIFEST_DIR}/runtime.mjs", &program.to_string_lossy());
    fs::write(&path, bare).unwrap();
    let ran = examined(&path.to_string_lossy());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &[
                "note",
                "trigger",
                "no means for notify-user: ",
                "for that alone",
            ],
            &["mend: name what makes it act, such as `trigger: { notify-user: { reply: true } }`"],
        ],
    );
}

#[test]
fn a_subject_that_cannot_be_judged_ends_with_three_and_says_what_to_mend() {
    let (_directory, path) = manifest("[/no/such/program]", "");
    let ran = examined(&path);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["FAIL", "launch", "/no/such/program"],
            &["mend: name a program on PATH"],
        ],
    );
    let ran = run(&["doctor", "--subject-command", "/bin/false"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["FAIL", "launch", "it exited with code 1"],
            &["not ready to be judged"],
            &["next: proofmark doctor --subject-command /bin/false"],
        ],
    );
    let begun = Instant::now();
    let (_directory, path) = manifest("[sleep, \"68.25\"]", "ready: { within: 1s }");
    let ran = examined(&path);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["ok", "launch", "sleep 68.25"],
            &[
                "FAIL",
                "ready",
                "it did not send `POST /registry/register`",
                "within 1.0 s",
            ],
            &["FAIL", "ready", "it did not serve its agent card"],
            &["mend: give it longer by `ready: { within: 30s }`"],
        ],
    );
    assert!(begun.elapsed() < Duration::from_secs(10) && !left_running("68.25"));
    let (_directory, path) = manifest(
        "[\"true\"]",
        "setup: [{ argv: [/bin/sh, -c, \"echo no network; exit 4\"] }]",
    );
    let ran = examined(&path);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[&["FAIL", "setup", "`/bin/sh` failed"], &["| no network"]],
    );
}

#[test]
fn invalid_input_starts_nothing() {
    let (_directory, path) = manifest("[\"true\"]", "stoop: {}");
    let ran = examined(&path);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error.contains("unknown key `stoop`") && ran.error.contains("^^^^^"),
        "{}",
        ran.error
    );
    let ran = run(&["doctor", "--subject-command", "/no/such/program"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.error
            .contains("cannot find the program `/no/such/program`"),
        "{}",
        ran.error
    );
}

#[test]
fn oddities_are_noted_with_their_keys_and_stop_nobody() {
    let begun = Instant::now();
    let ran = examined_odd(&["slow", "elsewhere", "seven"], &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["note", "heartbeat", "one within", "the pace was not seen"],
            &[
                "mend: put its pace into the manifest",
                "`timing: { heartbeat: 30s }`",
            ],
            &[
                "note",
                "token file",
                "lies in home/mine, mode 0666",
                "not in configs/.auth_token",
            ],
            &["mend: say so: `state: [{ holds: token, path: \"${STATE}/mine\" }]`"],
            &[
                "note",
                "secret file",
                "is not in configs/.platform_inbound_secret",
            ],
            &["note", "stop", "exited with code 7 after TERM"],
            &["mend: exit with 0", "`stop: { exits: [7] }`"],
        ],
    );
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    let ran = examined_odd(&["deaf", "child"], &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &["note", "token file", "mode 0666, which lets others read it"],
            &[
                "note",
                "stop",
                "did not end within",
                "of TERM and was killed",
            ],
            &["mend: heed that signal", "`stop: { by: INT }`"],
        ],
    );
    assert!(!left_running("67.25"));
}

#[test]
fn a_register_that_is_turned_down_is_quoted_and_an_early_end_is_told() {
    let ran = examined_odd(&["stranger"], &["--boot-within", "2s"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert_lines(
        &ran,
        &[
            &[
                "FAIL",
                "register",
                "the platform answered",
                "to its register",
            ],
            &["| refused"],
        ],
    );
    let ran = examined_odd(&["dies"], &[]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
    assert!(ran.out.contains("exited with code 1"), "{}", ran.out);
}

#[test]
fn ctrl_c_ends_an_examination_without_a_process_or_directory_left() {
    let temporary = tempfile::tempdir().unwrap();
    let (_directory, path) = manifest(
        "[sleep, \"69.25\"]",
        "ready: { within: 60s }\nsetup: [{ argv: [\"true\"] }]",
    );
    let mut command = proofmark(&["doctor", "--disk", "stat", "--runtime", &path]);
    command
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(
        lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("1 step done"))
    );
    // The subject itself is what is interrupted, not the way to it.
    assert!((0..500).any(|_| {
        std::thread::park_timeout(Duration::from_millis(10));
        left_running("69.25")
    }));
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        rest,
        ["interrupted: the subject was not examined to the end"]
    );
    assert!(!left_running("69.25"));
    assert_eq!(
        fs::read_dir(temporary.path()).unwrap().count(),
        0,
        "a stage directory is left"
    );
}
