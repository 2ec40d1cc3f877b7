//! The rule table: every rule of every file, in the order in which it is asked.
use std::sync::LazyLock;

use crate::Oracle;
use crate::rule::Rule;
use crate::{
    rfc768, rfc1122, rfc2018, rfc3042, rfc3168, rfc4443, rfc5681, rfc5961, rfc6298, rfc7323, rfc9293,
};

/// The tables of all files.
const TABLES: [&[&Rule]; 24] = [
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
    rfc768::RULES,
    rfc1122::RULES,
    rfc4443::RULES,
];

/// On which segments the rules of a table have something to say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// Resets only.
    Resets,
    /// SYNs, and whatever leaves before a connection is synchronized.
    Opens,
    /// Any.
    Any,
}

/// The rules that judge a sent segment.
pub(crate) static SENT: LazyLock<Vec<(&'static Rule, Class)>> = LazyLock::new(|| {
    let class = |table: &[&Rule]| match table {
        table if table == rfc9293::resetting::RULES => Class::Resets,
        table if table == rfc9293::opening::RULES => Class::Opens,
        _ => Class::Any,
    };
    let of = |table: &'static [&'static Rule]| table.iter().map(move |rule| (*rule, class(table)));
    TABLES.into_iter().flat_map(of).filter(|(rule, _)| rule.check.is_some()).collect()
});

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
