//! The three ways to run one script: which addresses, and which kind of socket.
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::Serialize;

use crate::script::{Dialect, Script};

/// Which family is on the wire, and which the sockets are of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// IPv4 sockets, IPv4 on the wire.
    Ipv4,
    /// IPv6 sockets with mapped addresses, IPv4 on the wire.
    Ipv4MappedIpv6,
    /// IPv6 sockets, IPv6 on the wire.
    Ipv6,
}

/// Whose addresses and MTU a run has that names none.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Network {
    /// Those that packetdrill's batch driver passes to every run, for scripts in Google's dialect. In IPv6 the MTU is
    /// 1520 octets.
    #[default]
    Batch,
    /// Those that packetdrill has of itself, except that the address of the stack under test is always the same.
    Tool,
}

impl Variant {
    /// All three, in the order in which a script runs.
    pub const ALL: [Self; 3] = [Self::Ipv4, Self::Ipv4MappedIpv6, Self::Ipv6];

    /// As packetdrill's `--ip_version` spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv4MappedIpv6 => "ipv4-mapped-ipv6",
            Self::Ipv6 => "ipv6",
        }
    }

    /// Whether IPv6 is on the wire.
    #[must_use]
    pub const fn is_ipv6(self) -> bool {
        matches!(self, Self::Ipv6)
    }

    /// The address of the stack under test, unless the script names one.
    #[must_use]
    pub const fn local(self, network: Network) -> IpAddr {
        match (self, network) {
            (Self::Ipv4 | Self::Ipv4MappedIpv6, _) => IpAddr::V4(Ipv4Addr::new(192, 168, 0, 1)),
            (Self::Ipv6, Network::Batch) => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0x0a0b, 0x17d6, 0, 0, 0, 0, 1)),
            (Self::Ipv6, Network::Tool) => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0xfa7b, 0xd17d, 0, 0, 0, 0, 1)),
        }
    }

    /// The address of the peer, unless the script names one.
    #[must_use]
    pub const fn remote(self, network: Network) -> IpAddr {
        match (self, network) {
            (Self::Ipv4 | Self::Ipv4MappedIpv6, _) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            (Self::Ipv6, Network::Batch) => IpAddr::V6(Ipv6Addr::new(0xfd3d, 0xfa7b, 0xd17d, 0, 0, 0, 0, 1)),
            (Self::Ipv6, Network::Tool) => IpAddr::V6(Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 1)),
        }
    }

    /// The link's MTU in octets, unless the script names one.
    #[must_use]
    pub const fn mtu(self, network: Network) -> u32 {
        match (self, network) {
            // IPv6's header is 20 octets longer, so that the MSS is the same.
            (Self::Ipv6, Network::Batch) => 1520,
            _ => 1500,
        }
    }

    /// The symbols that packetdrill's batch driver defines for it, for scripts that rely on them.
    #[must_use]
    pub const fn defines(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Ipv4 => &[
                ("TFO_COOKIE", "3021b9d889017eeb"),
                ("CODE", "host_unreachable"),
                ("CMSG_LEVEL_IP", "SOL_IP"),
                ("CMSG_TYPE_RECVERR", "IP_RECVERR"),
            ],
            Self::Ipv4MappedIpv6 => &[
                ("TFO_COOKIE", "3021b9d889017eeb"),
                ("CODE", "host_unreachable"),
                ("CMSG_LEVEL_IP", "SOL_IPV6"),
                ("CMSG_TYPE_RECVERR", "IPV6_RECVERR"),
            ],
            Self::Ipv6 => &[
                ("TFO_COOKIE", "c1d1e9742a47a9bc"),
                ("CMSG_LEVEL_IP", "SOL_IPV6"),
                ("CMSG_TYPE_RECVERR", "IPV6_RECVERR"),
            ],
        }
    }

    /// The variant that `script` fixes by an option of its own.
    #[must_use]
    pub fn fixed_by(script: &Script) -> Option<Self> {
        script.option("ip_version")?.value.as_ref()?.text().parse().ok()
    }

    /// The variants that `script` is for: the one that it fixes, or those that its dialect and its name allow
    /// (`...v4.pkt` and `...v6.pkt`, as packetdrill's batch driver has it).
    #[must_use]
    pub fn of(script: &Script) -> Vec<Self> {
        if let Some(variant) = Self::fixed_by(script) {
            return vec![variant];
        }
        let name = script.source.name();
        match script.dialect {
            Dialect::Bsd => vec![Self::Ipv4],
            Dialect::Google if name.ends_with("v6.pkt") => vec![Self::Ipv6],
            Dialect::Google if name.ends_with("v4.pkt") => vec![Self::Ipv4, Self::Ipv4MappedIpv6],
            Dialect::Google => Self::ALL.to_vec(),
        }
    }

    /// The address as a socket of this variant is given it.
    pub(super) fn socket_address(self, address: IpAddr, port: u16) -> SocketAddr {
        match (self, address) {
            (Self::Ipv4MappedIpv6, IpAddr::V4(address)) => {
                SocketAddr::new(IpAddr::V6(address.to_ipv6_mapped()), port)
            }
            (Self::Ipv4 | Self::Ipv4MappedIpv6 | Self::Ipv6, address) => SocketAddr::new(address, port),
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A variant that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no variant is called `{}`; there are ipv4, ipv4-mapped-ipv6 and ipv6", .0.escape_debug())]
pub struct UnknownVariant(pub String);

impl FromStr for Variant {
    type Err = UnknownVariant;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        // The BSD dialect also writes it with underscores.
        let dashed = name.replace('_', "-");
        Self::ALL
            .into_iter()
            .find(|variant| variant.name() == dashed)
            .ok_or_else(|| UnknownVariant(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Variant};
    use crate::script::{Dialect, ParseOptions, parse};

    /// As the batch driver runs a folder: by the ends of names, unless the script says; the BSD tool runs IPv4.
    #[test]
    fn a_script_is_run_in_the_variants_it_is_for() {
        use Variant::{Ipv4, Ipv4MappedIpv6, Ipv6};
        let all = &Variant::ALL[..];
        for (name, option, dialect, variants) in [
            ("a.pkt", "", Dialect::Google, all),
            ("a-v4.pkt", "", Dialect::Google, &[Ipv4, Ipv4MappedIpv6]),
            ("a-v6.pkt", "", Dialect::Google, &[Ipv6]),
            ("v6/a.pkt", "", Dialect::Google, all),
            ("a-v6.pkt", "--ip_version=ipv4\n", Dialect::Google, &[Ipv4]),
            ("a.pkt", "--ip_version=\"ipv4-mapped-ipv6\"\n", Dialect::Google, &[Ipv4MappedIpv6]),
            ("a-v6.pkt", "", Dialect::Bsd, &[Ipv4]),
            ("a.pkt", "--ip_version=ipv6\n", Dialect::Bsd, &[Ipv6]),
        ] {
            let options =
                ParseOptions { name: name.to_owned(), dialect: Some(dialect), ..ParseOptions::default() };
            let parsed = parse(&format!("{option}0 close(3) = 0\n"), &options);
            assert_eq!(Variant::of(&parsed.script), variants, "{name} {option}");
        }
    }

    /// The batch driver's MTU leaves as much text to a segment in IPv6 as in IPv4; the tool's is the same for both.
    #[test]
    fn the_batch_driver_has_a_network_of_its_own() {
        for (network, octets) in [(Network::Batch, [1500, 1500, 1520]), (Network::Tool, [1500; 3])] {
            assert_eq!(Variant::ALL.map(|variant| variant.mtu(network)), octets);
        }
        assert_ne!(Variant::Ipv6.remote(Network::Batch), Variant::Ipv6.remote(Network::Tool));
        assert_eq!(Variant::Ipv4.remote(Network::Batch), Variant::Ipv4.remote(Network::Tool));
    }
}
