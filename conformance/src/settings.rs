//! Settings, and the shell commands that scripts use, recognised without a shell.
//!
//! What a command asks for becomes a list of [`Step`]s: sysctls of the target, time to pass, properties of the route,
//! connections to be counted or dropped. Nothing here runs anything. A command that asks for anything else is refused
//! by name, as a whole and before any of it has had an effect.
use crate::target::Unsupported;

mod command;
mod filter;
mod policy;
mod shell;

pub use command::{Action, Dropped, Step, Tool, parse};
pub use filter::Filter;
pub(crate) use policy::apply;
pub use shell::Connector;

/// Hands over the text of a shell file that a command names.
pub type Reader<'r> = dyn Fn(&str) -> Result<String, Unsupported> + 'r;
