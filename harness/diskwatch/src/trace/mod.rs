//! The loop that stops the tree at its calls, lets them through one by one and writes down what they did.

mod apply;
mod entry;
mod exit;
mod inside;
mod memory;
mod schedule;
mod tracer;
mod tree;

pub(crate) use tracer::{Setting, Tracer};
