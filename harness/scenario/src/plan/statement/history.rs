//! What must hold of every state that a file had.

use itertools::Itertools as _;

use crate::diagnostic::Code;
use crate::plan::statement::file::FileExpectation;
use crate::reading::{Field, Keys, Reader, Record, StagePath, record, words};

record! {
    /// What must hold of every state that a file had in the window, temporary files on the way to it included. It must have
    /// changed at least once, or there is nothing to judge.
    pub struct HistoryExpectation {
        /// The state of a path below the stage directory, such as `configs/.auth_token`.
        pub path ["file"]: String as StagePath,
        /// Whether only its owner could use the file at any instant since the window opened; the same for a file that was to become it, or one
        /// with an issued credential.
        pub private_from_birth: bool = false,
        /// What the file's content always was since the window opened.
        pub content_always: Option<Vec<KnownContent>>,
        /// The only way the file got new content since the window opened: by a file renamed (or linked) to its name.
        pub changed_only_by: Option<WayOfChange>,
        /// Whether new content was synced before it was renamed into place; a warning, never a failure.
        pub synced_before_rename: bool = false,
    }
}

words! {
    /// A content that a file may have.
    pub enum KnownContent = "content" {
        /// There is no file.
        Absent = "absent",
        /// What was there when the window opened, or what the harness has put there since.
        Previous = "previous",
        /// A whole credential that the platform has issued.
        Issued = "issued",
    }

    /// How a file may get new content.
    pub enum WayOfChange = "way of change" {
        /// By another file renamed to its name.
        Rename = "rename",
    }
}

/// The keys that are about a history; the path is of both kinds of statement.
fn of_history() -> impl Iterator<Item = Field> {
    HistoryExpectation::fields()
        .into_iter()
        .filter(|field| field.key != "file")
}

/// Whether a statement about a file is about its history, and not about its state now.
pub(super) fn is_meant(keys: &Keys<'_>) -> bool {
    of_history().any(|field| keys.peek(field.key).is_some())
}

/// A statement about a file's history.
pub(super) fn take(keys: &mut Keys<'_>, reader: &mut Reader<'_>) -> Option<HistoryExpectation> {
    let first = of_history().find(|field| keys.peek(field.key).is_some())?;
    let (name, mark) = (first.key.replace('_', "-"), keys.mark(first.key));
    let state: Vec<Field> = FileExpectation::fields()
        .into_iter()
        .filter(|field| field.key != "file")
        .collect();
    for field in &state {
        let Some(other) = keys.peek(field.key) else {
            continue;
        };
        let context = reader.document.original(mark);
        let message = format!(
            "`{}` says how the file must be now, `{name}` how it always was",
            field.key
        );
        reader
            .report(Code::MixedFile, &other.mark, message)
            .label("now")
            .context(context, "always")
            .help("write two steps");
    }
    keys.know(&state);
    let history = HistoryExpectation::take(keys, reader)?;
    if history.content_always.as_ref().is_some_and(Vec::is_empty) {
        reader
            .report(
                Code::EmptyCondition,
                keys.mark("content_always"),
                "a condition says nothing",
            )
            .help("name what the content may be: `[absent, previous, issued]`");
    }
    let is_asked = history.private_from_birth || history.synced_before_rename;
    if !is_asked && history.content_always.is_none() && history.changed_only_by.is_none() {
        let message = format!("nothing is said of the file's history: `{name}` is not asked for");
        reader
            .report(Code::EmptyCondition, mark, message)
            .help("write `true`, or leave it out");
    }
    Some(history)
}

impl HistoryExpectation {
    /// Whether it can only warn.
    pub fn is_advice(&self) -> bool {
        self.synced_before_rename
            && !self.private_from_birth
            && self.content_always.is_none()
            && self.changed_only_by.is_none()
    }

    /// A one-line summary.
    pub(super) fn summary(&self) -> String {
        let words = |list: &[KnownContent]| list.iter().map(|it| it.name()).join(" or ");
        let parts = [
            self.private_from_birth
                .then(|| " private from birth".to_owned()),
            self.content_always
                .as_ref()
                .map(|list| format!(" always {}", words(list))),
            self.changed_only_by
                .map(|way| format!(" changed only by {way}")),
            self.synced_before_rename
                .then(|| " synced before it was renamed".to_owned()),
        ];
        format!(
            "the file {}{}",
            self.path,
            parts.into_iter().flatten().collect::<String>()
        )
    }
}
