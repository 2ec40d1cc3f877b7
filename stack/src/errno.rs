//! Placeholder.

/// A POSIX error number, by name.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Errno {}
