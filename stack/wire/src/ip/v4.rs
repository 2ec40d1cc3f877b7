//! The IPv4 header.
//!
//! Spec: RFC 791 §3.1.
use core::net::Ipv4Addr;

use bytes::Bytes;

use crate::Checksum;

/// An IPv4 header, options kept as octets. Length fields are computed when it is emitted.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ipv4 {
    /// The source address.
    pub source: Ipv4Addr,
    /// The destination address.
    pub destination: Ipv4Addr,
    /// DSCP (upper six bits) and ECN (lower two).
    pub tos: u8,
    /// The identification field.
    pub id: u16,
    /// Don't Fragment.
    pub dont_fragment: bool,
    /// More Fragments.
    pub more_fragments: bool,
    /// The fragment offset, in octets.
    pub offset: u16,
    /// Time to Live.
    pub ttl: u8,
    /// The protocol of the payload.
    pub protocol: u8,
    /// The header checksum.
    pub checksum: Checksum,
    /// The options with their padding: a multiple of four octets, at most 40.
    pub options: Bytes,
}
