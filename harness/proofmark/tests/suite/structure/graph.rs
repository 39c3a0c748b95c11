//! The graph of a crate's modules: at every level of the tree, which of the modules side by side uses which.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Display, Formatter};

use super::source::{ModulePath, Modules, shown};

/// The code of the parent's own file, which counts as one more module among its children.
const OWN: &str = "(itself)";

/// The name under which an import of everything is followed.
const EVERYTHING: &str = "*";

/// The modules below one parent.
#[derive(Default)]
pub(super) struct Level {
    modules: BTreeSet<String>,
    /// By who uses and what is used, the places where.
    uses: BTreeMap<(String, String), Vec<String>>,
}

/// The levels of a crate, by the path of the parent.
pub(super) fn levels(modules: &Modules) -> BTreeMap<ModulePath, Level> {
    let mut levels: BTreeMap<ModulePath, Level> = BTreeMap::new();
    for path in modules.keys() {
        if let Some((name, parent)) = path.split_last() {
            levels
                .entry(parent.to_vec())
                .or_default()
                .modules
                .insert(name.clone());
        }
    }
    for (from, module) in modules {
        for mention in &module.mentions {
            let targets = resolve(modules, from, &mention.path);
            let edges: BTreeSet<_> = targets
                .iter()
                .filter_map(|target| edge(from, target))
                .collect();
            for (level, user, used) in edges {
                // To hand on what a child defines is no use of it: whoever takes it there uses the child.
                if user == OWN && mention.handed_on {
                    continue;
                }
                let place = format!(
                    "{}:{} `{}`",
                    shown(&module.file),
                    mention.line,
                    mention.path.join("::")
                );
                let level = levels.get_mut(level).unwrap();
                level.modules.extend([user.clone(), used.clone()]);
                level.uses.entry((user, used)).or_default().push(place);
            }
        }
    }
    levels
}

/// At which level code of one module that uses another module's is a use, and of what by what.
fn edge<'p>(from: &'p [String], target: &[String]) -> Option<(&'p [String], String, String)> {
    let shared = from
        .iter()
        .zip(target)
        .take_while(|(one, other)| one == other)
        .count();
    let name = |path: &[String]| {
        path.get(shared)
            .map_or_else(|| OWN.to_owned(), String::clone)
    };
    (from != target).then(|| (&from[..shared], name(from), name(target)))
}

/// The modules that code relies on when it names a path: the one that defines it, and those elsewhere that hand it on.
fn resolve(modules: &Modules, from: &ModulePath, path: &[String]) -> BTreeSet<ModulePath> {
    let mut search = Search {
        modules,
        from,
        following: Vec::new(),
        found: BTreeSet::new(),
    };
    search.path(from, path);
    search.found
}

struct Search<'m> {
    modules: &'m Modules,
    from: &'m ModulePath,
    /// The imports that are being followed.
    following: Vec<(ModulePath, String)>,
    found: BTreeSet<ModulePath>,
}

impl Search<'_> {
    /// Looks for a path as it is written in a module.
    fn path(&mut self, at: &ModulePath, path: &[String]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        match first.as_str() {
            "crate" => self.below(&Vec::new(), rest),
            "self" => self.below(at, rest),
            "super" => {
                let ups = path
                    .iter()
                    .take_while(|segment| *segment == "super")
                    .count();
                self.below(&at[..at.len() - ups].to_vec(), &path[ups..]);
            }
            // Else it is another crate, or belongs to a type.
            name if self.knows(at, name) => self.below(at, path),
            _ => {}
        }
    }

    /// Whether a name stands for something in a module, as far as its text tells.
    fn knows(&self, at: &ModulePath, name: &str) -> bool {
        let module = &self.modules[at];
        let imported = module.imports.contains_key(name) && !self.follows(at, name);
        imported || module.children.contains(name) || module.items.contains(name)
    }

    fn follows(&self, at: &ModulePath, name: &str) -> bool {
        self.following
            .iter()
            .any(|(module, import)| module == at && import == name)
    }

    /// Looks for a path from a module down.
    fn below(&mut self, at: &ModulePath, path: &[String]) {
        let elsewhere = !self.from.starts_with(at);
        let Some((name, rest)) = path.split_first() else {
            self.found.extend(elsewhere.then(|| at.clone()));
            return;
        };
        let module = &self.modules[at];
        if module.children.contains(name) {
            self.below(&[at.as_slice(), std::slice::from_ref(name)].concat(), rest);
            // What a path goes on from is a module, and the only one of its name.
            if !rest.is_empty() {
                return;
            }
        }
        if let Some(imports) = module.imports.get(name).filter(|_| !self.follows(at, name)) {
            self.found.extend(elsewhere.then(|| at.clone()));
            self.following.push((at.clone(), name.clone()));
            for import in imports {
                self.path(at, &[import, rest].concat());
            }
            self.following.pop();
        } else if module.items.contains(name) {
            self.found.insert(at.clone());
        } else if !module.children.contains(name) {
            self.below_globs(at, path);
        }
    }

    /// Looks for what a module does not name: it is brought in with everything of another, or made by a macro.
    fn below_globs(&mut self, at: &ModulePath, path: &[String]) {
        let before = self.found.len();
        if !self.follows(at, EVERYTHING) {
            self.following.push((at.clone(), EVERYTHING.to_owned()));
            for glob in &self.modules[at].globs {
                self.path(at, &[glob, path].concat());
            }
            self.following.pop();
        }
        let in_glob = self
            .following
            .iter()
            .any(|(_, import)| import == EVERYTHING);
        if !in_glob && self.found.len() == before {
            self.found.insert(at.clone());
        }
    }
}

impl Level {
    /// The modules in the order that has what is used before who uses it, as far as there is one.
    fn order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = Vec::new();
        loop {
            let ready = |module: &&str| self.used_by(module).all(|used| order.contains(&used));
            let waiting = self
                .modules
                .iter()
                .map(String::as_str)
                .filter(|module| !order.contains(module));
            let next: Vec<&str> = waiting.filter(ready).collect();
            if next.is_empty() {
                return order;
            }
            order.extend(next);
        }
    }

    /// What a module uses of those beside it.
    fn used_by(&self, module: &str) -> impl Iterator<Item = &str> {
        self.uses
            .keys()
            .filter(move |(user, _)| user == module)
            .map(|(_, used)| used.as_str())
    }

    /// Where one module uses another. Both have to be there, so that no rule outlives what it is about.
    pub(super) fn places(&self, user: &str, other: &str) -> &[String] {
        for module in [user, other] {
            assert!(self.modules.contains(module), "there is no module {module}");
        }
        self.uses
            .get(&(user.to_owned(), other.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Every group of modules that cannot be put in order, as words: a shortest way round, and all uses within the group.
    pub(super) fn cycles(&self) -> Vec<String> {
        let ways: BTreeMap<&str, _> = self
            .modules
            .iter()
            .map(|module| (module.as_str(), self.ways(module)))
            .collect();
        let mut shortest: BTreeMap<BTreeSet<&str>, &[&str]> = BTreeMap::new();
        for (module, way) in &ways {
            let Some(round) = way.get(module) else {
                continue;
            };
            let group = way
                .keys()
                .copied()
                .filter(|other| ways[other].contains_key(module))
                .collect();
            let known = shortest.entry(group).or_insert(round);
            if round.len() < known.len() {
                *known = round;
            }
        }
        let cycles =
            shortest.into_iter().map(|(group, round)| {
                let head = format!(
                    "{} ({} of {})",
                    round.join(" -> "),
                    group.len(),
                    self.modules.len()
                );
                let within = |(one, other): &(String, String)| {
                    group.contains(&**one) && group.contains(&**other)
                };
                let uses = self.uses.iter().filter(|(ends, _)| within(ends)).map(
                    |((user, used), places)| {
                        format!(
                            "  {user} -> {used}: {} places, first in {}",
                            places.len(),
                            places[0]
                        )
                    },
                );
                std::iter::once(head)
                    .chain(uses)
                    .collect::<Vec<_>>()
                    .join("\n")
            });
        cycles.collect()
    }

    /// The modules that one uses, directly or through others, each with a shortest way there.
    fn ways<'l>(&'l self, from: &'l str) -> BTreeMap<&'l str, Vec<&'l str>> {
        let mut ways = BTreeMap::new();
        let mut ends = VecDeque::from([vec![from]]);
        while let Some(way) = ends.pop_front() {
            for next in self.used_by(way[way.len() - 1]) {
                ways.entry(next).or_insert_with(|| {
                    let longer = [way.as_slice(), &[next]].concat();
                    ends.push_back(longer.clone());
                    longer
                });
            }
        }
        ways
    }
}

/// What is used comes before who uses it; modules of a cycle, and who uses them, come last.
impl Display for Level {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let ordered = self.order();
        let others = self
            .modules
            .iter()
            .map(String::as_str)
            .filter(|module| !ordered.contains(module));
        for module in ordered.iter().copied().chain(others) {
            let used: Vec<_> = self.used_by(module).collect();
            writeln!(
                formatter,
                "  {module}{}{}",
                if used.is_empty() { "" } else { " -> " },
                used.join(", ")
            )?;
        }
        Ok(())
    }
}
