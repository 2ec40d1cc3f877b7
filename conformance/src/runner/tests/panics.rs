//! A target that panics is a verdict about it.
use bytes::Bytes;
use stackdrill_wire::{Instant, State, Tuple};

use super::{ESTABLISHED, RunOptions, Verdict, parse, run_script};
use crate::constants::Abi;
use crate::script::ParseOptions;
use crate::target::{
    Call, CallOutcome, Capability, Reference, Sent, Setting, Setup, Target, Transition, Unsupported,
};

/// The reference, but one call and one packet are too much for it.
#[derive(Debug, Default)]
struct Fragile(Reference);

impl Target for Fragile {
    fn name(&self) -> &'static str {
        "fragile"
    }

    fn capabilities(&self) -> &[Capability] {
        self.0.capabilities()
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        self.0.abi()
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.0.configure(setup)
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.0.set(setting, at)
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        assert!(!matches!(call, Call::Shutdown { .. }), "nobody calls shutdown");
        self.0.call(call, at)
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.0.resume(call, at)
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        assert!(octets.len() < 1000, "{} octets are too many", octets.len());
        self.0.inject(octets, at);
    }

    fn sent(&mut self) -> Option<Sent> {
        self.0.sent()
    }

    fn transition(&mut self) -> Option<Transition> {
        self.0.transition()
    }

    fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.0.advance(to)
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.0.state(tuple)
    }
}

/// The reason is the panic, also where it would have passed unnoticed, and the same target runs the next script.
#[test]
fn a_panic_is_a_verdict() {
    let mut fragile = Fragile::default();
    for (rest, line, expected) in [
        ("+0 shutdown(4, SHUT_WR) = 0", 9, Some("the target panicked: nobody calls shutdown")),
        (
            "+0 < P. 1:1001(1000) ack 1 win 65535\n+0 > . 1:1(0) ack 1001",
            10,
            Some("the target panicked: 1040 octets are too many"),
        ),
        ("+0 < P. 1:1001(1000) ack 1 win 65535", 0, Some("the target panicked: 1040 octets are too many")),
        ("+0 < P. 1:101(100) ack 1 win 65535\n+0 recv(4, ..., 1000, 0) = 100", 0, None),
    ] {
        let parsed = parse(&format!("{ESTABLISHED}{rest}\n"), &ParseOptions::default());
        let report = run_script(&parsed.script, &mut fragile, &RunOptions::default());
        let verdict = if expected.is_some() { Verdict::Fail } else { Verdict::Pass };
        assert_eq!((report.verdict(), report.reason().as_deref()), (verdict, expected), "{rest}");
        assert_eq!(report.span().map_or(0, |span| span.line), line, "{rest}");
    }
}
