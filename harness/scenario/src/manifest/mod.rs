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
mod rendering;
#[cfg(test)]
mod tests;

pub use conduct::{Conduct, Holds, Means, Sign, Signal, StateFile, Tool};
pub use launch::{Launch, Rendered, Setup, Stdio};
pub use manifest::{Manifest, parse, schema};
pub use rendering::{Placeholder, Rendering};
