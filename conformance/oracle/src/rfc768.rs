//! RFC 768: what a UDP endpoint may send.
use crate::rule::rules;

rules! {
    RULES;
    /// The checksum of a sent datagram is right, or says that none was computed (IPv4 only).
    UDP_CHECKSUM = "RFC768:fields-checksum-sum", Must, Itself, "a datagram sent, the wire in view";
    /// The length field counts header and data.
    UDP_LENGTH = "RFC768:fields-length", Must, Itself, "a datagram sent";
}
