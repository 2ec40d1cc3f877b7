//! The forms of a script, and what is refused before anything runs although the forms allow it.
use stackdrill::script::Dialect;

use super::{BSD, How, IPV6, Row, check};

/// What stands where.
const FORMS: &[Row] = &[
    Row::new(
        "options, a command, events, a command",
        "--mtu=1500\n`sysctl -q net.ipv4.tcp_sack=1`\n{listening}+0 close(3) = 0\n`sysctl -q net.ipv4.tcp_sack=1`",
        "--mtu=1500\n`sysctl -q net.ipv4.tcp_sack=1`\n{listening}--mtu=1400\n+0 close(3) = 0",
        "error: expected",
    ),
    Row::new(
        "an untimed command between events",
        "{listening}+0 `sysctl -q net.ipv4.tcp_sack=1`\n+0 close(3) = 0",
        "{listening}`sysctl -q net.ipv4.tcp_sack=1`\n+0 close(3) = 0",
        "error: a command between events needs a time",
    ),
    Row::new(
        "at least one event",
        "0 < S 0:0(0) win 9\n+0 > R. 0:0(0) ack 1",
        "// nothing\n",
        "error: a script needs at least one event",
    ),
    Row::new(
        "ack, then win, then urg, then options",
        "{established}+0 < P. 1:11(10) ack 1 win 65535 urg 0 <nop,nop,nop,nop>\n* > . 1:1(0) ack 11",
        "{established}+0 < P. 1:11(10) win 65535 ack 1\n* > . 1:1(0) ack 11",
        "error: expected",
    ),
    Row::new(
        "no options are said by saying nothing",
        "0 < S 0:0(0) win 65535\n+0 > R. 0:0(0) ack 1",
        "0 < S 0:0(0) win 65535 <>\n+0 > R. 0:0(0) ack 1",
        "error: expected a TCP option",
    ),
    Row::new(
        "SACK blocks stand apart by blanks alone",
        "{established}+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:2 3:4>\n+0 close(4) = 0",
        "{established}+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:2,3:4>\n+0 close(4) = 0",
        "error: expected a TCP option",
    ),
    Row::new(
        "no flags are a dash",
        "{established}+0 < - 1:1(0) win 65535\n+0 close(4) = 0",
        "{established}+0 < 1:1(0) win 65535\n+0 close(4) = 0",
        "error: expected",
    ),
    Row::new(
        "constants are joined by bars",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR+O_NONBLOCK) = 0",
        "error: expected",
    ),
    Row::new(
        "an errno needs its note",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 accept(3, ..., ...) = -1 EAGAIN (nobody)",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 accept(3, ..., ...) = -1 EAGAIN",
        "error: `EAGAIN` needs a note behind it",
    ),
    Row::new(
        "a note holds words",
        "{listening}+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)",
        "{listening}+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR|O_RDONLY)",
        "error: expected",
    ),
    Row::new(
        "an errno and a result have each a note",
        "{listening}+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 accept(3, ..., ...) = -1 EAGAIN (nobody) (yet)",
        "{listening}+0 fcntl(3, F_GETFL) = 2 (flags O_RDWR) (yet)",
        "error: expected",
    ),
    Row::new(
        "a note has a word",
        "{listening}+0 fcntl(3, F_GETFL) = 2 (x)",
        "{listening}+0 fcntl(3, F_GETFL) = 2 ()",
        "error: expected a word",
    ),
    Row::new(
        "what is said of a header stands in brackets of a kind",
        "{listening}+0 < (ttl 5) S 0:0(0) win 9\n+0 > [ttl 64] S. 0:0(0) ack 1 <...>",
        "{listening}+0 < [ttl 5) S 0:0(0) win 9\n+0 > [ttl 64] S. 0:0(0) ack 1 <...>",
        "error: expected",
    ),
    Row::new(
        "ports stand before the flags",
        "{listening}+0 < 0 > 8080 S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0 > 8080 0:0(0) win 9\n+0 > S. 0:0(0) ack 1 <...>",
        "error: expected",
    ),
    Row::new(
        "one command before, one behind",
        "`true`\n{listening}+0 close(3) = 0\n`true`",
        "`true`\n`true`\n{listening}+0 close(3) = 0\n`true`",
        "error: a command between events needs a time",
    ),
    Row::new(
        "a result is a literal",
        "{listening}+0 fcntl(3, F_GETFL) = 2",
        "{listening}+0 fcntl(3, F_GETFL) = O_RDWR",
        "error: a result must be a decimal or hexadecimal number",
    ),
    Row::new(
        "expressions nest so deep",
        "{listening}+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0",
        concat!(
            "{listening}+0 setsockopt(3, SOL_SOCKET, SO_KEEPALIVE, ",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "1",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            ", 4) = 0",
        ),
        "error: nested more than 64 deep",
    ),
];

/// A row whose scripts open a connection, inject something, and are over.
macro_rules! injected {
    ($name:literal, $good:literal, $bad:literal, $because:literal $(,)?) => {
        Row::new(
            $name,
            concat!("{established}", $good, "\n+0 close(4) = 0"),
            concat!("{established}", $bad, "\n+0 close(4) = 0"),
            $because,
        )
    };
}

/// What no script may say, as packetdrill has it. Each bad script differs from its good one in that alone.
const REFUSED: &[Row] = &[
    injected!(
        "a time is not negative",
        "+0 < . 1:1(0) ack 1 win 9",
        "-1 < . 1:1(0) ack 1 win 9",
        "a time cannot be negative"
    ),
    Row::new(
        "a range of times does not run backwards",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n+0~+.5 > . 1:1(0) ack 11",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n+.5~+0 > . 1:1(0) ack 11",
        "error: the time runs backwards: from 0.5 to 0",
    ),
    injected!(
        "only an expected packet comes at any time",
        "+0 < . 1:1(0) ack 1 win 9",
        "* < . 1:1(0) ack 1 win 9",
        "`*` may stand only before a packet that is expected"
    ),
    injected!(
        "only an expected packet comes within a range",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0~+1 < . 1:1(0) ack 1 win 9",
        "a range of times may stand only before a packet"
    ),
    injected!(
        "any options cannot be injected",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < . 1:1(0) ack 1 win 9 <...>",
        "`<...>` leaves open what to send"
    ),
    injected!(
        "an injected segment has a window",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < . 1:1(0) ack 1",
        "an injected segment needs a window"
    ),
    injected!(
        "either ECT bit cannot be injected",
        "+0 < [ect0] . 1:1(0) ack 1 win 9",
        "+0 < [ect01] . 1:1(0) ack 1 win 9",
        "`ect01` leaves open what to send"
    ),
    injected!(
        "either ECT bit is none on a segment in the BSD dialect, and refused on ICMP",
        "+0 < [ect01] . 1:1(0) ack 1 win 9",
        "+0 < [ect01] icmp echo_request",
        "`ect01` leaves open what to send"
    )
    .under(BSD),
    Row::new(
        "the BSD dialect says ECN bits of UDP",
        "{udp}+0 write(3, ..., 5) = 5\n+0 > [noecn] udp (5)\n+0 < [ect0] udp (10)\n+0 read(3, ..., 10) = 10",
        "{udp}+0 write(3, ..., 5) = 5\n+0 > [ect0] udp (5)",
        "fail: ECN: expected 2, seen 0",
    )
    .under(BSD),
    Row::new(
        "ECN bits cannot be said of UDP",
        "{udp}+0 write(3, ..., 5) = 5\n+0 > udp (5)\n+0 < udp (10)\n+0 read(3, ..., 10) = 10",
        "{udp}+0 write(3, ..., 5) = 5\n+0 > udp (5)\n+0 < [ect0] udp (10)\n+0 read(3, ..., 10) = 10",
        "error: packetdrill refuses ECN bits on a UDP packet",
    ),
    injected!(
        "a sequence number has 32 bits",
        "+0 < . 4294967295:4294967295(0) ack 1 win 9",
        "+0 < . 4294967296:4294967296(0) ack 1 win 9",
        "a sequence number is 4294967296, but lies between 0 and 4294967295"
    ),
    injected!(
        "an acknowledgment number has 32 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < . 1:1(0) ack 4294967296 win 9",
        "an acknowledgment number is 4294967296"
    ),
    injected!(
        "a length has 16 bits",
        "+0 < . 1:1461(1460) ack 1 win 9",
        "+0 < . 1:65537(65536) ack 1 win 9",
        "a length is 65536"
    ),
    injected!(
        "a window has 16 bits",
        "+0 < . 1:1(0) ack 1 win 65535",
        "+0 < . 1:1(0) ack 1 win 65536",
        "a window is 65536"
    ),
    injected!(
        "an urgent pointer has 16 bits",
        "+0 < . 1:1(0) ack 1 win 9 urg 65535",
        "+0 < . 1:1(0) ack 1 win 9 urg 65536",
        "an urgent pointer is 65536"
    ),
    injected!(
        "an MSS has 16 bits",
        "+0 < S 1:1(0) win 9 <mss 65535>",
        "+0 < S 1:1(0) win 9 <mss 65536>",
        "an MSS is 65536"
    ),
    injected!(
        "a shift count has 8 bits",
        "+0 < S 1:1(0) win 9 <wscale 255,nop>",
        "+0 < S 1:1(0) win 9 <wscale 256,nop>",
        "a shift count is 256"
    ),
    injected!(
        "a SACK edge has 32 bits",
        "+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:4294967295>",
        "+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:4294967296>",
        "a SACK edge is 4294967296"
    ),
    injected!(
        "a timestamp has 32 bits",
        "+0 < S 1:1(0) win 9 <nop,nop,TS val 4294967295 ecr 0>",
        "+0 < S 1:1(0) win 9 <nop,nop,TS val 4294967296 ecr 0>",
        "a timestamp is 4294967296"
    ),
    injected!(
        "an AccECN counter has 24 bits",
        "+0 < S 1:1(0) win 9 <ECN e0b 16777215,nop,nop,nop>",
        "+0 < S 1:1(0) win 9 <ECN e0b 16777216,nop,nop,nop>",
        "a 24-bit counter is 16777216"
    ),
    injected!(
        "the end is the start and the length",
        "+0 < . 1:3(2) ack 1 win 9",
        "+0 < . 1:4(2) ack 1 win 9",
        "the sequence numbers do not add up: 1 + 2 is 3, not 4"
    ),
    injected!(
        "no segment goes past the last number",
        "+0 < . 4294967293:4294967295(2) ack 1 win 9",
        "+0 < . 4294967295:1(2) ack 1 win 9",
        "the sequence numbers do not add up: 4294967295 + 2 is 4294967297, not 1"
    ),
    injected!(
        "options fill words of four octets",
        "+0 < S 1:1(0) win 9 <wscale 7,nop>",
        "+0 < S 1:1(0) win 9 <wscale 7>",
        "the TCP options have 3 octets"
    ),
    injected!(
        "options have at most 40 octets",
        "+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:2 3:4 5:6 7:8,nop,nop,nop,nop>",
        "+0 < . 1:1(0) ack 1 win 9 <nop,nop,sack 1:2 3:4 5:6 7:8,nop,nop,nop,nop,nop,nop,nop,nop>",
        "the TCP options have 44 octets; a header holds at most 40"
    ),
    injected!(
        "a datagram has at most 65535 octets",
        "+0 < . 1:1461(1460) ack 1 win 9",
        "+0 < . 1:65536(65535) ack 1 win 9",
        "a packet of 65575 octets does not fit an IP datagram"
    ),
    injected!(
        "a flag is one of the letters",
        "+0 < SEWUA. 1:1(0) ack 1 win 9",
        "+0 < SX. 1:1(0) ack 1 win 9",
        "`X` is no flag"
    ),
    injected!(
        "the ECN bits are letters or a digit",
        "+0 < .5 1:1(0) ack 1 win 9",
        "+0 < E.5 1:1(0) ack 1 win 9",
        "the three ECN bits are given twice: by letter and by digit"
    ),
    injected!(
        "the ECN bits are one digit",
        "+0 < S5 1:1(0) win 9",
        "+0 < S56 1:1(0) win 9",
        "the three ECN bits are given twice: two digits"
    ),
    injected!(
        "a cookie has whole octets",
        "+0 < S 1:1(0) win 9 <FO 1234,nop,nop,nop,nop>",
        "+0 < S 1:1(0) win 9 <FO 123,nop,nop,nop>",
        "3 hexadecimal digits do not make whole octets"
    ),
    injected!(
        "a cookie is hexadecimal",
        "+0 < S 1:1(0) win 9 <FO ab34,nop,nop,nop,nop>",
        "+0 < S 1:1(0) win 9 <FO ag34,nop,nop,nop,nop>",
        "`g` is no hexadecimal digit"
    ),
    injected!(
        "a digest has at most 16 octets",
        "+0 < S 1:1(0) win 9 <md5 00112233445566778899aabbccddeeff,nop,nop>",
        "+0 < S 1:1(0) win 9 <md5 00112233445566778899aabbccddeeff0011>",
        "an MD5 digest has at most 16 octets, this one 18"
    ),
    injected!(
        "a TOS has 8 bits",
        "+0 < (tos 0xff) . 1:1(0) ack 1 win 9",
        "+0 < (tos 0x100) . 1:1(0) ack 1 win 9",
        "the TOS is 0x100"
    ),
    injected!(
        "a flow label has 20 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < [flowlabel 0x100000] . 1:1(0) ack 1 win 9",
        "the flow label is 0x100000"
    )
    .under(IPV6),
    injected!(
        "a TTL has 8 bits in the BSD dialect",
        "+0 < [ttl 254] . 1:1(0) ack 1 win 9",
        "+0 < [ttl 256] . 1:1(0) ack 1 win 9",
        "the TTL is 256"
    )
    .under(BSD),
    Row::new(
        "Google's dialect keeps 8 bits of a TTL",
        "{listening}+0 < S 0:0(0) win 9\n+0 > [ttl 320] S. 0:0(0) ack 1 <...>",
        "{listening}+0 < S 0:0(0) win 9\n+0 > [ttl 319] S. 0:0(0) ack 1 <...>",
        "fail: TTL: expected 63, seen 64",
    ),
    injected!(
        "a hop limit has 8 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < [hlim 256] . 1:1(0) ack 1 win 9",
        "the hop limit is 256"
    )
    .under(BSD),
    injected!(
        "a part of the TOS is said once",
        "+0 < [dscp af11, ecn ce] . 1:1(0) ack 1 win 9",
        "+0 < [dscp af11, dscp af12] . 1:1(0) ack 1 win 9",
        "the DSCP is given twice"
    )
    .under(BSD),
    injected!(
        "an ICMP type has a name",
        "+0 < icmp unreachable port_unreachable",
        "+0 < icmp unreachabel port_unreachable",
        "there is no ICMP type `unreachabel`"
    ),
    injected!(
        "an ICMP code is one of its type's",
        "+0 < icmp unreachable port_unreachable",
        "+0 < icmp unreachable hop_unreachable",
        "ICMP type `unreachable` has no code `hop_unreachable`"
    ),
    injected!(
        "a code by name needs a type by name",
        "+0 < icmp type_3 code_3",
        "+0 < icmp type_3 port_unreachable",
        "ICMP type `type_3` has no code `port_unreachable`"
    ),
    injected!(
        "an ICMP MTU has its messages",
        "+0 < icmp unreachable frag_needed mtu 1400 [1:1(0)]",
        "+0 < icmp unreachable port_unreachable mtu 1400 [1:1(0)]",
        "`mtu` belongs to"
    ),
    injected!(
        "an ICMPv4 MTU has 16 bits",
        "+0 < icmp unreachable frag_needed mtu 65535 [1:1(0)]",
        "+0 < icmp unreachable frag_needed mtu 65536 [1:1(0)]",
        "the MTU is 65536"
    ),
    injected!(
        "an ICMP message has 8 octets",
        "+0 < icmp echo_request [raw (8)]",
        "+0 < icmp echo_request [raw (7)]",
        "the length of an ICMP message is 7, but lies between 8 and 65535"
    ),
    injected!(
        "ICMP types and codes have 8 bits",
        "+0 < icmp type_255 code_255",
        "+0 < icmp type_255 code_256",
        "ICMP type `type_255` has no code `code_256`"
    ),
    injected!(
        "an ICMP identifier has 16 bits",
        "+0 < icmp echo_request id 65535",
        "+0 < icmp echo_request id 65536",
        "a number is 65536"
    ),
    Row::new(
        "an ICMPv6 message that is about an MTU says it, in the BSD dialect",
        "{established}+0 < icmp packet_too_big mtu 1280 [1:1(0)]\n+0 close(4) = 0",
        "{established}+0 < icmp packet_too_big [1:1(0)]\n+0 close(4) = 0",
        "error: `icmp packet_too_big` needs an `mtu` in the bsd dialect",
    )
    .under(How { dialect: Dialect::Bsd, ..IPV6 }),
    injected!(
        "an MPLS label has 20 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < mpls (label 1048576, tc 0, ttl 1): . 1:1(0) ack 1 win 9",
        "a label is 1048576"
    ),
    injected!(
        "an MPLS traffic class has 3 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < mpls (label 1, tc 8, ttl 1): . 1:1(0) ack 1 win 9",
        "a traffic class is 8"
    ),
    injected!(
        "an MPLS TTL has 8 bits",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < mpls (label 1, tc 0, ttl 256): . 1:1(0) ack 1 win 9",
        "a TTL is 256"
    ),
    injected!(
        "an MPLS header has at most 6 labels",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < mpls (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1) (label 1, tc 0, ttl 1): . 1:1(0) ack 1 win 9",
        "7 headers around one another; at most 6"
    ),
    injected!(
        "headers nest at most 6 deep",
        "+0 < . 1:1(0) ack 1 win 9",
        "+0 < gre: gre: gre: gre: gre: . 1:1(0) ack 1 win 9",
        "7 headers around one another; at most 6"
    ),
    injected!(
        "a reset cause has its 8 octets",
        "+0 < R. 1:9(8) ack 1 win 9 [code 5, pen 7]",
        "+0 < R. 1:1(0) ack 1 win 9 [code 5, pen 7]",
        "a reset cause is the text of a RST with 8 octets"
    )
    .under(BSD),
];

#[test]
fn forms() {
    check(FORMS);
}

#[test]
fn what_is_refused() {
    check(REFUSED);
}
