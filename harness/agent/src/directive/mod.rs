//! Directives: texts of inbound messages that make the agent act, so that tests can provoke every kind of call.
//!
//! ```text
//! text       = directive | anything else, which is repeated as `received: <text>`
//! directive  = "proofmark " verb [" " arguments]      -- first line; arguments may go on over further lines
//! verb       = "send" workspace-id text               -- message to a peer, through the platform
//!            | "notify" text                          -- message to the user
//!            | "delegate" workspace-id task           -- task for a peer; the same task twice has one key
//!            | "report" activity-type summary         -- entry in the activity log
//!            | "discover" workspace-id                -- address of a peer
//!            | "peers" | "workspace" | "state"        -- reads about this workspace
//!            | "update-card" description              -- new description of the agent
//!            | "work" milliseconds                    -- a task that takes time
//!            | "fail" text                            -- a JSON-RPC error
//! reply      = verb " ok: " result | verb " failed: " reason | "send queued: " queue
//! ```

mod grammar;
mod message;
mod perform;
mod send;

pub(crate) use grammar::{Directive, parse};
pub(crate) use message::answer_text;
pub(crate) use perform::{Reply, perform};
