//! What the stack is shown.
mod conversation;
mod plan;
mod script;

use std::fmt;

use stackdrill::runner::Variant;
use stackdrill::{Profile, suite};

use crate::Outcome;

/// One thing that the stack is shown.
#[derive(Clone, Copy)]
pub(crate) enum Stimulus {
    /// A script of the suite.
    Script(&'static suite::Entry, Variant, Profile),
    /// Two users over a bad link, by seed.
    Conversation(u64),
    /// A peer that says anything, by seed.
    Wild(u64),
    /// A peer that is civil most of the time, by seed.
    Civil(u64),
    /// A peer that takes in much text, by seed.
    Bulk(u64),
    /// A peer that sends much text, by seed.
    Flood(u64),
}

/// How many of each kind there are beside the suite.
const CONVERSATIONS: u64 = 120;
const WILD: u64 = 300;
const CIVIL: u64 = 300;
const BULK: u64 = 150;
const FLOODS: u64 = 90;

/// Every stimulus, always in the same order.
pub(crate) fn all() -> impl Iterator<Item = Stimulus> {
    let variants =
        |entry: &'static suite::Entry| entry.variants().into_iter().map(move |variant| (entry, variant));
    let scripts = Profile::ALL.into_iter().flat_map(move |profile| {
        let entries = suite::scripts().iter().flat_map(variants);
        entries.map(move |(entry, variant)| Stimulus::Script(entry, variant, profile))
    });
    let conversations = (0..CONVERSATIONS).map(Stimulus::Conversation);
    let (wild, civil) = ((0..WILD).map(Stimulus::Wild), (0..CIVIL).map(Stimulus::Civil));
    let (bulk, floods) = ((0..BULK).map(Stimulus::Bulk), (0..FLOODS).map(Stimulus::Flood));
    scripts.chain(conversations).chain(wild).chain(civil).chain(bulk).chain(floods)
}

impl Stimulus {
    /// Shows it to the stack.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Script(entry, variant, profile) => script::run(entry, variant, profile),
            Self::Conversation(seed) => conversation::run(seed),
            Self::Wild(seed) => plan::run(&plan::wild(seed), seed),
            Self::Civil(seed) => plan::run(&plan::civil(seed), seed),
            Self::Bulk(seed) => plan::run(&plan::bulk(seed), seed),
            Self::Flood(seed) => plan::run(&plan::flood(seed), seed),
        }
    }
}

impl fmt::Display for Stimulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Script(entry, variant, profile) => {
                write!(f, "{} {} {}", entry.name, variant.name(), profile.name())
            }
            Self::Conversation(seed) => write!(f, "conversation {seed}"),
            Self::Wild(seed) => write!(f, "wild peer {seed}"),
            Self::Civil(seed) => write!(f, "civil peer {seed}"),
            Self::Bulk(seed) => write!(f, "bulk peer {seed}"),
            Self::Flood(seed) => write!(f, "flooding peer {seed}"),
        }
    }
}
