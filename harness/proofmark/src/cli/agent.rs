//! `proofmark agent`: the reference agent as a process of its own.

use clap::Args;

use super::output::Output;
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
    pub(super) fn execute(self, output: &mut Output) -> Exit {
        match self.run() {
            Ok(()) => Exit::Conformant,
            Err((exit, message)) => {
                output.complain(&message);
                exit
            }
        }
    }

    fn run(self) -> Result<(), (Exit, String)> {
        let defect = self
            .defect
            .map(|name| name.parse::<agent::Defect>())
            .transpose()
            .map_err(|error| (Exit::Invalid, format!("proofmark: {error}")))?;
        let settings = agent::Settings::from_environment(|name| std::env::var(name).ok())
            .map_err(|error| (Exit::NotConformant, error.to_string()))?
            .with_defect(defect);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| (Exit::Incomplete, format!("proofmark: cannot start the agent: {error}")))?;
        runtime
            .block_on(agent::run(settings))
            // The contract fixes one of these texts to the letter (contract 9.1).
            .map_err(|error| (Exit::NotConformant, error.to_string()))
    }
}
