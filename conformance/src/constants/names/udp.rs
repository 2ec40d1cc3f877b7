//! Options of UDP.
use crate::constants::{Constant, both, freebsd, linux};

/// `UDP_*`, as `setsockopt` takes them.
pub(in crate::constants) const OPTIONS: &[Constant] = &[
    both("UDP_ENCAP", 100, 1),
    freebsd("UDP_VENDOR", 0x8000),
    linux("UDP_CORK", 1),
    linux("UDP_NO_CHECK6_TX", 101),
    linux("UDP_NO_CHECK6_RX", 102),
    linux("UDP_SEGMENT", 103),
    linux("UDP_GRO", 104),
];
