//! The manifest: how to start, probe and stop a runtime, in any language.
//!
//! As strict as scenarios: unknown keys are mistakes with a caret, programs are lists of words and no shell, and every placeholder must
//! mean something.

mod conduct;
mod launch;
#[expect(
    clippy::module_inception,
    reason = "the manifest is what this folder is about"
)]
mod manifest;
mod means;
mod rendering;
mod sign;
#[cfg(test)]
mod tests;

pub use conduct::{Conduct, Holds, Signal, StateFile};
pub use launch::{Launch, Rendered, Setup, Stdio};
pub use manifest::{Manifest, parse, schema};
pub use means::{Means, Tool};
pub use rendering::{Placeholder, Rendering};
pub use sign::Sign;
