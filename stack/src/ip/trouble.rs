//! ICMP errors read: what happened to which of our datagrams.
//!
//! Both versions say the same things with other numbers; [`Trouble`] is what they say.
//!
//! Spec: RFC 792, RFC 4443 §3, RFC1122:4.1.3.3-icmp-to-application.
use bytes::Bytes;
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Seq, Tuple};

use crate::Errno;

/// ICMPv6 types from here up inform; below they report errors. RFC 4443 §2.1.
const INFORMATIONAL: u8 = 128;

/// Why a datagram of ours did not arrive.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Trouble {
    /// No route to its network. ICMP 3/0, 3/6, 3/11; ICMPv6 1/0.
    NetworkUnreachable,
    /// Its host cannot be reached. ICMP 3/1, 3/7, 3/8, 3/12; ICMPv6 1/2, 1/3.
    HostUnreachable,
    /// Its host does not speak the protocol. ICMP 3/2; ICMPv6 4/1.
    ProtocolUnreachable,
    /// Nobody reads its port. ICMP 3/3; ICMPv6 1/4.
    PortUnreachable,
    /// A source route failed. ICMP 3/5.
    SourceRouteFailed,
    /// A rule forbids it. ICMP 3/9, 3/10, 3/13 to 3/15; ICMPv6 1/1, 1/5, 1/6.
    Prohibited,
    /// It is larger than a link of the path carries. ICMP 3/4, ICMPv6 2/0.
    TooBig {
        /// The most that link carries, in octets of the whole datagram; 0 if the router is too old to say.
        mtu: u32,
    },
    /// Its hop limit or its reassembly ran out. ICMP 11, ICMPv6 3.
    TimeExceeded,
    /// Somebody could not read its header. ICMP 12, ICMPv6 4 (but for code 1).
    ParameterProblem,
    /// Slow down: ICMP 4, which nobody believes any more. RFC 6633.
    SourceQuench,
    /// An ICMPv6 error of a type that has no name yet. RFC4443:2.4-unknown-error-type.
    Unknown,
}

/// What an ICMP error says about one of our datagrams.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Report {
    /// What happened.
    pub(crate) trouble: Trouble,
    /// The protocol of the datagram.
    pub(crate) protocol: u8,
    /// Its ends, as we saw them when sending.
    pub(crate) tuple: Tuple,
    /// The peer's port, if it was a segment inside UDP.
    pub(crate) tunnel: Option<u16>,
    /// The sequence number, if it was a segment.
    pub(crate) seq: Seq,
    /// Its length in octets as its header claims.
    pub(crate) length: u32,
    /// The type and code of the error.
    pub(crate) code: (u8, u8),
    /// What was quoted of the datagram's own data.
    pub(crate) data: Bytes,
}

impl Trouble {
    /// What an ICMP error for IPv4 says; `None` for anything that is no error.
    ///
    /// Spec: RFC 792, RFC 1122 §3.2.2.1.
    pub(crate) fn of_v4(message: &Message) -> Option<Self> {
        match message.kind {
            v4::DESTINATION_UNREACHABLE => Self::of_v4_code(message),
            v4::SOURCE_QUENCH => Some(Self::SourceQuench),
            v4::TIME_EXCEEDED => Some(Self::TimeExceeded),
            v4::PARAMETER_PROBLEM => Some(Self::ParameterProblem),
            _ => None,
        }
    }

    fn of_v4_code(message: &Message) -> Option<Self> {
        match message.code {
            v4::NET_UNREACHABLE | v4::NET_UNKNOWN | v4::NET_UNREACHABLE_FOR_TOS => {
                Some(Self::NetworkUnreachable)
            }
            v4::HOST_UNREACHABLE | v4::HOST_UNKNOWN | v4::HOST_ISOLATED | v4::HOST_UNREACHABLE_FOR_TOS => {
                Some(Self::HostUnreachable)
            }
            v4::PROTOCOL_UNREACHABLE => Some(Self::ProtocolUnreachable),
            v4::PORT_UNREACHABLE => Some(Self::PortUnreachable),
            // The next-hop MTU is the low half of the word that RFC 792 calls unused. RFC 1191 §4.
            v4::FRAGMENTATION_NEEDED => Some(Self::TooBig { mtu: message.mtu() & 0xffff }),
            v4::SOURCE_ROUTE_FAILED => Some(Self::SourceRouteFailed),
            v4::NET_PROHIBITED..=v4::HOST_PROHIBITED
            | v4::COMMUNICATION_PROHIBITED..=v4::PRECEDENCE_CUTOFF => Some(Self::Prohibited),
            _ => None,
        }
    }

    /// What an ICMPv6 error says; `None` for anything that is no error.
    ///
    /// Spec: RFC 4443 §3, RFC4443:2.4-unknown-error-type, RFC4443:2.4-unknown-informational-dropped.
    pub(crate) fn of_v6(message: &Message) -> Option<Self> {
        match (message.kind, message.code) {
            (v6::DESTINATION_UNREACHABLE, v6::NO_ROUTE) => Some(Self::NetworkUnreachable),
            (v6::DESTINATION_UNREACHABLE, v6::BEYOND_SCOPE | v6::ADDRESS_UNREACHABLE) => {
                Some(Self::HostUnreachable)
            }
            (v6::DESTINATION_UNREACHABLE, v6::PORT_UNREACHABLE) => Some(Self::PortUnreachable),
            (v6::DESTINATION_UNREACHABLE, v6::PROHIBITED | v6::POLICY_FAILED | v6::ROUTE_REJECTED) => {
                Some(Self::Prohibited)
            }
            (v6::PACKET_TOO_BIG, _) => Some(Self::TooBig { mtu: message.mtu() }),
            (v6::TIME_EXCEEDED, _) => Some(Self::TimeExceeded),
            (v6::PARAMETER_PROBLEM, v6::UNRECOGNIZED_NEXT_HEADER) => Some(Self::ProtocolUnreachable),
            (v6::PARAMETER_PROBLEM, _) => Some(Self::ParameterProblem),
            (INFORMATIONAL.., _) => None,
            _ => Some(Self::Unknown),
        }
    }

    /// What a socket call reports for it; `None` if it is no news for the user.
    ///
    /// Spec: RFC1122:4.1.3.3-icmp-to-application, RFC9293:SHLD-25.
    #[must_use]
    const fn errno(self) -> Option<Errno> {
        match self {
            Self::NetworkUnreachable => Some(Errno::ENETUNREACH),
            Self::HostUnreachable | Self::TimeExceeded | Self::SourceRouteFailed => Some(Errno::EHOSTUNREACH),
            Self::ProtocolUnreachable => Some(Errno::ENOPROTOOPT),
            Self::PortUnreachable => Some(Errno::ECONNREFUSED),
            Self::Prohibited => Some(Errno::EACCES),
            Self::TooBig { .. } => Some(Errno::EMSGSIZE),
            Self::ParameterProblem | Self::Unknown => Some(Errno::EPROTO),
            Self::SourceQuench => None,
        }
    }
}

impl Report {
    /// What a socket call reports for it; `None` if it is no news for the user.
    pub(crate) fn errno(&self, by_code: bool) -> Option<Errno> {
        let own = if self.tuple.remote.is_ipv4() { errno_of_v4(self.code) } else { errno_of_v6(self.code) };
        own.filter(|_| by_code).unwrap_or_else(|| self.trouble.errno())
    }

    /// Whether it may pass: another datagram may get through.
    pub(crate) fn may_pass(&self) -> bool {
        let unknown = v4::NET_UNKNOWN..=v4::HOST_ISOLATED;
        let for_good = self.tuple.remote.is_ipv4() && unknown.contains(&self.code.1);
        match self.trouble {
            Trouble::NetworkUnreachable | Trouble::HostUnreachable => !for_good,
            Trouble::SourceRouteFailed | Trouble::TimeExceeded | Trouble::TooBig { .. } => true,
            Trouble::ProtocolUnreachable
            | Trouble::PortUnreachable
            | Trouble::Prohibited
            | Trouble::ParameterProblem
            | Trouble::SourceQuench
            | Trouble::Unknown => false,
        }
    }

    /// Reads an error message; `None` if it is none, or quotes too little to say which datagram it is about.
    ///
    /// Spec: RFC792:time-exceeded-received.
    pub(crate) fn read(message: &Message, over_v6: bool) -> Option<Self> {
        let trouble = if over_v6 { Trouble::of_v6(message)? } else { Trouble::of_v4(message)? };
        let quoted = message.quoted().ok()?;
        let length = match &quoted.ip {
            // Both count from the start of the header, whatever of it was quoted.
            Ip::V4(_) => message.body.get(2..4).map_or(0, octets_to_u32),
            Ip::V6(_) => 40 + message.body.get(4..6).map_or(0, octets_to_u32),
        };
        Some(Self {
            trouble,
            protocol: quoted.ip.protocol(),
            tuple: quoted.tuple()?,
            tunnel: None,
            seq: quoted.seq().unwrap_or_default(),
            length,
            code: (message.kind, message.code),
            data: quoted.start.clone(),
        })
    }
}

/// The errnos of ICMP's codes that differ from those of their meaning; inner `None` for what is no news.
const fn errno_of_v4(code: (u8, u8)) -> Option<Option<Errno>> {
    match code {
        (v4::DESTINATION_UNREACHABLE, code) => match code {
            v4::SOURCE_ROUTE_FAILED => Some(Some(Errno::EOPNOTSUPP)),
            v4::HOST_UNKNOWN => Some(Some(Errno::EHOSTDOWN)),
            v4::HOST_ISOLATED => Some(Some(Errno::ENONET)),
            v4::NET_PROHIBITED => Some(Some(Errno::ENETUNREACH)),
            v4::HOST_PROHIBITED | v4::COMMUNICATION_PROHIBITED..=v4::PRECEDENCE_CUTOFF => {
                Some(Some(Errno::EHOSTUNREACH))
            }
            _ => None,
        },
        (v4::TIME_EXCEEDED, v4::REASSEMBLY_EXCEEDED) => Some(None),
        _ => None,
    }
}

/// Those of ICMPv6's.
const fn errno_of_v6(code: (u8, u8)) -> Option<Option<Errno>> {
    match code {
        (v6::PARAMETER_PROBLEM, v6::UNRECOGNIZED_NEXT_HEADER) => Some(Some(Errno::EPROTO)),
        _ => None,
    }
}

fn octets_to_u32(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |value, &octet| value << 8 | u32::from(octet))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use stackdrill_wire::Checksum;
    use stackdrill_wire::ip::protocol;

    use super::*;

    fn message(kind: u8, code: u8) -> Message {
        Message { kind, code, checksum: Checksum::Right, rest: [0, 0, 0x05, 0xdc], body: Bytes::new() }
    }

    /// Proves: RFC1122:4.1.3.3-icmp-to-application.
    #[test]
    fn both_versions_say_the_same_things() {
        for (trouble, v4, v6) in [
            (Trouble::NetworkUnreachable, (3, 0), (1, 0)),
            (Trouble::HostUnreachable, (3, 1), (1, 3)),
            (Trouble::ProtocolUnreachable, (3, 2), (4, 1)),
            (Trouble::PortUnreachable, (3, 3), (1, 4)),
            (Trouble::TooBig { mtu: 1500 }, (3, 4), (2, 0)),
            (Trouble::Prohibited, (3, 13), (1, 1)),
            (Trouble::TimeExceeded, (11, 0), (3, 0)),
            (Trouble::ParameterProblem, (12, 0), (4, 0)),
        ] {
            assert_eq!(Trouble::of_v4(&message(v4.0, v4.1)), Some(trouble), "ICMP {v4:?}");
            assert_eq!(Trouble::of_v6(&message(v6.0, v6.1)), Some(trouble), "ICMPv6 {v6:?}");
        }
        assert_eq!(Trouble::of_v4(&message(8, 0)), None, "an echo request is no error");
        assert_eq!(Trouble::of_v6(&message(128, 0)), None, "an echo request is no error");
        assert_eq!(Trouble::of_v6(&message(100, 0)), Some(Trouble::Unknown));
    }

    /// A quote names the datagram even without the octets that its length field promises.
    ///
    /// Proves: RFC9293:MUST-54.
    #[test]
    fn eight_quoted_octets_are_enough() {
        let mut quote = vec![0x45, 0, 0x05, 0xdc, 0, 0, 0x40, 0, 64, protocol::TCP, 0xba, 0xd0];
        quote.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        quote.extend([0x1f, 0x90, 0x00, 0x50, 0, 0, 0x30, 0x39]);
        let body = Bytes::from(quote);
        let report = Report::read(&Message { body: body.clone(), ..message(3, 3) }, false).unwrap();
        assert_eq!(report.tuple.to_string(), "10.0.0.1:8080 > 10.0.0.2:80");
        assert_eq!((report.seq, report.length, report.protocol), (Seq(12345), 1500, protocol::TCP));
        for cut in 0..24 {
            let cut = Message { body: body.slice(..cut), ..message(3, 3) };
            assert_eq!(Report::read(&cut, false), None);
        }
    }
}
