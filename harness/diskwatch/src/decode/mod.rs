//! From a system call's number and registers to what it is asked to do, for both architectures.

mod class;
mod definition;
mod errno;
mod flag;
mod operand;
mod table;

pub use class::CallClass;
pub(crate) use definition::{Definition, Narrowing, Shape, Transfer};
pub(crate) use errno::errno_name;
pub(crate) use flag::{OPEN_CHANGES, names as flag_names};
pub(crate) use operand::{Asked, Memory, Operand, Unreadable};
pub(crate) use table::{Architecture, definitions};
