//! The names that scripts know: what packetdrill samples for an assertion, and the constants that go with it.
use crate::constants::Abi;

/// The fields of TCP_INFO that packetdrill binds, on Linux and on FreeBSD.
///
/// Source: Linux's include/uapi/linux/tcp.h; FreeBSD's netinet/tcp.h.
const TCP_INFO: &[&str] = &[
    "tcpi_state",
    "tcpi_ca_state",
    "tcpi_retransmits",
    "tcpi_probes",
    "tcpi_backoff",
    "tcpi_options",
    "tcpi_snd_wscale",
    "tcpi_rcv_wscale",
    "tcpi_delivery_rate_app_limited",
    "tcpi_rto",
    "tcpi_ato",
    "tcpi_snd_mss",
    "tcpi_rcv_mss",
    "tcpi_unacked",
    "tcpi_sacked",
    "tcpi_lost",
    "tcpi_retrans",
    "tcpi_fackets",
    "tcpi_last_data_sent",
    "tcpi_last_ack_sent",
    "tcpi_last_data_recv",
    "tcpi_last_ack_recv",
    "tcpi_pmtu",
    "tcpi_rcv_ssthresh",
    "tcpi_rtt",
    "tcpi_rttvar",
    "tcpi_snd_ssthresh",
    "tcpi_snd_cwnd",
    "tcpi_advmss",
    "tcpi_reordering",
    "tcpi_rcv_rtt",
    "tcpi_rcv_space",
    "tcpi_total_retrans",
    "tcpi_pacing_rate",
    "tcpi_max_pacing_rate",
    "tcpi_bytes_acked",
    "tcpi_bytes_received",
    "tcpi_segs_out",
    "tcpi_segs_in",
    "tcpi_notsent_bytes",
    "tcpi_min_rtt",
    "tcpi_data_segs_in",
    "tcpi_data_segs_out",
    "tcpi_delivery_rate",
    "tcpi_busy_time",
    "tcpi_rwnd_limited",
    "tcpi_sndbuf_limited",
    "tcpi_delivered",
    "tcpi_delivered_ce",
    "tcpi_bytes_sent",
    "tcpi_bytes_retrans",
    "tcpi_dsack_dups",
    "tcpi_reord_seen",
    "tcpi_rcv_ooopack",
    "tcpi_snd_wnd",
    "tcpi_rcv_wnd",
    "tcpi_rehash",
    "tcpi_total_rto",
    "tcpi_total_rto_recoveries",
    "tcpi_total_rto_time",
    "tcpi_received_ce",
    "tcpi_delivered_e1_bytes",
    "tcpi_delivered_e0_bytes",
    "tcpi_delivered_ce_bytes",
    "tcpi_received_e1_bytes",
    "tcpi_received_e0_bytes",
    "tcpi_received_ce_bytes",
    "tcpi_ecn_mode",
    "tcpi_accecn_opt_seen",
    "tcpi_accecn_fail_mode",
    "tcpi_options2",
    "tcpi_snd_bwnd",
    "tcpi_snd_nxt",
    "tcpi_rcv_nxt",
    "tcpi_toe_tid",
    "tcpi_snd_rexmitpack",
    "tcpi_snd_zerowin",
];

/// What SO_MEMINFO says.
///
/// Source: Linux's include/uapi/linux/sock_diag.h.
const MEMORY: &[&str] = &[
    "SK_MEMINFO_RMEM_ALLOC",
    "SK_MEMINFO_RCVBUF",
    "SK_MEMINFO_WMEM_ALLOC",
    "SK_MEMINFO_SNDBUF",
    "SK_MEMINFO_FWD_ALLOC",
    "SK_MEMINFO_WMEM_QUEUED",
    "SK_MEMINFO_OPTMEM",
    "SK_MEMINFO_BACKLOG",
    "SK_MEMINFO_DROPS",
];

/// States, by Linux's name, FreeBSD's, and the numbers that the two give them.
const STATES: &[(&str, &str, i64, i64)] = &[
    ("TCP_CLOSE", "TCPI_CLOSED", 7, 0),
    ("TCP_LISTEN", "TCPI_LISTEN", 10, 1),
    ("TCP_SYN_SENT", "TCPI_SYN_SENT", 2, 2),
    ("TCP_SYN_RECV", "TCPI_SYN_RECEIVED", 3, 3),
    ("TCP_ESTABLISHED", "TCPI_ESTABLISHED", 1, 4),
    ("TCP_FIN_WAIT1", "TCPI_FIN_WAIT_1", 4, 6),
    ("TCP_FIN_WAIT2", "TCPI_FIN_WAIT_2", 5, 9),
    ("TCP_CLOSE_WAIT", "TCPI_CLOSE_WAIT", 8, 5),
    ("TCP_CLOSING", "TCPI_CLOSING", 11, 7),
    ("TCP_LAST_ACK", "TCPI_LAST_ACK", 9, 8),
    ("TCP_TIME_WAIT", "TCPI_TIME_WAIT", 6, 10),
];

/// Constants that are the same wherever they exist.
const CONSTANTS: &[(&str, i64)] = &[
    ("TCP_CA_Open", 0),
    ("TCP_CA_Disorder", 1),
    ("TCP_CA_CWR", 2),
    ("TCP_CA_Recovery", 3),
    ("TCP_CA_Loss", 4),
    ("TCPI_OPT_TIMESTAMPS", 1),
    ("TCPI_OPT_SACK", 2),
    ("TCPI_OPT_WSCALE", 4),
    ("TCPI_OPT_ECN", 8),
    ("TCPI_OPT_ECN_SEEN", 16),
    ("TCPI_OPT_SYN_DATA", 32),
    ("TCPI_OPT_USEC_TS", 64),
    ("TCPI_OPT_TFO_CHILD", 128),
];

/// Adds the constants to what a target has shown, either tool's names with the numbers of the target's system, and
/// says which variables it has not shown.
#[must_use]
pub fn complete(variables: &mut Vec<(&'static str, i64)>, abi: Abi) -> Vec<&'static str> {
    let states = STATES.iter().flat_map(|&(linux, freebsd, on_linux, on_freebsd)| {
        let number = match abi {
            Abi::Linux => on_linux,
            Abi::FreeBsd => on_freebsd,
        };
        [(linux, number), (freebsd, number)]
    });
    for (name, number) in states.chain(CONSTANTS.iter().copied()) {
        if !variables.iter().any(|(known, _)| *known == name) {
            variables.push((name, number));
        }
    }
    let known = |name: &&&str| !variables.iter().any(|(known, _)| known == *name);
    TCP_INFO.iter().chain(MEMORY).filter(known).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        let mut names: Vec<_> = TCP_INFO.iter().chain(MEMORY).copied().collect();
        names.extend(STATES.iter().flat_map(|row| [row.0, row.1]));
        names.extend(CONSTANTS.iter().map(|row| row.0));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_is_not_shown_is_listed() {
        let mut variables = vec![("tcpi_state", 4)];
        let missing = complete(&mut variables, Abi::FreeBsd);
        assert!(missing.contains(&"tcpi_snd_cwnd") && !missing.contains(&"tcpi_state"));
        assert!(variables.contains(&("TCPI_ESTABLISHED", 4)) && variables.contains(&("TCP_ESTABLISHED", 4)));
    }
}
