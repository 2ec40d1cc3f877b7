//! What the kernel shows of a socket: TCP_INFO, TCP_CC_INFO, SO_MEMINFO, and the state among it.
//!
//! The kernel's structs grow from version to version: a field that an older one does not fill in is zero.
use std::os::fd::RawFd;

use nix::libc;
use stackdrill_wire::State;

use super::raw;

/// A field of a struct, or of a part of an octet.
#[derive(Clone, Copy, Debug)]
enum Width {
    /// A whole `u8`.
    Octet,
    /// So many bits from this one on, of a field of four octets or fewer.
    Bits(u32, u32),
    /// A `u32`.
    Word,
    /// A `u64`.
    Long,
}

use Width::{Bits, Long, Octet, Word};

/// The fields of `struct tcp_info`, each with the octet at which it (or what holds its bits) begins.
const TCP_INFO: &[(&str, usize, Width)] = &[
    ("tcpi_state", 0, Octet),
    ("tcpi_ca_state", 1, Octet),
    ("tcpi_retransmits", 2, Octet),
    ("tcpi_probes", 3, Octet),
    ("tcpi_backoff", 4, Octet),
    ("tcpi_options", 5, Octet),
    ("tcpi_snd_wscale", 6, Bits(0, 4)),
    ("tcpi_rcv_wscale", 6, Bits(4, 4)),
    ("tcpi_delivery_rate_app_limited", 7, Bits(0, 1)),
    ("tcpi_fastopen_client_fail", 7, Bits(1, 2)),
    ("tcpi_rto", 8, Word),
    ("tcpi_ato", 12, Word),
    ("tcpi_snd_mss", 16, Word),
    ("tcpi_rcv_mss", 20, Word),
    ("tcpi_unacked", 24, Word),
    ("tcpi_sacked", 28, Word),
    ("tcpi_lost", 32, Word),
    ("tcpi_retrans", 36, Word),
    ("tcpi_fackets", 40, Word),
    ("tcpi_last_data_sent", 44, Word),
    ("tcpi_last_ack_sent", 48, Word),
    ("tcpi_last_data_recv", 52, Word),
    ("tcpi_last_ack_recv", 56, Word),
    ("tcpi_pmtu", 60, Word),
    ("tcpi_rcv_ssthresh", 64, Word),
    ("tcpi_rtt", 68, Word),
    ("tcpi_rttvar", 72, Word),
    ("tcpi_snd_ssthresh", 76, Word),
    ("tcpi_snd_cwnd", 80, Word),
    ("tcpi_advmss", 84, Word),
    ("tcpi_reordering", 88, Word),
    ("tcpi_rcv_rtt", 92, Word),
    ("tcpi_rcv_space", 96, Word),
    ("tcpi_total_retrans", 100, Word),
    ("tcpi_pacing_rate", 104, Long),
    ("tcpi_max_pacing_rate", 112, Long),
    ("tcpi_bytes_acked", 120, Long),
    ("tcpi_bytes_received", 128, Long),
    ("tcpi_segs_out", 136, Word),
    ("tcpi_segs_in", 140, Word),
    ("tcpi_notsent_bytes", 144, Word),
    ("tcpi_min_rtt", 148, Word),
    ("tcpi_data_segs_in", 152, Word),
    ("tcpi_data_segs_out", 156, Word),
    ("tcpi_delivery_rate", 160, Long),
    ("tcpi_busy_time", 168, Long),
    ("tcpi_rwnd_limited", 176, Long),
    ("tcpi_sndbuf_limited", 184, Long),
    ("tcpi_delivered", 192, Word),
    ("tcpi_delivered_ce", 196, Word),
    ("tcpi_bytes_sent", 200, Long),
    ("tcpi_bytes_retrans", 208, Long),
    ("tcpi_dsack_dups", 216, Word),
    ("tcpi_reord_seen", 220, Word),
    ("tcpi_rcv_ooopack", 224, Word),
    ("tcpi_snd_wnd", 228, Word),
    ("tcpi_rcv_wnd", 232, Word),
    ("tcpi_rehash", 236, Word),
    ("tcpi_total_rto", 240, Bits(0, 16)),
    ("tcpi_total_rto_recoveries", 240, Bits(16, 16)),
    ("tcpi_total_rto_time", 244, Word),
    ("tcpi_received_ce", 248, Word),
    ("tcpi_delivered_e1_bytes", 252, Word),
    ("tcpi_delivered_e0_bytes", 256, Word),
    ("tcpi_delivered_ce_bytes", 260, Word),
    ("tcpi_received_e1_bytes", 264, Word),
    ("tcpi_received_e0_bytes", 268, Word),
    ("tcpi_received_ce_bytes", 272, Word),
    ("tcpi_ecn_mode", 276, Bits(0, 2)),
    ("tcpi_accecn_opt_seen", 276, Bits(2, 2)),
    ("tcpi_accecn_fail_mode", 276, Bits(4, 4)),
    ("tcpi_options2", 276, Bits(8, 24)),
];

/// The three readings of TCP_CC_INFO. Which one is meant, the congestion control's name says; a script knows.
const CONGESTION: &[(&str, usize, Width)] = &[
    ("bbr_bw_lo", 0, Word),
    ("bbr_bw_hi", 4, Word),
    ("bbr_bw", 0, Long),
    ("bbr_min_rtt", 8, Word),
    ("bbr_pacing_gain", 12, Word),
    ("bbr_cwnd_gain", 16, Word),
    ("dctcp_enabled", 0, Bits(0, 16)),
    ("dctcp_ce_state", 0, Bits(16, 16)),
    ("dctcp_alpha", 4, Word),
    ("dctcp_ab_ecn", 8, Word),
    ("dctcp_ab_tot", 12, Word),
    ("tcpv_enabled", 0, Word),
    ("tcpv_rttcnt", 4, Word),
    ("tcp_rtt", 8, Word),
    ("tcp_minrtt", 12, Word),
];

/// SO_MEMINFO: nine words.
const MEMORY: &[(&str, usize, Width)] = &[
    ("SK_MEMINFO_RMEM_ALLOC", 0, Word),
    ("SK_MEMINFO_RCVBUF", 4, Word),
    ("SK_MEMINFO_WMEM_ALLOC", 8, Word),
    ("SK_MEMINFO_SNDBUF", 12, Word),
    ("SK_MEMINFO_FWD_ALLOC", 16, Word),
    ("SK_MEMINFO_WMEM_QUEUED", 20, Word),
    ("SK_MEMINFO_OPTMEM", 24, Word),
    ("SK_MEMINFO_BACKLOG", 28, Word),
    ("SK_MEMINFO_DROPS", 32, Word),
];

/// The kernel's numbers for states, from one on.
const STATES: [State; 11] = [
    State::Established,
    State::SynSent,
    State::SynReceived,
    State::FinWait1,
    State::FinWait2,
    State::TimeWait,
    State::Closed,
    State::CloseWait,
    State::LastAck,
    State::Listen,
    State::Closing,
];

/// Every variable of a TCP socket, without the constants that everybody knows; `None` if it is none.
pub(super) fn variables(fd: RawFd) -> Option<Vec<(&'static str, i64)>> {
    let tcp = option(fd, libc::IPPROTO_TCP, libc::TCP_INFO)?;
    let congestion = option(fd, libc::IPPROTO_TCP, libc::TCP_CC_INFO).unwrap_or_default();
    let memory = option(fd, libc::SOL_SOCKET, libc::SO_MEMINFO).unwrap_or_default();
    let filled = |whole: &[u8], &(_, at, width): &(&str, usize, Width)| at + width.octets() <= whole.len();
    let value = |whole: &[u8], &(name, at, width): &(&'static str, usize, Width)| (name, width.of(whole, at));
    let mut all: Vec<_> = TCP_INFO.iter().map(|field| value(&tcp, field)).collect();
    all.extend(CONGESTION.iter().filter(|field| filled(&congestion, field)).map(|f| value(&congestion, f)));
    all.extend(MEMORY.iter().filter(|field| filled(&memory, field)).map(|field| value(&memory, field)));
    Some(all)
}

/// The state of a TCP socket.
///
/// The kernel shows CLOSED for a socket whose connection waits in TIME-WAIT too: that says nothing.
pub(super) fn state(fd: RawFd) -> Option<State> {
    let mut number = [0];
    let filled = raw::option(fd, libc::IPPROTO_TCP, libc::TCP_INFO, &mut number).ok()?;
    let state = STATES.get(usize::from(number[0]).checked_sub(1)?).copied();
    state.filter(|&state| filled == 1 && state != State::Closed)
}

fn option(fd: RawFd, level: i32, name: i32) -> Option<Vec<u8>> {
    let mut octets = vec![0; 1024];
    let filled = raw::option(fd, level, name, &mut octets).ok()?;
    octets.truncate(filled);
    Some(octets)
}

impl Width {
    const fn octets(self) -> usize {
        match self {
            Octet => 1,
            Bits(from, count) => (from + count).div_ceil(8) as usize,
            Word => 4,
            Long => 8,
        }
    }

    /// The field that begins at this octet, or zero.
    fn of(self, whole: &[u8], at: usize) -> i64 {
        let mut octets = [0; 8];
        let Some(field) = whole.get(at..at + self.octets()) else { return 0 };
        octets[..field.len()].copy_from_slice(field);
        let number = i64::from_le_bytes(octets);
        match self {
            Bits(from, count) => (number >> from) & ((1 << count) - 1),
            Octet | Word | Long => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_one_after_the_other() {
        for fields in [TCP_INFO, MEMORY] {
            let mut end = 0;
            for &(name, at, width) in fields {
                assert!(at == end || matches!(width, Bits(from, _) if from > 0), "{name} at {at}, not {end}");
                end = end.max(at + width.octets());
            }
        }
    }

    #[test]
    fn an_older_kernel_leaves_fields_at_zero() {
        let whole = [7, 0, 0, 0, 0, 0, 0xa3, 0, 1, 2, 0, 0];
        for (name, value) in [
            ("tcpi_state", 7),
            ("tcpi_snd_wscale", 3),
            ("tcpi_rcv_wscale", 10),
            ("tcpi_rto", 513),
            ("tcpi_ato", 0),
            ("tcpi_options2", 0),
        ] {
            let field = TCP_INFO.iter().find(|(field, ..)| *field == name);
            let &(_, at, width) = field.expect("there is one");
            assert_eq!(width.of(&whole, at), value, "{name}");
        }
    }
}
