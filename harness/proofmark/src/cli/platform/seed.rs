//! Workspaces from a seed file, with the credentials that its variables hold.

use std::path::Path;

use platform::WorkspaceSeed;
use protocol::{Credential, DeliveryMode};
use scenario::Source;
use scenario::seed::{Seed, SeedSecret, parse};

/// A workspace to begin with.
pub(super) struct Planted {
    /// The row and its credentials.
    pub(super) workspace: WorkspaceSeed,
    /// The variables that held live tokens.
    pub(super) tokens_from: Vec<String>,
}

impl Planted {
    /// A workspace of which nothing is known but its id.
    pub(super) fn plain(id: String, has_secret: bool) -> Self {
        let workspace = WorkspaceSeed {
            id,
            name: "workspace".into(),
            inbound_secret: has_secret.then(platform::random_credential),
            ..WorkspaceSeed::default()
        };
        Self {
            workspace,
            tokens_from: Vec::new(),
        }
    }
}

/// Reads a seed file and the variables that it names; the complaint is meant for people.
pub(super) fn read(file: &Path, colour: bool) -> Result<Vec<Planted>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!(
            "proofmark: cannot read the seed file {}: {error}",
            file.display()
        )
    })?;
    let seeds = parse(&Source::new(file, text))
        .map_err(|diagnostics| scenario::diagnostic::render(&diagnostics, colour))?;
    seeds.into_iter().map(|seed| plant(seed, file)).collect()
}

fn plant(seed: Seed, file: &Path) -> Result<Planted, String> {
    let tokens = seed
        .tokens_from
        .iter()
        .map(|variable| held_by(variable, file))
        .collect::<Result<_, _>>()?;
    let inbound_secret = match (&seed.secret_from, seed.secret) {
        (Some(variable), _) => Some(held_by(variable, file)?),
        (None, Some(SeedSecret::Null)) => None,
        (None, Some(SeedSecret::Minted) | None) => Some(platform::random_credential()),
    };
    let workspace = WorkspaceSeed {
        id: seed.id,
        name: seed.name,
        parent_id: seed.parent,
        tokens,
        inbound_secret,
        polls: seed.delivery == DeliveryMode::Poll,
    };
    Ok(Planted {
        workspace,
        tokens_from: seed.tokens_from,
    })
}

fn held_by(variable: &str, file: &Path) -> Result<Credential, String> {
    match std::env::var(variable) {
        Ok(text) if !text.trim().is_empty() => Ok(Credential::new(text)),
        _ => Err(format!(
            "proofmark: {} names the variable {variable}, which holds nothing",
            file.display()
        )),
    }
}
