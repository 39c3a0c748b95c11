//! `proofmark agent`: the reference agent as a process of its own.

use clap::Args;

use super::complaint::Complaint;
use super::runtime;
use crate::exit::Exit;

#[derive(Debug, Args)]
#[command(
    after_help = "The environment is the contract's: WORKSPACE_ID (required), PLATFORM_URL, CONFIGS_DIR, WORKSPACE_CONFIG_PATH, \
                        MOLECULE_WORKSPACE_TOKEN, HOSTNAME; a config.yaml in WORKSPACE_CONFIG_PATH names the port (a2a.port)."
)]
pub(super) struct AgentArguments {
    /// Seeds one mistake; `proofmark list --defects` names them.
    #[arg(long)]
    defect: Option<String>,
    /// Runs the twin into which mistakes are seeded, without any.
    #[arg(long, hide = true, conflicts_with = "defect")]
    twin: bool,
}

impl AgentArguments {
    pub(super) fn execute(self) -> Result<Exit, Complaint> {
        // The contract fixes some of these texts to the letter (contract 9.1).
        let refused =
            |error: &dyn std::error::Error| Complaint::new(Exit::NotConformant, error.to_string());
        let variable = |name: &str| std::env::var(name).ok();
        let defect = self
            .defect
            .map(|name| name.parse::<seeded_agent::Defect>())
            .transpose();
        let defect = defect.map_err(|error| format!("proofmark: {error}"))?;
        if let Some(defect) = defect {
            defect.seed();
        }
        if self.twin || defect.is_some() {
            let settings = seeded_agent::Settings::from_environment(variable)
                .map_err(|error| refused(&error))?;
            runtime::start_small()?
                .block_on(seeded_agent::run(settings))
                .map_err(|error| refused(&error))?;
        } else {
            let settings =
                agent::Settings::from_environment(variable).map_err(|error| refused(&error))?;
            runtime::start_small()?
                .block_on(agent::run(settings))
                .map_err(|error| refused(&error))?;
        }
        Ok(Exit::Conformant)
    }
}
