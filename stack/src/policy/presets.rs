//! Named points in the space of policies: what well-known stacks choose.
//!
//! Facts about the stacks' defaults, as their manuals state them; what is not said here is as in [`Policy::rfc`].
use core::time::Duration;

use super::SynCookies;
use super::{
    AtomicIdentification, Buffer, FastOpen, InitialWindow, Internet, Limit, Policy, Sockets, SynOption,
    Throttle,
};

impl Policy {
    /// What the RFCs recommend: every SHOULD followed.
    #[must_use]
    pub fn rfc() -> Self {
        Self::default()
    }

    /// What Linux does.
    #[must_use]
    pub fn linux() -> Self {
        // Answers to what an attacker may have sent: one in half a second for each connection.
        let throttle = Some(Throttle { count: 1, interval: Duration::from_millis(500) });
        Self {
            // Half of the default of `tcp_rmem` is window, the rest overhead; its largest value gives the shift.
            receive_buffer: 65_536,
            largest_receive_buffer: 6 << 20,
            syn_window_of_segments: true,
            window_opens_slowly: true,
            send_buffer: 16_384,
            largest_send_buffer: Some(4 << 20),
            least_send_mss: 48,
            least_rto: Duration::from_millis(200),
            most_rto: Duration::from_secs(120),
            // The variance term never counts for less than the smallest RTO.
            clock_granularity: Duration::from_millis(200),
            reset_timestamps: false,
            r2: Limit::Retransmissions(15),
            syn_r2: Limit::Retransmissions(6),
            // `tcp_syn_linear_timeouts`, since 6.5.
            even_syns: 4,
            resends_segments: true,
            syn_ack_r2: Limit::Retransmissions(5),
            limits_in_time: true,
            patience_from_resend: true,
            initial_window: InitialWindow::Segments(10),
            window_counts_segments: true,
            slow_start_growth: u16::MAX,
            delayed_ack: Some(Duration::from_millis(40)),
            // As many as `TCP_MAX_QUICKACKS` in include/net/tcp.h.
            quick_acks: 16,
            delays_ack_of_fin: true,
            most_probe_interval: Duration::from_secs(120),
            probes_with_text: false,
            nagle_waits_for_small: true,
            grows_only_if_used: true,
            gentle_exit: false,
            challenge_throttle: None,
            unacceptable_throttle: throttle,
            one_throttle: true,
            syn_ack_again: true,
            // TIME-WAIT lasts a minute, and so does the wait of a closed socket in FIN-WAIT-2.
            msl: Duration::from_secs(30),
            fin_wait_2: Some(Duration::from_secs(60)),
            time_wait_answers_text: true,
            late_text_has_no_connection: true,
            failure_keeps_received: true,
            // Clients may ask for it; servers not before `tcp_fastopen` has 2 set. A SYN leaves room for every option.
            fast_open: FastOpen { server: false, spares_option_space: true, ..FastOpen::default() },
            internet: linux_internet(),
            sockets: linux_sockets(),
            ..Self::default()
        }
    }

    /// What FreeBSD does.
    #[must_use]
    pub fn freebsd() -> Self {
        Self {
            receive_buffer: 65_536,
            // `kern.ipc.maxsockbuf` gives the shift.
            largest_receive_buffer: 2 << 20,
            send_buffer: 32_768,
            least_send_mss: 216,
            syn_options: [
                SynOption::MaximumSegmentSize,
                SynOption::WindowScale,
                SynOption::SackPermitted,
                SynOption::Timestamps,
            ],
            // `rexmit_min` and `rexmit_slop`.
            least_rto: Duration::from_millis(30),
            rto_slop: Duration::from_millis(200),
            most_rto: Duration::from_secs(64),
            r2: Limit::Retransmissions(12),
            syn_r2: Limit::Elapsed(Duration::from_secs(75)),
            // As `net.inet.tcp.syncache.rexmtlimit` stands.
            syn_ack_r2: Limit::Retransmissions(3),
            initial_window: InitialWindow::Segments(10),
            // `abc_l_var`.
            slow_start_growth: 2,
            delayed_ack: Some(Duration::from_millis(40)),
            // tcp_output.c: a SYN says what the interface carries, tcp_mssopt(), whatever TCP_MAXSEG is.
            announces_asked_mss: false,
            // tcp_output.c: the space of the receive buffer, whatever the segment is for.
            announces_all_room: true,
            // `persmin`; the longest, `persmax`, is a minute.
            least_probe_interval: Duration::from_secs(5),
            challenge_throttle: Some(Throttle { count: 5, interval: Duration::from_secs(1) }),
            msl: Duration::from_secs(30),
            fin_wait_2: Some(Duration::from_secs(60)),
            time_wait_answers_text: true,
            late_text_has_no_connection: true,
            failure_keeps_received: true,
            keep_alive_probes: 8,
            // Both ends are off by default: `fastopen.client_enable` and `fastopen.server_enable`.
            fast_open: FastOpen { client: false, server: false, experimental: false, ..FastOpen::default() },
            internet: freebsd_internet(),
            sockets: freebsd_sockets(),
            ..Self::default()
        }
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
        ephemeral_ports: 32_768..=60_999,
        // A thousand errors a second for the whole host, fifty at once.
        error_burst: 50,
        error_interval: Duration::from_millis(1),
        largest_error: 576,
        errors_by_code: true,
        // `IP_RECVERR` hears of all.
        tells_what_may_pass: false,
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
        // `TCP_MIN_MSS` and `MAX_TCP_WINDOW`.
        asked_segments: (88, 32_767),
        datagram_receive: buffer(2304),
        datagram_send: buffer(4608),
        // socket(7): it is 1, and cannot be changed.
        send_low_water: None,
        doubles_buffers: true,
        backlog_most: 4096,
        // The queue counts as full only above the backlog.
        backlog_slack: 1,
        half_open_most: 1024,
        syn_cookies: SynCookies::WhenFull,
        connect_again_succeeds: true,
        // One urgent octet is taken out of the stream.
        urgent_inline: false,
        unconnected_is_closed: true,
        shutdown_ends_listening: true,
        shutdown_keeps_received: true,
        ..Sockets::default()
    }
}

fn freebsd_internet() -> Internet {
    Internet {
        atomic_identification: AtomicIdentification::Zero,
        ephemeral_ports: 10_000..=65_535,
        // Two hundred errors a second.
        error_burst: 200,
        error_interval: Duration::from_millis(5),
        // The IP header and eight octets behind it.
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
        // getsockopt(2): 2048 octets, for the efficiency of the network.
        send_low_water: Some(2048),
        backlog_most: 128,
        syn_cookies: SynCookies::WhenFull,
        v6_only: true,
        urgent_inline: false,
        ..Sockets::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The facts that scripts of a profile rely on.
    #[test]
    fn presets_differ_where_the_stacks_do() {
        let (rfc, linux, freebsd) = (Policy::rfc(), Policy::linux(), Policy::freebsd());
        assert_eq!(Policy::named("rfc"), Some(rfc.clone()));
        assert_eq!(Policy::named("plan9"), None);
        assert!(linux.sockets.doubles_buffers && !freebsd.sockets.doubles_buffers);
        assert!(freebsd.sockets.v6_only && !linux.sockets.v6_only);
        assert_eq!(*rfc.internet.ephemeral_ports.start(), 1024);
        for policy in [&linux, &freebsd] {
            assert_eq!(policy.msl * 2, Duration::from_secs(60), "TIME-WAIT lasts a minute");
            assert!(policy.least_rto < rfc.least_rto);
        }
        for policy in [rfc, linux, freebsd] {
            assert!(policy.internet.ephemeral_ports.contains(&50_000));
            assert_eq!(policy.internet.hop_limit, 64);
        }
    }
}
