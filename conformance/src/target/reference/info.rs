//! TCP_INFO: a connection's variables by the names that assertions use.
use core::time::Duration;

use stackdrill_stack::tcp::event::Status;
use stackdrill_wire::State;

use crate::constants::Abi;

/// The variables and constants of one system. Linux counts windows in segments, FreeBSD in octets.
pub(super) fn variables(status: &Status, abi: Abi) -> Vec<(&'static str, i64)> {
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let mss = status.send_mss.max(1);
    let in_flight = status.snd_nxt - status.snd_una;
    let infinite = status.slow_start_threshold >= 0x3fff_ffff;
    let (window, threshold) = match abi {
        Abi::Linux => (
            status.congestion_window / mss,
            if infinite { 0x7fff_ffff } else { status.slow_start_threshold / mss },
        ),
        Abi::FreeBsd => (status.congestion_window, status.slow_start_threshold),
    };
    let (theirs, ours) = status.shifts.unwrap_or_default();
    let options = i64::from(status.timestamps)
        | i64::from(status.selective_acknowledgments) << 1
        | i64::from(status.shifts.is_some()) << 2;
    let mut variables = vec![
        ("tcpi_state", state(status.state, abi)),
        ("tcpi_options", options),
        ("tcpi_snd_wscale", theirs.into()),
        ("tcpi_rcv_wscale", ours.into()),
        ("tcpi_snd_mss", mss.into()),
        ("tcpi_snd_cwnd", window.into()),
        ("tcpi_snd_ssthresh", threshold.into()),
        ("tcpi_snd_wnd", status.snd_wnd.into()),
        ("tcpi_rcv_wnd", status.rcv_wnd.into()),
        ("tcpi_unacked", in_flight.div_ceil(mss).into()),
        ("tcpi_notsent_bytes", status.queued.saturating_sub(in_flight).into()),
        ("tcpi_rto", micros(status.rto)),
        ("tcpi_rtt", status.srtt.map_or(0, micros)),
        ("tcpi_rttvar", status.rttvar.map_or(0, micros)),
        ("tcpi_backoff", status.retransmissions.into()),
        ("tcpi_retransmits", status.retransmissions.into()),
        ("TCPI_OPT_TIMESTAMPS", 1),
        ("TCPI_OPT_SACK", 2),
        ("TCPI_OPT_WSCALE", 4),
        ("TCPI_OPT_ECN", 8),
        ("TCPI_OPT_ECN_SEEN", 16),
        ("TCPI_OPT_SYN_DATA", 32),
    ];
    for (name, linux, freebsd) in NAMES {
        let of = State::ALL.into_iter().find(|other| other.name() == *name).unwrap_or_default();
        variables.push((if abi == Abi::Linux { linux } else { freebsd }, state(of, abi)));
    }
    variables
}

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
