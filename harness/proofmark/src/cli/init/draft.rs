//! The text of a manifest: what is needed, and examples of what its kind usually needs besides.

use std::fmt::Write as _;
use std::time::Duration;

use itertools::Itertools as _;
use protocol::{Capability, Profile, Revision};

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
/// Words that YAML reads as something else.
const NO_TEXTS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

impl Draft {
    /// The text. Prose follows `# `, an example follows `#` alone, so that taking away the `#` is all there is to do.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |written: &str| {
            text.push_str(written);
            text.push('\n');
        };
        line(&format!(
            "# yaml-language-server: $schema={}",
            self.schema.as_deref().unwrap_or("runtime.schema.json")
        ));
        if self.schema.is_none() {
            line(
                "# (written by `proofmark schema --runtime > runtime.schema.json`; an editor completes this file by it)",
            );
        }
        line(
            "# How Proofmark starts, meets and stops this runtime. Take away the `#` of an example to make it count.",
        );
        line("runtime:");
        line(&format!("  name: {}", scalar(&self.name)));
        line(&format!("  version: {}", scalar(&self.version)));
        line(&format!(
            "  # The contract's version that it claims: {}.",
            Revision::ALL.map(Revision::name).join(", ")
        ));
        line(&format!("  revision: {}", self.revision));
        line(&format!("  # What kind of runtime it is: {}.", Profile::ALL.map(Profile::name).join(", ")));
        line(&format!("  profile: {}", self.profile));
        line(
            "# What it does not do; scenarios that need it do not apply. `claims` adds directives, filesystem-root and pacing.",
        );
        if self.without.is_empty() {
            line("#capabilities: { claims: [pacing], without: [uploads] }");
        } else {
            let names = self.without.iter().map(|capability| capability.name()).join(", ");
            line(&format!("capabilities: {{ without: [{names}] }}"));
        }
        line("launch:");
        line(
            "  # Program and arguments; no shell. ${PORT}, ${STATE} and their kind have their values on each stage.",
        );
        line(&format!("  argv: {}", list(&self.argv)));
        line("  # Nothing else is set but PATH, LANG and what the contract says.");
        line("#  env: { MODE: test, API_KEY: \"${ENV:API_KEY}\" }");
        self.token_before_the_start(&mut line);
        self.state(&mut line);
        self.readiness(&mut line);
        self.timing(&mut line);
        self.triggers(&mut line);
        line("# What asks it to end, how long that may take, and exit codes that are as good as 0.");
        let by = if speaks_mcp(self.profile) { "stdin-eof" } else { "TERM" };
        line(&format!("#stop: {{ by: {by}, within: 5s, exits: [3] }}"));
        text
    }

    fn token_file(&self) -> &str {
        self.token_file.as_deref().unwrap_or(USUAL_TOKEN_FILE)
    }

    /// A runtime that never registers gets no token from the platform.
    fn token_before_the_start(&self, line: &mut impl FnMut(&str)) {
        if self.profile.registers() {
            return;
        }
        line("  # It never registers, so somebody else has to have left a token here.");
        line("  files:");
        let path = scalar(self.token_file());
        line(&format!("    - {{ path: {path}, mode: \"0600\", template: \"${{WORKSPACE_TOKEN}}\" }}"));
    }

    fn state(&self, line: &mut impl FnMut(&str)) {
        if !self.profile.registers() {
            return;
        }
        let own = self.token_file.as_deref();
        line(
            "# What it keeps on disk, and where: token, secret, cursor, or volatile (gone after a kill, such as a pid file).",
        );
        let (state, item) = if own.is_some() { ("state:", "  ") } else { ("#state:", "#  ") };
        line(state);
        let token = scalar(own.unwrap_or("${STATE}/auth_token"));
        line(&format!("{item}- {{ holds: token, path: {token} }}"));
        if self.profile.polls() {
            line("#  - { holds: cursor, path: \"${STATE}/cursor.json\" }");
        } else {
            line("#  - { holds: secret, path: \"${STATE}/inbound_secret\" }");
        }
    }

    fn readiness(&self, line: &mut impl FnMut(&str)) {
        let signs = match self.profile {
            Profile::Container => {
                "{ journal: POST /registry/register }, { http: /.well-known/agent-card.json }"
            }
            Profile::ExternalPush => "{ journal: POST /registry/register }, { tcp: true }",
            Profile::ExternalPoll => "{ journal: \"GET /workspaces/${WORKSPACE_ID}/activity\" }",
            Profile::McpBridge => "{ mcp: initialize }, { journal: POST /registry/register }",
            Profile::McpTools => "{ mcp: initialize }",
            Profile::Cli => return,
        };
        line("# How long a start may take, and what must have been seen by then; these are the usual signs.");
        line(&format!("#ready: {{ within: 15s, all: [{signs}] }}"));
    }

    fn timing(&self, line: &mut impl FnMut(&str)) {
        if !self.profile.registers() {
            return;
        }
        line("# Between its heartbeats; deadlines derive from it. Measured unless told.");
        match self.heartbeat {
            Some(heartbeat) => line(&format!("timing: {{ heartbeat: {} }}", duration(heartbeat))),
            None => line("#timing: { heartbeat: 30s }"),
        }
    }

    fn triggers(&self, line: &mut impl FnMut(&str)) {
        line("# How it is made to act; scenarios that need an act without means do not apply.");
        line("#trigger:");
        match self.profile {
            Profile::Container | Profile::ExternalPush => {
                line("#  peer-message: { directive: \"proofmark send ${PEER_ID} ${TEXT}\" }");
                line("#  notify-user: { directive: \"proofmark notify ${TEXT}\" }");
                line("#  self-message: { config-key: initial_prompt }");
            }
            Profile::ExternalPoll => {
                line("#  peer-message: { reply: true }");
                line("#  notify-user: { reply: true }");
            }
            Profile::McpBridge | Profile::McpTools => {
                line(
                    "#  peer-message: { tool: { name: send_message, arguments: { peer: \"${PEER_ID}\", text: \"${TEXT}\" } } }",
                );
                line("#  notify-user: { tool: { name: notify_user, arguments: { message: \"${TEXT}\" } } }");
            }
            Profile::Cli => {
                let words = self.argv.iter().map(String::as_str).chain(["${PEER_ID}", "${TEXT}"]);
                let words: Vec<String> = words.map(str::to_owned).collect();
                line(&format!("#  peer-message: {{ exec: {} }}", list(&words)));
            }
        }
    }
}

fn speaks_mcp(profile: Profile) -> bool {
    matches!(profile, Profile::McpBridge | Profile::McpTools)
}

fn list(words: &[String]) -> String {
    let mut text = "[".to_owned();
    for (position, word) in words.iter().enumerate() {
        let comma = if position == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}{}", scalar(word));
    }
    text.push(']');
    text
}

/// A text as YAML has it: bare where nobody could read it as anything else, quoted like JSON otherwise.
fn scalar(text: &str) -> String {
    let is_bare = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "_./+-".contains(it))
        && !NO_TEXTS.contains(&text.to_ascii_lowercase().as_str());
    if is_bare { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds.is_multiple_of(1_000) {
        format!("{}s", milliseconds / 1_000)
    } else {
        format!("{milliseconds}ms")
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
            argv: vec!["python3".into(), "${MANIFEST_DIR}/a \"b\".py".into(), "-v".into(), "true".into()],
            heartbeat: None,
            token_file: None,
            schema: None,
        }
    }

    fn read(text: &str) -> Manifest {
        let source = Source::new("runtime.yaml", text);
        let told = |mistakes: Vec<_>| format!("{}\n{text}", scenario::diagnostic::render(&mistakes, false));
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
            assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("no", "1.0"));
            assert_eq!((manifest.profile, manifest.launch.argv.len()), (profile, 4));
            assert_eq!(manifest.launch.files.is_empty(), profile.registers(), "{profile}");
            let whole = read(&with_examples(&draft.text()));
            assert!(!whole.conduct.triggers.is_empty() && whole.stop_within.is_some(), "{profile}");
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
        for text in ["yes", "1.0", "-v", "a: b", "#", "", "ü", "a\"b", "${PORT}", "Null"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }
}
