//! TCP_INFO and SO_MEMINFO: a socket's variables by the names that assertions use, as each system counts them.
use core::time::Duration;

use bytes::Bytes;
use stackdrill_stack::host::{Counts, Info, Memory};
use stackdrill_stack::tcp::{Congested, Status};
use stackdrill_wire::{Instant, State};

use crate::constants::Abi;

/// A named number.
type Variable = (&'static str, i64);

/// The variables and constants of one system, at `now`.
pub(super) fn variables(info: &Info, memory: Memory, abi: Abi, now: Instant) -> Vec<Variable> {
    let mut variables = vec![("tcpi_state", state(info.state, abi))];
    match abi {
        Abi::Linux => {
            variables.extend(segments(info));
            variables.extend(counts(&info.counts, now));
            variables.extend(info.status.as_ref().map_or_else(Vec::new, linux));
            variables.extend(info.status.as_ref().map(|status| ("tcpi_ato", ato(status, &info.counts))));
            variables.extend(UNKNOWN);
        }
        Abi::FreeBsd => variables.extend(freebsd(info, now)),
    }
    variables.extend(of_memory(memory));
    variables.extend(OPTIONS.iter().chain(CONGESTED));
    for (name, linux, freebsd) in NAMES {
        let of = State::ALL.into_iter().find(|other| other.name() == *name).unwrap_or_default();
        // A script for either system finds its own names; the numbers are of the one it runs on.
        variables.extend([*linux, *freebsd].map(|name| (name, state(of, abi))));
    }
    variables
}

/// What `struct tcp_info` of Linux says of segments. A listening socket tells of its queue in their place.
fn segments(info: &Info) -> [Variable; 5] {
    let (waiting, most) = info.waiting;
    [
        ("tcpi_unacked", (info.segments_out + waiting).into()),
        ("tcpi_sacked", (info.segments_sacked + most).into()),
        ("tcpi_lost", info.segments_lost.into()),
        ("tcpi_retrans", info.segments_resent.into()),
        ("tcpi_delivered", i64::from(info.counts.delivered) + i64::from(info.segments_sacked)),
    ]
}

/// What it says of a connection: windows in segments, times in microseconds.
fn linux(status: &Status) -> Vec<Variable> {
    let mss = status.send_mss.max(1);
    let infinite = status.slow_start_threshold >= 0x3fff_ffff;
    let threshold = if infinite { 0x7fff_ffff } else { status.slow_start_threshold / mss };
    let (theirs, ours) = status.shifts.unwrap_or_default();
    let in_flight = status.snd_nxt - status.snd_una;
    vec![
        ("tcpi_ca_state", congested(status.congested)),
        ("tcpi_retransmits", status.retransmissions.into()),
        ("tcpi_probes", status.probes.into()),
        ("tcpi_backoff", status.backed_off.into()),
        ("tcpi_options", options(status) | early(status)),
        ("tcpi_snd_wscale", theirs.into()),
        ("tcpi_rcv_wscale", ours.into()),
        ("tcpi_rto", micros(status.rto)),
        ("tcpi_snd_mss", status.send_mss.into()),
        ("tcpi_pmtu", status.path_mtu.into()),
        ("tcpi_rcv_ssthresh", status.rcv_wnd.into()),
        ("tcpi_rtt", status.srtt.map_or(0, micros)),
        ("tcpi_rttvar", status.rttvar.map_or(0, micros)),
        ("tcpi_snd_ssthresh", threshold.into()),
        ("tcpi_snd_cwnd", (status.congestion_window / mss).into()),
        ("tcpi_advmss", status.announced_mss.into()),
        // What the first round trip may bring.
        ("tcpi_rcv_space", status.rcv_wnd.min(10 * status.announced_mss).into()),
        ("tcpi_pacing_rate", pacing_rate(status)),
        ("tcpi_notsent_bytes", status.queued.saturating_sub(in_flight).into()),
        ("tcpi_snd_wnd", status.snd_wnd.into()),
        ("tcpi_rcv_wnd", status.rcv_wnd.into()),
    ]
}

/// How long an acknowledgment may wait: nothing, before there was text to acknowledge.
fn ato(status: &Status, counts: &Counts) -> i64 {
    status.delayed_ack.filter(|_| counts.data_segments_in > 0).map_or(0, micros)
}

/// What it counts; ages are in milliseconds.
fn counts(counts: &Counts, now: Instant) -> Vec<Variable> {
    let age = |at: Option<Instant>| at.map_or(0, |at| millis(now.since(at)));
    vec![
        ("tcpi_rcv_mss", counts.longest_heard.max(536).into()),
        ("tcpi_last_data_sent", age(counts.data_sent_at.or(counts.opened_at))),
        ("tcpi_last_data_recv", age(counts.data_heard_at.or(counts.opened_at))),
        ("tcpi_last_ack_recv", age(counts.ack_heard_at)),
        ("tcpi_total_retrans", counts.retransmissions.into()),
        ("tcpi_bytes_acked", long(counts.acknowledged)),
        ("tcpi_bytes_received", long(counts.received)),
        ("tcpi_segs_out", counts.segments_out.into()),
        ("tcpi_segs_in", counts.segments_in.into()),
        ("tcpi_min_rtt", counts.least_rtt.map_or(NO_RTT, micros)),
        ("tcpi_data_segs_in", counts.data_segments_in.into()),
        ("tcpi_data_segs_out", counts.data_segments_out.into()),
        ("tcpi_busy_time", micros(counts.busy)),
        ("tcpi_rwnd_limited", micros(counts.window_limited)),
        ("tcpi_sndbuf_limited", micros(counts.buffer_limited)),
        ("tcpi_bytes_sent", long(counts.sent)),
        ("tcpi_bytes_retrans", long(counts.resent)),
        ("tcpi_dsack_dups", counts.duplicates_reported.into()),
        ("tcpi_rcv_ooopack", counts.out_of_order.into()),
        ("tcpi_total_rto", counts.timeouts.into()),
        ("tcpi_total_rto_recoveries", counts.timeout_recoveries.into()),
        ("tcpi_total_rto_time", millis(counts.timeout_time)),
    ]
}

/// `struct tcp_info` of FreeBSD: windows in octets, times in microseconds.
fn freebsd(info: &Info, now: Instant) -> Vec<Variable> {
    let counts = &info.counts;
    let mut variables = vec![
        ("tcpi_last_data_recv", counts.data_heard_at.map_or(0, |at| micros(now.since(at)))),
        ("tcpi_snd_rexmitpack", counts.retransmissions.into()),
        ("tcpi_rcv_ooopack", counts.out_of_order.into()),
        ("tcpi_toe_tid", 0),
        ("tcpi_snd_bwnd", 0),
    ];
    let Some(status) = &info.status else { return variables };
    let (theirs, ours) = status.shifts.unwrap_or_default();
    variables.extend([
        ("tcpi_options", options(status)),
        ("tcpi_snd_wscale", theirs.into()),
        ("tcpi_rcv_wscale", ours.into()),
        ("tcpi_rto", micros(status.rto)),
        ("tcpi_snd_mss", status.send_mss.into()),
        ("tcpi_rcv_mss", status.announced_mss.into()),
        ("tcpi_rtt", status.srtt.map_or(0, micros)),
        ("tcpi_rttvar", status.rttvar.map_or(0, micros)),
        ("tcpi_snd_ssthresh", status.slow_start_threshold.into()),
        ("tcpi_snd_cwnd", status.congestion_window.into()),
        ("tcpi_rcv_space", status.rcv_wnd.into()),
        ("tcpi_snd_wnd", status.snd_wnd.into()),
        ("tcpi_snd_nxt", status.snd_nxt.0.into()),
        ("tcpi_rcv_nxt", status.rcv_nxt.0.into()),
    ]);
    variables
}

/// `struct tcp_info`, as Linux lays it out. (FreeBSD's is asked for by `%{ }%` only.)
pub(super) fn octets(info: &Info, abi: Abi, now: Instant) -> Bytes {
    let variables = variables(info, Memory::default(), abi, now);
    let of = |name: &str| variables.iter().find(|(other, _)| *other == name).map_or(0, |&(_, value)| value);
    let mut octets = Vec::with_capacity(248);
    for &(name, width) in LAYOUT {
        let value = match name {
            "wscale" => of("tcpi_snd_wscale") | of("tcpi_rcv_wscale") << 4,
            _ => of(&format!("tcpi_{name}")),
        };
        octets.extend_from_slice(value.to_ne_bytes().get(..width).unwrap_or_default());
    }
    octets.into()
}

/// The fields of `struct tcp_info` in their order, without prefix, and the octets of each. The two shifts share one.
const LAYOUT: &[(&str, usize)] = &[
    ("state", 1),
    ("ca_state", 1),
    ("retransmits", 1),
    ("probes", 1),
    ("backoff", 1),
    ("options", 1),
    ("wscale", 1),
    ("delivery_rate_app_limited", 1),
    ("rto", 4),
    ("ato", 4),
    ("snd_mss", 4),
    ("rcv_mss", 4),
    ("unacked", 4),
    ("sacked", 4),
    ("lost", 4),
    ("retrans", 4),
    ("fackets", 4),
    ("last_data_sent", 4),
    ("last_ack_sent", 4),
    ("last_data_recv", 4),
    ("last_ack_recv", 4),
    ("pmtu", 4),
    ("rcv_ssthresh", 4),
    ("rtt", 4),
    ("rttvar", 4),
    ("snd_ssthresh", 4),
    ("snd_cwnd", 4),
    ("advmss", 4),
    ("reordering", 4),
    ("rcv_rtt", 4),
    ("rcv_space", 4),
    ("total_retrans", 4),
    ("pacing_rate", 8),
    ("max_pacing_rate", 8),
    ("bytes_acked", 8),
    ("bytes_received", 8),
    ("segs_out", 4),
    ("segs_in", 4),
    ("notsent_bytes", 4),
    ("min_rtt", 4),
    ("data_segs_in", 4),
    ("data_segs_out", 4),
    ("delivery_rate", 8),
    ("busy_time", 8),
    ("rwnd_limited", 8),
    ("sndbuf_limited", 8),
    ("delivered", 4),
    ("delivered_ce", 4),
    ("bytes_sent", 8),
    ("bytes_retrans", 8),
    ("dsack_dups", 4),
    ("reord_seen", 4),
    ("rcv_ooopack", 4),
    ("snd_wnd", 4),
    ("rcv_wnd", 4),
    ("rehash", 4),
    ("total_rto", 2),
    ("total_rto_recoveries", 2),
    ("total_rto_time", 4),
];

/// `SO_MEMINFO`: nine words.
pub(super) fn memory_octets(memory: Memory) -> Bytes {
    let words = of_memory(memory).map(|(_, value)| u32::try_from(value).unwrap_or(u32::MAX).to_ne_bytes());
    Bytes::from(words.concat())
}

fn of_memory(memory: Memory) -> [Variable; 9] {
    [
        ("SK_MEMINFO_RMEM_ALLOC", memory.received.into()),
        ("SK_MEMINFO_RCVBUF", memory.receive_buffer.into()),
        ("SK_MEMINFO_WMEM_ALLOC", 0),
        ("SK_MEMINFO_SNDBUF", memory.send_buffer.into()),
        ("SK_MEMINFO_FWD_ALLOC", 0),
        ("SK_MEMINFO_WMEM_QUEUED", memory.queued.into()),
        ("SK_MEMINFO_OPTMEM", 0),
        ("SK_MEMINFO_BACKLOG", 0),
        ("SK_MEMINFO_DROPS", 0),
    ]
}

/// The octets per second at which Linux would pace: twice the window each round trip while it grows fast, else 1.2
/// times.
fn pacing_rate(status: &Status) -> i64 {
    let Some(srtt) = status.srtt.filter(|srtt| !srtt.is_zero()) else { return 0 };
    let percent = if status.congestion_window < status.slow_start_threshold / 2 { 200 } else { 120 };
    let rate = u128::from(status.congestion_window) * percent * 10_000 / srtt.as_micros().max(1);
    i64::try_from(rate).unwrap_or(i64::MAX)
}

/// The options that both systems number alike.
const fn options(status: &Status) -> i64 {
    status.timestamps as i64
        | (status.selective_acknowledgments as i64) << 1
        | (status.shifts.is_some() as i64) << 2
        | (status.marks as i64) << 3
}

/// Linux's `TCPI_OPT_SYN_DATA` and `TCPI_OPT_TFO_CHILD`.
const fn early(status: &Status) -> i64 {
    (status.opened_with_text as i64) << 5 | (status.opened_early as i64) << 7
}

const fn congested(congested: Congested) -> i64 {
    match congested {
        Congested::Open => 0,
        Congested::Disorder => 1,
        Congested::Reduced => 2,
        Congested::Recovery => 3,
        Congested::Loss => 4,
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What Linux shows before there is a round trip.
const NO_RTT: i64 = 0xffff_ffff;

/// What is always the same here: the reference does not pace, sees no ECN of its own accord, and keeps no such figures.
const UNKNOWN: [Variable; 8] = [
    ("tcpi_fackets", 0),
    ("tcpi_last_ack_sent", 0),
    ("tcpi_reordering", 3),
    ("tcpi_rcv_rtt", 0),
    ("tcpi_delivery_rate_app_limited", 0),
    ("tcpi_delivered_ce", 0),
    ("tcpi_reord_seen", 0),
    ("tcpi_rehash", 0),
];

/// Bits of `tcpi_options`.
const OPTIONS: &[Variable] = &[
    ("TCPI_OPT_TIMESTAMPS", 1),
    ("TCPI_OPT_SACK", 2),
    ("TCPI_OPT_WSCALE", 4),
    ("TCPI_OPT_ECN", 8),
    ("TCPI_OPT_ECN_SEEN", 16),
    ("TCPI_OPT_SYN_DATA", 32),
    ("TCPI_OPT_USEC_TS", 64),
    ("TCPI_OPT_TFO_CHILD", 128),
];

/// Values of `tcpi_ca_state`.
const CONGESTED: &[Variable] = &[
    ("TCP_CA_Open", 0),
    ("TCP_CA_Disorder", 1),
    ("TCP_CA_CWR", 2),
    ("TCP_CA_Recovery", 3),
    ("TCP_CA_Loss", 4),
];

/// The RFC's name, Linux's constant, FreeBSD's.
const NAMES: &[(&str, &str, &str)] = &[
    ("CLOSED", "TCP_CLOSE", "TCPI_CLOSED"),
    ("LISTEN", "TCP_LISTEN", "TCPI_LISTEN"),
    ("SYN-SENT", "TCP_SYN_SENT", "TCPI_SYN_SENT"),
    ("SYN-RECEIVED", "TCP_SYN_RECV", "TCPI_SYN_RECEIVED"),
    ("ESTABLISHED", "TCP_ESTABLISHED", "TCPI_ESTABLISHED"),
    ("FIN-WAIT-1", "TCP_FIN_WAIT1", "TCPI_FIN_WAIT_1"),
    ("FIN-WAIT-2", "TCP_FIN_WAIT2", "TCPI_FIN_WAIT_2"),
    ("CLOSE-WAIT", "TCP_CLOSE_WAIT", "TCPI_CLOSE_WAIT"),
    ("CLOSING", "TCP_CLOSING", "TCPI_CLOSING"),
    ("LAST-ACK", "TCP_LAST_ACK", "TCPI_LAST_ACK"),
    ("TIME-WAIT", "TCP_TIME_WAIT", "TCPI_TIME_WAIT"),
];

/// Each system numbers the eleven states its own way.
const fn state(state: State, abi: Abi) -> i64 {
    let (linux, freebsd) = match state {
        State::Closed => (7, 0),
        State::Listen => (10, 1),
        State::SynSent => (2, 2),
        State::SynReceived => (3, 3),
        State::Established => (1, 4),
        State::FinWait1 => (4, 6),
        State::FinWait2 => (5, 9),
        State::CloseWait => (8, 5),
        State::Closing => (11, 7),
        State::LastAck => (9, 8),
        State::TimeWait => (6, 10),
    };
    match abi {
        Abi::Linux => linux,
        Abi::FreeBsd => freebsd,
    }
}
