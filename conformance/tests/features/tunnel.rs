//! The reference at the far end of a tunnel: it answers in the headers that it was last spoken to in.
use bytes::Bytes;
use stackdrill::constants::Abi;
use stackdrill::target::{
    Call, CallOutcome, Capability, Reference, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Instant, Outer, Packet, State, Tunneled, Tuple};

/// The reference behind whatever headers come.
#[derive(Debug, Default)]
pub(super) struct Tunnel {
    inner: Reference,
    outer: Vec<Outer>,
}

/// A fresh one.
pub(super) fn tunnel() -> Box<dyn Target> {
    Box::new(Tunnel::default())
}

/// The same header for the way back.
fn reversed(outer: &Outer) -> Outer {
    match outer {
        Outer::Ip(Ip::V4(ip)) => {
            let (source, destination) = (ip.destination, ip.source);
            Outer::Ip(Ip::V4(stackdrill_wire::ip::Ipv4 { source, destination, ..ip.clone() }))
        }
        Outer::Ip(Ip::V6(ip)) => {
            let (source, destination) = (ip.destination, ip.source);
            Outer::Ip(Ip::V6(stackdrill_wire::ip::Ipv6 { source, destination, ..ip.clone() }))
        }
        Outer::Gre(_) | Outer::Mpls(_) => outer.clone(),
    }
}

impl Target for Tunnel {
    fn name(&self) -> &'static str {
        "tunnel"
    }

    fn capabilities(&self) -> &[Capability] {
        self.inner.capabilities()
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn abi(&self) -> Abi {
        self.inner.abi()
    }

    fn configure(&mut self, setup: &Setup) -> Result<(), Unsupported> {
        self.outer.clear();
        self.inner.configure(setup)
    }

    fn set(&mut self, setting: &Setting, at: Instant) -> Result<(), Unsupported> {
        self.inner.set(setting, at)
    }

    fn call(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.inner.call(call, at)
    }

    fn resume(&mut self, call: &Call, at: Instant) -> CallOutcome {
        self.inner.resume(call, at)
    }

    fn inject(&mut self, octets: &Bytes, at: Instant) {
        let Ok(Tunneled { outer, packet }) = Tunneled::parse(octets) else { return };
        self.outer = outer.iter().map(reversed).collect();
        self.inner.inject(&packet.to_bytes(), at);
    }

    fn sent(&mut self) -> Option<Sent> {
        let sent = self.inner.sent()?;
        let packet = Packet::parse(&sent.octets).expect("the reference sends packets");
        Some(Sent { octets: Tunneled { outer: self.outer.clone(), packet }.to_bytes(), ..sent })
    }

    fn transition(&mut self) -> Option<Transition> {
        self.inner.transition()
    }

    fn deadline(&self) -> Option<Instant> {
        self.inner.deadline()
    }

    fn advance(&mut self, to: Instant) -> Instant {
        self.inner.advance(to)
    }

    fn state(&self, tuple: Tuple) -> Option<State> {
        self.inner.state(tuple)
    }
}
