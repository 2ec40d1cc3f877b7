//! ICMP errors written, and when not to.
//!
//! Spec: RFC 1122 §3.2.2, RFC 4443 §2.4.
use core::net::IpAddr;

use bytes::Bytes;
use stackdrill_wire::icmp::{Message, v4, v6};
use stackdrill_wire::ip::{Ip, protocol};
use stackdrill_wire::{Checksum, Clause, Instant, Packet, Transport, rfc};

use super::input::{Reach, can_be_reached, can_send};
use super::reassembly::Place;
use crate::policy::Internet;

/// What is wrong with a datagram, for its sender to hear. Source Quench and Redirect are not among it.
///
/// Spec: RFC6633:3-host-never-sends, RFC1122:3.2.2.2-no-redirect-sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// Nobody reads the port.
    Port,
    /// Nobody speaks the protocol (over IPv6: the Next Header value at `pointer`).
    Protocol {
        /// The octet that names it.
        pointer: u32,
    },
    /// An extension header stands where none of its kind may.
    NextHeader {
        /// The octet that names it.
        pointer: u32,
    },
    /// A header field makes no sense.
    Header {
        /// The octet at fault.
        pointer: u32,
    },
    /// An IPv6 option nobody knows asks for this.
    Option {
        /// The option.
        pointer: u32,
    },
    /// Its fragments did not all come in time.
    Reassembly,
    /// Its first fragment does not reach through the upper-layer header.
    FirstFragment,
}

/// How an error is said in one version of ICMP.
struct Saying {
    kind: u8,
    code: u8,
    rest: [u8; 4],
    clause: Clause,
}

impl Fault {
    /// Spec: RFC792:dest-unreachable-format, RFC792:parameter-problem-pointer, RFC1122:3.2.2.1-protocol-unreachable,
    /// RFC1122:3.2.2.5-parameter-problem-sent.
    fn over_v4(self) -> Option<Saying> {
        let saying = |kind, code, rest, place| Saying { kind, code, rest, clause: rfc(1122, place) };
        Some(match self {
            Self::Port => saying(v4::DESTINATION_UNREACHABLE, v4::PORT_UNREACHABLE, [0; 4], "§4.1.3.1"),
            Self::Protocol { .. } | Self::NextHeader { .. } => {
                saying(v4::DESTINATION_UNREACHABLE, v4::PROTOCOL_UNREACHABLE, [0; 4], "§3.2.2.1")
            }
            Self::Header { pointer } | Self::Option { pointer } => {
                // One octet of pointer, three unused.
                let pointer = u8::try_from(pointer).ok()?;
                saying(v4::PARAMETER_PROBLEM, 0, [pointer, 0, 0, 0], "§3.2.2.5")
            }
            Self::Reassembly => saying(v4::TIME_EXCEEDED, v4::REASSEMBLY_EXCEEDED, [0; 4], "§3.3.2"),
            Self::FirstFragment => return None,
        })
    }

    /// Spec: RFC 4443 §3, RFC4443:3.4-parameter-problem.
    fn over_v6(self) -> Saying {
        let saying = |kind, code, rest: u32, number, place| Saying {
            kind,
            code,
            rest: rest.to_be_bytes(),
            clause: rfc(number, place),
        };
        match self {
            Self::Port => saying(v6::DESTINATION_UNREACHABLE, v6::PORT_UNREACHABLE, 0, 4443, "§3.1"),
            Self::Header { pointer } => {
                saying(v6::PARAMETER_PROBLEM, v6::ERRONEOUS_HEADER, pointer, 4443, "§3.4")
            }
            Self::Protocol { pointer } | Self::NextHeader { pointer } => {
                saying(v6::PARAMETER_PROBLEM, v6::UNRECOGNIZED_NEXT_HEADER, pointer, 4443, "§3.4")
            }
            Self::Option { pointer } => {
                saying(v6::PARAMETER_PROBLEM, v6::UNRECOGNIZED_OPTION, pointer, 8200, "§4.2")
            }
            Self::Reassembly => saying(v6::TIME_EXCEEDED, v6::REASSEMBLY_EXCEEDED, 0, 8200, "§4.5"),
            // RFC 7112 §5 added code 3: incomplete header chain.
            Self::FirstFragment => saying(v6::PARAMETER_PROBLEM, 3, 0, 8200, "§4.5"),
        }
    }
}

/// The error message about `packet`, whose octets are `octets`, or `None` if it may not be told.
///
/// Spec: RFC1122:3.2.2-error-quotes-original, RFC4443:2.4-quote-size.
pub(crate) fn about(
    packet: &Ip,
    octets: &Bytes,
    fault: Fault,
    policy: &Internet,
) -> Option<(Message, Clause)> {
    /// An IP header and an ICMP header stand before the quote.
    const V4_HEADERS: usize = 20 + 8;
    const V6_ROOM: usize = 1280 - 40 - 8;
    let (saying, room) = match packet {
        Ip::V4(v4) => {
            // The whole of the header and eight octets, even if the policy has less room.
            let least = 20 + v4.options.len() + 8;
            (fault.over_v4()?, usize::from(policy.largest_error).saturating_sub(V4_HEADERS).max(least))
        }
        Ip::V6(_) => (fault.over_v6(), V6_ROOM),
    };
    let Saying { kind, code, rest, clause } = saying;
    let body = octets.slice(..octets.len().min(room));
    Some((Message { kind, code, checksum: Checksum::Right, rest, body }, clause))
}

/// Whether a datagram may draw an error at all.
///
/// Spec: RFC1122:3.2.2-no-error-about-error, RFC1122:3.2.2-no-error-for-broadcast,
/// RFC1122:3.2.2-no-error-for-fragment, RFC1122:3.2.2-no-error-for-nonunique-source, RFC4443:2.4-no-error-cases.
pub(crate) fn may_draw_error(packet: &Packet, reach: Reach) -> bool {
    let later_fragment = Place::of(&packet.ip).is_some_and(|place| !place.is_first());
    reach == Reach::Unicast && !later_fragment && is_one_host(packet.ip.source()) && !is_error(packet)
}

/// Whether an address names exactly one host.
fn is_one_host(address: IpAddr) -> bool {
    can_send(address) && can_be_reached(address)
}

/// Whether a datagram is itself an ICMP error. A first fragment of one is not read, so its first octet is asked.
fn is_error(packet: &Packet) -> bool {
    /// A redirect informs by its number, but draws no error either. RFC 4443 §2.4 (e.2).
    const REDIRECT: u8 = 137;
    let number = packet.ip.protocol();
    let message = match &packet.transport {
        Transport::Icmp(message) => message.clone(),
        Transport::Other(payload) if matches!(number, protocol::ICMP | protocol::ICMPV6) => {
            let kind = payload.first().copied().unwrap_or_default();
            Message { kind, code: 0, checksum: Checksum::Right, rest: [0; 4], body: Bytes::new() }
        }
        Transport::Tcp(_) | Transport::Udp(_) | Transport::Other(_) => return false,
    };
    message.is_error(number) || (number == protocol::ICMPV6 && message.kind == REDIRECT)
}

/// A budget of messages: a burst at once, then one an interval.
///
/// Spec: RFC4443:2.4-rate-limit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Budget {
    left: u32,
    /// When the last message was earned.
    earned: Instant,
}

impl Budget {
    pub(crate) const fn full(policy: &Internet) -> Self {
        Self { left: policy.error_burst, earned: Instant::ZERO }
    }

    /// Takes one message from the budget, if there is one.
    pub(crate) fn take(&mut self, policy: &Internet, now: Instant) -> bool {
        self.earn(policy, now);
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
    }

    fn earn(&mut self, policy: &Internet, now: Instant) {
        let interval = policy.error_interval.as_micros().max(1);
        let earned = now.since(self.earned).as_micros() / interval;
        let room = policy.error_burst.saturating_sub(self.left);
        match u32::try_from(earned) {
            Ok(earned) if earned < room => {
                self.left += earned;
                self.earned += policy.error_interval * earned;
            }
            // Full again: time spent full earns nothing.
            Ok(_) | Err(_) => {
                *self = Self { left: policy.error_burst.max(self.left), earned: self.earned.max(now) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
