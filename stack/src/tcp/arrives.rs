//! Segments arrive: one room per state, as in RFC 9293 §3.10.7.
pub mod closed;
