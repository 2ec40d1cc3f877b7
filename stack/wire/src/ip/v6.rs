//! The IPv6 header and its extension headers.
//!
//! Spec: RFC 8200 §3, §4.
use core::net::Ipv6Addr;

use bytes::Bytes;

/// An IPv6 header and the extension headers behind it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ipv6 {
    /// The source address.
    pub source: Ipv6Addr,
    /// The destination address.
    pub destination: Ipv6Addr,
    /// DSCP (upper six bits) and ECN (lower two).
    pub traffic_class: u8,
    /// Twenty bits.
    pub flow_label: u32,
    /// The Hop Limit.
    pub hop_limit: u8,
    /// The extension headers, in the order they stand.
    pub extensions: Vec<Extension>,
    /// The protocol of the payload: the last Next Header value.
    pub protocol: u8,
}

/// One extension header.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Extension {
    /// Hop-by-hop options (0), routing (43), destination options (60), or another of the common shape.
    Plain {
        /// The header's own number.
        kind: u8,
        /// What follows its first two octets.
        body: Bytes,
    },
    /// The fragment header (44).
    Fragment {
        /// The offset in octets.
        offset: u16,
        /// More Fragments.
        more: bool,
        /// The identification.
        id: u32,
    },
}
