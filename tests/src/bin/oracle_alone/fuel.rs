//! How much a stack may do at one call.

/// A call begins. Where `oracle_mutants` has woven mutants into the stack, this file is another: it fills a tank, and a
/// mutant that turns in a circle without end runs dry and panics.
pub(crate) const fn fill() {}
