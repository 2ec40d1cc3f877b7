//! What the RFCs leave open below TCP: IP, ICMP and UDP.
use core::ops::RangeInclusive;
use core::time::Duration;

/// Choices of the internet layer and of UDP.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Internet {
    /// The Time to Live or Hop Limit of what a socket sends, unless it says otherwise.
    ///
    /// Chooses: RFC1122:4.1.4-ttl-tos-options, RFC9293:MUST-49.
    pub hop_limit: u8,
    /// Whether TCP's IPv4 datagrams carry Don't Fragment, so that the path's MTU is learnt.
    ///
    /// Chooses: RFC1191:3-df-set, RFC9293:3.7.2-pmtud-recommended, RFC7323:5.7-df-and-pmtud.
    pub discovers_path_mtu: bool,
    /// Whether UDP's IPv4 datagrams carry Don't Fragment too, unless `IP_MTU_DISCOVER` says otherwise.
    ///
    /// Chooses: RFC1191:3-df-set.
    pub discovers_path_mtu_for_udp: bool,
    /// How long a lowered path MTU is believed before a larger one is tried.
    ///
    /// Chooses: RFC1191:6.3-aging, RFC1191:3-no-eager-increase, RFC8201:4-never-raised.
    pub path_mtu_lifetime: Duration,
    /// What stands in the identification of a datagram that will never be fragmented.
    ///
    /// Chooses: RFC6864:4.1-id-of-atomic-ignored RFC9293:MAY-4.
    pub atomic_identification: AtomicIdentification,
    /// What stands in the flow label. RFC 6437 §3 wants one label a flow.
    ///
    /// Chooses: RFC 8200 §6.
    pub flow_label: FlowLabel,
    /// The ephemeral ports.
    ///
    /// Chooses: RFC6056:3.2-largest-range RFC6056:3.2-service-ports-excluded.
    pub ephemeral_ports: RangeInclusive<u16>,
    /// Whether echo requests are answered.
    ///
    /// Chooses: RFC1122:3.2.2.6-echo-server.
    pub answers_echo: bool,
    /// ICMP errors that may leave at once.
    ///
    /// Chooses: RFC4443:2.4-rate-limit.
    pub error_burst: u32,
    /// How long until another ICMP error may leave once the burst is spent.
    ///
    /// Chooses: RFC4443:2.4-rate-limit.
    pub error_interval: Duration,
    /// The largest ICMP error over IPv4, in octets of the whole datagram (over IPv6 it is the 1280 of RFC 4443).
    /// What is quoted is never less than the IP header and eight octets.
    ///
    /// Chooses: RFC1122:3.2.2-error-quotes-original.
    pub largest_error: u16,
    /// Whether ICMP errors of one meaning have the errnos that their codes have: `EHOSTDOWN`, `ENONET` and so on; then
    /// the end of a reassembly far away is no news.
    ///
    /// Chooses: RFC1122:4.1.3.3-icmp-to-application RFC9293:SHLD-25.
    pub errors_by_code: bool,
    /// Whether a connected datagram socket hears of errors that may pass, though its user has not asked for errors.
    ///
    /// Chooses: RFC1122:4.1.3.3-icmp-to-application.
    pub tells_what_may_pass: bool,
    /// Whether a datagram for a port that nobody reads draws Port Unreachable.
    ///
    /// Chooses: RFC1122:4.1.3.1-port-unreachable, RFC4443:3.1-port-unreachable.
    pub answers_closed_ports: bool,
    /// How long an incomplete IPv4 datagram is kept after its first fragment (IPv6 fixes 60 seconds).
    ///
    /// Chooses: RFC1122:3.3.2-timeout-fixed.
    pub reassembly_timeout: Duration,
    /// The most octets kept in all incomplete datagrams together.
    ///
    /// Chooses: RFC1122:3.3.2-reassembly-link-mtu.
    pub reassembly_octets: usize,
    /// The most incomplete datagrams kept at a time.
    ///
    /// Chooses: RFC1122:3.3.2-reassembly-link-mtu.
    pub reassembly_datagrams: usize,
    /// The most destinations whose path MTU is remembered.
    ///
    /// Chooses: RFC1191:6.3-aging.
    pub path_mtu_entries: usize,
    /// The most datagrams that wait for the driver; what comes on top is lost, as on a full link queue.
    ///
    /// Chooses: RFC 9293 §3.9.2.
    pub departures: usize,
    /// The most state changes that wait for the driver; what comes on top is counted and not reported.
    ///
    /// Chooses: RFC 9293 §3.9.1.8.
    pub transitions: usize,
}

/// The identification of an IPv4 datagram with Don't Fragment set.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AtomicIdentification {
    /// Zero.
    Zero,
    /// Counted up like that of any other datagram.
    Counted,
}

/// The flow label of IPv6 packets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FlowLabel {
    /// Zero: packets are not labelled.
    Zero,
    /// A keyed hash of addresses and ports: one label a flow.
    PerFlow,
}

impl Default for Internet {
    /// What the RFCs recommend.
    fn default() -> Self {
        Self {
            hop_limit: 64,
            discovers_path_mtu: true,
            discovers_path_mtu_for_udp: false,
            path_mtu_lifetime: Duration::from_secs(600),
            atomic_identification: AtomicIdentification::Zero,
            flow_label: FlowLabel::PerFlow,
            ephemeral_ports: 1024..=65535,
            answers_echo: true,
            error_burst: 50,
            error_interval: Duration::from_millis(100),
            largest_error: 576,
            errors_by_code: false,
            tells_what_may_pass: true,
            answers_closed_ports: true,
            reassembly_timeout: Duration::from_secs(60),
            reassembly_octets: 1 << 20,
            reassembly_datagrams: 64,
            path_mtu_entries: 256,
            departures: 16_384,
            transitions: 16_384,
        }
    }
}
