//! Whose annotations a run prints.

use clap::ValueEnum;

/// The continuous integration that annotations are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AnnotationChoice {
    /// That of the machine, if it is known.
    Auto,
    /// Workflow commands of GitHub Actions.
    Github,
    /// None.
    None,
}

impl AnnotationChoice {
    /// Whether workflow commands are printed.
    pub(super) fn decide(self) -> bool {
        match self {
            Self::Auto => std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            Self::Github => true,
            Self::None => false,
        }
    }
}
