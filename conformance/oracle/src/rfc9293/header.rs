//! What every header must look like.
//!
//! Spec: RFC 9293 §3.1, §3.2.
use stackdrill_wire::{Checksum, Flags};

use crate::rule::{Ruling, Sending, rules};

rules! {
    RULES;
    /// Every segment carries the right checksum.
    CHECKSUM = "RFC9293:MUST-2", Must, Itself, "the tap shows segments as they are on the wire" => checksum;
    /// The reserved header bits are zero.
    RESERVED_BITS = "RFC9293:3.1-reserved-bits-sent-zero", Must, Itself, "any segment" => reserved_bits;
    /// Every option but End of List and No-Operation has a length, and it fits.
    OPTION_LENGTH = "RFC9293:MUST-68", Must, Itself, "any segment with options" => option_length;
    /// What follows the End of Option List is zero.
    PADDING = "RFC9293:MUST-69", Must, Itself, "any segment with options" => padding;
    /// The MSS option stands on SYNs only.
    MSS_ON_SYN = "RFC9293:MUST-65", Must, Itself, "a segment with an MSS option" => mss_on_syn;
    /// Once established, every segment acknowledges, and never less than one sent before.
    CURRENT_ACK = "RFC9293:3.1-ack-always-after-establishment", Must, Itself, "SYN-RECEIVED and later, no RST, no SYN" => current_ack;
}

fn checksum(x: &Sending<'_>) -> Ruling {
    if !x.endpoint.shows_wire() {
        return Ruling::Abstains;
    }
    Ruling::wants(x.segment.checksum == Checksum::Right)
}

/// Bit 8 is AE since RFC 9768; the three above it are still reserved.
fn reserved_bits(x: &Sending<'_>) -> Ruling {
    Ruling::wants(!x.segment.flags.any(Flags(0xe00)))
}

fn option_length(x: &Sending<'_>) -> Ruling {
    if x.options.octets == 0 { Ruling::Abstains } else { Ruling::wants(!x.options.lies) }
}

fn padding(x: &Sending<'_>) -> Ruling {
    if x.options.octets == 0 { Ruling::Abstains } else { Ruling::wants(!x.options.dirty) }
}

fn mss_on_syn(x: &Sending<'_>) -> Ruling {
    if x.options.mss.is_none() { Ruling::Abstains } else { Ruling::wants(x.segment.has(Flags::SYN)) }
}

/// Where the tap may reorder what was sent, only the flag is judged.
fn current_ack(x: &Sending<'_>) -> Ruling {
    if !x.before.is_connected() || x.segment.flags.any(Flags::RST | Flags::SYN) {
        return Ruling::Abstains;
    }
    let Some(ack) = x.segment.acknowledges() else { return Ruling::Broken };
    let stale = x.endpoint.is_exact() && x.before.rcv.known && ack.before(x.before.rcv.low);
    Ruling::wants(!stale)
}
