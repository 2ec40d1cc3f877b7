//! Which pairs of state and event can be reached: what coverage is counted out of.
use stackdrill_oracle::Event;
use stackdrill_wire::State;

/// The table, written by the search itself: `STACKDRILL_BLESS=1 cargo test --test worlds` keeps it current, and
/// `cargo test` fails where it is not.
const TABLE: &str = include_str!("reachable.txt");

/// Every pair of state and event that the small worlds reach, in the order of states.
#[must_use]
pub fn reachable() -> Vec<(State, Event)> {
    TABLE.lines().filter_map(pair).collect()
}

fn pair(line: &str) -> Option<(State, Event)> {
    let (state, event) = line.split_once(' ')?;
    let state = State::ALL.into_iter().find(|known| known.name() == state)?;
    Some((state, Event::ALL.into_iter().find(|known| format!("{known:?}") == event)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert!(!TABLE.is_empty());
        assert_eq!(reachable().len(), TABLE.lines().count());
    }
}
