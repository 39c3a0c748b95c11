//! The platform's side over plain HTTP: every route family, the edge, the faults and what the journal keeps of them.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "suite/a2a.rs"]
mod a2a;
#[path = "suite/activity.rs"]
mod activity;
#[path = "suite/chat.rs"]
mod chat;
#[path = "suite/control.rs"]
mod control;
#[path = "suite/delegation.rs"]
mod delegation;
#[path = "suite/discovery.rs"]
mod discovery;
#[path = "suite/edge.rs"]
mod edge;
#[path = "suite/fault.rs"]
mod fault;
#[path = "suite/heartbeat.rs"]
mod heartbeat;
#[path = "suite/journal.rs"]
mod journal;
#[path = "suite/lifecycle.rs"]
mod lifecycle;
#[path = "suite/operator.rs"]
mod operator;
#[path = "suite/peer.rs"]
mod peer;
#[path = "suite/register.rs"]
mod register;
#[path = "suite/secret.rs"]
mod secret;
#[path = "suite/stage.rs"]
mod stage;
#[path = "suite/state_file.rs"]
mod state_file;
#[path = "suite/tenant.rs"]
mod tenant;
#[path = "suite/token.rs"]
mod token;
