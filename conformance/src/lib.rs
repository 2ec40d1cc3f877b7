//! stackdrill: a conformance and fuzz-testing toolkit for TCP and UDP.
pub mod requirement;
