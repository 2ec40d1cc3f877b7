//! TCP inside UDP, for paths on which only UDP gets through.

/// The tunnel of a host.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Tunnel {
    /// The UDP port that segments come to and leave from; `None` while there is no tunnel, as by default.
    ///
    /// Chooses: RFC 9293 §3.9.2.
    pub port: Option<u16>,
    /// How many octets less fit into a segment inside it.
    ///
    /// Chooses: RFC 9293 §3.7.1.
    pub overhead: u32,
}

impl Tunnel {
    /// The MTU that a connection counts with, in octets: inside the tunnel to the peer's port `to` there is less room.
    pub(crate) const fn room(&self, mtu: u32, to: Option<u16>) -> u32 {
        match to {
            Some(_) => mtu.saturating_sub(self.overhead),
            None => mtu,
        }
    }
}

impl Default for Tunnel {
    /// No tunnel; a UDP header would be eight octets.
    fn default() -> Self {
        Self { port: None, overhead: 8 }
    }
}
