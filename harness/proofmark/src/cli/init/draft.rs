//! The text of a manifest: what is needed, and examples of what its kind usually needs besides.

use std::time::Duration;

use itertools::Itertools as _;
use protocol::{Capability, Profile, Revision};
use scenario::print_duration;

/// What a manifest will say.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) revision: Revision,
    pub(super) profile: Profile,
    pub(super) without: Vec<Capability>,
    pub(super) argv: Vec<String>,
    pub(super) heartbeat: Option<Duration>,
    pub(super) token_file: Option<String>,
    /// Where the schema lies, if it is somewhere.
    pub(super) schema: Option<String>,
}

/// The contract's own place of a token.
const USUAL_TOKEN_FILE: &str = "${CONFIGS}/.auth_token";
/// What to do where no schema lies.
const SCHEMA_WRITTEN: &str = "# (written by `proofmark schema --runtime > runtime.schema.json`; an editor completes this file by it)\n";
/// Words that YAML reads as something else.
const NO_TEXTS: [&str; 10] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan",
];

impl Draft {
    /// The text. Prose follows `# `, an example follows `#` alone, so that taking away the `#` is all there is to do.
    pub(super) fn text(&self) -> String {
        let Self {
            revision, profile, ..
        } = self;
        let schema = self.schema.as_deref().unwrap_or("runtime.schema.json");
        let written = if self.schema.is_some() {
            ""
        } else {
            SCHEMA_WRITTEN
        };
        let (name, version, argv) = (scalar(&self.name), scalar(&self.version), list(&self.argv));
        let (revisions, profiles) = (
            Revision::ALL.iter().join(", "),
            Profile::ALL.iter().join(", "),
        );
        let capabilities = match self.without.iter().join(", ") {
            names if names.is_empty() => {
                "#capabilities: { claims: [pacing], without: [uploads] }".into()
            }
            names => format!("capabilities: {{ without: [{names}] }}"),
        };
        let kept = if profile.registers() {
            self.state()
        } else {
            self.token_before_the_start()
        };
        let (readiness, timing, triggers) = (self.readiness(), self.timing(), self.triggers());
        let by = if speaks_mcp(*profile) {
            "stdin-eof"
        } else {
            "TERM"
        };
        format!(
            r#"# yaml-language-server: $schema={schema}
{written}# How Proofmark starts, meets and stops this runtime. Take away the `#` of an example to make it count.
runtime:
  name: {name}
  version: {version}
  # The contract's version that it claims: {revisions}.
  revision: {revision}
  # What kind of runtime it is: {profiles}.
  profile: {profile}
# What it does not do; scenarios that need it do not apply. `claims` adds directives, filesystem-root and pacing.
{capabilities}
launch:
  # Program and arguments; no shell. ${{PORT}}, ${{STATE}} and their kind have their values on each stage.
  argv: {argv}
  # Nothing else is set but PATH, LANG and what the contract says.
#  env: {{ MODE: test, API_KEY: "${{ENV:API_KEY}}" }}
{kept}{readiness}{timing}# How it is made to act; scenarios that need an act without means do not apply.
#trigger:
{triggers}
# What asks it to end, how long that may take, and exit codes that are as good as 0.
#stop: {{ by: {by}, within: 5s, exits: [3] }}
"#
        )
    }

    /// A runtime that never registers gets no token from the platform.
    fn token_before_the_start(&self) -> String {
        let path = scalar(self.token_file.as_deref().unwrap_or(USUAL_TOKEN_FILE));
        format!(
            r#"  # It never registers, so somebody else has to have left a token here.
  files:
    - {{ path: {path}, mode: "0600", template: "${{WORKSPACE_TOKEN}}" }}
"#
        )
    }

    fn state(&self) -> String {
        let (state, item) = if self.token_file.is_some() {
            ("state:", "  ")
        } else {
            ("#state:", "#  ")
        };
        let token = scalar(self.token_file.as_deref().unwrap_or("${STATE}/auth_token"));
        let other = if self.profile.polls() {
            "cursor, path: \"${STATE}/cursor.json\""
        } else {
            "secret, path: \"${STATE}/inbound_secret\""
        };
        format!(
            "# What it keeps on disk, and where: token, secret, cursor, or volatile (gone after a kill, such as a pid file).
{state}
{item}- {{ holds: token, path: {token} }}
#  - {{ holds: {other} }}
"
        )
    }

    fn readiness(&self) -> String {
        let signs = match self.profile {
            Profile::Container => {
                "{ journal: POST /registry/register }, { http: /.well-known/agent-card.json }"
            }
            Profile::ExternalPush => "{ journal: POST /registry/register }, { tcp: true }",
            Profile::ExternalPoll => "{ journal: \"GET /workspaces/${WORKSPACE_ID}/activity\" }",
            Profile::McpBridge => "{ mcp: initialize }, { journal: POST /registry/register }",
            Profile::McpTools => "{ mcp: initialize }",
            Profile::Cli => return String::new(),
        };
        format!(
            "# How long a start may take, and what must have been seen by then; these are the usual signs.
#ready: {{ within: 15s, all: [{signs}] }}
"
        )
    }

    fn timing(&self) -> String {
        if !self.profile.registers() {
            return String::new();
        }
        let timing = match self.heartbeat {
            Some(heartbeat) => format!("timing: {{ heartbeat: {} }}", print_duration(heartbeat)),
            None => "#timing: { heartbeat: 30s }".into(),
        };
        format!(
            "# Between its heartbeats; deadlines derive from it. Measured unless told.\n{timing}\n"
        )
    }

    fn triggers(&self) -> String {
        match self.profile {
            Profile::Container | Profile::ExternalPush => {
                r#"#  peer-message: { directive: "proofmark send ${PEER_ID} ${TEXT}" }
#  notify-user: { directive: "proofmark notify ${TEXT}" }
#  self-message: { config-key: initial_prompt }"#
                    .into()
            }
            Profile::ExternalPoll => "#  peer-message: { reply: true }\n#  notify-user: { reply: true }".into(),
            Profile::McpBridge | Profile::McpTools => {
                r#"#  peer-message: { tool: { name: send_message, arguments: { peer: "${PEER_ID}", text: "${TEXT}" } } }
#  notify-user: { tool: { name: notify_user, arguments: { message: "${TEXT}" } } }"#
                    .into()
            }
            Profile::Cli => {
                let words = self.argv.iter().map(String::as_str).chain(["${PEER_ID}", "${TEXT}"]);
                format!("#  peer-message: {{ exec: {} }}", list(&words.map(str::to_owned).collect::<Vec<_>>()))
            }
        }
    }
}

fn speaks_mcp(profile: Profile) -> bool {
    matches!(profile, Profile::McpBridge | Profile::McpTools)
}

fn list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| scalar(word)).join(", "))
}

/// A text as YAML has it: bare where it cannot be read as anything else, quoted like JSON otherwise.
fn scalar(text: &str) -> String {
    let is_bare = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "_./+-".contains(it))
        && !NO_TEXTS.contains(&text.to_ascii_lowercase().as_str());
    if is_bare {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use scenario::Source;
    use scenario::manifest::{Manifest, parse};

    use super::*;

    fn draft(profile: Profile) -> Draft {
        Draft {
            name: "no".into(),
            version: "1.0".into(),
            revision: Revision::R2Plus,
            profile,
            without: Vec::new(),
            argv: vec![
                "python3".into(),
                "${MANIFEST_DIR}/a \"b\".py".into(),
                "-v".into(),
                "true".into(),
            ],
            heartbeat: None,
            token_file: None,
            schema: None,
        }
    }

    fn read(text: &str) -> Manifest {
        let source = Source::new("runtime.yaml", text);
        let told = |mistakes: Vec<_>| {
            format!("{}\n{text}", scenario::diagnostic::render(&mistakes, false))
        };
        parse(&source).map_err(told).unwrap()
    }

    /// The text with every example made to count.
    fn with_examples(text: &str) -> String {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_profile_gets_a_manifest_that_can_be_read_with_and_without_its_examples() {
        for profile in Profile::ALL {
            let mut draft = draft(profile);
            let manifest = read(&draft.text());
            assert_eq!(
                (manifest.name.as_str(), manifest.version.as_str()),
                ("no", "1.0")
            );
            assert_eq!((manifest.profile, manifest.launch.argv.len()), (profile, 4));
            assert_eq!(
                manifest.launch.files.is_empty(),
                profile.registers(),
                "{profile}"
            );
            let whole = read(&with_examples(&draft.text()));
            assert!(
                !whole.conduct.triggers.is_empty() && whole.stop_within.is_some(),
                "{profile}"
            );
            assert_eq!(whole.state.is_empty(), !profile.registers(), "{profile}");
            draft.token_file = Some("${STATE}/my token".into());
            draft.without = vec![Capability::Uploads, Capability::Transcript];
            draft.heartbeat = Some(Duration::from_millis(1_500));
            let told = read(&draft.text());
            assert_eq!(told.without, [Capability::Uploads, Capability::Transcript]);
            assert_eq!(told.heartbeat.is_some(), profile.registers());
            assert_eq!(told.state.len(), usize::from(profile.registers()));
            read(&with_examples(&draft.text()));
        }
    }

    #[test]
    fn texts_that_yaml_would_read_otherwise_are_quoted() {
        assert_eq!(scalar("python3"), "python3");
        assert_eq!(scalar("/usr/bin/node"), "/usr/bin/node");
        for text in [
            "yes", "1.0", "-v", "a: b", "#", "", "ü", "a\"b", "${PORT}", "Null",
        ] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }
}
