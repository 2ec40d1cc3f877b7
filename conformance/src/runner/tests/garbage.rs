//! Nothing that a script says makes the runner panic, hang or grow.
use proptest::prelude::*;

use super::{ESTABLISHED, run_in};
use crate::runner::{RunOptions, Variant, run_script};
use crate::script::{ParseOptions, parse};
use crate::target::Reference;

/// Events that are each well-formed, with numbers anywhere in their range.
fn event() -> impl Strategy<Value = String> {
    let when = prop_oneof![
        Just("+0".to_owned()),
        Just("*".to_owned()),
        (0..4_000_000_000_u64).prop_map(|seconds| format!("+{seconds}")),
        (0..100_u8, 0..100_u8).prop_map(|(from, more)| format!("+.{from:02}~+1.{more:02}")),
    ];
    let letters = "(S|S[.]|[.]|P[.]|F[.]|R|R[.]|FS|-|[.]U)";
    let letters = proptest::string::string_regex(&letters.replace("[.]U", "U[.]")).expect("it is one");
    let packet =
        (prop_oneof![Just('<'), Just('>')], letters, any::<u16>(), 0..1460_u32, any::<u32>(), any::<u16>())
            .prop_map(|(way, flags, start, length, ack, window)| {
                let end = u32::from(start) + length;
                format!("{way} {flags} {start}:{end}({length}) ack {ack} win {window}")
            });
    let call = prop_oneof![
        (-5..9_i32, any::<u32>(), any::<i32>())
            .prop_map(|(fd, size, flags)| format!("recv({fd}, ..., {size}, {flags}) = 1")),
        (3..6_i32, any::<u32>()).prop_map(|(fd, size)| format!("write({fd}, ..., {size}) = {size}")),
        (3..6_i32, 0..70_i32, any::<i32>())
            .prop_map(|(fd, name, value)| format!("setsockopt({fd}, SOL_TCP, {name}, [{value}], 4) = 0")),
        (3..6_i32, any::<i32>()).prop_map(|(fd, how)| format!("shutdown({fd}, {how}) = 0")),
        (3..6_i32, any::<i32>())
            .prop_map(|(fd, timeout)| format!("poll([{{fd={fd}, events=POLLIN}}], 1, {timeout}) = 0")),
        (3..6_i32).prop_map(|fd| format!("close({fd}) = 0")),
        Just("socket(..., SOCK_DGRAM, IPPROTO_UDP) = 5".to_owned()),
        Just("connect(5, AF_UNSPEC, ...) = 0".to_owned()),
        Just(">! 3600".to_owned()),
        Just("< udp (1000)".to_owned()),
        Just("< icmp unreachable port_unreachable [1:1(0)]".to_owned()),
        Just("> icmp echo_reply".to_owned()),
    ];
    (when, prop_oneof![packet, call]).prop_map(|(when, what)| format!("{when} {what}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_end(events in proptest::collection::vec(event(), 1..12), opened in any::<bool>()) {
        let script = format!("{}{}", if opened { ESTABLISHED } else { "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" }, events.concat());
        let parsed = parse(&script, &ParseOptions::default());
        // Every verdict will do, and the report can be shown.
        let report = run_script(&parsed.script, &mut Reference::new(), &RunOptions::default());
        let _ = (report.reason(), crate::report::transcript(&report));
    }
}

/// What a run keeps is bounded, however often a script writes and whatever it injects.
#[test]
fn a_flood_ends() {
    let flood = "+0 < udp (60000)\n".repeat(5_000);
    let script = format!("0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n{flood}");
    let reason = run_in(Variant::Ipv4, &script).reason().unwrap_or_default();
    assert_eq!(reason, "more than 268435456 octets went in and out");
}

#[test]
fn extremes_of_time_are_harmless() {
    for when in ["+9223372036854", "9223372036854", "9223372036853~9223372036854"] {
        let report = run_in(Variant::Ipv4, &format!("{ESTABLISHED}{when} > . 1:1(0) ack 1\n"));
        assert!(report.reason().is_some(), "{when}");
    }
}
