//! A plan for a subject that keeps its credentials elsewhere than the contract says.

use std::borrow::Cow;

use protocol::journal::CredentialFiles;
use protocol::{Profile, Revision, wire};

use super::act::Act;
use super::plan::{Action, Plan};
use super::plant::{Plant, PlantedFile};
use super::statement::{Place, Statement};
use crate::reading::Text;

/// The directory in which scenarios speak of the credential files.
const CONFIGS: &str = "configs";

impl Plan {
    /// The plan with every path of a credential file put where this subject keeps it; itself if that is where the contract says.
    pub fn located(&self, files: &CredentialFiles) -> Cow<'_, Self> {
        if files.is_usual() || self.credential_files == *files {
            return Cow::Borrowed(self);
        }
        let mut plan = self.clone();
        plan.credential_files = files.clone();
        let moved = Moved(files);
        for step in &mut plan.steps {
            match &mut step.action {
                Action::Expect(expectation) => moved.statement(&mut expectation.statement),
                Action::Act(Act::Plant(plant)) => moved.plant(plant),
                Action::Act(Act::Remove(path)) => moved.path(path),
                Action::Act(Act::DiskFault(fault)) => moved.path(&mut fault.path),
                Action::Act(_) => {}
            }
        }
        for plant in &mut plan.subject.files {
            moved.plant(plant);
        }
        let points = plan
            .crash_points
            .iter_mut()
            .flat_map(|points| &mut points.of);
        let named = plan.texts.iter_mut().filter_map(|text| match text {
            Text::Path(path) => Some(path),
            Text::Template(_) => None,
        });
        points.chain(named).for_each(|path| moved.path(path));
        Cow::Owned(plan)
    }

    /// The plan for a kind of runtime: one that polls its messages can only do that on a platform of r2 or later.
    pub fn spoken_to(&self, profile: Profile) -> Cow<'_, Self> {
        if !profile.polls() || self.world.revision >= Revision::R2 {
            return Cow::Borrowed(self);
        }
        let mut plan = self.clone();
        plan.world.revision = Revision::R2;
        Cow::Owned(plan)
    }

    /// Whether it speaks of a path.
    pub fn names_path(&self, path: &str) -> bool {
        self.texts
            .iter()
            .any(|text| matches!(text, Text::Path(named) if named == path))
    }
}

struct Moved<'a>(&'a CredentialFiles);

impl Moved<'_> {
    fn path(&self, path: &mut String) {
        for (name, place) in [
            (wire::TOKEN_FILE, &self.0.token),
            (wire::SECRET_FILE, &self.0.secret),
        ] {
            let Some(place) = place else { continue };
            if *path == format!("{CONFIGS}/{name}") {
                path.clone_from(place);
                return;
            }
        }
    }

    /// A directory is moved with the file it holds.
    fn directory(&self, path: &mut String) {
        if path == CONFIGS
            && let Some((parent, _)) = self
                .0
                .token
                .as_deref()
                .and_then(|place| place.rsplit_once('/'))
        {
            parent.clone_into(path);
        }
    }

    fn statement(&self, statement: &mut Statement) {
        match statement.place() {
            Some(Place::File(path)) => self.path(path),
            Some(Place::Directory(path)) => self.directory(path),
            None => {}
        }
    }

    fn plant(&self, plant: &mut Plant) {
        match plant {
            Plant::Temporary { of, what } => {
                self.path(of);
                self.plant(what);
            }
            Plant::File(PlantedFile { path, .. })
            | Plant::Directory { path, .. }
            | Plant::Symlink { path, .. }
            | Plant::Pipe { path }
            | Plant::Mode { path, .. } => self.path(path),
        }
    }
}
