//! Named points in the space of policies: what well-known stacks choose.
//!
//! Facts about the stacks' defaults, as their manuals state them; what is not said here is as in [`Policy::rfc`].
use core::time::Duration;

use super::{AtomicIdentification, Buffer, FlowLabel, Internet, Policy, Sockets};

impl Policy {
    /// What the RFCs recommend: every SHOULD followed.
    #[must_use]
    pub fn rfc() -> Self {
        Self::default()
    }

    /// What Linux does.
    #[must_use]
    pub fn linux() -> Self {
        let rfc = Self::default();
        Self { internet: linux_internet(), sockets: linux_sockets(), ..rfc }
    }

    /// What FreeBSD does.
    #[must_use]
    pub fn freebsd() -> Self {
        let rfc = Self::default();
        Self { internet: freebsd_internet(), sockets: freebsd_sockets(), ..rfc }
    }

    /// The policy of that name: `rfc`, `linux` or `freebsd`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "rfc" => Some(Self::rfc()),
            "linux" => Some(Self::linux()),
            "freebsd" => Some(Self::freebsd()),
            _ => None,
        }
    }
}

fn linux_internet() -> Internet {
    Internet {
        // Datagram sockets discover the path's MTU too: `ip_no_pmtu_disc` is 0.
        discovers_path_mtu_for_udp: true,
        atomic_identification: AtomicIdentification::Zero,
        flow_label: FlowLabel::PerFlow,
        ephemeral_ports: 32_768..=60_999,
        error_burst: 50,
        error_interval: Duration::from_millis(1),
        largest_error: 576,
        reassembly_timeout: Duration::from_secs(30),
        reassembly_octets: 4 << 20,
        reassembly_datagrams: 1024,
        ..Internet::default()
    }
}

fn linux_sockets() -> Sockets {
    let buffer = |least| Buffer { least, default: 212_992, most: 212_992 };
    Sockets {
        stream_buffers: (2304, 212_992),
        datagram_receive: buffer(2304),
        datagram_send: buffer(4608),
        doubles_buffers: true,
        backlog_most: 4096,
        backlog_slack: 1,
        half_open_most: 1024,
        ..Sockets::default()
    }
}

fn freebsd_internet() -> Internet {
    Internet {
        atomic_identification: AtomicIdentification::Zero,
        flow_label: FlowLabel::PerFlow,
        ephemeral_ports: 10_000..=65_535,
        // 200 errors a second.
        error_burst: 200,
        error_interval: Duration::from_millis(5),
        // The header and eight octets: `icmp_quotelen`.
        largest_error: 56,
        reassembly_timeout: Duration::from_secs(30),
        ..Internet::default()
    }
}

fn freebsd_sockets() -> Sockets {
    Sockets {
        stream_buffers: (1, 2 << 20),
        datagram_receive: Buffer { least: 1, default: 42_080, most: 2 << 20 },
        datagram_send: Buffer { least: 1, default: 9216, most: 2 << 20 },
        backlog_most: 128,
        // The queue holds half as many again as was asked for; what is asked for here is small.
        backlog_slack: 1,
        v6_only: true,
        ..Sockets::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A named policy changes nothing without saying so here: these are the facts scripts rely on.
    #[test]
    fn presets_differ_where_the_stacks_do() {
        let (rfc, linux, freebsd) = (Policy::rfc(), Policy::linux(), Policy::freebsd());
        assert_eq!(Policy::named("rfc"), Some(rfc.clone()));
        assert_eq!(Policy::named("plan9"), None);
        assert!(linux.sockets.doubles_buffers && !freebsd.sockets.doubles_buffers);
        assert!(freebsd.sockets.v6_only && !linux.sockets.v6_only);
        assert_eq!(*rfc.internet.ephemeral_ports.start(), 1024);
        for policy in [rfc, linux, freebsd] {
            assert!(policy.internet.ephemeral_ports.contains(&50_000));
            assert_eq!(policy.internet.hop_limit, 64);
        }
    }
}
