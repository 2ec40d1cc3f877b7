//! What only one of the two tools has, and what neither gets here.
use stackdrill::Verdict;
use stackdrill::script::Dialect;

use super::{BSD, GOOGLE, How, Row, check, ended};

/// Forms that one dialect has and the other refuses, each in a script that passes where it is read.
const DIALECTS: &[(Dialect, &str)] = {
    const G: Dialect = Dialect::Google;
    const B: Dialect = Dialect::Bsd;
    macro_rules! syn {
        ($options:literal) => {
            concat!("{listening}+0 < S 0:0(0) win 9 <", $options, ">\n+0 > S. 0:0(0) ack 1 <...>")
        };
    }
    macro_rules! inside {
        ($event:literal) => {
            concat!("{established}+0 ", $event, "\n+0 close(4) = 0")
        };
    }
    &[
        (G, syn!("FOEXP 0123,nop,nop")),
        (G, syn!("ECN e0b 1 ceb 2 e1b 3,nop")),
        (G, syn!("ECN e1b 1,nop,nop,nop")),
        (B, syn!("EXP-FO 0123,nop,nop")),
        (B, syn!("exp-FO 0123,nop,nop")),
        (B, syn!("AccECN0 ee0b 1 eceb 2 ee1b 3,nop")),
        (B, syn!("AccECN1,nop,nop")),
        (B, syn!("exp-AccECN0 ee0b 1,nop")),
        (B, syn!("exp-AccECN1 ee1b 1 eceb 2,nop,nop")),
        (B, syn!("gen-200 00ff")),
        (B, syn!("exp-ab12")),
        (B, syn!("exp-tarr")),
        (B, syn!("exp-tarr 5,nop,nop,nop")),
        (B, syn!("02040400")),
        (G, inside!("write(4, \"\\n\" \"\\t\", 2) = 2")),
        (B, inside!("< . 1:1(0)! ack 1 win 9")),
        (B, inside!("< S.E 1:1(0) ack 1 win 9")),
        (B, inside!("< (class 0x28, hlim 9) . 1:1(0) ack 1 win 9")),
        (B, inside!("< [dscp af11, ecn ce] . 1:1(0) ack 1 win 9")),
        (B, inside!("< [ttl 9, tos 0x28] . 1:1(0) ack 1 win 9")),
        (B, inside!("< R 1:9(8) win 9 [code 5, pen 7]")),
        (G, inside!("< ipv4 1.1.1.1 > 2.2.2.2: GREv0: . 1:1(0) ack 1 win 9")),
        (
            G,
            inside!(
                "< ipv4 1.1.1.1 > 2.2.2.2: gre flags 0x0, sum 0, off 0, key 0, seq 0: . 1:1(0) ack 1 win 9"
            ),
        ),
        (G, inside!("< icmp echo_request [raw (64)]")),
        (G, inside!("epoll_create(1) = 5")),
        (G, inside!("pipe([5, 6]) = 0")),
        (G, inside!("splice(4, NULL, 4, NULL, 5, 0) = -1 EINVAL (no pipe)")),
        (G, inside!("socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 5")),
        (
            G,
            inside!(
                "setsockopt(4, IPPROTO_IPV6, IPV6_V6ONLY, inet6_addr(\"::1\"), 16) = -1 ENOPROTOOPT (no)"
            ),
        ),
        (G, "{connected}+0 connect(3, AF_UNSPEC, ...) = 0"),
        (B, inside!("< . 1:1(0) ack 1 win 9 <nop,nop,TS val 1 ecr 5!>")),
        (
            B,
            "--udp_encapsulation=tcp\n{established}+0 < icmp unreachable port_unreachable [1:1(0) /udp(9 > 9)]",
        ),
        (B, inside!("getsockopt(4, IPPROTO_TCP, TCP_NODELAY, [0], ...) = 0")),
        (B, inside!("setsockopt(4, IPPROTO_TCP, TCP_NODELAY, [1], ...) = 0")),
        (B, inside!("getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=0, linger=...}, [8]) = 0")),
        (B, inside!("setsockopt(4, SOL_SOCKET, SO_MARK, [htonl(1)], 4) = 0")),
        (B, "--tcp_md5_secret=x\n{listening}+0 < S 0:0(0) win 9 <md5 valid,nop,nop>"),
        (B, inside!("< icmp time_exceeded frag_reass_exceeded [1:1(0)]")),
        (B, "--ip_version=ipv4_mapped_ipv6\n{listening}"),
        (B, "{listening}#ifdef FreeBSD\n+0 close(3) = 0\n#endif\n"),
    ]
};

/// Forms of things that are read and then refused by name, and how.
const UNSUPPORTED: &[(Dialect, &str, &str)] = &[
    (Dialect::Bsd, "{established}+0 < udplite (100, 8)", "UDP-Lite"),
    (Dialect::Bsd, "{established}+0 > sctp: ABORT[]", "SCTP"),
    (Dialect::Bsd, "{established}+0 sctp_sendmsg(4, ..., 5) = 5", "sctp_sendmsg()"),
    (Dialect::Bsd, "--udp_encapsulation=sctp\n{established}", "SCTP"),
    (Dialect::Google, "{established}+0 psp_tx_assoc(4, 5) = 0", "psp_tx_assoc()"),
    (Dialect::Google, "{established}+0 cap_set(CAP_EFFECTIVE, CAP_NET_RAW, CAP_CLEAR) = 0", "cap_set()"),
    (Dialect::Google, "{established}+0 > encap psp spi 0x17 . 1:1(0) ack 1", "PSP"),
    (Dialect::Google, "--wire_server\n{established}", "--wire_server"),
    (Dialect::Google, "--so_filename=\"/lib/stack.so\"\n{established}", "--so_filename"),
];

/// One notation, two meanings.
const MEANINGS: &[Row] = &[
    Row::new(
        "a backslash and a quote are both a form feed in Google's dialect",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\\"\\\\cdefghabcdefgh\", 16) = 0\n+0 getsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\f\\fcdefghabcdefgh\", [16]) = 0",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\\"\\\\cdefghabcdefgh\", 16) = 0\n+0 getsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\x22\\x5ccdefghabcdefgh\", [16]) = 0",
        "fail: getsockopt gave the value \"\\x0c\\x0ccdefghabcdefgh\", not \"\\\"\\\\cdefghabcdefgh\"",
    ),
    Row::new(
        "a backslash and a quote are what they are in the BSD dialect",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\\"\\\\cdefghabcdefgh\", 16) = 0\n+0 getsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\\"\\\\cdefghabcdefgh\", [16]) = 0",
        "{listening}+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\\"\\\\cdefghabcdefgh\", 16) = 0\n+0 getsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"\\f\\fcdefghabcdefgh\", [16]) = 0",
        "fail: getsockopt gave the value \"\\\"\\\\cdefghabcdefgh\", not \"\\x0c\\x0ccdefghabcdefgh\"",
    )
    .under(BSD),
    Row::new(
        "in the BSD dialect only a new socket listens",
        "{listening}+0 close(3) = 0",
        "{listening}+0 listen(3, 1) = 0",
        "error: the bsd dialect has listen only where neither listen nor connect was called before",
    )
    .under(BSD),
    Row::new(
        "in the BSD dialect only a new socket connects, whatever would come of it",
        "{connected}+0 write(3, ..., 1) = 1",
        "{connected}+0 connect(3, ..., ...) = -1 EISCONN (connected)",
        "error: the bsd dialect has connect only where neither listen nor connect was called before",
    )
    .under(BSD),
    Row::new(
        "what differs is told in the BSD dialect's spelling",
        "{listening}+0 < S 0:0(0) win 9 <EXP-FO>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <EXP-FO 0123,nop,nop>",
        "fail: options: expected <EXP-FO 0123,nop,nop>, seen <mss 1460>",
    )
    .under(BSD),
    Row::new(
        "and in Google's by Google's",
        "{listening}+0 < S 0:0(0) win 9 <FOEXP>\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <FOEXP 0123,nop,nop>",
        "fail: options: expected <FOEXP 0123,nop,nop>, seen <mss 1460>",
    ),
    Row::new(
        "in Google's any socket does",
        "{connected}+0 connect(3, ..., ...) = -1 EISCONN (connected)",
        "{connected}+0 connect(3, ..., ...) = 0",
        "fail: connect returned -1 EISCONN, not 0",
    ),
    Row::new(
        "hexadecimal escapes are Google's",
        "{established}+0 write(4, \"\\n\", 1) = 1\n+0 close(4) = 0",
        "{established}+0 write(4, \"\\x00\", 1) = 1\n+0 close(4) = 0",
        "error: the bsd dialect has no escape `\\x`",
    )
    .under(BSD),
    Row::new(
        "a string that is read is as long as it says in Google's dialect",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\\x00\", [5]) = 0",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [5]) = 0",
        "error: argument 5 of getsockopt must be the length of the string",
    ),
    Row::new(
        "in the BSD dialect it ends at a zero",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"reno\", [5]) = 0\n+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"renown\", [4]) = 0",
        "{established}+0 getsockopt(4, SOL_TCP, TCP_CONGESTION, \"renown\", [5]) = 0",
        "fail: getsockopt gave the value \"reno\\x00\", not \"renow\"",
    )
    .under(BSD),
];

#[test]
fn dialects() {
    for &(dialect, text) in DIALECTS {
        let own = How { dialect, ..GOOGLE };
        let (verdict, said) = ended(text, own);
        assert_eq!(verdict, Verdict::Pass, "{dialect}: {text}\n{said}");
        let other = How { dialect: dialect.other(), ..GOOGLE };
        let (verdict, said) = ended(text, other);
        let named = format!("belongs to the {dialect} dialect");
        assert!(verdict == Verdict::Error && said.contains(&named), "{text}\n{verdict}: {said}");
    }
}

#[test]
fn meanings() {
    check(MEANINGS);
}

#[test]
fn what_is_not_supported_has_a_name() {
    for &(dialect, text, name) in UNSUPPORTED {
        let (verdict, said) = ended(text, How { dialect, ..GOOGLE });
        assert!(verdict == Verdict::Unsupported && said.contains(name), "{text}\n{verdict}: {said}");
    }
}
