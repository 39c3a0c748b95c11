//! Mutant schemata: of a source directory and a table of mistakes it makes a twin of the source, in which every mistake can be chosen at run time.
//!
//! For build scripts. The clean source is unaware of it; a table (`Table`) says for each mistake which right code it replaces by which wrong code. In the twin such a
//! place reads `if CONDITION(number) { wrong } else { right }`, where the number is that of the mistake in the table. One build serves all mistakes.
//!
//! Code is compared by its tokens: white space, comments and a comma before a closing bracket do not matter, and formatting the source breaks no table.

mod complaint;
mod file;
mod grammar;
mod table;
mod tokens;
mod twin;

pub use complaint::Complaint;
pub use table::{Change, Code, Mutation, Place, Table};
pub use twin::write_twin;
