//! The judge against small journals.

mod bounded;
mod calls;
mod files;
mod histories;
mod matchers;
mod processes;
mod requests;
mod robustness;
mod variables;
mod verdicts;
