//! Segments arrive: one room per state, as in RFC 9293 §3.10.7.
pub mod closed;
pub mod listen;
pub(crate) mod other;
pub(crate) mod syn_sent;
