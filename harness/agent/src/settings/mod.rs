//! What the process is told from outside: environment, configuration file, pacing, platform address.
//!
//! | Variable | Meaning, default |
//! |---|---|
//! | `WORKSPACE_ID` | identity; required |
//! | `PLATFORM_URL` | platform; `http://host.docker.internal:8080` in a container, else `http://localhost:8080` |
//! | `CONFIGS_DIR` | credential files; `/configs` |
//! | `WORKSPACE_CONFIG_PATH` | `config.yaml`, marker of the initial prompt, taken delegations; `/configs` |
//! | `MOLECULE_WORKSPACE_TOKEN` | token, after the file |
//! | `HOSTNAME` | registered host; else a local address |
//! | `DELEGATION_RESULTS_FILE` | results; `delegation_results.jsonl` in `TMPDIR`, else in `/tmp` |
//! | `PROOFMARK_HEARTBEAT_MS` | cadence; 30000, at least 10 |
//! | `PROOFMARK_REQUEST_TIMEOUT_MS` | limit of one request; 10000 |
//! | `PROOFMARK_BACKOFF_MS` | first pause between registers; 1000, doubles up to 30 times itself |
//! | `PROOFMARK_PROMPT_BACKOFF_MS` | first pause between attempts of the initial prompt; 1000 |
//! | `PROOFMARK_DELEGATION_COOLDOWN_MS` | between two announcements of results; 60000 |
//! | `PROOFMARK_IDLE_MS` | overrides `idle_interval_seconds` |
//! | `PROOFMARK_FILESYSTEM_ROOT` | where `/workspace`, `/home` and `/plugins` live; `/` |

mod configuration;
mod environment;
mod error;
mod local_address;
mod pacing;
mod platform_address;

pub use environment::Settings;
pub use error::SettingsError;

pub(crate) use configuration::Configuration;
pub(crate) use local_address::local_address;
pub(crate) use pacing::{Backoff, Pacing};
pub(crate) use platform_address::{PlatformAddress, path_segment};
