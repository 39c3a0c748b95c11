//! Manifests, right and wrong.

use super::{Manifest, Placeholder, parse, schema};
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use protocol::Capability;

fn read(text: &str) -> Result<Manifest, Vec<Diagnostic>> {
    parse(&Source::new("runtime.yaml", text))
}

const WHOLE: &str = r#"
runtime: { name: sample, version: 1.0.0, revision: r2, profile: container }
capabilities: { claims: [pacing], without: [uploads], token-sources: [file, env] }
setup:
  - { argv: [python3, -m, venv, "${MANIFEST_DIR}/venv"], within: 2m }
launch:
  argv: [python3, "${MANIFEST_DIR}/runtime.py", --port, "${PORT}"]
  cwd: "${HOME}"
  env: { MODE: "a ${ENV:MODE} b", PROOFMARK_HEARTBEAT_MS: null }
  inherit: [SSL_CERT_FILE]
  files:
    - { path: "${CONFIGS}/extra.yaml", mode: "0600", template: "port: ${PORT}" }
ready: { within: 20s }
timing: { heartbeat: 30s }
stop: { within: 3s }
"#;

#[test]
fn a_whole_manifest_is_understood() {
    let manifest = read(WHOLE).unwrap();
    assert_eq!(
        (
            manifest.name.as_str(),
            manifest.stop_within.unwrap().as_secs()
        ),
        ("sample", 3)
    );
    assert_eq!(manifest.heartbeat.unwrap().as_secs(), 30);
    assert_eq!(manifest.setup[0].within.as_secs(), 120);
    let shown = |placeholder: &Placeholder| format!("<{placeholder:?}>");
    assert_eq!(
        manifest.launch.argv[1].render(shown),
        "<ManifestDirectory>/runtime.py"
    );
    assert_eq!(
        manifest.launch.environment["MODE"]
            .as_ref()
            .unwrap()
            .render(shown),
        "a <Environment(\"MODE\")> b"
    );
    assert_eq!(manifest.launch.environment["PROOFMARK_HEARTBEAT_MS"], None);
    assert_eq!(
        (manifest.launch.files[0].mode, manifest.launch.inherit.len()),
        (0o600, 1)
    );
    assert_eq!(manifest.without, [Capability::Uploads]);
    assert_eq!(manifest.variables().collect::<Vec<_>>(), ["MODE"]);
    let by_file = read(&WHOLE.replace("[file, env]", "[file]")).unwrap();
    assert_eq!(
        by_file.without,
        [Capability::Uploads, Capability::EnvironmentToken]
    );
}

#[test]
fn every_mistake_has_a_place_and_says_what_to_do() {
    let line = |text: &str| {
        let found = read(text).unwrap_err();
        assert!(found.iter().all(|diagnostic| diagnostic.span.line > 0));
        found
            .into_iter()
            .map(|it| format!("{}: {}", it.code, it.message))
            .collect::<Vec<_>>()
    };
    let with = |from: &str, to: &str| {
        assert!(WHOLE.contains(from), "{from}");
        WHOLE.replace(from, to)
    };
    assert_eq!(
        line(&with("launch:\n", "lunch:\n")),
        ["S002: unknown key `lunch`"]
    );
    assert_eq!(
        line(&with("${PORT}\"]", "${PROT}\"]")),
        ["S014: unknown placeholder `${PROT}`"]
    );
    assert_eq!(
        line(&with("${MANIFEST_DIR}/venv", "${STATE}/venv")),
        ["S014: the setup knows no stage"]
    );
    assert_eq!(
        line(&with("${HOME}", "${HOME")),
        ["S016: `${` is never closed"]
    );
    assert_eq!(
        line(&with("within: 2m", "within: 2 minutes")),
        ["S026: `2 minutes` is not a duration"]
    );
    assert_eq!(
        line(&with("\"0600\"", "\"0900\"")),
        ["S027: `0900` is not permission bits"]
    );
    assert_eq!(
        line(&with("${CONFIGS}/extra", "/etc/extra")),
        ["S025: a rendered file leaves the stage"]
    );
    assert_eq!(
        line(&with("profile: container", "profile: containr")),
        ["S008: unknown profile `containr`"]
    );
    assert_eq!(
        line(&with(
            "[python3, \"${MANIFEST_DIR}/runtime.py\", --port, \"${PORT}\"]",
            "[]"
        )),
        ["S050: a program without a name"]
    );
    let missing = ["name", "version", "revision", "profile", "launch"];
    let mut found = line("runtime: {}");
    found.sort();
    let mut expected = missing.map(|key| format!("S004: the key `{key}` is missing"));
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(line("").len(), 1);
}

#[test]
fn the_schema_names_every_section() {
    let schema = schema();
    for section in [
        "runtime",
        "capabilities",
        "setup",
        "launch",
        "ready",
        "timing",
        "stop",
    ] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
}
