//! What python3 answers, as tables; and laws.
use proptest::prelude::*;

use super::{Failure, Ran, Snippet, run};

fn alone(text: &str) -> Result<String, Failure> {
    let variables = &[("cwnd", 10), ("ssthresh", 2_147_483_647)];
    let ran = run([Snippet { file: "a.pkt", line: 1, text, variables, missing: &[] }]);
    ran.ended.map(|()| ran.printed)
}

/// Each expression prints what python3 prints for it.
#[test]
fn expressions_print_as_python_prints_them() {
    for (expression, printed) in [
        ("1 + 2 * 3 - -4", "11"),
        ("2 ** 10, 2 ** -1, -2 ** 2", "(1024, 0.5, -4)"),
        ("7 // 2, -7 // 2, 7 // -2, -7 // -2", "(3, -4, -4, 3)"),
        ("7 % 3, -7 % 3, 7 % -3, -7 % -3", "(1, 2, -2, -1)"),
        ("7 / 2, 4 / 2", "(3.5, 2.0)"),
        ("7.5 // 2, -7.5 % 2", "(3.0, 0.5)"),
        ("1 << 4 | 3 & 2 ^ 1, ~5, -8 >> 1", "(19, -6, -4)"),
        ("0x10 + 0b11 + 0o7 + 1_000", "1026"),
        ("1 < 2 < 3, 1 < 2 > 2", "(True, False)"),
        ("not 1 == 2 and 3 or 4", "3"),
        ("0 or '' or 'x', 1 and 0", "('x', 0)"),
        ("2 in (1, 2), 'b' in 'abc', 3 not in [1]", "(True, True, True)"),
        ("None is None, cwnd is not None", "(True, True)"),
        ("'yes' if cwnd > 5 else 'no'", "yes"),
        ("abs(-3), min(3, 1, 2), max([1, 5]), len('abc'), sum((1, 2))", "(3, 1, 5, 3, 3)"),
        ("int('12') + int(3.9), float('1.5'), bool(0), str(4) + '2'", "(15, 1.5, False, '42')"),
        ("round(2.5), round(3.5), round(7)", "(2, 4, 7)"),
        ("1e3, 1.5e-7, 0.1 + 0.2, 1e16, 100.0", "(1000.0, 1.5e-07, 0.30000000000000004, 1e+16, 100.0)"),
        (
            "f'{cwnd} {cwnd:5d}|{cwnd:<5}|{cwnd:#x} {1/3:.2f} {{}} {cwnd=} {\"a\"!r}'",
            "10    10|10   |0xa 0.33 {} cwnd=10 'a'",
        ),
        ("'%d of %s: %5.1f%% %x %-4d|' % (cwnd, 'ten', 12.34, 255, 7)", "10 of ten:  12.3% ff 7   |"),
        ("'%05d %s' % (42, (1,))", "00042 (1,)"),
        ("'a' 'b' \"c\" r'\\n'", "abc\\n"),
        ("'it\\'s', 'a\\tb'", "(\"it's\", 'a\\tb')"),
        ("True + True, (), (1,), []", "(2, (), (1,), [])"),
    ] {
        let outcome = alone(&format!("print({expression})")).unwrap_or_else(|failure| failure.to_string());
        // A single tuple argument and several arguments print differently; the table means the tuple.
        let tuple =
            alone(&format!("x = {expression}\nprint(x)")).unwrap_or_else(|failure| failure.to_string());
        assert!(
            outcome.trim_end() == printed || tuple.trim_end() == printed,
            "{expression}: {outcome}{tuple}"
        );
    }
}

#[test]
fn one_namespace_and_each_snippet_its_own_sample() {
    let snippets = [
        Snippet {
            file: "a.pkt",
            line: 3,
            text: "seen = tcpi_unacked\ntotal = limit = 5",
            variables: &[("tcpi_unacked", 2)],
            missing: &[],
        },
        Snippet {
            file: "a.pkt",
            line: 9,
            text: "if tcpi_unacked > seen:\n    total += 1; print('more')\nelif seen: pass\nelse:\n    total = 0\n\nassert total == limit + 1 and (\n  seen == 2)",
            variables: &[("tcpi_unacked", 4)],
            missing: &[],
        },
    ];
    assert_eq!(run(snippets), Ran { printed: "more\n".to_owned(), ended: Ok(()) });
}

/// What is not shown is zero, and no ground to blame a stack.
#[test]
fn missing_variables_are_zero_and_no_evidence() {
    let with =
        |text| run([Snippet { file: "a.pkt", line: 1, text, variables: &[], missing: &["tcpi_lost"] }]).ended;
    assert_eq!(with("assert tcpi_lost == 0"), Ok(()));
    let missing = |variable: &str| Err(Failure::Missing { line: 1, variable: variable.to_owned() });
    assert_eq!(with("assert tcpi_lost == 3"), missing("tcpi_lost"));
    assert_eq!(with("x = tcpi_lost + 1; assert x == 3"), missing("tcpi_lost"));
    assert_eq!(
        with("if tcpi_lost: pass\nassert 0"),
        Err(Failure::Missing { line: 2, variable: "tcpi_lost".to_owned() })
    );
    for text in ["tcpi_lost = 1; assert tcpi_lost == 2", "assert tcpi_lost == 0; assert 1 == 2"] {
        assert!(matches!(with(text), Err(Failure::Assertion { .. })), "{text}");
    }
}

/// Each failure names its line, what was asserted and what it saw.
#[test]
fn failures_say_where_and_why() {
    for (text, line, sentence) in [
        ("assert cwnd == 11", 1, "assertion failed: cwnd == 11 (cwnd = 10)"),
        (
            "\nassert cwnd  > ssthresh, 'cwnd %d' % cwnd",
            2,
            "assertion failed: cwnd > ssthresh (cwnd = 10, ssthresh = 2147483647): cwnd 10",
        ),
        ("print(nothing)", 1, "name 'nothing' is not defined"),
        ("x = 1 // 0", 1, "division by zero"),
        ("'a' < 1", 1, "'str' and 'int' have no order between them"),
        ("'%d' % ()", 1, "not enough arguments for format string"),
        ("assert (1", 1, "syntax error: unexpected end of line"),
        ("x = 'open", 1, "syntax error: unterminated string"),
        ("if cwnd:\nprint(1)", 2, "syntax error: expected an indented block"),
        ("a b", 1, "syntax error: unexpected `b`"),
        (
            "x = 2 ** 127",
            1,
            "this needs python3, which only runs if the shell is allowed: integers of more than 127 bits",
        ),
        ("import os", 1, "this needs python3, which only runs if the shell is allowed: `import`"),
        (
            "open('/etc/passwd')",
            1,
            "this needs python3, which only runs if the shell is allowed: the function open()",
        ),
        ("cwnd.real", 1, "this needs python3, which only runs if the shell is allowed: an attribute"),
        ("x = [1][0]", 1, "this needs python3, which only runs if the shell is allowed: a subscript"),
        (
            "for x in (1, 2): print(x)",
            1,
            "this needs python3, which only runs if the shell is allowed: `for`",
        ),
        (
            "'x' * 10000000",
            1,
            "this needs python3, which only runs if the shell is allowed: a text of more than 1048576 octets",
        ),
    ] {
        let failure = alone(text).expect_err(text);
        assert_eq!((failure.line(), failure.to_string().as_str()), (line, sentence), "{text}");
    }
}

#[test]
fn everything_is_read_before_anything_runs() {
    let snippets = ["assert False", "import os"].map(|text| Snippet {
        file: "a.pkt",
        line: 1,
        text,
        variables: &[],
        missing: &[],
    });
    assert!(matches!(run(snippets).ended, Err(Failure::Unsupported { .. })));
}

#[test]
fn nesting_is_bounded() {
    for text in [
        format!("{}1{}", "(".repeat(500), ")".repeat(500)),
        format!("{}1", "not ".repeat(500)),
        format!("{}1", "- ".repeat(500)),
        format!("1{}", " ** 1".repeat(500)),
        format!("1{}", " + 1".repeat(5000)),
        format!("1{}", " if 1 else 1".repeat(500)),
    ] {
        assert!(matches!(alone(&text), Err(Failure::Syntax { .. })), "{}", &text[..20]);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = alone(&text);
    }

    #[test]
    fn no_words_panic(words in prop::collection::vec(prop::sample::select(vec![
        "assert", "if", "else", "elif", ":", "\n", "    ", "(", ")", "[", "]", ",", "cwnd", "x", "=", "==", "+", "-", "*",
        "**", "//", "%", "<<", "'%s'", "f'{x}'", "f'{'", "1", "0", "2.5", "9e999", "not", "in", "is", "print", "max", "!", ";", "\\", "1_",
        "0x", "f'{1:>9}'", "'%5.2f'", "999999999999999999999999999999999999999",
    ]), 0..24)) {
        let _ = alone(&words.join(" "));
        let _ = alone(&words.concat());
    }

    /// Integer arithmetic is exact: it agrees with wider arithmetic wherever it answers.
    #[test]
    fn division_has_pythons_law(a in -1_000_000_i64..1_000_000, b in -1000_i64..1000) {
        prop_assume!(b != 0);
        let law = format!("assert {a} == ({b}) * ({a} // ({b})) + {a} % ({b}) and 0 <= abs({a} % ({b})) < abs({b})");
        prop_assert_eq!(alone(&law), Ok(String::new()));
    }
}
