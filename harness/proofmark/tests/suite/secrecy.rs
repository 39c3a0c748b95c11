//! No credential of a run leaves it, in any spelling.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::program::proofmark;

fn files_below(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.path().is_dir() {
            files_below(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// A runtime that keeps what it is given where this test can read it, and shouts it in every spelling it knows.
const INDISCREET: &str = "import base64, json, os, sys, threading, time, urllib.parse, urllib.request, http.server
platform = os.environ['PLATFORM_URL']
port = int(os.environ['PORT'])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'name': 'indiscreet', 'says': getattr(Answer, 'said', '')}).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers.get('content-length', 0)))
        self.do_GET()
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(('0.0.0.0', port), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
body = {'id': os.environ['WORKSPACE_ID'], 'url': 'http://localhost:%d' % port, 'agent_card': {'name': 'indiscreet'}}
request = urllib.request.Request(platform + '/registry/register', json.dumps(body).encode(), {'Origin': platform})
given = json.loads(urllib.request.urlopen(request).read())
with open('VAULT', 'a') as vault:
    for name in ('auth_token', 'platform_inbound_secret'):
        if given.get(name):
            vault.write(given[name] + '\\n')
for value in (given.get('auth_token', ''), given.get('platform_inbound_secret', '')):
    raw = value.encode()
    shouted = [value, base64.b64encode(raw).decode(), base64.b64encode(b'user:' + raw).decode(), raw.hex(), value[::-1],
               urllib.parse.quote(value, safe=''), json.dumps(value), value[:20]]
    Answer.said = ' '.join(shouted)
    for spelling in shouted:
        print('spelt', spelling, flush=True)
        print('spelt', spelling, file=sys.stderr, flush=True)
    with open(os.path.join(os.environ['CONFIGS_DIR'], '.auth_token'), 'w') as stored:
        stored.write(value + '\\n' + base64.b64encode(raw).decode())
while True:
    beat = {'workspace_id': os.environ['WORKSPACE_ID'], 'sample_error': Answer.said}
    url = platform + '/registry/heartbeat?token=' + urllib.parse.quote(given.get('auth_token', ''))
    headers = {'Authorization': 'Bearer ' + given.get('auth_token', ''), 'X-Copy': given.get('auth_token', '')}
    try:
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(beat).encode(), headers)).read()
    except Exception as error:
        print(error, flush=True)
    time.sleep(0.2)
";

#[test]
fn an_indiscreet_runtime_cannot_make_the_harness_leak() {
    let directory = tempfile::tempdir().unwrap();
    let vault = directory.path().join("vault");
    let runtime = directory.path().join("indiscreet.py");
    fs::write(
        &runtime,
        INDISCREET.replace("VAULT", &vault.to_string_lossy()),
    )
    .unwrap();
    let out = directory.path().join("out");
    let output = proofmark(&[
        "run", "-v", "--area", "register", "--area", "secret", "--area", "token",
    ])
    .args(["--out", &out.to_string_lossy(), "--subject-command"])
    .arg(format!("python3 {}", runtime.display()))
    .output()
    .unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let known = fs::read_to_string(&vault).unwrap();
    let known: BTreeSet<&str> = known.lines().collect();
    assert!(
        known.len() > 20,
        "only {} credentials were issued",
        known.len()
    );
    let mut written = vec![
        ("stdout".to_owned(), output.stdout),
        ("stderr".to_owned(), output.stderr),
    ];
    let mut files = Vec::new();
    files_below(&out, &mut files);
    assert!(files.len() > 20, "{files:?}");
    written.extend(
        files
            .into_iter()
            .map(|path| (path.display().to_string(), fs::read(&path).unwrap())),
    );
    for (name, bytes) in &written {
        let text = String::from_utf8_lossy(bytes);
        for credential in &known {
            for spelling in spellings(credential) {
                assert!(
                    !text.contains(&spelling),
                    "{name} holds a credential, spelt {spelling}"
                );
            }
        }
    }
    let printed = String::from_utf8_lossy(&written[0].1);
    assert!(
        printed.contains("ENV-012") && printed.contains("TOK-022"),
        "{printed}"
    );
}

fn spellings(credential: &str) -> Vec<String> {
    let hexadecimal = credential.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let carried = STANDARD.encode(format!("user:{credential}"));
    vec![
        credential.to_owned(),
        credential[..9].to_owned(),
        STANDARD_NO_PAD.encode(credential),
        URL_SAFE_NO_PAD.encode(credential),
        carried[8..carried.len() - 4].to_owned(),
        hexadecimal,
        credential.chars().rev().collect(),
    ]
}
