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
}

impl AgentArguments {
    pub(super) fn execute(self) -> Result<Exit, Complaint> {
        let defect = self
            .defect
            .map(|name| name.parse::<agent::Defect>())
            .transpose()
            .map_err(|error| format!("proofmark: {error}"))?;
        // The contract fixes some of these texts to the letter (contract 9.1).
        let refused = |error: &dyn std::error::Error| Complaint::new(Exit::NotConformant, error.to_string());
        let settings = agent::Settings::from_environment(|name| std::env::var(name).ok())
            .map_err(|error| refused(&error))?
            .with_defect(defect);
        runtime::start_small()?.block_on(agent::run(settings)).map_err(|error| refused(&error))?;
        Ok(Exit::Conformant)
    }
}
