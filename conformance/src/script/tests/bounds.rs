//! What no script can do: be endless, nest without end, or mean itself.
use super::{Dialect, ParseOptions, parse, read, said};
use crate::script::{EventKind, Expression, MOST_NESTED, MOST_OCTETS};

#[test]
fn a_script_that_is_too_long_is_refused_by_name() {
    let mut text = "0 `true`\n".to_owned();
    text.push_str(&" ".repeat(MOST_OCTETS - text.len()));
    assert!(read(&text, Dialect::Google).is_ok(), "so long it may be");
    text.push(' ');
    let refused = read(&text, Dialect::Google);
    assert_eq!(said(&refused), ["the script has 16777217 octets; at most 16777216 are read"]);
    assert!(refused.script.events.is_empty(), "none of it is read");
}

#[test]
fn what_nests_too_deep_is_refused_by_name() {
    for (open, inner, close) in
        [("[", "1", "]"), ("{1,", "1", "}"), ("{...,", "1", "}"), ("htons(", "1", ")"), ("AA=", "1", "")]
    {
        let nested = |depth: usize| {
            let text = format!("0 f({}{inner}{}) = 0\n", open.repeat(depth), close.repeat(depth));
            read(&text, Dialect::Google)
        };
        let deep = nested(MOST_NESTED - 1);
        assert!(deep.is_ok(), "{open}: {:?}", said(&deep));
        for depth in [MOST_NESTED, 10_000] {
            let said = said(&nested(depth));
            assert!(said.contains(&"nested more than 64 deep".to_owned()), "{open} {depth}: {said:?}");
        }
    }
}

/// A symbol stands for one token, which is never looked up again.
#[test]
fn symbols_cannot_mean_each_other() {
    let parsed = read("--define=AA=BB\n--define=BB=AA\n0 f(AA, BB) = 0\n", Dialect::Google);
    let [event] = parsed.script.events.as_slice() else { panic!("{:?}", said(&parsed)) };
    let EventKind::Call(call) = &event.kind else { panic!("a call") };
    let words: Vec<_> = call.arguments.iter().map(|argument| argument.node.clone()).collect();
    assert_eq!(words, [Expression::Word("BB".into()), Expression::Word("AA".into())]);
}

/// Flags are few: a run of marks is no set of them, and each costs a look at those before it.
#[test]
fn a_run_of_marks_is_no_flags() {
    for text in [
        "0 > .????????????????????????????????? 1:1(0)\n",
        "0 > S . S . S . S . S . S . S . S . S . S . S . S . S . S . S . S . S . 1:1(0)\n",
    ] {
        let parsed = read(text, Dialect::Google);
        assert!(
            said(&parsed).iter().any(|said| said.starts_with("expected a sequence number")),
            "{:?}",
            said(&parsed)
        );
    }
}

/// Where nothing says the dialect, the script does: by what only one can read, or by whose it is.
#[test]
fn a_script_says_its_dialect() {
    for (text, dialect) in [
        ("0 f() = 0\n", Dialect::Google),
        ("0 < S 0:0(0) win 1 <gen-200 00ff>\n", Dialect::Bsd),
        ("// Profile: freebsd\n0 f() = 0\n", Dialect::Bsd),
        ("// Profile: linux freebsd\n0 f() = 0\n", Dialect::Google),
        // What neither reads is Google's.
        ("// Profile: freebsd\n0 f(\n", Dialect::Google),
    ] {
        assert_eq!(parse(text, &ParseOptions::default()).script.dialect, dialect, "{text}");
    }
}
