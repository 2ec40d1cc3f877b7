//! The documentation says what the code says.
use stackdrill_oracle::Oracle;

const PAGE: &str = include_str!("../../../docs/oracle.md");

#[test]
fn the_page_ends_with_the_table_of_rules() {
    let table = Oracle::table();
    let shown = PAGE.rsplit("\n\n").next().unwrap_or_default();
    assert!(
        shown.trim_end() == table.trim_end(),
        "docs/oracle.md is out of date; its last paragraph should be what \
         `cargo run -p stackdrill-oracle --example rules` prints"
    );
}

#[test]
fn every_rule_has_a_summary_and_a_guard_of_one_line() {
    for rule in Oracle::rules() {
        let (summary, when) = (rule.summary(), rule.when);
        assert!(summary.ends_with('.') && !summary.contains('\n'), "{}: {summary:?}", rule.id);
        assert!(!when.is_empty() && !when.contains('|'), "{}: {when:?}", rule.id);
    }
}
