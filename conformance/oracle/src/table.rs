//! The rule table: every rule of every file, in the order in which it is asked.
use std::sync::LazyLock;

use crate::Oracle;
use crate::rule::{Rule, Ruling, Sending};
use crate::{
    rfc768, rfc1122, rfc2018, rfc3042, rfc3168, rfc4443, rfc5681, rfc5961, rfc6298, rfc7323, rfc9293,
};

/// The tables of all files.
const TABLES: [&[&Rule]; 25] = [
    rfc9293::opening::RULES,
    rfc9293::header::RULES,
    rfc7323::RULES,
    rfc2018::RULES,
    rfc9293::sequence::RULES,
    rfc9293::closing::RULES,
    rfc9293::size::RULES,
    rfc9293::windows::RULES,
    rfc9293::resetting::RULES,
    rfc9293::complaints::RULES,
    rfc9293::delayed::RULES,
    rfc9293::arrives::syn_sent::RULES,
    rfc9293::arrives::other::RULES,
    rfc9293::arrives::text::RULES,
    rfc5961::RULES,
    rfc6298::RULES,
    rfc5681::RULES,
    rfc3042::RULES,
    rfc3168::RULES,
    rfc9293::queue::RULES,
    rfc9293::urgent::RULES,
    rfc9293::keep_alive::RULES,
    rfc768::RULES,
    rfc1122::RULES,
    rfc4443::RULES,
];

/// Which kinds of sent segments there are to the tables: some have something to say of a few only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Kind {
    /// A reset.
    pub(crate) resets: bool,
    /// A SYN, or whatever leaves before a connection is synchronized.
    pub(crate) opens: bool,
    /// Nothing that takes a sequence number.
    pub(crate) bare: bool,
}

impl Kind {
    const COUNT: usize = 8;

    const fn index(self) -> usize {
        self.resets as usize + 2 * (self.opens as usize) + 4 * (self.bare as usize)
    }
}

/// A rule that judges a sent segment, its number among them, and how it does.
type Judge = (usize, &'static Rule, fn(&Sending<'_>) -> Ruling);

/// The rules that judge a sent segment.
pub(crate) static SENT: LazyLock<Vec<&'static Rule>> =
    LazyLock::new(|| every().filter(|rule| rule.check.is_some()).collect());

/// Those that may have something to say of each kind of segment, in the order of the tables.
static JUDGES: LazyLock<[Vec<Judge>; Kind::COUNT]> = LazyLock::new(|| {
    let holds = |table: &[&Rule], rule: &Rule| table.iter().any(|other| core::ptr::eq(*other, rule));
    core::array::from_fn(|index| {
        let applies = |rule: &Rule| {
            let only = |table: &[&Rule], bit: usize| !holds(table, rule) || index & bit != 0;
            only(rfc9293::resetting::RULES, 1)
                && only(rfc9293::opening::RULES, 2)
                && only(rfc9293::keep_alive::RULES, 4)
                && only(rfc9293::delayed::RULES, 4)
        };
        let judges = SENT.iter().enumerate().filter(|(_, rule)| applies(rule));
        judges.filter_map(|(number, rule)| Some((number, *rule, rule.check?))).collect()
    })
});

/// The rules that may have something to say of such a segment.
pub(crate) fn judges(kind: Kind) -> &'static [Judge] {
    JUDGES.get(kind.index()).map_or(&[], Vec::as_slice)
}

fn every() -> impl Iterator<Item = &'static Rule> {
    TABLES.into_iter().flatten().copied()
}

impl Oracle {
    /// Every rule that the oracle holds, sorted by id.
    #[must_use]
    pub fn rules() -> Vec<&'static Rule> {
        let mut rules: Vec<_> = every().collect();
        rules.sort_by_key(|rule| rule.id);
        rules
    }

    /// The rules as a Markdown table: requirement, level, what must be in view, guard, what is asked.
    #[must_use]
    pub fn table() -> String {
        let mut table =
            String::from("| rule | level | needs | when | asks |\n| --- | --- | --- | --- | --- |");
        for rule in Self::rules() {
            let (level, needs) = (rule.level.name(), rule.needs.name());
            let row = [rule.id, level, needs, rule.when, rule.summary()].join(" | ");
            table.push_str(&format!("\n| {row} |"));
        }
        table
    }
}
