//! The internet layer: what a host takes in, what it sends, and the errors that travel both ways.
//!
//! | file | subject |
//! | --- | --- |
//! | `input` | is this datagram for us, and from someone who can exist? RFC 1122 §3.2.1, RFC 8200 §4 |
//! | `options` | the options of an IPv4 header, and which of them fragments carry. RFC 791 §3.1 |
//! | `reassembly` | fragments back into datagrams. RFC 791 §3.2, RFC 8200 §4.5, RFC 5722 |
//! | `output` | headers, identifications, flow labels, fragmentation. RFC 6864, RFC 6437 |
//! | `path_mtu` | what each destination's path carries. RFC 1191, RFC 8201 |
//! | `trouble` | ICMP errors read: what happened to which of our datagrams. RFC 1122 §3.2.2 |
//! | `complaint` | ICMP errors written, and when not to. RFC 1122 §3.2.2, RFC 4443 §2.4 |
pub(crate) mod complaint;
pub(crate) mod input;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod path_mtu;
pub(crate) mod reassembly;
pub(crate) mod trouble;
