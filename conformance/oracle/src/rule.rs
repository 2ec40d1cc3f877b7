//! A rule: one RFC requirement as a function, with what the rule table, coverage and documentation say of it.
use core::fmt;
use core::hash::{Hash, Hasher};

use stackdrill_wire::{Instant, Segment};

use crate::Endpoint;
use crate::hypothesis::Hypothesis;
use crate::options::Parsed;
use crate::record::Record;

/// How strongly the RFC asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// MUST, MUST NOT, or unlabelled text that leaves no choice: not followed, it is a departure.
    Must,
    /// SHOULD, SHOULD NOT, RECOMMENDED: not followed, it is a warning.
    Should,
}

impl Level {
    /// As tables spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        }
    }
}

/// What has to be in view before a broken rule is an accusation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// The segment itself and the handshake: no packet that the tap missed could excuse it.
    Itself,
    /// Everything the endpoint received and sent, in order: with less, a packet that the tap missed, or two that
    /// it saw in another order, would excuse it.
    Whole,
}

impl Needs {
    /// As tables spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Whole => "whole",
        }
    }
}

/// What a rule says of a segment that one hypothesis would have sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ruling {
    /// The guard does not hold: the rule has nothing to say here.
    Abstains,
    /// The guard holds and the segment is as the rule wants it.
    Obeyed,
    /// The guard holds and the segment is not as the rule wants it.
    Broken,
}

impl Ruling {
    /// The ruling of a rule whose guard holds.
    pub(crate) const fn wants(obeyed: bool) -> Self {
        if obeyed { Self::Obeyed } else { Self::Broken }
    }
}

/// A segment that the endpoint sent, seen through one hypothesis.
#[derive(Clone, Copy)]
pub(crate) struct Sending<'a> {
    pub(crate) before: &'a Hypothesis,
    pub(crate) segment: &'a Segment,
    pub(crate) options: &'a Parsed,
    pub(crate) record: &'a Record,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) at: Instant,
}

/// One RFC requirement as the oracle holds it.
pub struct Rule {
    /// The requirement's id in the catalogue, such as `RFC9293:MUST-65`.
    pub id: &'static str,
    /// How strongly the RFC asks.
    pub level: Level,
    /// What must be in view before a broken rule is an accusation.
    pub needs: Needs,
    /// The guard in words: when the rule has something to say.
    pub when: &'static str,
    pub(crate) text: &'static str,
    /// Judges a sent segment; `None` for rules that only move hypotheses or oblige them.
    pub(crate) check: Option<fn(&Sending<'_>) -> Ruling>,
}

impl Rule {
    /// What the rule asks, in one sentence.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.text.trim_start()
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Hash for Rule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// Declares rules as statics and the table that holds them: doc comment (the summary), name, id, level, what it
/// needs, guard, and for a rule on sent segments its function.
macro_rules! rules {
    (@check) => { None };
    (@check $check:path) => { Some($check) };
    ($table:ident; $( $(#[doc = $doc:literal])+ $name:ident = $id:literal, $level:ident, $needs:ident, $when:literal $(=> $check:path)?; )+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) static $name: $crate::rule::Rule = $crate::rule::Rule {
                id: $id,
                level: $crate::rule::Level::$level,
                needs: $crate::rule::Needs::$needs,
                when: $when,
                text: concat!($($doc),+),
                check: $crate::rule::rules!(@check $($check)?),
            };
        )+
        /// The rules of this file, in the order in which they are asked.
        pub(crate) static $table: &[&$crate::rule::Rule] = &[$(&$name),+];
    };
}
pub(crate) use rules;
