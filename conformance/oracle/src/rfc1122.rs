//! RFC 1122: which ICMP messages a host may send.
use crate::rule::rules;

rules! {
    RULES;
    /// An ICMP error quotes the header and at least eight octets of a datagram that was received.
    QUOTES = "RFC1122:3.2.2-error-quotes-original", Must, Whole, "an ICMP error sent";
    /// No ICMP error is about an ICMP error.
    ABOUT_ERROR = "RFC1122:3.2.2-no-error-about-error", Must, Itself, "an ICMP error sent";
    /// No ICMP error is about what was sent to everybody or to a group.
    BROADCAST = "RFC1122:3.2.2-no-error-for-broadcast", Must, Itself, "an ICMP error sent";
    /// No ICMP error is about a fragment other than the first.
    ABOUT_FRAGMENT = "RFC1122:3.2.2-no-error-for-fragment", Must, Itself, "an ICMP error sent";
    /// No ICMP error goes to an address that is no single host's.
    NOBODY = "RFC1122:3.2.2-no-error-for-nonunique-source", Must, Itself, "an ICMP error sent";
    /// An echo reply is the answer to a request, and brings its data back.
    ECHO = "RFC1122:3.2.2.6-echo-data", Must, Whole, "an echo reply sent, no fragments received";
}
