//! `proofmark gate`: results in, a decision on a release out.

use std::path::{Path, PathBuf};

use clap::Args;
use protocol::{Profile, Revision};
use scenario::waiver::Waiver;

use super::complaint::Complaint;
use super::library::LibraryArguments;
use super::output::Output;
use super::reporting::worse;
use crate::exit::Exit;
use crate::release::{
    Badge, Comparison, Decision, MergedRun, Question, ReleaseStatement, Shard, compare, decide,
    merge,
};
use crate::report::{OutputScanner, ResultDocument};

#[derive(Debug, Args)]
pub(super) struct GateArguments {
    /// Results that `proofmark run --out DIR` wrote; several are shards of one run.
    #[arg(required = true, value_name = "RESULT.json")]
    results: Vec<PathBuf>,
    /// The profile that must have been judged.
    #[arg(long)]
    profile: Option<Profile>,
    /// The revision that must have been judged.
    #[arg(long)]
    revision: Option<Revision>,
    /// The result of the last release: what held then must hold now.
    #[arg(long, value_name = "LAST.json")]
    against: Option<PathBuf>,
    /// Writes a badge as a picture.
    #[arg(long, value_name = "FILE.svg")]
    badge: Option<PathBuf>,
    /// Writes a badge as an endpoint of shields.io.
    #[arg(long, value_name = "FILE.json")]
    badge_json: Option<PathBuf>,
    /// Writes the conformance statement as Markdown.
    #[arg(long, value_name = "FILE.md")]
    statement: Option<PathBuf>,
    /// Writes the conformance statement as JSON.
    #[arg(long, value_name = "FILE.json")]
    statement_json: Option<PathBuf>,
    #[command(flatten)]
    library: LibraryArguments,
}

impl GateArguments {
    pub(super) fn execute(self, output: &mut Output) -> Result<Exit, Complaint> {
        let suite = self.library.load(&[], output.error_colour())?;
        let run = read_run(&self.results)?;
        let today = super::day::today();
        let question = Question {
            plans: &suite.plans,
            catalogue: &suite.catalogue,
            digest: &suite.digest,
            profile: self.profile,
            revision: self.revision,
            today: &today,
        };
        let say = |refusal: crate::release::MergeError| format!("proofmark: {refusal}");
        let against =
            |file| compare(&read_run(std::slice::from_ref(file))?, &run, &today).map_err(say);
        let comparison = self.against.as_ref().map(against).transpose()?;
        let decision = decide(&run, &question, comparison.as_ref()).map_err(say)?;
        output.print(&text(&run, &decision, comparison.as_ref()));
        let mut exit = decision.exit();
        for (file, text) in self.documents(&run, &decision, &question) {
            // The run's own reports are clean; nothing of it is known here, and every file goes out by the same door.
            if let Err(error) = OutputScanner::default().write(file, &text) {
                output.complain(&format!(
                    "proofmark: cannot write `{}`: {error}",
                    file.display()
                ));
                exit = worse(exit, Exit::Incomplete);
            }
        }
        Ok(exit)
    }

    /// What is asked for, by the files it goes to.
    fn documents<'a>(
        &'a self,
        run: &MergedRun,
        decision: &Decision,
        question: &Question<'_>,
    ) -> impl Iterator<Item = (&'a PathBuf, String)> {
        let badge = Badge::new(run, decision);
        let statement = ReleaseStatement::new(run, decision, question);
        let documents = [
            (&self.badge, badge.svg()),
            (&self.badge_json, format!("{:#}\n", badge.endpoint())),
            (&self.statement, statement.markdown()),
            (&self.statement_json, statement.json()),
        ];
        documents
            .into_iter()
            .filter_map(|(file, text)| Some((file.as_ref()?, text)))
    }
}

/// Reads results and puts them together.
pub(super) fn read_run(files: &[PathBuf]) -> Result<MergedRun, String> {
    let shards = files
        .iter()
        .map(|file| read(file))
        .collect::<Result<Vec<Shard>, String>>()?;
    merge(shards).map_err(|refusal| format!("proofmark: {refusal}"))
}

fn read(file: &Path) -> Result<Shard, String> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!(
            "proofmark: cannot read the result `{}`: {error}",
            file.display()
        )
    })?;
    let result = ResultDocument::read(&text).map_err(|error| {
        format!(
            "proofmark: cannot use the result `{}`: {error}",
            file.display()
        )
    })?;
    Ok(Shard {
        name: file.display().to_string(),
        result,
    })
}

fn text(run: &MergedRun, decision: &Decision, comparison: Option<&Comparison>) -> String {
    let mut lines = vec![decision.sentence()];
    lines.extend(
        decision
            .causes
            .iter()
            .skip(1)
            .map(|cause| format!("  also         {}", cause.sentence)),
    );
    let (kept, judged) = run.kept();
    lines.push(format!(
        "  subject      {} ({})",
        run.subject(),
        run.identity.terms()
    ));
    lines.push(format!(
        "  judged       {} scenarios; {kept} of {judged} requirements seen to be kept",
        run.scenarios.len()
    ));
    for waiver in run.waivers.iter().filter(|waiver| waiver.covered > 0) {
        let Waiver {
            target,
            expires,
            owner,
            issue,
            ..
        } = &waiver.waiver;
        let (word, target) = (waiver.waiver.word(), target.name());
        lines.push(format!(
            "  {word:<12} {target} until {expires} by {owner} ({issue})"
        ));
    }
    if let Some(comparison) = comparison {
        lines.extend(
            comparison
                .notes
                .iter()
                .map(|note| format!("  against      {note}")),
        );
        lines.extend(
            comparison
                .lines()
                .map(|(word, sentence)| format!("  {word:<12} {sentence}")),
        );
    }
    format!("{}\n", lines.join("\n"))
}
