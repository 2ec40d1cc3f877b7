//! The language as a whole: what reads, what does not and why, and that printing loses nothing.
mod bounds;
#[cfg(feature = "cli")]
mod faults;
mod laws;
mod review;

use super::{Dialect, EventKind, Number, OptionsSpec, ParseOptions, Parsed, Transport, When, parse, print};

/// Reads in one dialect.
fn read(text: &str, dialect: Dialect) -> Parsed {
    let options =
        ParseOptions { name: "test.pkt".to_owned(), dialect: Some(dialect), ..ParseOptions::default() };
    parse(text, &options)
}

/// What is wrong with a text, one sentence a line.
fn said(parsed: &Parsed) -> Vec<String> {
    parsed.diagnostics.iter().map(ToString::to_string).collect()
}

/// Events that read in both dialects, or in one; each is printed and read again.
const GOOD: &[(&str, &[Dialect])] = {
    const BOTH: &[Dialect] = &[Dialect::Google, Dialect::Bsd];
    const G: &[Dialect] = &[Dialect::Google];
    const B: &[Dialect] = &[Dialect::Bsd];
    &[
        // Times.
        ("0 `true`", BOTH),
        ("0.0 `true`", BOTH),
        ("+.002 `true`", BOTH),
        ("*>. 1:1(0)", BOTH),
        ("* > . 1:1(0)", BOTH),
        ("0.1~0.2 > . 1:1(0)", BOTH),
        ("+0~+.5 > . 1:1(0) ack 1", BOTH),
        ("+0 > . 1:1(0) +0 > . 1:1(0)", BOTH),
        ("+0\n>\n.\n1:1(0)", BOTH),
        // Segments.
        ("0 < S 0:0(0) win 65535", BOTH),
        ("0 < S 0:0(0) win 65535 <mss 1460,nop,wscale 7,sackOK,nop,nop>", BOTH),
        ("0 > S. 0:0(0) ack 1 <...>", BOTH),
        ("0 < 5000 > 80 P. 1:11(10) ack 1 win 5 urg 3", BOTH),
        ("0 > FSRPUEWA. 1:1(0) ack 4294967295 win 0", BOTH),
        ("0 > - 1:1(0)", BOTH),
        ("0 > P.5 1:1(0) ack 1", BOTH),
        ("0 > .5 1:1(0) ack 1", BOTH),
        ("0 > S5 1:1(0)", BOTH),
        ("0 > S.E 1:1(0)", B),
        ("0 < . 1:1(0)! ack 1 win 9", B),
        ("0 > . ...(10) ack 1", BOTH),
        ("0 > R 1:9(8) [code 5, pen 77]", B),
        ("0 > . 1:1(0) ack 1 /udp(9899 > 9898)", B),
        ("0 > encap psp spi 0x17 . 1:1(0) ack 1", G),
        // Options.
        ("0 > . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>", BOTH),
        ("0 > . 1:1(0) ack 1 <nop,nop,TS val ... ecr 2>", BOTH),
        ("0 < . 1:1(0) ack 1 win 3 <nop,nop,TS val 7 ecr 2!>", B),
        ("0 > . 1:1(0) ack 1 <nop,nop,sack 1:2 3:4>", BOTH),
        ("0 > . 1:1(0) ack 1 <eol,eol,eol,eol>", BOTH),
        ("0 < S 0:0(0) win 1 <FO 3021b9d889017eeb,nop,nop>", BOTH),
        ("0 < S 0:0(0) win 1 <FO,nop,nop>", BOTH),
        ("0 < S 0:0(0) win 1 <FO 12345678,nop,nop>", BOTH),
        ("0 < S 0:0(0) win 1 <FOEXP 0123,nop,nop>", G),
        ("0 < S 0:0(0) win 1 <EXP-FO 0123,nop,nop>", B),
        ("0 < S 0:0(0) win 1 <md5 00112233445566778899aabbccddeeff,nop,nop>", BOTH),
        ("0 < S 0:0(0) win 1 <md5 valid,nop,nop>", B),
        ("0 > . 1:1(0) <ECN e0b 1 ceb 2 e1b 3,nop>", G),
        ("0 > . 1:1(0) <ECN e1b 1,nop,nop,nop>", G),
        ("0 > . 1:1(0) <AccECN0 ee0b 1 eceb 2 ee1b 3,nop>", B),
        ("0 > . 1:1(0) <exp-AccECN1>", B),
        ("0 > . 1:1(0) <gen-200 00ff,exp-f989 0123,nop,nop>", B),
        ("0 > . 1:1(0) <exp-tarr 5,nop,nop,nop>", B),
        ("0 < . 1:1(0) ack 1 win 9 <0204ffff>", B),
        // Headers.
        ("0 > [ect0] . 1:1(0)", BOTH),
        ("0 > (tos 0x28) . 1:1(0)", BOTH),
        ("0 > [tos 0x28, flowlabel 0x12345] . 1:1(0)", BOTH),
        ("0 > (ect1, flowlabel 0x1) . 1:1(0)", BOTH),
        ("0 > [ttl 64, tos 0x28] . 1:1(0)", B),
        ("0 > [class 0x28, flowlabel 0x3, hlim 4] . 1:1(0)", B),
        ("0 > GREv0: . 1:1(0)", G),
        ("0 > [ttl 64] . 1:1(0)", BOTH),
        ("0 > [dscp af11, ecn ce] . 1:1(0)", B),
        ("0 > [dscp 0x3f, hlim 4] . 1:1(0)", B),
        ("0 > ipv4 [ttl 3] 1.2.3.4 > 5.6.7.8: ipv6 fd00::1 > ::ffff:1.2.3.4 : gre: . 1:1(0)", BOTH),
        ("0 > mpls (label 1, tc 2, ttl 3) (label 4, tc 5, [S], ttl 6): . 1:1(0)", BOTH),
        ("0 > gre flags [key present, sequence# present], sum 0, off 0, key = 5, seq 6: . 1:1(0)", G),
        // Others.
        ("0 < udp (100)", BOTH),
        ("0 > udp 5 > 7 (100)", BOTH),
        ("0 < udplite (100, 8)", B),
        ("0 < sctp: INIT[flgs=0, tag=1]\n0 > sctp: ABORT[]", B),
        ("0 < icmp unreachable", BOTH),
        ("0 < icmp unreachable frag_needed mtu 1400 [1:1461(1460)]", BOTH),
        ("0 < icmp type_3 code_4 id 7 [udp (8)]", BOTH),
        ("0 < icmp packet_too_big mtu 70000", BOTH),
        ("0 < icmp packet_too_big", G),
        ("0 < icmp unreachable port_unreachable [udplite (8, 8)]", B),
        ("0 < icmp unreachable port_unreachable [sctp (8)/udp(7 > 8)]", B),
        ("0 < icmp unreachable port_unreachable [raw (8)]", G),
        ("0 < icmp unreachable port_unreachable [5:6(1)/udp(7 > 8)]", B),
        // Calls.
        ("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3", BOTH),
        ("0 f() = 0", BOTH),
        ("+0...0.1 write(4, ..., 10) = 10", BOTH),
        ("+0 ... .1 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)", BOTH),
        ("0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)", BOTH),
        ("0 f(3, A|B|C, 0x1f, [1, 2], {onoff=1, linger=5}) = -1 (anything goes)", BOTH),
        ("0 f({..., 5}, [{fd=3, events=POLLIN, revents=POLLIN|POLLOUT}]) = 1", BOTH),
        ("0 f(\"a\\x41\" \"b\", {A, B}) = 0", G),
        ("0 f(\"abc\"...) = 0", BOTH),
        ("0 f({sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"1.2.3.4\")}) = 0", BOTH),
        (
            "0 f({msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0, msg_control=[{cmsg_level=1, cmsg_type=2, cmsg_data=3}]}, 0) = 5",
            G,
        ),
        (
            "0 f({ (label 1, tc 2, ttl 3) (label 1, tc 2, [S], ttl 3) }, { flags 0x2000, sum 1, off 2, key 3, seq 4 }) = 0",
            G,
        ),
        // The rest.
        ("0 %{ assert x == 1 }%", BOTH),
        ("0 %{\nif x:\n  pass\n}%", BOTH),
        // Ours.
        ("0 >? P. 1:11(10) ack 1", BOTH),
        ("0 > P. 1:11(10) ack 1 | . 1:1(0) ack 1 <...> | R 1:1(0)", BOTH),
        ("0 >! 0.5", BOTH),
        ("0 > P?. 1:1(0) ack 1", BOTH),
        ("0 > F?P?.? 1:1(0) ack 1", BOTH),
        ("0 > . 1~2:...(1~10) ack 5~6 win 1~2 urg ...", BOTH),
        ("0 > . ...:...(...) ack ... win ... <mss ...,wscale 1~14,nop>", BOTH),
    ]
};

#[test]
fn events_read_and_print_to_what_reads_the_same() {
    for (text, dialects) in GOOD {
        for &dialect in *dialects {
            let text = format!("{text}\n");
            let parsed = read(&text, dialect);
            assert!(parsed.is_ok(), "{dialect}: {text}{:?}", said(&parsed));
            let printed = print(&parsed.script);
            let again = read(&printed, dialect);
            assert!(again.is_ok(), "{dialect}: {text}printed as {printed}{:?}", said(&again));
            assert_eq!(again.script, parsed.script, "{text}printed as {printed}");
            assert_eq!(print(&again.script), printed, "printing settles");
        }
    }
}

#[test]
fn a_form_of_the_other_dialect_says_so() {
    for (text, dialects) in GOOD.iter().filter(|(_, dialects)| dialects.len() == 1) {
        for dialect in dialects.iter().map(|dialect| dialect.other()) {
            let parsed = read(&format!("{text}\n"), dialect);
            let hint =
                [format!("belongs to the {} dialect", dialect.other()), format!("in the {dialect} dialect")];
            let hinted = |said: &String| hint.iter().any(|hint| said.contains(hint));
            assert!(said(&parsed).iter().any(hinted), "{text}: {:?}", said(&parsed));
        }
    }
}

#[test]
fn numbers_and_times_mean_what_they_say() {
    let parsed = read("0.0000019~1.5 > P. 1:11(10) ack 1~2 win ... <...>\n", Dialect::Google);
    let [event] = parsed.script.events.as_slice() else { panic!("one event") };
    assert_eq!(event.when.node, When::Between(1, 1_500_000));
    let EventKind::Packet(packet) = &event.kind else { panic!("a packet") };
    let [one] = packet.alternatives.as_slice() else { panic!("one alternative") };
    let Transport::Tcp(tcp) = &one.transport else { panic!("a segment") };
    assert_eq!(tcp.ack.map(|ack| ack.node), Some(Number::Range(1, 2)));
    assert_eq!(tcp.window.map(|window| window.node), Some(Number::Unjudged));
    assert_eq!(tcp.options, OptionsSpec::Any);
}
