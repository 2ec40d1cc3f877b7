//! RFC 768 and RFC 1122 §4.1: what a UDP endpoint may send.
use crate::rule::rules;

rules! {
    RULES;
    /// The checksum of a sent datagram is right, or says that none was computed (IPv4 only).
    UDP_CHECKSUM = "RFC768:fields-checksum-sum", Must, Itself, "a datagram sent, the wire in view";
    /// The length field counts header and data.
    UDP_LENGTH = "RFC768:fields-length", Must, Itself, "a datagram sent";
    /// A datagram for a port nobody receives on draws ICMP Port Unreachable, and only then.
    PORT_UNREACHABLE = "RFC1122:4.1.3.1-port-unreachable", Should, Whole, "a datagram received on a closed port";
}
