//! House rules that a machine can keep: the rules, the graph of modules they look at, and how code is measured.

mod graph;
mod graph_tests;
mod measure;
mod rules;
mod source;
