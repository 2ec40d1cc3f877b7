//! The text of a script: what its characters, words and lines mean, and what is refused before anything runs.
use super::{BSD, Row, check};

/// A script that passes whatever its options and comments say.
macro_rules! around {
    ($before:literal, $after:literal) => {
        concat!($before, "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n", $after)
    };
}

/// Characters and words.
const WORDS: &[Row] = &[
    Row::new(
        "newlines carry no meaning",
        "0 < S 0:0(0)\nwin 65535 +0\n> R. 0:0(0) ack 1",
        "0 < S 0:0(0)\nwin 65535 +0\n> R. 0:0(0) ack 2",
        "fail: acknowledgment number: expected 2, seen 1",
    ),
    Row::new(
        "a carriage return is no blank",
        around!("", "+0 close(3) = 0\n"),
        around!("", "+0 close(3) = 0\r\n"),
        "error: a carriage return",
    ),
    Row::new(
        "a float has a digit behind its point",
        "{listening}+.5 < S 0:0(0) win 65535\n+.0 > S. 0:0(0) ack 1 <...>",
        "{listening}+5. < S 0:0(0) win 65535\n+.0 > S. 0:0(0) ack 1 <...>",
        "error: expected",
    ),
    Row::new(
        "a line comment ends with a newline",
        around!("// first\n", "+0 close(3) = 0 // last\n"),
        around!("// first\n", "+0 close(3) = 1 // last\n"),
        "fail: close returned 0, not 1",
    ),
    Row::new(
        "a block comment does not end at two stars",
        around!("/* a * b */", "+0 close(3) = 0 /* c */\n"),
        around!("/* a * b */", "+0 close(3) = 0 /* c **/\n"),
        "error: this comment never ends",
    ),
];

/// Forms that only one dialect has.
const DIALECTS: &[Row] = &[Row::new(
    "#ifdef",
    "#ifdef FreeBSD\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n#endif\n#ifdef STANDARD\n0 nothing() = 1\n#endif\n",
    "#ifdef FreeBSD\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
    "error: this `#ifdef` has no `#endif`",
)
.under(BSD)];

#[test]
fn characters_and_words() {
    check(WORDS);
}

#[test]
fn dialects() {
    check(DIALECTS);
}
