//! A packet with holes, and a packet that was seen: what is unsaid is not judged.
//!
//! Everything here is in script space: the runner has already translated the numbers of what it saw. The result is a
//! list of differences, in the order in which packetdrill compares, so that the first is the one it would report.
use std::fmt;

use bytes::Bytes;
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Flags, Options, Outer};

use crate::script::{Dialect, Number, OptionsSpec, PacketSpec, Ports, TcpSpec, Transport};

mod dump;
mod layers;
mod options;

pub use dump::Dump;
pub(crate) use layers::{gre, label, octet};
pub use options::Unreadable;
pub(crate) use options::{octets as option_octets, read as read_options};

use crate::script::{Md5, TcpOption};

/// A packet that the target sent, translated into the script's numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    /// The headers around it, outermost first.
    pub outer: Vec<Outer>,
    /// The innermost IP header.
    pub ip: Ip,
    /// The ports of the UDP header between that and a segment inside UDP.
    pub udp: Option<Ports>,
    /// Whether the transport checksum is right, as far as that can be known.
    pub checksum_right: bool,
    /// What it carries.
    pub body: Body,
}

/// What a packet carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    /// A TCP segment.
    Tcp(SeenSegment),
    /// A UDP datagram with so many octets of data.
    Udp {
        /// Octets of data.
        length: u32,
        /// Whether they are all zero.
        zeros: bool,
    },
    /// An ICMP or ICMPv6 message.
    Icmp {
        /// The type.
        kind: u8,
        /// The code.
        code: u8,
    },
}

/// A segment in the script's numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenSegment {
    /// The control and reserved bits.
    pub flags: Flags,
    /// The sequence number, relative unless SYN is set.
    pub seq: u32,
    /// The sequence number as it stood on the wire.
    pub wire_seq: u32,
    /// Octets of text.
    pub length: u32,
    /// The acknowledgment number; untranslated without ACK.
    pub ack: u32,
    /// The window field, unscaled.
    pub window: u16,
    /// The urgent pointer.
    pub urgent: u16,
    /// The options, numbers translated, padding included.
    pub options: Vec<TcpOption>,
    /// The options as they stood on the wire.
    pub wire_options: Options,
    /// Whether there is an MD5 digest, and it is the one that the script's secret gives.
    pub signed: bool,
    /// The text.
    pub text: Bytes,
}

/// A field that is not what the script says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Which field, in the RFC's word.
    pub field: &'static str,
    /// What the script says.
    pub expected: String,
    /// What was there.
    pub seen: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, seen {}", self.field, self.expected, self.seen)
    }
}

/// What to judge beyond what the packet says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Whether checksums are the stack's own work; behind an offload they are not.
    pub checksums: bool,
    /// In whose spelling differences are told.
    pub dialect: Dialect,
}

/// Every field of `seen` that is not what `spec` says; empty if the packet will do.
#[must_use]
pub fn differences(spec: &PacketSpec, seen: &Seen, rules: Rules) -> Vec<Difference> {
    let mut found = Differences { found: Vec::new(), dialect: rules.dialect };
    found.layers(spec, seen);
    match (&spec.transport, &seen.body) {
        (Transport::Tcp(spec), Body::Tcp(segment)) => {
            let ports = |ports: Option<Ports>| match ports {
                Some(ports) => format!("{} > {}", ports.source, ports.destination),
                None => "none".to_owned(),
            };
            let same = spec.udp_encapsulation == seen.udp;
            found.require("UDP ports", same, || (ports(spec.udp_encapsulation), ports(seen.udp)));
            found.segment(spec, segment);
        }
        (Transport::Udp(spec), Body::Udp { length, zeros }) => {
            found.number("length", spec.length, *length);
            found.require("data", *zeros, || ("zeros".to_owned(), "something else".to_owned()));
        }
        (Transport::Icmp(spec), Body::Icmp { kind, code }) => {
            let code_name = spec.code.as_ref().map(|code| &*code.node);
            match crate::script::icmp_code(seen.version(), &spec.kind.node, code_name) {
                Some((wanted_kind, wanted_code)) => {
                    found.equal("type", wanted_kind, *kind);
                    found.equal("code", wanted_code, *code);
                }
                None => found.add("type", spec.kind.node.to_string(), kind.to_string()),
            }
        }
        (wanted, body) => found.add("protocol", protocol(wanted).to_owned(), body.protocol().to_owned()),
    }
    found.require("checksum", seen.checksum_right || !rules.checksums, || ("right".into(), "wrong".into()));
    found.found
}

const fn protocol(transport: &Transport) -> &'static str {
    match transport {
        Transport::Tcp(_) => "TCP",
        Transport::Udp(_) => "UDP",
        Transport::Icmp(_) => "ICMP",
        Transport::UdpLite(_) => "UDP-Lite",
        Transport::Sctp(_) => "SCTP",
    }
}

impl Seen {
    /// The version of the innermost IP header, 4 or 6.
    #[must_use]
    pub const fn version(&self) -> u8 {
        match self.ip {
            Ip::V4(_) => 4,
            Ip::V6(_) => 6,
        }
    }
}

impl Body {
    const fn protocol(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "TCP",
            Self::Udp { .. } => "UDP",
            Self::Icmp { .. } => "ICMP",
        }
    }
}

/// Collects differences; formats nothing while there are none.
struct Differences {
    found: Vec<Difference>,
    dialect: Dialect,
}

impl Differences {
    fn add(&mut self, field: &'static str, expected: String, seen: String) {
        self.found.push(Difference { field, expected, seen });
    }

    fn require(&mut self, field: &'static str, holds: bool, said: impl FnOnce() -> (String, String)) {
        if !holds {
            let (expected, seen) = said();
            self.add(field, expected, seen);
        }
    }

    fn equal<T: Copy + PartialEq + fmt::Display>(&mut self, field: &'static str, expected: T, seen: T) {
        if expected != seen {
            self.add(field, expected.to_string(), seen.to_string());
        }
    }

    fn number(&mut self, field: &'static str, expected: Number, seen: u32) {
        if !expected.admits(seen) {
            self.add(field, expected.to_string(), seen.to_string());
        }
    }

    /// The segment's fields, in packetdrill's order.
    fn segment(&mut self, spec: &TcpSpec, seen: &SeenSegment) {
        self.number("length", spec.sequence.length, seen.length);
        self.require("flags", spec.flags.admits(seen.flags), || {
            (spec.flags.to_string(), seen.flags.to_string())
        });
        if !spec.sequence.ignored {
            let seq = if spec.sequence.absolute { seen.wire_seq } else { seen.seq };
            self.number("sequence number", spec.sequence.start, seq);
            if spec.sequence.start.exact().is_none() || spec.sequence.length.exact().is_none() {
                self.number("end of sequence", spec.sequence.end, seq.wrapping_add(seen.length));
            }
        }
        self.number("acknowledgment number", spec.ack.map_or(Number::Exact(0), |ack| ack.node), seen.ack);
        if let Some(window) = spec.window {
            self.number("window", window.node, seen.window.into());
        }
        let urgent = spec.urgent.map_or(Number::Exact(0), |urgent| urgent.node);
        self.number("urgent pointer", urgent, seen.urgent.into());
        self.options(&spec.options, seen);
        match spec.reset_cause {
            Some(cause) => {
                let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect();
                let wanted = cause.octets();
                self.require("reset cause", seen.text == wanted[..], || (hex(&wanted), hex(&seen.text)));
            }
            None => {
                let zeros = seen.text.iter().all(|&octet| octet == 0);
                self.require("text", zeros, || ("zeros".into(), "something else".into()));
            }
        }
    }

    fn options(&mut self, spec: &OptionsSpec, segment: &SeenSegment) {
        let seen = segment.options.as_slice();
        let one = |wanted: &TcpOption, seen: &TcpOption| match (wanted, seen) {
            (TcpOption::Md5(Md5::Computed), TcpOption::Md5(_)) => segment.signed,
            (wanted, seen) => options::admits(wanted, seen),
        };
        let admitted = match spec {
            OptionsSpec::Any => true,
            OptionsSpec::None => seen.is_empty(),
            OptionsSpec::List(list) => {
                list.len() == seen.len()
                    && list.iter().zip(seen).all(|(wanted, seen)| one(&wanted.node, seen))
            }
            OptionsSpec::Among(list) => options::among(list.iter().map(|wanted| &wanted.node), seen, one),
            OptionsSpec::Raw(octets) => segment.wire_options.octets() == &*octets.node,
        };
        let dialect = self.dialect;
        self.require("options", admitted, || {
            (dump::options_spec(spec, dialect), dump::options(seen, dialect))
        });
    }
}
