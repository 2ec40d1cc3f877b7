//! Names that change nothing about the reference, and why not; and names whose notion it lacks, so that only the value
//! that turns it off can be had.
//!
//! Source: the kernel's ip-sysctl document; FreeBSD's tcp(4), udp(4), cc_newreno(4) and tcp_syncache.c.

/// Why a name changes nothing.
const NO_SEGMENTATION: &str = "every segment leaves as it is, in one piece, at once";
const NO_MEMORY: &str = "nothing is cached from one connection for another";
const NO_PRESSURE: &str = "memory is bounded by the buffers alone";
const NO_PROBING: &str = "a parameter of something that is off";
const NO_DEVICE: &str = "there is no device, no queue and no processor";
const ONE_ROUTE: &str = "there is one interface and one route";
const NO_GROUPS: &str = "there are no users, and so no groups of them";
const NO_LOG: &str = "nothing is logged or counted";

/// What changes nothing whatever the value.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("net.ipv4.tcp_min_tso_segs", NO_SEGMENTATION),
    ("net.ipv4.tcp_tso_win_divisor", NO_SEGMENTATION),
    ("net.ipv4.tcp_tso_rtt_log", NO_SEGMENTATION),
    ("net.ipv4.tcp_limit_output_bytes", NO_SEGMENTATION),
    ("net.ipv4.tcp_pacing_ss_ratio", NO_SEGMENTATION),
    ("net.ipv4.tcp_pacing_ca_ratio", NO_SEGMENTATION),
    ("net.inet.tcp.tso", NO_SEGMENTATION),
    ("net.ipv4.tcp_no_metrics_save", NO_MEMORY),
    ("net.ipv4.tcp_metrics_save", NO_MEMORY),
    ("net.ipv4.tcp_no_ssthresh_metrics_save", NO_MEMORY),
    ("net.ipv4.route.flush", NO_MEMORY),
    ("net.ipv4.ping_group_range", NO_GROUPS),
    ("net.ipv4.tcp_mem", NO_PRESSURE),
    ("net.ipv4.tcp_max_orphans", NO_PRESSURE),
    ("net.ipv4.tcp_max_tw_buckets", NO_PRESSURE),
    ("net.inet.tcp.maxtcptw", NO_PRESSURE),
    ("net.core.optmem_max", NO_PRESSURE),
    ("kern.ipc.maxsockbuf", NO_PRESSURE),
    ("kern.ipc.maxsockets", NO_PRESSURE),
    ("net.inet.tcp.sendbuf_max", NO_PROBING),
    ("net.inet.tcp.sendbuf_inc", NO_PROBING),
    ("net.inet.tcp.pmtud_blackhole_mss", NO_PROBING),
    ("net.inet.tcp.v6pmtud_blackhole_mss", NO_PROBING),
    ("net.inet.tcp.cc.newreno.beta_ecn", NO_PROBING),
    ("net.ipv4.tcp_base_mss", NO_PROBING),
    ("net.ipv4.tcp_mtu_probe_floor", NO_PROBING),
    ("net.ipv4.tcp_probe_interval", NO_PROBING),
    ("net.ipv4.tcp_probe_threshold", NO_PROBING),
    ("net.ipv4.tcp_max_reordering", NO_PROBING),
    ("net.ipv4.tcp_comp_sack_delay_ns", NO_PROBING),
    ("net.ipv4.tcp_comp_sack_slack_ns", NO_PROBING),
    ("net.inet.tcp.fastopen.autokey", NO_PROBING),
    ("net.inet.tcp.fastopen.ccache_bucket_limit", NO_PRESSURE),
    ("net.inet.tcp.fastopen.ccache_buckets", NO_PRESSURE),
    ("net.inet.tcp.fastopen.maxkeys", NO_PRESSURE),
    ("net.inet.tcp.do_tcpdrain", NO_PRESSURE),
    ("net.inet.tcp.sack.maxholes", NO_PRESSURE),
    ("net.inet.tcp.sack.globalmaxholes", NO_PRESSURE),
    ("net.inet.tcp.reass.maxqueuelen", NO_PRESSURE),
    ("net.inet.tcp.reass.maxsegments", NO_PRESSURE),
    ("net.core.netdev_max_backlog", NO_DEVICE),
    ("net.core.netdev_budget", NO_DEVICE),
    ("net.core.default_qdisc", NO_DEVICE),
    ("net.core.busy_poll", NO_DEVICE),
    ("net.core.busy_read", NO_DEVICE),
    ("net.ipv4.tcp_low_latency", NO_DEVICE),
    ("net.ipv4.tcp_child_ehash_entries", NO_DEVICE),
    ("net.ipv4.tcp_backlog_ack_defer", NO_DEVICE),
    ("net.inet.tcp.per_cpu_timers", NO_DEVICE),
    ("net.inet.tcp.soreceive_stream", NO_DEVICE),
    ("net.ipv4.ip_forward", ONE_ROUTE),
    ("net.ipv4.ip_nonlocal_bind", ONE_ROUTE),
    ("net.ipv4.tcp_l3mdev_accept", ONE_ROUTE),
    ("net.inet.tcp.nolocaltimewait", ONE_ROUTE),
    ("net.inet.tcp.hystartplusplus.bblogs", NO_LOG),
    ("net.inet.tcp.log_debug", NO_LOG),
    ("net.inet.tcp.log_in_vain", NO_LOG),
];

/// What changes nothing, by how the name begins and ends.
const FAMILIES: &[(&str, &[&str], &str)] = &[
    ("net.inet.tcp.hostcache.", &[""], NO_MEMORY),
    (
        "net.ipv4.conf.",
        &[
            ".rp_filter",
            ".accept_local",
            ".accept_redirects",
            ".send_redirects",
            ".forwarding",
            ".route_localnet",
        ],
        ONE_ROUTE,
    ),
    (
        "net.ipv6.conf.",
        &[".accept_ra", ".accept_dad", ".dad_transmits", ".autoconf", ".accept_redirects", ".forwarding"],
        ONE_ROUTE,
    ),
];

/// What can only have these values, because the reference is like that.
pub(super) const ONLY: &[(&str, &[&str])] = &[
    ("net.ipv4.tcp_abort_on_overflow", &["0"]),
    // Half of a receive buffer is window.
    ("net.ipv4.tcp_adv_win_scale", &["1"]),
    ("net.ipv4.tcp_comp_sack_nr", &["0"]),
    ("net.ipv4.tcp_migrate_req", &["0"]),
    ("net.ipv4.tcp_notsent_lowat", &["-1", "4294967295"]),
    ("net.ipv4.tcp_plb_enabled", &["0"]),
    ("net.ipv4.tcp_reflect_tos", &["0"]),
    ("net.ipv4.tcp_fwmark_accept", &["0"]),
    ("net.ipv4.tcp_shrink_window", &["0"]),
    ("net.ipv4.tcp_thin_linear_timeouts", &["0"]),
    ("net.ipv4.tcp_thin_dupack", &["0"]),
    ("net.ipv4.tcp_workaround_signed_windows", &["0"]),
    // RFC 8511.
    ("net.inet.tcp.cc.abe", &["0"]),
    ("net.inet.tcp.fast_finwait2_recycle", &["0"]),
    ("net.inet.tcp.fastopen.psk_enable", &["0"]),
    ("net.inet.tcp.functions_default", &["freebsd"]),
    // What a peer that announces none gets. RFC9293:SHLD-5, RFC9293:MUST-15.
    ("net.inet.tcp.mssdflt", &["536"]),
    ("net.inet.tcp.v6mssdflt", &["1220"]),
    ("net.inet.tcp.newcwv", &["0"]),
    ("net.inet.tcp.pmtud_blackhole_detection", &["0"]),
    ("net.inet.tcp.recvbuf_auto", &["0"]),
    ("net.inet.tcp.rexmit_drop_options", &["0"]),
    ("net.inet.tcp.sendbuf_auto", &["0"]),
    ("net.inet.udp.checksum", &["1"]),
];

/// Whether a name changes nothing.
pub(super) fn is_idle(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name)
        || FAMILIES.iter().any(|(start, ends, _)| {
            name.strip_prefix(start).is_some_and(|rest| ends.iter().any(|end| rest.ends_with(end)))
        })
}
