//! What a reviewer says, and how a script is laid out.
use std::collections::BTreeSet;

use super::{Dialect, read};
use crate::script::{ParseOptions, format, lint};

/// What lint says of a text in Google's dialect, one sentence a line.
fn reviewed(text: &str) -> Vec<String> {
    reviewed_as(text, Dialect::Google)
}

fn reviewed_as(text: &str, dialect: Dialect) -> Vec<String> {
    let parsed = read(text, dialect);
    assert!(parsed.is_ok(), "{text}: {:?}", parsed.diagnostics);
    let known = BTreeSet::from(["RFC9293:MUST-13", "RFC9293:MUST-4", "RFC9293:MUST-61"].map(str::to_owned));
    lint(&parsed.script, Some(&known)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_reviewer_speaks() {
    const ONLY: &str = "is an extension: packetdrill cannot read it";
    const CHOICE: &str = "is one stack's choice, and this script is for every stack";
    for (text, said) in [
        // Good ones.
        ("0 > S 0:0(0) <...>\n", vec![]),
        ("0 close(3) = 0\n", vec![]),
        ("0 > R 1:1(0) win 7\n", vec![]),
        ("0 > . 1:1(0) win 0\n", vec![]),
        ("// Profile: linux\n0 > P. 1:1(0) win 7 <nop,nop,sackOK>\n", vec![]),
        // Nothing expected.
        (
            "0 < S 0:0(0) win 1\n",
            vec!["the script expects no packet, no call and no silence: it proves nothing".into()],
        ),
        (
            "0 `true`\n",
            vec!["the script expects no packet, no call and no silence: it proves nothing".into()],
        ),
        (
            "0 >? . 1:1(0)\n",
            vec![
                "the script expects no packet, no call and no silence: it proves nothing".into(),
                format!("`>?` {ONLY}"),
            ],
        ),
        // Ours alone.
        ("0 >! 1\n", vec![format!("`>!` {ONLY}")]),
        ("0 > . 1:1(0) | R 1:1(0)\n", vec![format!("`|` between packets {ONLY}")]),
        (
            "0 > F?. 1:1(0) ack 1~2\n",
            vec![format!("a flag with `?` {ONLY}"), format!("a range of numbers {ONLY}")],
        ),
        ("0 > . 1:1(0) ack ...\n", vec![format!("`...` for a number {ONLY}")]),
        ("0 > . ...(10)\n", vec![format!("`...` for a number {ONLY}")]),
        ("0 > udp (1~2)\n", vec![format!("a range of numbers {ONLY}")]),
        // Nobody's for packetdrill.
        (
            "0 socket(..., SOCK_DGRAM, 0) = 3\n+0 < udp (5)\n+0 > icmp echo_reply\n",
            vec![
                "packetdrill does not know what a socket of protocol 0 speaks".into(),
                "packetdrill does not know where a datagram goes before one has come".into(),
                "packetdrill does not see an ICMP message that no user sent".into(),
            ],
        ),
        (
            "0 socket(..., SOCK_DGRAM, IPPROTO_ICMP) = 3\n+0 sendto(3, ..., 5, 0, ..., ...) = 5\n+0 > icmp echo_request\n",
            vec![],
        ),
        ("0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 connect(3, ..., ...) = 0\n+0 < udp (5)\n", vec![]),
        (
            "0 > . 1:1(0) <nop,nop,TS val ... ecr 1,nop,nop,sack 1:2~3>\n",
            vec![
                format!("the order of options {CHOICE}"),
                format!("`...` for a number {ONLY}"),
                format!("a range of numbers {ONLY}"),
            ],
        ),
        // More than an RFC asks.
        ("0 > . 1:1(0) win 7\n", vec![format!("an exact window {CHOICE}")]),
        ("0 > P. 1:2(1)\n", vec![format!("PSH {CHOICE}")]),
        ("// Proves: RFC9293:MUST-61\n0 > P. 1:2(1)\n", vec![]),
        ("0 > . 1:1(0) <nop,nop,sackOK>\n", vec![format!("the order of options {CHOICE}")]),
        // Times.
        ("+.1 close(3) = 0\n", vec!["the first event must be at time 0".into()]),
        ("0 f() = 0\n2 f() = 0\n1 f() = 0\n", vec!["this time is before that of the event above it".into()]),
        // Tags.
        ("// Proves: RFC9293:MUST-13 RFC9293:MUST-4 RFC 6298 §2\n0 f() = 0\n", vec![]),
        (
            "// Proves: RFC9293:MUST-31\n0 f() = 0\n",
            vec!["the catalogue has no requirement `RFC9293:MUST-31`".into()],
        ),
        ("// Departs: RFC9293:MUST-13\n0 f() = 0\n", vec!["`Departs:` says no reason".into()]),
        // The rest.
        ("--define=A=\"b\"\n0 f() = 0\n", vec!["symbol `A` is never used".into()]),
        ("--define=AA=SOME\n0 f(AA) = 0\n", vec![]),
        ("0 f() = A|B\n", vec!["a result must be a literal integer".into()]),
        (
            "0 f() = 0\n`true`\n",
            vec!["packetdrill runs a cleanup command only if there is an init command".into()],
        ),
    ] {
        assert_eq!(reviewed(text), said, "{text}");
    }
}

/// A symbol that `#ifdef` asks for is used; one that only a skipped part uses is not.
#[test]
fn a_symbol_is_dead_where_its_use_is_skipped() {
    for (text, said) in [
        ("--define=LATER=1\n0 f() = 0\n#ifdef LATER\n+0 g() = 0\n#endif\n", vec![]),
        (
            "--define=AA=BB\n0 f() = 0\n#ifdef LATER\n+0 g(AA) = 0\n#endif\n",
            vec!["symbol `AA` is never used".to_owned()],
        ),
        ("--define=AA=BB\n0 f() = 0\n#ifdef FreeBSD\n+0 g(AA) = 0\n#endif\n", vec![]),
        (
            "0 > . 1:1(0) <nop,nop,TS val ... ecr 1>\n",
            vec!["the order of options is one stack's choice, and this script is for every stack".to_owned()],
        ),
        ("0 > . ...(10)\n", vec![]),
    ] {
        assert_eq!(reviewed_as(text, Dialect::Bsd), said, "{text}");
    }
}

#[test]
fn layout_keeps_what_the_author_wrote() {
    let untidy = "\
// What it shows.
--define=COOKIE=3021b9d8
--mtu=1400  // small


`sysctl -q a=1`
 0 socket(...,SOCK_STREAM, IPPROTO_TCP)=3
  +0.0 setsockopt(3, SOL_SOCKET,
      SO_REUSEADDR, [1],  4) = 0   // over two lines
// Here it begins.
+0<S 0:0(0) win 65535 <mss 1460,FO COOKIE,nop,nop> // a symbol
+.1 > S. 0:0(0)   ack 1 <...>   // any
+0.10 < . 1:1(0) ack 1 win 65535


+0 > P. 1:1461(1460) ack 1
0.5~1.5 > FP. 1461:1462(1) ack 1 +0 close(3)=0 /* two on a line */
";
    let parsed = read(untidy, Dialect::Google);
    let laid_out = format(&parsed, &ParseOptions::default()).unwrap_or_default();
    insta::assert_snapshot!("layout", laid_out);
}
