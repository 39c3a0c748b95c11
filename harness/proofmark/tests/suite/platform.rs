//! The stand-alone platform through the built binary.

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::Method;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::{Value, json};

use crate::program::{ended, proofmark, run};

const ID: &str = "7b0e4f0c-52c7-4c89-9a2b-0f1d3c5e7a11";
const CONTROL: &str = "control-token-of-the-tests";

/// A platform that listens, and what it said so far.
pub(crate) struct Standing {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    welcome: String,
    pub(crate) origin: String,
}

impl Standing {
    pub(crate) fn start(words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = proofmark(&["platform", "--port", "0"]);
        command.args(words).envs(variables.iter().copied());
        Self::run(command)
    }

    fn run(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = String::new();
        for line in lines.by_ref() {
            let line = line.unwrap();
            welcome.push_str(&line);
            welcome.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let origin = welcome
            .lines()
            .find_map(|line| line.trim().strip_prefix("export PLATFORM_URL="));
        let origin = origin
            .unwrap_or_else(|| panic!("{welcome}{}", complaint(&mut child)))
            .to_owned();
        Self {
            child,
            lines,
            welcome,
            origin,
        }
    }

    pub(crate) fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let mut request = client.request(method, format!("{}{path}", self.origin));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(body) = body {
                request = request.body(body.to_string());
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            (
                status,
                serde_json::from_str(&text).unwrap_or(Value::String(text)),
            )
        })
    }

    fn register(&self) -> Value {
        let body = json!({"id": ID, "url": "http://localhost:9", "agent_card": {"name": "agent"}});
        self.ask(Method::POST, "/registry/register", None, Some(&body))
            .1
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Lets no file of it grow beyond so many bytes.
    fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }

    /// Ends it and returns its code and the rest of what it said.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        self.signal(signal);
        let rest: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        (self.child.wait().unwrap().code(), rest.join("\n"))
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        // It may have ended long ago.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn complaint(child: &mut Child) -> String {
    let mut text = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn a_killed_platform_goes_on_from_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory
        .path()
        .join("platform.state")
        .to_string_lossy()
        .into_owned();
    let words = ["--workspace", ID, "--state", &file];
    let first = Standing::start(&words, &[]);
    let given = first.register();
    let token = given["auth_token"].as_str().unwrap();
    let report = json!({"activity_type": "agent_log", "summary": "worked"});
    let activity = format!("/workspaces/{ID}/activity");
    assert_eq!(
        first
            .ask(Method::POST, &activity, Some(token), Some(&report))
            .0,
        200
    );
    assert_eq!(first.end(Signal::KILL).0, None);

    let second = Standing::start(&words, &[]);
    let (status, rows) = second.ask(Method::GET, &activity, Some(token), None);
    assert_eq!((status, &rows[0]["summary"]), (200, &json!("worked")));
    let again = json!({"id": ID, "url": "http://localhost:9", "agent_card": {}});
    let (status, answer) = second.ask(
        Method::POST,
        "/registry/register",
        Some(token),
        Some(&again),
    );
    assert_eq!(
        (status, &answer["platform_inbound_secret"]),
        (200, &given["platform_inbound_secret"])
    );
    let (code, said) = second.end(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(!said.contains(token), "{said}");
    assert!(said.ends_with("the platform has ended"), "{said}");
}

#[test]
fn a_state_that_a_full_disk_cut_off_is_written_whole_later() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("platform.state");
    let words = ["--workspace", ID, "--state", &file.to_string_lossy()];
    // Without the signal a limit on files is what a full disk is: a write ends in its middle.
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_proofmark");
    command
        .args([
            "-c",
            "trap '' XFSZ; exec \"$0\" \"$@\"",
            program,
            "platform",
            "--port",
            "0",
        ])
        .args(words);
    let first = Standing::run(command);
    let given = first.register();
    let token = given["auth_token"].as_str().unwrap();
    let before = std::fs::read(&file).unwrap();
    first.limit_files(Some(100));
    let path = format!("/workspaces/{ID}/activity");
    let report = json!({"activity_type": "agent_log", "summary": "worked"});
    assert_eq!(
        first.ask(Method::POST, &path, Some(token), Some(&report)).0,
        500
    );
    assert_eq!(std::fs::read(&file).unwrap(), before);
    first.limit_files(None);
    assert_eq!(
        first.ask(Method::POST, &path, Some(token), Some(&report)).0,
        200
    );
    let (_, said) = first.end(Signal::KILL);
    assert!(
        said.contains("the state file cannot be written: File too large"),
        "{said}"
    );
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        2,
        "the file and its lock"
    );

    let second = Standing::start(&words, &[]);
    let (status, rows) = second.ask(Method::GET, &path, Some(token), None);
    assert_eq!(
        (status, rows.as_array().unwrap().len(), &rows[0]["summary"]),
        (200, 2, &json!("worked"))
    );
}

#[test]
fn it_says_what_to_paste_and_ends_in_good_order() {
    for signal in [Signal::INT, Signal::TERM] {
        let platform = Standing::start(
            &[
                "--workspace",
                ID,
                "--revision",
                "r2+",
                "--edge",
                "waf-empty",
            ],
            &[],
        );
        assert!(
            platform
                .welcome
                .contains(&format!("  export WORKSPACE_ID={ID}\n")),
            "{}",
            platform.welcome
        );
        let token = platform
            .welcome
            .lines()
            .find_map(|line| line.trim().strip_prefix("export PROOFMARK_CONTROL_TOKEN="));
        let (status, offer) = platform.ask(Method::GET, "/proofmark", Some(token.unwrap()), None);
        assert_eq!(
            (status, &offer["revision"], &offer["edge"]),
            (200, &json!("r2+"), &json!("waf-empty"))
        );
        let (code, said) = platform.end(signal);
        assert_eq!((code, said.trim()), (Some(0), "the platform has ended"));
    }
}

#[test]
fn credentials_come_from_the_environment_and_are_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let seed = directory.path().join("seed.yaml");
    let text = format!(
        "workspaces:\n  - id: {ID}\n    name: writer\n    tokens-from: [WRITER_TOKEN]\n    secret-from: WRITER_SECRET\n  \
         - id: 11111111-2222-4333-8444-555555555555\n    name: reader\n    parent: {ID}\n    secret: absent\n"
    );
    std::fs::write(&seed, text).unwrap();
    let variables = [
        ("WRITER_TOKEN", "token-of-the-writer-000000"),
        ("WRITER_SECRET", "secret-of-the-writer-00000"),
        ("PROOFMARK_ADMIN_TOKEN", "operator-token-of-the-tests"),
        ("PROOFMARK_CONTROL_TOKEN", CONTROL),
    ];
    let platform = Standing::start(&["--seed", &seed.to_string_lossy()], &variables);
    assert!(
        platform
            .welcome
            .contains("export MOLECULE_WORKSPACE_TOKEN=\"$WRITER_TOKEN\""),
        "{}",
        platform.welcome
    );
    let (status, rows) = platform.ask(
        Method::GET,
        "/workspaces",
        Some("operator-token-of-the-tests"),
        None,
    );
    assert_eq!((status, rows.as_array().unwrap().len()), (200, 2));
    let state = format!("/workspaces/{ID}/state");
    assert_eq!(
        platform
            .ask(
                Method::GET,
                &state,
                Some("token-of-the-writer-000000"),
                None
            )
            .0,
        200
    );
    let secret = format!("/proofmark/workspaces/{ID}/secret");
    let (_, secret) = platform.ask(Method::GET, &secret, Some(CONTROL), None);
    assert_eq!(
        secret["platform_inbound_secret"],
        "secret-of-the-writer-00000"
    );
    let welcome = platform.welcome.clone();
    let (_, said) = platform.end(Signal::INT);
    for (_, value) in variables {
        assert!(
            !said.contains(value) && !welcome.contains(value),
            "{welcome}{said}"
        );
    }
    assert!(said.contains("GET /workspaces"), "{said}");
}

#[test]
fn what_it_cannot_start_with_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let seed = directory.path().join("seed.yaml");
    let path = seed.to_string_lossy().into_owned();
    std::fs::write(&seed, "workspaces:\n  - id: nobody\n    name: a\n").unwrap();
    let ran = run(&["platform", "--port", "0", "--seed", &path]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.error.contains("`nobody` is not a UUID") && ran.error.contains("seed.yaml:2"),
        "{}",
        ran.error
    );
    std::fs::write(
        &seed,
        format!("workspaces: [{{id: {ID}, name: a, tokens-from: [NO_SUCH_TOKEN]}}]"),
    )
    .unwrap();
    let ran = run(&["platform", "--port", "0", "--seed", &path]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.error
            .contains("names the variable NO_SUCH_TOKEN, which holds nothing"),
        "{}",
        ran.error
    );
    let ran = run(&["platform", "--port", "0", "--state", &path]);
    assert_eq!(ran.code, 2);
    assert!(ran.error.contains("seed.yaml"), "{}", ran.error);
    let short = proofmark(&["platform", "--port", "0"])
        .env("PROOFMARK_CONTROL_TOKEN", "short")
        .output()
        .unwrap();
    let short = ended(short);
    assert_eq!(short.code, 2);
    assert!(
        short
            .error
            .contains("PROOFMARK_CONTROL_TOKEN must have at least 16 characters"),
        "{}",
        short.error
    );
}
