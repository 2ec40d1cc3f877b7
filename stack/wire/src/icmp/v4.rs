//! Types and codes over IPv4.
//!
//! Spec: RFC 792, RFC 1122 §3.2.2.1.
//!
//! The codes from 13 on are those of routers, RFC 1812 §5.2.7.1.

/// Echo reply.
pub const ECHO_REPLY: u8 = 0;
/// Destination unreachable; the code says why.
pub const DESTINATION_UNREACHABLE: u8 = 3;
/// Source quench, which nobody may send any more (RFC 6633).
pub const SOURCE_QUENCH: u8 = 4;
/// Redirect.
pub const REDIRECT: u8 = 5;
/// Echo request.
pub const ECHO_REQUEST: u8 = 8;
/// Time exceeded.
pub const TIME_EXCEEDED: u8 = 11;
/// Parameter problem.
pub const PARAMETER_PROBLEM: u8 = 12;

/// Destination unreachable: network.
pub const NET_UNREACHABLE: u8 = 0;
/// Destination unreachable: host.
pub const HOST_UNREACHABLE: u8 = 1;
/// Destination unreachable: protocol.
pub const PROTOCOL_UNREACHABLE: u8 = 2;
/// Destination unreachable: port.
pub const PORT_UNREACHABLE: u8 = 3;
/// Destination unreachable: fragmentation needed, but Don't Fragment set. RFC 1191.
pub const FRAGMENTATION_NEEDED: u8 = 4;
/// Destination unreachable: source route failed.
pub const SOURCE_ROUTE_FAILED: u8 = 5;
/// Destination unreachable: network unknown.
pub const NET_UNKNOWN: u8 = 6;
/// Destination unreachable: host unknown.
pub const HOST_UNKNOWN: u8 = 7;
/// Destination unreachable: source host isolated.
pub const HOST_ISOLATED: u8 = 8;
/// Destination unreachable: network administratively prohibited.
pub const NET_PROHIBITED: u8 = 9;
/// Destination unreachable: host administratively prohibited.
pub const HOST_PROHIBITED: u8 = 10;
/// Destination unreachable: network, for this type of service.
pub const NET_UNREACHABLE_FOR_TOS: u8 = 11;
/// Destination unreachable: host, for this type of service.
pub const HOST_UNREACHABLE_FOR_TOS: u8 = 12;
/// Destination unreachable: communication administratively prohibited.
pub const COMMUNICATION_PROHIBITED: u8 = 13;
/// Destination unreachable: host precedence violation.
pub const PRECEDENCE_VIOLATION: u8 = 14;
/// Destination unreachable: precedence cutoff in effect.
pub const PRECEDENCE_CUTOFF: u8 = 15;

/// Time exceeded: Time to Live in transit.
pub const TTL_EXCEEDED: u8 = 0;
/// Time exceeded: fragment reassembly.
pub const REASSEMBLY_EXCEEDED: u8 = 1;
