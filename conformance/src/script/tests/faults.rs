//! What an author sees for the mistakes people make.
use super::{Dialect, read};

/// What the command line shows for a text, in Google's dialect.
fn shown(text: &str) -> String {
    let parsed = read(text, Dialect::Google);
    let shown: Vec<String> = parsed.diagnostics.iter().map(|one| one.render(false)).collect();
    shown.join("\n")
}

/// A name, and a text with a mistake in it.
const MISTAKES: &[(&str, &str)] = &[
    ("unknown tcp option", "0 < S 0:0(0) win 65535 <mss 1460,sacOK,nop,nop>\n"),
    ("end is not start plus length", "0 < P. 1:101(99) ack 1 win 65535\n"),
    ("wrap through 2^32", "0 < P. 4294967295:4(5) ack 1 win 65535\n"),
    ("inbound without a window", "0 < S 0:0(0) <mss 1460>\n"),
    ("any options inbound", "0 < . 1:1(0) ack 1 win 1 <...>\n"),
    ("options of 7 octets", "0 > S. 0:0(0) ack 1 <mss 1460,wscale 7>\n"),
    (
        "options over 40 octets",
        "0 > . 1:1(0) <md5 00112233445566778899aabbccddeeff,sack 1:2 3:4 5:6,nop,nop>\n",
    ),
    ("dos line ends", "0 < S 0:0(0) win 1\r\n+0 > S. 0:0(0) ack 1 <...>\r\n"),
    ("empty angle brackets", "0 > S. 0:0(0) ack 1 <>\n"),
    ("errno without a note", "0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 `true`\n"),
    ("a bar in a note", "0 fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)\n"),
    ("an endless string", "0 write(3, \"abc, 3) = 3\n+0 `true`\n"),
    ("an endless comment", "0 `true`\n/* so long\n"),
    ("an endless comment for want of a blank", "0 `true`\n/** boxed **/\n"),
    ("endless code", "0 %{ x = {1: {}}%\n"),
    ("a fraction without digits", "5. > . 1:1(0)\n"),
    ("a last line without newline", "0 `true`\n// the end"),
    ("no such flag", "0 > SX. 0:0(0) ack 1\n"),
    ("ack behind win", "0 < . 1:1(0) win 5 ack 1\n"),
    ("a slip in a keyword", "0 < . 1:1(0) akc 1 win 5\n"),
    ("no such script option", "--tolerance_usec=1000\n0 `true`\n"),
    ("an unquoted value", "--tolerance_percent=12.5\n0 `true`\n"),
    ("a value out of range", "0 > . 1:1(0) ack 1 win 70000\n"),
    ("a range of times for an action", "+0~+1 < . 1:1(0) ack 1 win 5\n"),
    ("a time that runs backwards", "+.5~+.1 > . 1:1(0)\n"),
    ("a negative time", "-1 > . 1:1(0)\n"),
    ("a cookie of odd length", "0 < S 0:0(0) win 1 <FO 123,nop>\n"),
    ("no such icmp code", "0 < icmp unreachable frag_neded mtu 1400\n"),
    ("the other dialect", "0 > . ...(10)! ack 1\n"),
    ("nothing but a comment", "// nothing\n"),
    ("a command in the middle", "0 `true`\n`false`\n+0 `true`\n"),
    ("several at once", "0 < S 0:0(0)\n+0 > S. 0:0(0) akc 1\n+.1 < . 1:2(0) ack 1 win 5\n+0 f(1,, 2) = 0\n"),
    ("terminal escapes in the source", "0 > \u{1b}[31mS. 0:0(0) \u{9b}ack 1\n"),
];

#[test]
fn mistakes_are_explained() {
    let mut all = String::new();
    for (name, text) in MISTAKES {
        let shown = shown(text);
        assert!(!shown.is_empty(), "{name}");
        assert!(shown.contains("test.pkt:"), "{name} has no place");
        all.push_str(&format!("--- {name}\n{shown}\n"));
    }
    assert!(!all.contains(['\u{1b}', '\u{9b}', '\r']), "nothing reaches a terminal raw");
    insta::assert_snapshot!("mistakes", all);
}
