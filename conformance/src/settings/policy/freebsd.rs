//! FreeBSD's names.
//!
//! Source: FreeBSD's tcp(4), inet6(4), icmp(4).
use core::time::Duration;

use stackdrill_stack::Policy;
use stackdrill_stack::policy::{Ecn, Hides, InitialWindow, Limit, SynCookies, Throttle};

use super::{Effect, octet, retransmissions, word};

/// What each name sets.
pub(super) const FREEBSD: &[(&str, Effect)] = &[
    (
        "net.inet.tcp.rfc1323",
        Effect::Number(|policy, which| {
            // 1: both; 2: window scaling alone; 3: timestamps alone.
            policy.window_scale = matches!(which, 1 | 2);
            policy.timestamps = matches!(which, 1 | 3);
        }),
    ),
    ("net.inet.tcp.sack.enable", Effect::Switch(|policy, on| policy.selective_acknowledgments = on)),
    (
        "net.inet.tcp.blackhole",
        Effect::Number(|policy, which| {
            policy.hides = match which {
                0 => Hides::Nothing,
                1 => Hides::Syns,
                _ => Hides::All,
            };
        }),
    ),
    ("net.inet.tcp.drop_synfin", Effect::Switch(|policy, on| policy.drops_syn_fin = on)),
    ("net.inet.udp.blackhole", Effect::Switch(|policy, on| policy.internet.answers_closed_ports = !on)),
    ("net.inet.tcp.always_keepalive", Effect::Switch(|policy, on| policy.keep_alive_always = on)),
    ("net.inet.tcp.rfc3042", Effect::Switch(|policy, on| policy.limited_transmit = on)),
    ("net.inet.tcp.msl", Effect::Number(|policy, millis| policy.msl = Duration::from_millis(millis))),
    ("net.inet.tcp.recvspace", Effect::Number(|policy, octets| policy.receive_buffer = word(octets))),
    ("net.inet.tcp.sendspace", Effect::Number(|policy, octets| policy.send_buffer = word(octets))),
    (
        "net.inet.tcp.rexmit_min",
        Effect::Number(|policy, millis| policy.least_rto = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.rexmit_slop",
        Effect::Number(|policy, millis| policy.rto_slop = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.persmin",
        Effect::Number(|policy, millis| policy.least_probe_interval = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.persmax",
        Effect::Number(|policy, millis| policy.most_probe_interval = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.rexmit_initial",
        Effect::Number(|policy, millis| policy.initial_rto = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.keepidle",
        Effect::Number(|policy, millis| policy.keep_alive_idle = Duration::from_millis(millis)),
    ),
    (
        "net.inet.tcp.keepintvl",
        Effect::Number(|policy, millis| policy.keep_alive_interval = Duration::from_millis(millis)),
    ),
    ("net.inet.tcp.keepcnt", Effect::Number(|policy, times| policy.keep_alive_probes = octet(times))),
    (
        "net.inet.tcp.initcwnd_segments",
        Effect::Number(|policy, segments| {
            policy.initial_window = InitialWindow::Segments(u16::try_from(segments).unwrap_or(u16::MAX));
        }),
    ),
    (
        "net.inet.tcp.delayed_ack",
        Effect::Switch(|policy, on| {
            if !on {
                policy.delayed_ack = None;
            }
        }),
    ),
    ("net.inet.ip.ttl", Effect::Number(|policy, hops| policy.internet.hop_limit = octet(hops))),
    (
        "net.inet.tcp.ack_war_cnt",
        Effect::Number(|policy, most| {
            policy.challenge_throttle =
                throttle(policy, |it| it.count = u16::try_from(most).unwrap_or(u16::MAX));
        }),
    ),
    (
        "net.inet.tcp.ack_war_timewindow",
        Effect::Number(|policy, millis| {
            policy.challenge_throttle = throttle(policy, |it| it.interval = Duration::from_millis(millis));
        }),
    ),
    ("net.inet6.ip6.hlim", Effect::Number(|policy, hops| policy.internet.hop_limit = octet(hops))),
    (
        "net.inet.icmp.icmplim",
        // How many a second; none is no limit.
        Effect::Choice(|policy, most| {
            policy.internet.error_interval = Some(Duration::ZERO).filter(|_| most == 0)?;
            Some(())
        }),
    ),
    ("net.inet.tcp.cc.algorithm", Effect::Only(&["newreno"])),
    (
        "net.inet.tcp.ecn.enable",
        // 0: never; 1: asked for and agreed to; 2: agreed to. What comes above is accurate ECN.
        Effect::Choice(|policy, which| {
            policy.ecn = [Ecn::Never, Ecn::Requests, Ecn::Accepts].get(which as usize).copied()?;
            Some(())
        }),
    ),
    (
        "net.inet.tcp.syncookies",
        Effect::Switch(|policy, on| {
            policy.sockets.syn_cookies = if on { SynCookies::WhenFull } else { SynCookies::Never };
        }),
    ),
    (
        "net.inet.tcp.syncookies_only",
        Effect::Switch(|policy, on| {
            if on {
                policy.sockets.syn_cookies = SynCookies::Always;
            }
        }),
    ),
    (
        "net.inet.tcp.delacktime",
        Effect::Number(|policy, millis| {
            policy.delayed_ack = policy.delayed_ack.map(|_| Duration::from_millis(millis));
        }),
    ),
    (
        "net.inet.tcp.syncache.rexmtlimit",
        Effect::Number(|policy, times| policy.syn_ack_r2 = retransmissions(times)),
    ),
    (
        "net.inet.tcp.keepinit",
        Effect::Number(|policy, millis| policy.syn_r2 = Limit::Elapsed(Duration::from_millis(millis))),
    ),
    (
        "net.inet.tcp.minmss",
        Effect::Number(|policy, octets| policy.least_send_mss = u16::try_from(octets).unwrap_or(u16::MAX)),
    ),
    (
        "net.inet.tcp.finwait2_timeout",
        Effect::Number(|policy, millis| policy.fin_wait_2 = Some(Duration::from_millis(millis))),
    ),
    (
        "net.inet.tcp.recvbuf_max",
        Effect::Number(|policy, octets| policy.largest_receive_buffer = word(octets)),
    ),
    (
        "net.inet.tcp.udp_tunneling_port",
        Effect::Choice(|policy, port| {
            policy.tunnel.port = Some(u16::try_from(port).ok()?).filter(|port| *port != 0);
            Some(())
        }),
    ),
    (
        "net.inet.tcp.udp_tunneling_overhead",
        Effect::Number(|policy, octets| policy.tunnel.overhead = word(octets)),
    ),
    ("net.inet.tcp.path_mtu_discovery", Effect::Switch(|policy, on| policy.internet.discovers_path_mtu = on)),
    ("net.inet.tcp.insecure_rst", Effect::Switch(|policy, on| policy.blind_reset_protection = !on)),
    ("net.inet.tcp.insecure_syn", Effect::Switch(|policy, on| policy.blind_syn_protection = !on)),
    ("net.inet.tcp.insecure_ack", Effect::Switch(|policy, on| policy.blind_data_protection = !on)),
    ("net.inet.tcp.tolerate_missing_ts", Effect::Switch(|policy, on| policy.timestamps_required = !on)),
    ("net.inet.tcp.fastopen.client_enable", Effect::Switch(|policy, on| policy.fast_open.client = on)),
    ("net.inet.tcp.fastopen.server_enable", Effect::Switch(|policy, on| policy.fast_open.server = on)),
    (
        "net.inet.tcp.fastopen.acceptany",
        Effect::Switch(|policy, on| policy.fast_open.server_without_cookie = on),
    ),
    ("kern.ipc.soacceptqueue", Effect::Number(|policy, count| policy.sockets.backlog_most = word(count))),
    ("kern.ipc.somaxconn", Effect::Number(|policy, count| policy.sockets.backlog_most = word(count))),
];

/// The throttle of challenge ACKs with something about it changed; nothing in no time is no throttle.
fn throttle(policy: &Policy, change: impl FnOnce(&mut Throttle)) -> Option<Throttle> {
    let usual = Throttle { count: 5, interval: Duration::from_secs(1) };
    let mut throttle = policy.challenge_throttle.unwrap_or(usual);
    change(&mut throttle);
    Some(throttle).filter(|it| it.count > 0 && !it.interval.is_zero())
}
