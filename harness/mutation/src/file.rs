//! One file of the source, and the places that mistakes have in it.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use proc_macro2::TokenStream;
use syn::parse::Parser as _;

use crate::complaint::Complaint;
use crate::grammar::{Grammar, Kind};
use crate::table::{Change, Code, Place};
use crate::tokens::{Token, flat, occurrences};

/// A file that was read, and what will be changed in it.
pub(crate) struct File<'a> {
    path: &'a Path,
    text: &'a str,
    tokens: Vec<Token>,
    grammar: Grammar,
    branches: Vec<Branch<'a>>,
    added: Vec<&'a Code>,
}

/// Wrong code for a place.
struct Branch<'a> {
    place: Range<usize>,
    kind: Kind,
    number: usize,
    name: &'a str,
    wrong: &'a Code,
}

impl<'a> File<'a> {
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Result<Self, Complaint> {
        let failed = |error: &dyn std::fmt::Display| Complaint::about(path, error);
        let tokens = text
            .parse::<TokenStream>()
            .map_err(|error| failed(&error))?;
        let grammar = Grammar::of(&syn::parse_file(text).map_err(|error| failed(&error))?);
        Ok(Self {
            path,
            text,
            tokens: flat(tokens),
            grammar,
            branches: Vec::new(),
            added: Vec::new(),
        })
    }

    /// Does to the file what a mistake does to it; the number and the name are those of the mistake.
    pub(crate) fn change(
        &mut self,
        number: usize,
        name: &'a str,
        place: &'a Place,
    ) -> Result<(), Complaint> {
        match &place.change {
            Change::Replaces { right, wrong } => {
                syn::Block::parse_within
                    .parse_str(&wrong.text)
                    .map_err(|error| unread(wrong, name, &error))?;
                let (place, kind) = self.find(name, right)?;
                self.branches.push(Branch {
                    place,
                    kind,
                    number,
                    name,
                    wrong,
                });
            }
            Change::Adds(items) => {
                syn::parse_file(&items.text).map_err(|error| unread(items, name, &error))?;
                self.added.push(items);
            }
        }
        Ok(())
    }

    /// Finds the place of right code, and checks that something else can stand there.
    fn find(&self, name: &str, right: &Code) -> Result<(Range<usize>, Kind), Complaint> {
        let found = occurrences(&read(right, name)?, &self.tokens);
        let [range] = found.as_slice() else {
            let lines: Vec<String> = found
                .iter()
                .map(|range| self.line(range).to_string())
                .collect();
            let times = match lines.as_slice() {
                [] => format!(
                    "the right code of `{name}` is not in {}",
                    self.path.display()
                ),
                lines => format!(
                    "the right code of `{name}` is {} times in {}, on the lines {}",
                    lines.len(),
                    self.path.display(),
                    lines.join(", ")
                ),
            };
            return Err(right.complaint(times));
        };
        let Some(kind) = self.grammar.kind(range, &right.text) else {
            return Err(right.complaint(format!(
                "the right code of `{name}` is neither an expression nor statements at {}:{}",
                self.path.display(),
                self.line(range)
            )));
        };
        let crosses = |one: &Range<usize>, other: &Range<usize>| {
            one.start < other.start && other.start < one.end && one.end < other.end
        };
        if let Some(other) = self
            .branches
            .iter()
            .find(|other| crosses(&other.place, range) || crosses(range, &other.place))
        {
            return Err(right.complaint(format!(
                "the right code of `{name}` overlaps that of `{}` at {}:{}",
                other.name,
                self.path.display(),
                self.line(range)
            )));
        }
        Ok((range.clone(), kind))
    }

    fn line(&self, range: &Range<usize>) -> usize {
        1 + self.text[..range.start].matches('\n').count()
    }

    /// The text of the twin; `condition` is the path of the function that knows what was chosen.
    pub(crate) fn twin(mut self, condition: &str) -> String {
        // Outer places before inner ones, equal ones in the order of the table.
        self.branches
            .sort_by_key(|branch| (branch.place.start, usize::MAX - branch.place.end));
        let mut twin = String::new();
        write(
            &mut twin,
            self.text,
            0..self.text.len(),
            &self.branches,
            condition,
        );
        for items in self.added {
            twin.push_str(&marked(items));
        }
        twin
    }
}

/// Writes a part of the text; the branches are those within it.
fn write(
    twin: &mut String,
    text: &str,
    part: Range<usize>,
    mut branches: &[Branch<'_>],
    condition: &str,
) {
    let mut at = part.start;
    while let Some(Branch { place, kind, .. }) = branches.first() {
        twin.push_str(&text[at..place.start]);
        let equal = branches
            .iter()
            .take_while(|branch| branch.place == *place)
            .count();
        let within = branches
            .iter()
            .take_while(|branch| branch.place.start < place.end)
            .count();
        let (open, close) = match kind {
            Kind::Expression => ("(", ")"),
            Kind::Statements => ("", ""),
        };
        twin.push_str(open);
        for branch in &branches[..equal] {
            // Writing to a String cannot fail, here and below.
            let _ = write!(
                twin,
                "if {condition}({}) {{\n{}}} else ",
                branch.number,
                marked(branch.wrong)
            );
        }
        twin.push_str("{ ");
        write(
            twin,
            text,
            place.clone(),
            &branches[equal..within],
            condition,
        );
        twin.push_str(" }");
        twin.push_str(close);
        at = place.end;
        branches = &branches[within..];
    }
    twin.push_str(&text[at..part.end]);
}

/// Code in which every line says where it comes from, for the compiler shows no other.
fn marked(code: &Code) -> String {
    let table = code.table.file_name().unwrap_or_default().to_string_lossy();
    let tokens = code.text.parse().map(flat).unwrap_or_default();
    let mut marked = String::new();
    let mut at = 0;
    for (line, text) in (code.line..).zip(code.text.lines()) {
        let in_token = tokens
            .iter()
            .any(|token| token.range.start < at && at < token.range.end);
        let mark = if in_token {
            String::new()
        } else {
            format!("/* {table}:{line} */ ")
        };
        let _ = writeln!(marked, "{mark}{text}");
        at += text.len() + 1;
    }
    marked
}

fn read(code: &Code, name: &str) -> Result<Vec<Token>, Complaint> {
    let stream = code
        .text
        .parse::<TokenStream>()
        .map_err(|error| unread(code, name, &error.into()))?;
    let tokens = flat(stream);
    if tokens.is_empty() {
        Err(code.complaint(format!("`{name}` has no right code")))
    } else {
        Ok(tokens)
    }
}

fn unread(code: &Code, name: &str, error: &syn::Error) -> Complaint {
    code.complaint_at(
        error.span().start().line - 1,
        format!("code of `{name}` cannot be read: {error}"),
    )
}
