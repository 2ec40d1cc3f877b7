//! The reference behind a path that changes what passes: a tunnel, or a device that spoils packets.
use bytes::Bytes;
use stackdrill::constants::Abi;
use stackdrill::target::{
    Call, CallOutcome, Capability, Reference, Sent, Setting, Setup, Target, Transition, Unsupported,
};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Checksum, Instant, Options, Outer, Packet, State, Transport, Tunneled, Tuple};

/// The reference behind a path.
#[derive(Debug)]
struct Path {
    inner: Reference,
    /// The headers that it was last spoken to in.
    outer: Vec<Outer>,
    /// What becomes of what it sends.
    leaves: fn(&[Outer], Bytes) -> Bytes,
}

fn path(leaves: fn(&[Outer], Bytes) -> Bytes) -> Box<dyn Target> {
    Box::new(Path { inner: Reference::new(), outer: Vec::new(), leaves })
}

/// At the far end of a tunnel: it answers in the headers that it was last spoken to in.
pub(super) fn tunnel() -> Box<dyn Target> {
    path(|outer, octets| {
        let packet = Packet::parse(&octets).expect("the reference sends packets");
        Tunneled { outer: outer.to_vec(), packet }.to_bytes()
    })
}

/// Behind a device that spoils the segments whose text is as long as one of these, each in its own way.
pub(super) fn spoiling() -> Box<dyn Target> {
    path(|_, octets| {
        let mut packet = Packet::parse(&octets).expect("the reference sends packets");
        let (Ip::V4(ip), Transport::Tcp(segment)) = (&mut packet.ip, &mut packet.transport) else {
            return octets;
        };
        let options = |octets| Options::from_octets(octets).expect("no more than there is room for");
        match segment.text.len() {
            WRONG_SUM => ip.checksum = Checksum::Literal(0),
            FRAGMENT => ip.more_fragments = true,
            CUT => return octets.slice(..octets.len() - 1),
            STRANGE_OPTION => segment.options = options(&[77, 4, 0, 0]),
            LYING_OPTION => segment.options = options(&[5, 9, 1, 1]),
            _ => return octets,
        }
        packet.to_bytes()
    })
}

/// The IPv4 header's checksum is wrong.
pub(super) const WRONG_SUM: usize = 41;
/// More fragments follow.
pub(super) const FRAGMENT: usize = 42;
/// The last octet is missing.
pub(super) const CUT: usize = 43;
/// It has an option of kind 77.
pub(super) const STRANGE_OPTION: usize = 44;
/// It has an option that ends behind the header.
pub(super) const LYING_OPTION: usize = 45;

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

impl Target for Path {
    fn name(&self) -> &'static str {
        "path"
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
        Some(Sent { octets: (self.leaves)(&self.outer, sent.octets), ..sent })
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
