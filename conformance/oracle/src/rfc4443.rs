//! RFC 4443: which ICMPv6 messages a host may send.
use crate::rule::rules;

rules! {
    RULES;
    /// An ICMPv6 error quotes a packet that was received.
    QUOTES_6 = "RFC4443:2.4-quote-size", Must, Whole, "an ICMPv6 error sent";
    /// No ICMPv6 error is about an ICMPv6 error, nor goes to nobody, nor but for two is about what was sent to a group.
    NO_ERROR_6 = "RFC4443:2.4-no-error-cases", Must, Itself, "an ICMPv6 error sent";
    /// An echo reply is the answer to a request, and brings its data back.
    ECHO_6 = "RFC4443:4.2-echo-reply", Must, Whole, "an ICMPv6 echo reply sent, no fragments received";
}
