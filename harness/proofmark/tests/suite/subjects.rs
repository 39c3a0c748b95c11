//! Subjects that are not agents: no pass at all, and the right exit code.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::program::{Ran, ended, proofmark, run_with_result};

fn judge(command: &str) -> (Ran, serde_json::Value) {
    let (ran, result, _out) =
        run_with_result(&["run", "--boot-within", "2s", "--subject-command", command]);
    (ran, result)
}

fn nothing_passed(result: &serde_json::Value) -> bool {
    let scenarios = result["scenarios"].as_array().unwrap();
    let clean = scenarios.iter().all(|scenario| {
        scenario["verdict"] != "pass"
            && scenario["findings"]
                .as_array()
                .unwrap()
                .iter()
                .all(|finding| finding["verdict"] != "pass")
    });
    clean && !scenarios.is_empty() && result["counts"]["passed"] == 0
}

fn script(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    let command = format!("python3 {}", path.display());
    (directory, command)
}

#[test]
fn programs_that_do_nothing_pass_nothing() {
    for command in ["/bin/true", "/bin/false", "sleep 60"] {
        let (ran, result) = judge(command);
        assert_eq!(ran.code, 3, "{command}: {}", ran.out);
        assert!(nothing_passed(&result), "{command}");
        assert!(
            ran.out.contains("nothing was judged: the subject"),
            "{command}: {}",
            ran.out
        );
        assert_eq!(result["exit-code"], 3);
    }
}

#[test]
fn a_server_that_answers_everything_with_an_empty_object_passes_nothing() {
    let (_directory, command) = script(
        "yes.py",
        "import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get('content-length', 0)))
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', '2')
        self.end_headers()
        self.wfile.write(b'{}')
    do_GET = do_POST
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), Answer).serve_forever()
",
    );
    let (ran, result) = judge(&command);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(nothing_passed(&result));
}

#[test]
fn a_program_that_registers_once_and_sleeps_passes_only_what_its_register_shows() {
    let (_directory, command) = script(
        "once.py",
        "import json, os, time, urllib.request
url = os.environ['PLATFORM_URL']
body = {'id': os.environ['WORKSPACE_ID'], 'url': 'http://localhost:' + os.environ['PORT'], 'agent_card': {'name': 'once'}}
request = urllib.request.Request(url + '/registry/register', json.dumps(body).encode(), {'Origin': url})
try:
    urllib.request.urlopen(request).read()
except Exception as error:
    print(error)
time.sleep(300)
",
    );
    let mut words = vec![
        "run",
        "register/first-boot",
        "register/card-names-the-agent",
        "heartbeat/soon-after-register",
    ];
    words.extend(["--subject-command", &command]);
    let (ran, result, _out) = run_with_result(&words);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert_eq!(result["counts"]["passed"], 0, "{}", ran.out);
    // Its path is well formed, and a token that a scenario plants is not where it may not be.
    let shown = [
        "REG-", "WAF-001", "WAF-002", "WAF-004", "TOK-022", "ENV-013",
    ];
    for scenario in result["scenarios"].as_array().unwrap() {
        for finding in scenario["findings"].as_array().unwrap() {
            if finding["verdict"] == "pass" {
                let cited = finding["requirements"].as_array().unwrap();
                let of_the_register = cited.iter().all(|id| {
                    shown
                        .iter()
                        .any(|known| id.as_str().unwrap().starts_with(known))
                });
                assert!(of_the_register, "{}: {finding}", scenario["name"]);
            }
        }
    }
}

#[test]
fn the_reference_agent_conforms() {
    let (ran, result, _out) = run_with_result(&["run"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.error);
    assert!(result["counts"]["passed"].as_u64().unwrap() >= 45);
    for verdict in ["failed", "inconclusive", "untestable", "warned"] {
        assert_eq!(result["counts"][verdict], 0, "{verdict}");
    }
    // What does not apply to it is made for other kinds of runtime.
    for scenario in result["scenarios"].as_array().unwrap() {
        let reason = scenario["reason"].as_str().unwrap_or_default();
        assert!(
            scenario["verdict"] != "not-applicable" || reason.starts_with("for the profiles"),
            "{scenario}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_subject_of_a_run_in_the_background_can_be_asked_to_stop() {
    let directory = tempfile::tempdir().unwrap();
    let status = directory.path().join("status");
    let subject = format!("/bin/sh -c 'cat /proc/self/status > {}'", status.display());
    for observer in ["trace", "stat"] {
        // As `nohup` and jobs in the background leave them to what they start.
        let ignoring = "trap '' HUP INT QUIT TERM; exec \"$0\" \"$@\"";
        let mut command = std::process::Command::new("/bin/sh");
        command.args([
            "-c",
            ignoring,
            env!("CARGO_BIN_EXE_proofmark"),
            "run",
            "token/stored-exactly",
        ]);
        command.args([
            "--disk",
            observer,
            "--boot-within",
            "5s",
            "--subject-command",
            &subject,
        ]);
        let ran = ended(command.output().unwrap());
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
        let told = fs::read_to_string(&status).unwrap();
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .unwrap();
        let ignored = u64::from_str_radix(line.trim(), 16).unwrap();
        for signal in [1, 2, 3, 15] {
            assert_eq!(
                ignored & (1 << (signal - 1)),
                0,
                "{observer}: signal {signal} is ignored"
            );
        }
        fs::remove_file(&status).unwrap();
    }
}

#[test]
fn a_program_that_cannot_be_executed_is_the_machines_affair_in_every_language() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("stranger", "no format of a program"),
        ("orphan", "#!/nowhere/interpreter\n"),
    ] {
        let program = directory.path().join(name);
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        for language in ["C", "de_DE.UTF-8"] {
            let out = directory.path().join(format!("{name}-{language}"));
            let mut command =
                proofmark(&["run", "token/stored-exactly", "--disk", "trace", "--out"]);
            command.arg(&out).arg("--subject-command").arg(&program);
            let ran = ended(
                command
                    .env("LANG", language)
                    .env("LC_ALL", language)
                    .output()
                    .unwrap(),
            );
            assert_eq!(ran.code, 3, "{}{}", ran.out, ran.error);
            let result = fs::read_to_string(out.join("result.json")).unwrap();
            let result: serde_json::Value = serde_json::from_str(&result).unwrap();
            assert_eq!(
                result["scenarios"][0]["blame"], "environment",
                "{}",
                ran.out
            );
        }
    }
}
