//! What the modules of a crate declare and name, read from their tokens. Code of tests is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Names from the root of a crate down to a module; empty for the root itself.
pub(super) type ModulePath = Vec<String>;

/// The modules of a crate, by their path.
pub(super) type Modules = BTreeMap<ModulePath, Module>;

/// What one module declares and names.
#[derive(Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) children: BTreeSet<String>,
    /// The items it defines itself.
    pub(super) items: BTreeSet<String>,
    /// What its `use` lines bring in, by the name it has here.
    pub(super) imports: BTreeMap<String, Vec<ModulePath>>,
    /// Modules of which it brings in everything.
    pub(super) globs: Vec<ModulePath>,
    pub(super) mentions: Vec<Mention>,
}

/// A path that is named somewhere in a module.
pub(super) struct Mention {
    pub(super) path: ModulePath,
    pub(super) line: usize,
    /// Whether it is handed on, as `pub use` does.
    pub(super) handed_on: bool,
}

/// Reads the modules of a crate from its root file on, following `mod`.
pub(super) fn read_crate(root: &Path) -> Modules {
    let mut modules = Modules::new();
    let below = root.parent().unwrap().to_owned();
    read_file(root, Vec::new(), &below, &mut modules);
    modules
}

/// A file's path as people read it: below the workspace.
pub(super) fn shown(file: &Path) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    file.strip_prefix(workspace)
        .unwrap_or(file)
        .display()
        .to_string()
}

fn read_file(file: &Path, path: ModulePath, below: &Path, modules: &mut Modules) {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    read_module(
        &without_tests(tokens(&text, file)),
        file,
        path,
        below,
        modules,
    );
}

/// The tokens of a file.
pub(super) fn tokens(text: &str, file: &Path) -> TokenStream {
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The keywords that come before the name of an item, beside those of modules and macros.
const DEFINING: &[&str] = &[
    "struct", "enum", "union", "trait", "type", "fn", "const", "static",
];

fn read_module(
    tokens: &[TokenTree],
    file: &Path,
    path: ModulePath,
    below: &Path,
    modules: &mut Modules,
) {
    let mut module = Module {
        file: file.to_owned(),
        ..Module::default()
    };
    let mut rest = tokens;
    while let [first, tail @ ..] = rest {
        match (word(first).as_deref(), tail) {
            (Some("mod"), [name, body, after @ ..]) => {
                let name = word(name).unwrap();
                let path = [path.as_slice(), std::slice::from_ref(&name)].concat();
                let below = below.join(&name);
                if let TokenTree::Group(body) = body {
                    read_module(&list(body), file, path, &below, modules);
                } else {
                    let (inside, beside) = (below.join("mod.rs"), below.with_extension("rs"));
                    let file = if beside.exists() { beside } else { inside };
                    read_file(&file, path, &below, modules);
                }
                module.children.insert(name);
                rest = after;
            }
            (Some("use"), _) => {
                let read = &tokens[..tokens.len() - rest.len()];
                rest = module.read_use(tail, true, is_public(read));
            }
            (Some(keyword), [name, ..]) if DEFINING.contains(&keyword) => {
                module.items.extend(word(name));
                rest = tail;
            }
            (Some("macro_rules"), [_, name, after @ ..]) => {
                module.items.extend(word(name));
                rest = after;
            }
            _ => rest = module.read_code(rest),
        }
    }
    modules.insert(path, module);
}

/// Whether what was read ends with `pub` or `pub(..)`.
fn is_public(read: &[TokenTree]) -> bool {
    let before = match read {
        [before @ .., within] if has_delimiter(within, Delimiter::Parenthesis) => before,
        _ => read,
    };
    before.last().and_then(word).as_deref() == Some("pub")
}

impl Module {
    /// Reads a path, or one token; returns what follows.
    fn read_code<'t>(&mut self, tokens: &'t [TokenTree]) -> &'t [TokenTree] {
        let (first, mut rest) = tokens.split_first().unwrap();
        match first {
            TokenTree::Group(group) => {
                let inside = list(group);
                let mut inside = inside.as_slice();
                while let [first, tail @ ..] = inside {
                    // `use<'_>` is of a type and brings nothing in.
                    let is_use = word(first).as_deref() == Some("use")
                        && tail.first().and_then(word).is_some();
                    inside = if is_use {
                        self.read_use(tail, false, false)
                    } else {
                        self.read_code(inside)
                    };
                }
            }
            TokenTree::Ident(_) => {
                let mut path = vec![word(first).unwrap()];
                while let [
                    TokenTree::Punct(one),
                    TokenTree::Punct(two),
                    next,
                    tail @ ..,
                ] = rest
                    && (one.as_char(), two.as_char()) == (':', ':')
                    && let Some(name) = word(next)
                {
                    path.push(name);
                    rest = tail;
                }
                if path.len() > 1 {
                    self.mention(path, first, false);
                }
            }
            TokenTree::Literal(literal) => {
                // As in `#[serde(with = "crate::seconds")]`.
                let text = literal.to_string();
                let path: ModulePath = text
                    .trim_matches('"')
                    .split("::")
                    .map(str::to_owned)
                    .collect();
                if path.len() > 1 && ["crate", "self", "super"].contains(&path[0].as_str()) {
                    self.mention(path, first, false);
                }
            }
            // What comes after a leading `::` is a crate, or belongs to a type.
            TokenTree::Punct(_) if starts_absolute(tokens) => rest = &tokens[3..],
            TokenTree::Punct(_) => {}
        }
        rest
    }

    /// Reads a `use` after its keyword, of the module itself or inside one of its items; returns what follows.
    fn read_use<'t>(
        &mut self,
        tokens: &'t [TokenTree],
        of_module: bool,
        public: bool,
    ) -> &'t [TokenTree] {
        let end = tokens.iter().position(|token| is(token, ';')).unwrap();
        self.read_use_tree(&tokens[..end], &[], of_module, public);
        &tokens[end + 1..]
    }

    fn read_use_tree(
        &mut self,
        tokens: &[TokenTree],
        prefix: &[String],
        of_module: bool,
        public: bool,
    ) {
        for branch in tokens
            .split(|token| is(token, ','))
            .filter(|branch| !branch.is_empty())
        {
            let mut path = prefix.to_vec();
            let mut name = None;
            let mut rest = branch;
            while let [first, tail @ ..] = rest {
                rest = tail;
                match (first, word(first).as_deref()) {
                    (TokenTree::Group(group), _) => {
                        self.read_use_tree(&list(group), &path, of_module, public);
                    }
                    (_, Some("as")) => name = rest.first().and_then(word),
                    (_, Some("self")) if !path.is_empty() => {}
                    (_, Some(segment)) if name.is_none() => path.push(segment.to_owned()),
                    _ => {}
                }
            }
            if matches!(branch.last(), Some(TokenTree::Group(_))) {
                continue;
            }
            self.mention(path.clone(), &branch[0], public);
            if !of_module {
                continue;
            }
            if is(&branch[branch.len() - 1], '*') {
                self.globs.push(path);
            } else if let Some(name) = name.or_else(|| path.last().cloned()) {
                self.imports.entry(name).or_default().push(path);
            }
        }
    }

    fn mention(&mut self, path: ModulePath, at: &TokenTree, handed_on: bool) {
        self.mentions.push(Mention {
            path,
            line: at.span().start().line,
            handed_on,
        });
    }
}

fn starts_absolute(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [one, two, TokenTree::Ident(_), ..] if is(one, ':') && is(two, ':'))
}

/// Drops items that are compiled for tests alone, and documentation.
pub(super) fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        if let Some((attribute, after)) = attribute(rest) {
            match attribute.split([' ', '(']).next() {
                Some("cfg") if attribute.replace(' ', "") == "cfg(test)" => {
                    rest = after_item(after);
                    continue;
                }
                Some("doc") => {
                    rest = after;
                    continue;
                }
                _ => {}
            }
        }
        kept.push(match first {
            TokenTree::Group(group) => {
                let inside = without_tests(group.stream()).into_iter().collect();
                let mut clean = Group::new(group.delimiter(), inside);
                clean.set_span(group.span());
                TokenTree::Group(clean)
            }
            other => other.clone(),
        });
        rest = tail;
    }
    kept
}

/// The text of the attribute that stands first, and what follows it.
fn attribute(tokens: &[TokenTree]) -> Option<(String, &[TokenTree])> {
    let (hash, mut rest) = tokens.split_first()?;
    if !is(hash, '#') {
        return None;
    }
    if rest.first().is_some_and(|token| is(token, '!')) {
        rest = &rest[1..];
    }
    match rest {
        [TokenTree::Group(group), rest @ ..] => Some((group.stream().to_string(), rest)),
        _ => None,
    }
}

/// What follows an item, field or arm, the attributes of which are partly read.
fn after_item(mut tokens: &[TokenTree]) -> &[TokenTree] {
    while let Some((_, rest)) = attribute(tokens) {
        tokens = rest;
    }
    let words = tokens.iter().filter_map(word);
    let mut words =
        words.skip_while(|word| ["pub", "async", "unsafe", "extern"].contains(&word.as_str()));
    let (kind, next) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let end = match kind.as_str() {
        "use" | "static" | "type" | "let" => tokens.iter().position(|token| is(token, ';')),
        "const" if next != "fn" => tokens.iter().position(|token| is(token, ';')),
        "const" | "mod" | "fn" | "struct" | "enum" | "trait" | "impl" => tokens
            .iter()
            .position(|token| is(token, ';') || has_delimiter(token, Delimiter::Brace)),
        _ => tokens.iter().position(|token| is(token, ',')),
    };
    end.map_or(&[], |end| &tokens[end + 1..])
}

fn has_delimiter(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

pub(super) fn list(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub(super) fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

pub(super) fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
