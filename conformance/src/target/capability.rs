//! What a target may offer and another may lack, by name.
//!
//! A target names what it has in [`Target::capabilities`](super::Target::capabilities). A script that says
//! `// Needs: NAME` is `unsupported` on a target without it, and a requirement that binds only stacks which have the
//! feature is `not-applicable` there, with the name. What every stack must have is no capability: where it is missing,
//! scripts fail.
use core::fmt;

/// Something a target offers and another may lack.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Capability {
    /// Socket calls can be made.
    Calls,
    /// Its clock is ours: [`Target::advance`](super::Target::advance) says what time it is.
    VirtualTime,
    /// It shows the state of a connection.
    States,
    /// It reports each state change as it happens.
    Transitions,
    /// It says which clause asked for each packet.
    Clauses,
    /// Sysctl names change its behaviour.
    Settings,
    /// It makes the choices of the profile that it is set up with; a stack of its own has none but its own.
    Profiles,
    /// UDP sockets.
    Udp,
    /// IPv6.
    Ipv6,
    /// Urgent data at the sockets: `MSG_OOB` and `POLLPRI`. The mechanism itself is no choice (RFC 9293 MUST-30).
    Urgent,
    /// `close` gives up reading too, and text that nobody will read is reset (RFC 9293 MAY-1).
    HalfDuplexClose,
    /// Resets, SYNs and old acknowledgments are challenged rather than believed (RFC 5961).
    BlindAttackMitigation,
    /// Window scaling (RFC 7323 §2).
    WindowScale,
    /// Timestamps (RFC 7323 §3).
    Timestamps,
    /// Selective acknowledgments: they are offered, sent and understood (RFC 2018).
    Sack,
    /// Duplicates are reported in selective acknowledgments (RFC 2883).
    DuplicateSack,
    /// Loss recovery from selective acknowledgments (RFC 6675).
    SackRecovery,
    /// NewReno's answer to partial acknowledgments (RFC 6582).
    NewReno,
    /// The first two duplicate acknowledgments release new segments (RFC 3042).
    LimitedTransmit,
    /// Spurious timeouts are detected (RFC 5682).
    ForwardRto,
    /// Losses are found by time, and tails are probed (RFC 8985).
    RackTlp,
    /// A reduction is spread over the recovery (RFC 9937).
    ProportionalRateReduction,
    /// CUBIC (RFC 9438).
    Cubic,
    /// HyStart++ (RFC 9406).
    HyStart,
    /// Explicit congestion notification (RFC 3168).
    Ecn,
    /// More accurate feedback of congestion marks (RFC 9768).
    AccurateEcn,
    /// Keep-alives (RFC 9293 §3.8.4).
    KeepAlive,
    /// Fast Open (RFC 7413).
    FastOpen,
    /// MD5 signatures (RFC 2385).
    Md5,
    /// The user timeout option (RFC 5482).
    UserTimeout,
    /// A SYN may open the next connection from TIME-WAIT (RFC 6191).
    TimeWaitReopening,
    /// Path MTU discovery from ICMP (RFC 1191, RFC 8201).
    PathMtu,
    /// Packetization layer path MTU discovery (RFC 4821).
    PacketizationLayerPathMtu,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 33] = [
        Self::Calls,
        Self::VirtualTime,
        Self::States,
        Self::Transitions,
        Self::Clauses,
        Self::Settings,
        Self::Profiles,
        Self::Udp,
        Self::Ipv6,
        Self::Urgent,
        Self::HalfDuplexClose,
        Self::BlindAttackMitigation,
        Self::WindowScale,
        Self::Timestamps,
        Self::Sack,
        Self::DuplicateSack,
        Self::SackRecovery,
        Self::NewReno,
        Self::LimitedTransmit,
        Self::ForwardRto,
        Self::RackTlp,
        Self::ProportionalRateReduction,
        Self::Cubic,
        Self::HyStart,
        Self::Ecn,
        Self::AccurateEcn,
        Self::KeepAlive,
        Self::FastOpen,
        Self::Md5,
        Self::UserTimeout,
        Self::TimeWaitReopening,
        Self::PathMtu,
        Self::PacketizationLayerPathMtu,
    ];

    /// As scripts and reports spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::VirtualTime => "virtual-time",
            Self::States => "states",
            Self::Transitions => "transitions",
            Self::Clauses => "clauses",
            Self::Settings => "settings",
            Self::Profiles => "profiles",
            Self::Udp => "udp",
            Self::Ipv6 => "ipv6",
            Self::Urgent => "urgent",
            Self::HalfDuplexClose => "half-duplex-close",
            Self::BlindAttackMitigation => "blind-attack-mitigation",
            Self::WindowScale => "window-scale",
            Self::Timestamps => "timestamps",
            Self::Sack => "sack",
            Self::DuplicateSack => "duplicate-sack",
            Self::SackRecovery => "sack-recovery",
            Self::NewReno => "new-reno",
            Self::LimitedTransmit => "limited-transmit",
            Self::ForwardRto => "forward-rto",
            Self::RackTlp => "rack-tlp",
            Self::ProportionalRateReduction => "proportional-rate-reduction",
            Self::Cubic => "cubic",
            Self::HyStart => "hystart",
            Self::Ecn => "ecn",
            Self::AccurateEcn => "accurate-ecn",
            Self::KeepAlive => "keep-alive",
            Self::FastOpen => "fast-open",
            Self::Md5 => "md5",
            Self::UserTimeout => "user-timeout",
            Self::TimeWaitReopening => "time-wait-reopening",
            Self::PathMtu => "path-mtu",
            Self::PacketizationLayerPathMtu => "packetization-layer-path-mtu",
        }
    }

    /// The capability of this name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Capability;

    #[test]
    fn names_are_their_own() {
        for capability in Capability::ALL {
            assert_eq!(Capability::named(capability.name()), Some(capability));
        }
        assert_eq!(Capability::named("telepathy"), None);
    }

    #[test]
    fn the_manual_lists_them_all() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/testing-your-stack.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let rows: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let names: Vec<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
        assert!(rows.ends_with(&names), "{rows:?}");
    }
}
