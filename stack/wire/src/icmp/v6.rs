//! Types and codes over IPv6.
//!
//! Spec: RFC 4443 §2.1, §3, §4.

/// Destination unreachable; the code says why.
pub const DESTINATION_UNREACHABLE: u8 = 1;
/// Packet too big, with the MTU of the next link.
pub const PACKET_TOO_BIG: u8 = 2;
/// Time exceeded.
pub const TIME_EXCEEDED: u8 = 3;
/// Parameter problem.
pub const PARAMETER_PROBLEM: u8 = 4;
/// Echo request.
pub const ECHO_REQUEST: u8 = 128;
/// Echo reply.
pub const ECHO_REPLY: u8 = 129;

/// Destination unreachable: no route.
pub const NO_ROUTE: u8 = 0;
/// Destination unreachable: administratively prohibited.
pub const PROHIBITED: u8 = 1;
/// Destination unreachable: beyond the scope of the source address.
pub const BEYOND_SCOPE: u8 = 2;
/// Destination unreachable: address.
pub const ADDRESS_UNREACHABLE: u8 = 3;
/// Destination unreachable: port.
pub const PORT_UNREACHABLE: u8 = 4;
/// Destination unreachable: source address failed ingress or egress policy.
pub const POLICY_FAILED: u8 = 5;
/// Destination unreachable: route rejected.
pub const ROUTE_REJECTED: u8 = 6;

/// Time exceeded: hop limit in transit.
pub const HOP_LIMIT_EXCEEDED: u8 = 0;
/// Time exceeded: fragment reassembly.
pub const REASSEMBLY_EXCEEDED: u8 = 1;

/// Parameter problem: erroneous header field.
pub const ERRONEOUS_HEADER: u8 = 0;
/// Parameter problem: unrecognized next header.
pub const UNRECOGNIZED_NEXT_HEADER: u8 = 1;
/// Parameter problem: unrecognized option.
pub const UNRECOGNIZED_OPTION: u8 = 2;
