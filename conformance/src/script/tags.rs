//! What a script's comments say about it: `Proves:`, `Profile:`, `Chooses:`, `Departs:`.
use super::span::Word;

/// The tags of a script.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tags {
    /// `Proves: ID ID`: the requirements it checks, catalogue ids or bare places such as `RFC 6298 §2`.
    pub proves: Vec<Word>,
    /// `Chooses: ID`: latitude it takes one side of.
    pub chooses: Vec<Word>,
    /// `Departs: ID why`: where it expects other than the RFC, and why.
    pub departs: Vec<Word>,
    /// `Profile: linux`: the only profiles that can pass it. Empty: it must hold for any conforming stack.
    pub profiles: Vec<Word>,
}
