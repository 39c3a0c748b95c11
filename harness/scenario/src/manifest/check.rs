//! From the written shape to a checked manifest, with a caret on every mistake.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use protocol::{Capability, Overlay, Profile, Vocabulary};
use serde_json::Value;

use super::conduct::{StateFile, Stdio, Uploads};
use super::file::{LaunchSection, ManifestFile, RenderedSection, StateSection};
use super::{Launch, Manifest, ManifestSource, Piece, Placeholder, Rendered, Rendering, Setup, TokenSource};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::{Located, Text, Word, parse as parse_yaml, parse_duration};
use crate::load::Document;
use crate::lowering::shape_mistake;
use crate::plan::{Source, Template, TemplateError};

/// How long a step of the setup may take unless the manifest says otherwise.
const SETUP_WITHIN: Duration = Duration::from_mins(1);
const RENDERED_MODE: u32 = 0o644;

/// The JSON Schema of a manifest, draft 2020-12.
pub fn schema() -> Value {
    crate::schema::schema_of::<ManifestFile>("Proofmark runtime manifest")
}

/// Reads a manifest; all mistakes of a file that has the right shape are reported at once.
pub fn parse(source: &ManifestSource) -> Result<Manifest, Vec<Diagnostic>> {
    let plain = Source { file: source.file.clone(), text: Arc::from(source.text.as_str()) };
    let document = Document::plain(plain.clone());
    let file: ManifestFile =
        parse_yaml(&source.text).map_err(|mistake| vec![shape_mistake(&document, mistake)])?;
    let mut check = Check { source: plain, diagnostics: Vec::new() };
    let manifest = check.manifest(&file);
    match manifest {
        Some(manifest) if check.diagnostics.is_empty() => Ok(manifest),
        _ => Err(check.diagnostics),
    }
}

/// Collects the mistakes of one manifest.
pub(super) struct Check {
    source: Source,
    diagnostics: Vec<Diagnostic>,
}

impl Check {
    fn manifest(&mut self, file: &ManifestFile) -> Option<Manifest> {
        let revision = self.word(&file.runtime.revision);
        let profile = self.word(&file.runtime.profile);
        let capabilities = &file.capabilities;
        let claims = capabilities.claims.iter().filter_map(|word| self.word(word)).collect();
        let mut without: Vec<Capability> =
            capabilities.without.iter().filter_map(|word| self.word(word)).collect();
        let sources: Vec<TokenSource> =
            capabilities.token_sources.iter().filter_map(|word| self.word(word)).collect();
        if !sources.is_empty() && !sources.contains(&TokenSource::Environment) {
            without.push(Capability::EnvironmentToken);
        }
        if matches!(
            capabilities.uploads.as_ref().map(|word| self.word(word)),
            Some(Some(Uploads::None | Uploads::Poll))
        ) {
            without.push(Capability::Uploads);
        }
        if let Some(words) = &capabilities.self_messages {
            let sent: Vec<Capability> = words.iter().filter_map(|word| self.word(word)).collect();
            let kinds = [Capability::InitialPrompt, Capability::IdlePrompt, Capability::DelegationResults];
            without.extend(kinds.into_iter().filter(|kind| !sent.contains(kind)));
        }
        let overlays = self.overlays(file.runtime.overlays.as_deref(), &sources);
        let setup = file
            .setup
            .iter()
            .map(|step| Setup {
                argv: self.setup_argv(&step.argv),
                within: self.duration(step.within.as_ref()).unwrap_or(SETUP_WITHIN),
            })
            .collect();
        Some(Manifest {
            name: file.runtime.name.value.clone(),
            version: file.runtime.version.value.clone(),
            revision: revision?,
            profile: profile?,
            claims,
            without,
            overlays,
            setup,
            launch: self.launch(&file.launch, profile?),
            ready_within: self.duration(file.ready.within.as_ref()),
            heartbeat: self.duration(file.timing.heartbeat.as_ref()),
            stop_within: self.duration(file.stop.within.as_ref()),
            state: file.state.iter().filter_map(|file| self.state_file(file)).collect(),
            conduct: self.conduct(file, profile?),
        })
    }

    /// The deployments it is made for; which token goes first is told by the order of its sources, too.
    fn overlays(&mut self, words: Option<&[Word<Overlay>]>, sources: &[TokenSource]) -> Vec<Overlay> {
        let mut overlays: Vec<Overlay> = match words {
            Some(words) => words.iter().filter_map(|word| self.word(word)).collect(),
            None => Overlay::USUAL.to_vec(),
        };
        if let [first, _, ..] = sources {
            overlays.retain(|overlay| !matches!(overlay, Overlay::FileFirst | Overlay::EnvironmentFirst));
            overlays.push(match first {
                TokenSource::File => Overlay::FileFirst,
                TokenSource::Environment => Overlay::EnvironmentFirst,
            });
        }
        overlays
    }

    fn state_file(&mut self, section: &Located<StateSection>) -> Option<StateFile> {
        let holds = self.word(&section.value.holds)?;
        Some(StateFile { holds, path: self.stage_path(&section.value.path, "a state file leaves the stage") })
    }

    /// A path below the stage.
    fn stage_path(&mut self, text: &Text, message: &str) -> Rendering {
        let path = self.rendering(text);
        let is_below = matches!(
            path.0.first(),
            Some(Piece::Value(
                Placeholder::Configs | Placeholder::State | Placeholder::Home | Placeholder::Scratch
            ))
        );
        if !is_below || text.value.split('/').any(|part| part == "..") {
            self.report(Code::BadPath, &text.mark, message, |it| {
                it.help("begin its path with `${CONFIGS}`, `${STATE}`, `${HOME}` or `${SCRATCH}`")
            });
        }
        path
    }

    fn launch(&mut self, section: &LaunchSection, profile: Profile) -> Launch {
        let home = || Rendering(vec![Piece::Value(Placeholder::Home)]);
        Launch {
            argv: self.argv(&section.argv),
            cwd: section.cwd.as_ref().map_or_else(home, |text| self.rendering(text)),
            environment: section
                .env
                .iter()
                .map(|(name, value)| (name.value.clone(), value.as_ref().map(|value| self.rendering(value))))
                .collect(),
            stdio: section.stdio.as_ref().and_then(|word| self.word(word)).unwrap_or(Stdio::of(profile)),
            with_token: section
                .env_with_token
                .iter()
                .map(|(name, value)| (name.value.clone(), self.rendering(value)))
                .collect(),
            inherit: section.inherit.iter().map(|name| name.value.clone()).collect(),
            files: section.files.iter().filter_map(|file| self.rendered(file)).collect(),
        }
    }

    fn rendered(&mut self, section: &RenderedSection) -> Option<Rendered> {
        let path = self.stage_path(&section.path, "a rendered file leaves the stage");
        let mode = match &section.mode {
            None => RENDERED_MODE,
            Some(text) => {
                let bits = u32::from_str_radix(&text.value, 8).ok();
                let shaped = (3..=4).contains(&text.value.len());
                let Some(bits) = bits.filter(|_| shaped) else {
                    let message = format!("`{}` is not permission bits", text.value);
                    self.report(Code::BadMode, &text.mark, message, |it| {
                        it.help("write three or four octal digits in quotes: `\"0600\"`")
                    });
                    return None;
                };
                bits
            }
        };
        Some(Rendered { path, mode, template: self.rendering(&section.template) })
    }

    pub(super) fn argv(&mut self, words: &Located<Vec<Text>>) -> Vec<Rendering> {
        if words.value.is_empty() {
            self.report(Code::BadValue, &words.mark, "a program without a name", |it| {
                it.help("write program and arguments as a list: `[python3, \"${MANIFEST_DIR}/runtime.py\"]`")
            });
        }
        words.value.iter().map(|word| self.rendering(word)).collect()
    }

    /// Nothing of a stage exists yet when the setup runs.
    fn setup_argv(&mut self, words: &Located<Vec<Text>>) -> Vec<Rendering> {
        let argv = self.argv(words);
        for (rendering, word) in argv.iter().zip(&words.value) {
            let of_a_stage = |placeholder: &&Placeholder| {
                !matches!(placeholder, Placeholder::ManifestDirectory | Placeholder::Environment(_))
            };
            if rendering.placeholders().any(|placeholder| of_a_stage(&placeholder)) {
                self.report(Code::UnknownVariable, &word.mark, "the setup knows no stage", |it| {
                    it.label("runs once, before any start").help("put what it makes below `${MANIFEST_DIR}`")
                });
            }
        }
        argv
    }

    pub(super) fn rendering(&mut self, text: &Text) -> Rendering {
        let template = match Template::parse(&text.value) {
            Ok(template) => template,
            Err(error) => {
                let help = match error {
                    TemplateError::Open => "close it with `}`, or write `$${` for a literal `${`",
                    TemplateError::Nameless => "name a placeholder, such as `${PORT}`",
                };
                self.report(Code::BadTemplate, &text.mark, error.to_string(), |it| it.help(help));
                return Rendering(Vec::new());
            }
        };
        let pieces = template.pieces.into_iter().filter_map(|piece| match piece {
            crate::plan::Piece::Literal(text) => Some(Piece::Literal(text)),
            crate::plan::Piece::Variable(name) => self.placeholder(&name, text).map(Piece::Value),
        });
        Rendering(pieces.collect())
    }

    fn placeholder(&mut self, name: &str, text: &Text) -> Option<Placeholder> {
        if let Some(variable) = name.strip_prefix("ENV:") {
            return Some(Placeholder::Environment(variable.to_owned()));
        }
        let found = Placeholder::PLAIN.into_iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = Placeholder::PLAIN.map(|(known, _)| known);
            let help = did_you_mean(name, known)
                .unwrap_or_else(|| format!("known are {}, and ENV:NAME", known.join(", ")));
            let message = format!("unknown placeholder `${{{name}}}`");
            self.report(Code::UnknownVariable, &text.mark, message, |it| {
                it.label("stands for nothing").help(help)
            });
        }
        found.map(|(_, placeholder)| placeholder)
    }

    fn duration(&mut self, text: Option<&Text>) -> Option<Duration> {
        let text = text?;
        let duration = parse_duration(&text.value);
        if duration.is_none() {
            let message = format!("`{}` is not a duration", text.value);
            self.report(Code::BadDuration, &text.mark, message, |it| {
                it.help("write a whole number and a unit: `250ms`, `2s` or `1m`")
            });
        }
        duration
    }

    pub(super) fn word<T: Vocabulary>(&mut self, word: &Word<T>) -> Option<T> {
        let meaning = word.meaning();
        if meaning.is_none() {
            let help = did_you_mean(&word.text.value, T::words());
            let message = format!("unknown {} `{}`", T::NOUN, word.text.value);
            self.report(Code::UnknownWord, &word.text.mark, message, |it| {
                it.label("not one of the words").maybe_help(help)
            });
        }
        meaning
    }

    pub(super) fn report(
        &mut self,
        code: Code,
        mark: &Range<usize>,
        message: impl Into<String>,
        shape: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let diagnostic = Diagnostic::new(code, &self.source, mark.clone(), message);
        self.diagnostics.push(shape(diagnostic));
    }
}
