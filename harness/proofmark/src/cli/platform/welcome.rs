//! What a stand-alone platform says when it listens: what to paste where.

use std::fmt;
use std::path::Path;

use protocol::{Credential, Revision};

use super::seed::Planted;

/// What is known when the platform listens.
pub(super) struct Welcome<'a> {
    pub(super) origin: String,
    pub(super) revision: Revision,
    pub(super) workspaces: &'a [Planted],
    pub(super) has_admin_token: bool,
    /// The control token, if it was made up.
    pub(super) control_token: Option<&'a Credential>,
    pub(super) state: Option<&'a Path>,
    pub(super) colour: bool,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bold, dim, plain) = if self.colour {
            ("\x1b[1m", "\x1b[2m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        writeln!(
            out,
            "{bold}the platform double listens at {}{plain}  {dim}(contract {}){plain}\n",
            self.origin, self.revision
        )?;
        writeln!(out, "into the environment of a runtime:\n")?;
        for (index, planted) in self.workspaces.iter().enumerate() {
            let workspace = &planted.workspace;
            if self.workspaces.len() > 1 {
                let gap = if index == 0 { "" } else { "\n" };
                writeln!(out, "{gap}  {dim}# {}{plain}", workspace.name)?;
            }
            writeln!(out, "  export WORKSPACE_ID={}", workspace.id)?;
            writeln!(out, "  export PLATFORM_URL={}", self.origin)?;
            if let Some(variable) = planted.tokens_from.first() {
                writeln!(out, "  export MOLECULE_WORKSPACE_TOKEN=\"${variable}\"")?;
            }
        }
        writeln!(out, "\nto drive it (see {}/openapi.json):\n", self.origin)?;
        match self.control_token {
            Some(token) => writeln!(out, "  export PROOFMARK_CONTROL_TOKEN={}", token.reveal())?,
            None => writeln!(
                out,
                "  {dim}# PROOFMARK_CONTROL_TOKEN as it was given{plain}"
            )?,
        }
        writeln!(
            out,
            "  curl -H \"Authorization: Bearer $PROOFMARK_CONTROL_TOKEN\" {}/proofmark\n",
            self.origin
        )?;
        let admin = if self.has_admin_token {
            "want PROOFMARK_ADMIN_TOKEN"
        } else {
            "are open until the first token is live (set PROOFMARK_ADMIN_TOKEN)"
        };
        writeln!(out, "{dim}administrative routes {admin}{plain}")?;
        match self.state {
            Some(file) => writeln!(out, "{dim}its state is kept in {}{plain}", file.display())?,
            None => writeln!(
                out,
                "{dim}its state is in memory and ends with it (keep it with --state FILE){plain}"
            )?,
        }
        writeln!(out, "{dim}end it with Ctrl-C{plain}\n")
    }
}
