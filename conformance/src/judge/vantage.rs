//! From where a capture sees its endpoints.
use core::net::IpAddr;
use core::str::FromStr;

use stackdrill_oracle::{Endpoint, Vantage as Place};
use stackdrill_wire::Tuple;

use super::is_at;

/// Where the tap was, as far as the user says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Vantage {
    /// Anywhere. Offload, lag, loss behind the tap and packets that it missed all excuse an endpoint.
    #[default]
    Auto,
    /// On the host with this address, missing nothing: that host's endpoints are judged in full, but for offload;
    /// the others as with `Auto`.
    Near(IpAddr),
    /// On the wire between the hosts: checksums and sizes are judged too.
    Middle,
}

/// A vantage that is none of the words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a vantage is near=ADDRESS, auto or middle")]
pub struct NoVantage;

impl FromStr for Vantage {
    type Err = NoVantage;

    fn from_str(word: &str) -> Result<Self, NoVantage> {
        match (word, word.strip_prefix("near=")) {
            ("auto", _) => Ok(Self::Auto),
            ("middle", _) => Ok(Self::Middle),
            (_, Some(address)) => address.parse().map(Self::Near).map_err(|_| NoVantage),
            (_, None) => Err(NoVantage),
        }
    }
}

impl Vantage {
    /// The endpoint `tuple.local` as it is seen from here.
    pub(crate) fn endpoint(self, tuple: Tuple) -> Endpoint {
        match self {
            Self::Near(address) if is_at(tuple.local, address) => {
                Endpoint { complete: true, ..Endpoint::captured(tuple, Place::Near) }
            }
            Self::Near(_) | Self::Auto => Endpoint::captured(tuple, Place::Unknown),
            Self::Middle => Endpoint::captured(tuple, Place::Middle),
        }
    }
}

/// What the packets of one endpoint show of the tap's place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evidence {
    /// A checksum was left to the interface: the tap is on the sender's host.
    pub(crate) unfilled: bool,
    /// A datagram was longer than the links of today carry: not yet cut by the sender's interface, or merged by
    /// the receiver's. Either way the tap is on one of the two hosts.
    pub(crate) oversized: bool,
}

impl Evidence {
    /// Where the tap is, as this endpoint and its peer show it.
    pub(crate) const fn place(self, peer: Self) -> &'static str {
        match (self.unfilled, peer.unfilled) {
            (true, _) => "near",
            (false, true) => "far",
            (false, false) if self.oversized || peer.oversized => "at an end",
            (false, false) => "unknown",
        }
    }
}
