//! Every text in a plan that stands for something in its world: paths and templates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use protocol::{Fault, FaultEffect};
use serde_json::Value;

use super::act::Act;
use super::call::{Answered, Call, CallBody, Manner, Tell, Upload};
use super::expectation::{Expectation, Mode};
use super::feed::Feed;
use super::launch::Start;
use super::matcher::Matcher;
use super::plan::{Action, Plan};
use super::plant::Plant;
use super::statement::{RequestExpectation, Statement};
use crate::reading::Template;

/// A text that stands for something in the world.
pub(super) enum Text<'p> {
    /// A path below the stage directory, or a pattern of such paths.
    Path(&'p str),
    /// What is said or expected.
    Template(Cow<'p, Template>),
}

/// What has such texts in it.
trait Speaks {
    /// Adds them.
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>);
}

impl Plan {
    /// All of its steps, its subject and its crash points.
    pub(super) fn texts(&self) -> Vec<Text<'_>> {
        let mut texts = Vec::new();
        self.subject.environment.texts(&mut texts);
        of_each(self.subject.config.values(), &mut texts);
        self.subject.files.texts(&mut texts);
        let places = [&self.subject.configs_directory, &self.subject.config_path].into_iter().flatten();
        let points = self.crash_points.iter().flat_map(|points| &points.of);
        texts.extend(places.chain(points).map(|path| Text::Path(path)));
        for step in &self.steps {
            match &step.action {
                Action::Act(act) => act.texts(&mut texts),
                Action::Expect(expectation) => expectation.texts(&mut texts),
            }
        }
        texts
    }
}

fn of_each<'p, T: Speaks + 'p>(parts: impl IntoIterator<Item = &'p T>, texts: &mut Vec<Text<'p>>) {
    for part in parts {
        part.texts(texts);
    }
}

impl<T: Speaks> Speaks for Option<T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self, texts);
    }
}

impl<T: Speaks> Speaks for Vec<T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self, texts);
    }
}

impl<T: Speaks> Speaks for BTreeMap<String, T> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        of_each(self.values(), texts);
    }
}

impl Speaks for Template {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        texts.push(Text::Template(Cow::Borrowed(self)));
    }
}

impl Speaks for Value {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        match self {
            Self::String(text) => {
                texts.extend(Template::parse(text).map(|it| Text::Template(Cow::Owned(it))));
            }
            Self::Array(list) => list.texts(texts),
            Self::Object(map) => of_each(map.values(), texts),
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}

impl Speaks for Matcher {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        match self {
            Self::Equals(text) | Self::Contains(text) | Self::StartsWith(text) => text.texts(texts),
            Self::OneOf(list) | Self::Both(list) => list.texts(texts),
            Self::Not(inner) | Self::Any(inner) | Self::All(inner) | Self::None(inner) => inner.texts(texts),
            Self::Fields(fields) => fields.texts(texts),
            Self::Is(_)
            | Self::Absent
            | Self::Present
            | Self::Matches(_)
            | Self::Type(_)
            | Self::Length(_)
            | Self::Range { .. } => {}
        }
    }
}

impl Speaks for Act {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        match self {
            Self::Start(start) => start.texts(texts),
            Self::Restart(restart) => restart.start.texts(texts),
            Self::Reprovision(reprovision) => reprovision.start.texts(texts),
            Self::Fault(fault) => fault.texts(texts),
            Self::DiskFault(fault) => texts.push(Text::Path(&fault.path)),
            Self::Call(call) => call.texts(texts),
            Self::Tell(tell) => tell.texts(texts),
            Self::Trigger(trigger) => trigger.text.texts(texts),
            Self::Plant(plant) => plant.texts(texts),
            Self::Remove(path) => texts.push(Text::Path(path)),
            Self::Feed(feed) => feed.texts(texts),
            Self::Stop { .. }
            | Self::Crash
            | Self::RotateToken(_)
            | Self::RevokeTokens
            | Self::RotateSecret
            | Self::ClearSecret
            | Self::RemoveWorkspace
            | Self::CrashPoint
            | Self::Lift(_)
            | Self::OutageBegins
            | Self::OutageEnds
            | Self::PruneActivity
            | Self::Peer { .. } => {}
        }
    }
}

impl Speaks for Start {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        self.environment.texts(texts);
    }
}

impl Speaks for Fault<Template> {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        self.path.texts(texts);
        match &self.effect {
            FaultEffect::Status { status: _, headers, body } => {
                of_each(headers.iter().map(|header| &header.value), texts);
                body.texts(texts);
            }
            FaultEffect::Edit { set, remove: _ } => of_each(set.values(), texts),
            FaultEffect::Delay { .. }
            | FaultEffect::Hang
            | FaultEffect::Reset
            | FaultEffect::Truncate
            | FaultEffect::Drip { .. } => {}
        }
    }
}

impl Speaks for Call {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        let Self { to: _, method: _, path, body, manner, answered } = self;
        let Manner { bearer, authorization, headers, .. } = manner;
        path.texts(texts);
        bearer.texts(texts);
        authorization.texts(texts);
        headers.texts(texts);
        match body {
            CallBody::Json(value) => value.texts(texts),
            CallBody::Text(text) => text.content.texts(texts),
            CallBody::Uploads(uploads) => uploads.texts(texts),
            CallBody::Empty | CallBody::Withheld(_) => {}
        }
        answered.texts(texts);
    }
}

impl Speaks for Upload {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        self.name.texts(texts);
        self.content.texts(texts);
    }
}

impl Speaks for Answered {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        let Self { status: _, headers, body, text, cites: _, capture: _ } = self;
        headers.texts(texts);
        body.texts(texts);
        text.texts(texts);
    }
}

impl Speaks for Tell {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        self.text.texts(texts);
        self.reply.texts(texts);
        self.answered.texts(texts);
    }
}

impl Speaks for Feed {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        let Self { delegation, source, target, status: _, summary, response_preview, error } = self;
        of_each([delegation, source, target, summary], texts);
        response_preview.texts(texts);
        error.texts(texts);
    }
}

impl Speaks for Plant {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        texts.push(Text::Path(self.path()));
        match self {
            Self::File(file) => file.content.texts(texts),
            Self::Symlink { path: _, target } => target.texts(texts),
            Self::Temporary { of: _, what } => what.texts(texts),
            Self::Directory { .. } | Self::Pipe { .. } | Self::Mode { .. } => {}
        }
    }
}

impl Speaks for Expectation {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        match &self.mode {
            Mode::Never { until } | Mode::Always { until: Some(until) } => until.texts(texts),
            Mode::Eventually | Mode::Always { until: None } => {}
        }
        match &self.statement {
            Statement::Request(request) => request.exchange.texts(texts),
            Statement::File(file) => {
                texts.push(Text::Path(&file.path));
                file.content.texts(texts);
            }
            Statement::History(history) => texts.push(Text::Path(&history.path)),
            Statement::Directory { path, holds_only } => {
                texts.extend(std::iter::once(path).chain(holds_only).map(|path| Text::Path(path)));
            }
            Statement::NoLeftovers { path } => texts.push(Text::Path(path)),
            Statement::Process(process) => process.code.texts(texts),
            Statement::Log(log) => log.line.texts(texts),
            Statement::Row(row) => row.fields.texts(texts),
        }
    }
}

impl Speaks for RequestExpectation {
    fn texts<'p>(&'p self, texts: &mut Vec<Text<'p>>) {
        let Self { line, from: _, to: _, headers, query, body, answered: _, answer, count: _ } = self;
        line.path.texts(texts);
        of_each([headers, query, body, answer], texts);
    }
}
