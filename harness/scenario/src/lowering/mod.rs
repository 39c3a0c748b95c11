//! From what an author wrote to what it means: a checked [`Plan`](crate::plan::Plan).
//!
//! Every function here returns a value even where it reports a mistake, so that the rest of the file is checked too; a plan is given away only
//! when nothing was reported.

mod call;
mod check;
mod condition;
mod context;
mod disk;
mod fault;
mod leaf;
mod mistake;
mod plant;
mod request_line;
mod requirement;
mod scenario;
mod scope;
mod step;
mod summary;
mod trigger;
mod world;

pub(crate) use context::Fragments;
pub(crate) use mistake::shape_mistake;
pub use requirement::Requirements;
pub(crate) use scenario::{Unit, lower};
