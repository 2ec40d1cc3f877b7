//! What a fuzzer does: laws that hold for any octets, any script, any sequence of operations at a host.
//!
//! Each law takes octets, for that is what fuzzers mutate and corpora keep, and gives a [`Finding`] where it does
//! not hold. The shims under `fuzz/` panic on one; `cargo test` replays their corpora without a fuzzer.
use core::fmt;

mod alphabet;
mod exchange;
mod one_host;
mod peer;
mod script;
mod wire;

pub use alphabet::{
    Complaint, Dress, Landmark, Offer, Opening, Operation, Place, Plan, Shape, User, Wait, Window,
};
pub(crate) use exchange::{Exchange, by_the_book, setup};
pub use exchange::{Story, perform};
pub use one_host::{fuzz_one_host, judge_plan};
pub use script::fuzz_script;
pub use wire::fuzz_wire;

/// A law that does not hold, in words and with what is needed to see it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Finding {
    /// Which law, as a sentence.
    pub law: String,
    /// What was done and what came of it, a line each.
    pub story: Vec<String>,
}

impl Finding {
    fn new(law: impl Into<String>, story: impl IntoIterator<Item = String>) -> Self {
        Self { law: law.into(), story: story.into_iter().collect() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.law)?;
        self.story.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
