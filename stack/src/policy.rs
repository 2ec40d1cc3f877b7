//! Every latitude of the RFCs as a named field: what a stack chooses where a MAY, a SHOULD or a constant leaves
//! it a choice.
//!
//! A [`Policy`] is a point, how one stack behaves. A MUST is code, never a field. What one user may change for one
//! connection starts from here and lives in [`tcp::Settings`](crate::tcp::Settings).
use core::time::Duration;

mod departs;
mod fast_open;
mod internet;
mod presets;
mod sockets;
mod tunnel;
mod words;

pub use fast_open::FastOpen;
pub use internet::{AtomicIdentification, FlowLabel, Internet};
pub use sockets::{Buffer, Sockets, SynCookies};
pub use tunnel::Tunnel;
pub use words::{Ecn, Hides, InitialWindow, Limit, SynOption, Throttle, UserTimeouts};

/// How a stack behaves where the RFCs leave a choice. The default is the `rfc` profile: every SHOULD followed.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Policy {
    // ---- Buffers and sizes ----
    /// Octets of received text held for the user: the largest receive window.
    ///
    /// Chooses: RFC 9293 §3.8.6.
    pub receive_buffer: u32,
    /// The largest buffer that a connection may come to have whose user asked for none: the shift of its windows
    /// allows for it.
    ///
    /// Chooses: RFC 7323 §2.3.
    pub largest_receive_buffer: u32,
    /// Whether the window of a SYN is a whole number of segments.
    ///
    /// Chooses: RFC 9293 §3.8.6.2.2.
    pub syn_window_of_segments: bool,
    /// Whether the window of a connection is at first no larger than that of its SYN, and grows with what comes: by two
    /// segments for each that is not small, until it is all that the buffer holds.
    ///
    /// Chooses: RFC 9293 §3.8.6.2.2.
    pub window_opens_slowly: bool,
    /// The window of a SYN, in segments of the MSS that it announces, whatever the buffer holds; `None` for as many as
    /// that.
    ///
    /// Chooses: RFC 9293 §3.8.6.2.2.
    pub initial_receive_window: Option<u16>,
    /// Octets of unacknowledged and unsent text held for the peer.
    ///
    /// Chooses: RFC9293:3.10.2-send-no-space.
    pub send_buffer: u32,
    /// Up to how many octets that grows with the congestion window, unless a user has said how large it is; `None` for not
    /// at all.
    ///
    /// Chooses: RFC9293:3.10.2-send-no-space.
    pub largest_send_buffer: Option<u32>,
    /// The smallest effective send MSS believed, in octets; a peer that announces less gets this much.
    ///
    /// Chooses: RFC9293:MUST-16.
    pub least_send_mss: u16,
    /// The largest segment that a SYN announces, in octets without options, whatever the link carries; `None` for no
    /// such limit. What is sent does not depend on it.
    ///
    /// Chooses: RFC 9293 §3.7.1.
    pub most_announced_mss: Option<u16>,
    /// Whether the largest segment that a user asks for (`TCP_MAXSEG`) is announced too, not only sent.
    ///
    /// Chooses: RFC 9293 §3.7.1.
    pub announces_asked_mss: bool,
    /// Whether a SYN carries MSS even when it equals the default of 536 or 1220.
    ///
    /// Chooses: RFC9293:MAY-3.
    pub mss_always: bool,

    // ---- Options ----
    /// Whether an active open offers timestamps (a passive one answers in kind).
    ///
    /// Chooses: RFC7323:3.2-ts-negotiation.
    pub timestamps: bool,
    /// Whether an active open offers window scaling, and a passive one answers it.
    ///
    /// Chooses: RFC7323:2.2-offer-even-unscaled RFC7323:2.3-wscale-reply.
    pub window_scale: bool,
    /// Whether selective acknowledgments are offered and answered.
    ///
    /// Chooses: RFC 2018 §2.
    pub selective_acknowledgments: bool,
    /// In what order a SYN lists its options.
    ///
    /// Chooses: RFC 9293 §3.2.
    pub syn_options: [SynOption; 4],
    /// One tick of the timestamp clock: 1 ms to 1 s.
    ///
    /// Chooses: RFC7323:5.4-clock-rate.
    pub timestamp_tick: Duration,
    /// Whether a segment without timestamps is dropped once they are negotiated.
    ///
    /// Chooses: RFC7323:3.2-missing-ts-dropped.
    pub timestamps_required: bool,
    /// How long a connection may be idle before TS.Recent is no longer believed.
    ///
    /// Chooses: RFC7323:5.5-outdated-ts-recent.
    pub timestamp_lifetime: Duration,
    /// Whether a RST carries timestamps where the segment that caused it, or the connection, did.
    ///
    /// Chooses: RFC7323:5.2-rst-timestamp.
    pub reset_timestamps: bool,

    // ---- Retransmission timeout ----
    /// The RTO before any measurement.
    ///
    /// Chooses: RFC6298:2.1-initial-rto.
    pub initial_rto: Duration,
    /// The smallest RTO.
    ///
    /// Chooses: RFC6298:2.4-floor.
    pub least_rto: Duration,
    /// What comes on top of every RTO that is computed, and of a SYN's that is doubled, for the peer's delayed
    /// acknowledgments. A SYN's is not doubled: see [`Policy::departs`].
    ///
    /// Chooses: RFC6298:2.4-floor.
    pub rto_slop: Duration,
    /// The largest RTO, at least 60 s.
    ///
    /// Chooses: RFC6298:2.5-ceiling.
    pub most_rto: Duration,
    /// The clock granularity G: the least that the variance term adds to the RTO.
    ///
    /// Chooses: RFC 6298 §4.
    pub clock_granularity: Duration,
    /// The RTO at the start of data when the SYN had to be sent again and the one in use is smaller.
    ///
    /// Chooses: RFC6298:5.7-syn-timeout-3s.
    pub rto_after_syn_loss: Duration,
    /// After how many SYNs sent again the timeout still does not double: 0 in the RFC.
    ///
    /// Chooses: RFC6298:5.5-double-syn.
    pub even_syns: u8,
    /// Whether what is sent again is whole segments as they were sent, as many as fit, instead of being cut anew.
    ///
    /// Chooses: RFC 9293 §3.8.6.
    pub resends_segments: bool,

    // ---- Giving up ----
    /// R1: when the IP layer and the user hear that delivery is in doubt.
    ///
    /// Chooses: RFC9293:SHLD-10.
    pub r1: Limit,
    /// R2: when the connection is given up, unless the user set a timeout of its own.
    ///
    /// Chooses: RFC9293:SHLD-11 RFC9293:3.9.1.1-default-user-timeout.
    pub r2: Limit,
    /// R2 for the SYN of an active open: at least three minutes.
    ///
    /// Chooses: RFC 9293 §3.8.3 MUST-23.
    pub syn_r2: Limit,
    /// R2 for the SYN,ACK of a passive open, which nobody here waits for.
    ///
    /// Chooses: RFC9293:SHLD-11.
    pub syn_ack_r2: Limit,
    /// Whether numbers of retransmissions in R2, but for those of a SYN,ACK, stand for the time that so many would take,
    /// beginning with the initial RTO (of a SYN) or the least one.
    ///
    /// Chooses: RFC9293:SHLD-11.
    pub limits_in_time: bool,
    /// Whether patience with anything but a SYN begins with its first retransmission, or probe, instead of when it first
    /// left.
    ///
    /// Chooses: RFC9293:SHLD-11 RFC9293:3.9.1.1-default-user-timeout.
    pub patience_from_resend: bool,

    /// Whether the user timeout is told to the peer, and what comes of what the peer tells.
    ///
    /// Chooses: RFC5482:3-uto-exchange RFC5482:3-limits.
    pub user_timeout_option: Option<UserTimeouts>,

    // ---- Congestion control ----
    /// The congestion window after the handshake.
    ///
    /// Chooses: RFC6928:2-iw10 RFC5681:3.1-initial-window.
    pub initial_window: InitialWindow,
    /// How many lost SYNs or SYN,ACKs cut the initial window to one segment: 1 in RFC 5681, 2 in RFC 6928.
    ///
    /// Chooses: RFC6928:2-one-syn-loss-tolerated.
    pub syn_losses_that_count: u8,
    /// Whether the congestion window counts segments, however small, and not octets.
    ///
    /// Chooses: RFC 5681 §3.1.
    pub window_counts_segments: bool,
    /// The most segments by which one acknowledgment widens the congestion window in slow start: 1 in RFC 5681. More is an
    /// experiment of RFC 3465, and what systems do.
    ///
    /// Departs: RFC5681:3.1-slow-start-growth where it is more than 1; the oracle allows for it.
    pub slow_start_growth: u16,
    /// The slow start threshold before any loss, in octets.
    ///
    /// Chooses: RFC5681:3.1-initial-ssthresh-high.
    pub initial_threshold: u32,
    /// Whether the window restarts from the initial one after one RTO without sending.
    ///
    /// Chooses: RFC5681:4.1-restart-window.
    pub restart_after_idle: bool,
    /// Whether the congestion window grows only while it is used: when it was full, or in slow start was more than half
    /// used.
    ///
    /// Chooses: RFC 5681 §3.1.
    pub grows_only_if_used: bool,
    /// How many duplicate acknowledgments mean a loss.
    ///
    /// Chooses: RFC5681:3.2-fast-retransmit.
    pub duplicate_acks: u8,
    /// Whether the receiver tells the sender which octets came twice.
    ///
    /// Chooses: RFC2883:4-first-block-dsack.
    pub duplicate_sack: bool,
    /// Whether the first duplicate acknowledgments each let one new segment out.
    ///
    /// Chooses: RFC5681:3.2-step1-limited-transmit.
    pub limited_transmit: bool,
    /// Whether a partial acknowledgment keeps fast recovery going.
    ///
    /// Chooses: RFC5681:4.3-advanced-recovery RFC6582:3.2-partial-ack-retransmit.
    pub new_reno: bool,
    /// Whether the window after recovery is `min(ssthresh, max(FlightSize, SMSS) + SMSS)` rather than ssthresh.
    ///
    /// Chooses: RFC6582:3.2-full-ack.
    pub gentle_exit: bool,

    /// Whether explicit congestion notification is asked for, or agreed to.
    ///
    /// Chooses: RFC3168:6.1.1-unwilling-clears-flags RFC3168:6.1.2-ect-on-new-data.
    pub ecn: Ecn,

    // ---- Acknowledgments ----
    /// How long an acknowledgment may wait for company, below 0.5 s; `None` acknowledges at once.
    ///
    /// Chooses: RFC9293:SHLD-18.
    pub delayed_ack: Option<Duration>,
    /// After how many full-sized segments an acknowledgment no longer waits.
    ///
    /// Chooses: RFC9293:SHLD-19.
    pub segments_per_ack: u8,
    /// How many segments of a new connection, and after an RTO without any, are acknowledged at once, until its user
    /// answers what came; and again once an acknowledgment has waited for such an answer in vain.
    ///
    /// Chooses: RFC9293:SHLD-18.
    pub quick_acks: u8,
    /// Whether the ACK of the peer's FIN may wait as those of text do, while the user may still answer.
    ///
    /// Chooses: RFC9293:SHLD-18.
    pub delays_ack_of_fin: bool,

    // ---- Sending ----
    /// Whether a new connection uses the Nagle algorithm.
    ///
    /// Chooses: RFC9293:SHLD-7.
    pub nagle: bool,
    /// Whether only another small segment outstanding makes a small one wait, rather than anything outstanding.
    ///
    /// Chooses: RFC9293:SHLD-7, RFC 9293 §A.3.
    pub nagle_waits_for_small: bool,
    /// Whether a window is all the room there is, unless that is less than a segment and a quarter of the buffer; else
    /// its edge waits until it can move by a segment or half the buffer.
    ///
    /// Chooses: RFC9293:MUST-39.
    pub announces_all_room: bool,
    /// How long silly window avoidance may hold data back: 0.1 to 1 s.
    ///
    /// Chooses: RFC9293:3.8.6.2.1-rule4-override.
    pub override_timeout: Duration,
    /// The smallest time before a zero window probe.
    ///
    /// Chooses: RFC9293:SHLD-29.
    pub least_probe_interval: Duration,
    /// The largest time between two zero window probes.
    ///
    /// Chooses: RFC9293:SHLD-30.
    pub most_probe_interval: Duration,
    /// Whether a probe of a shut window carries an octet; else it is an empty segment one number back, whose answer says
    /// as much.
    ///
    /// Chooses: RFC9293:3.8.6.1-probe-form.
    pub probes_with_text: bool,

    // ---- Resets and forgeries ----
    /// Whether a RST in the window but not at its edge only draws a challenge ACK.
    ///
    /// Chooses: RFC 5961 §3.2.
    pub blind_reset_protection: bool,
    /// Whether a SYN in a synchronized state only draws a challenge ACK.
    ///
    /// Chooses: RFC 5961 §4.2.
    pub blind_syn_protection: bool,
    /// Whether acknowledgments far below SND.UNA are refused.
    ///
    /// Chooses: RFC9293:MAY-12.
    pub blind_data_protection: bool,
    /// How many challenge ACKs a connection sends in how long; `None` sends all.
    ///
    /// Chooses: RFC5961:7-throttling RFC5961:7-throttling-tunable RFC5961:7-no-shared-counter-leak.
    pub challenge_throttle: Option<Throttle>,
    /// How many answers to segments outside the window a connection sends in how long; `None` sends all. Text is always
    /// answered: only empty segments can make two ends answer each other for ever.
    ///
    /// Chooses: RFC 9293 §3.10.7.4.
    pub unacceptable_throttle: Option<Throttle>,
    /// Whether challenge ACKs, and answers to acknowledgments of what was never sent, count for that limit too.
    ///
    /// Chooses: RFC5961:7-throttling-tunable.
    pub one_throttle: bool,
    /// Whether a SYN that repeats the one that opened a connection in SYN-RECEIVED draws the SYN,ACK again rather
    /// than a bare ACK.
    ///
    /// Chooses: RFC9293:3.10.7.4-seq-unacceptable-syn-received.
    pub syn_ack_again: bool,

    // ---- Closing ----
    /// The maximum segment lifetime; TIME-WAIT lasts twice as long.
    ///
    /// Chooses: RFC 9293 §3.4.2.
    pub msl: Duration,
    /// Whether TIME-WAIT ignores RST.
    ///
    /// Chooses: RFC1337:3-ignore-rst-in-time-wait.
    pub time_wait_ignores_reset: bool,
    /// Whether a SYN may reopen a connection in TIME-WAIT, by timestamps or by sequence number.
    ///
    /// Chooses: RFC9293:MAY-2 RFC9293:SHLD-4.
    pub time_wait_reopens: bool,
    /// Whether text that reaches into the window is acknowledged in TIME-WAIT, though nobody takes it.
    ///
    /// Chooses: RFC9293:3.10.7.4-text-time-wait.
    pub time_wait_answers_text: bool,
    /// Whether closing with text unread, or text that arrives after the close, is answered by RST.
    ///
    /// Chooses: RFC9293:SHLD-3.
    pub reset_on_lost_data: bool,
    /// Whether text that arrives after the close is answered as if there had never been a connection: by a RST that has
    /// the number which the text acknowledges, and no ACK.
    ///
    /// Chooses: RFC9293:SHLD-3.
    pub late_text_has_no_connection: bool,
    /// Whether what was received in turn before a connection failed can still be read; then the failure shows.
    ///
    /// Chooses: RFC 9293 §3.10.7.4.
    pub failure_keeps_received: bool,
    /// How long a connection that nobody can read any more waits in FIN-WAIT-2; `None` waits for ever.
    ///
    /// Chooses: RFC 9293 §3.10.7.4.
    pub fin_wait_2: Option<Duration>,

    /// Whether segments for no connection are dropped in silence instead of refused by a reset: SYNs, or all.
    ///
    /// Departs: RFC9293:3.10.7.1-closed-rst.
    pub hides: Hides,
    /// Whether a segment with SYN and FIN is dropped in silence, by listeners and connections alike, once what stands
    /// before its SYN has been looked at.
    ///
    /// Departs: RFC9293:3.10.7.2-listen-syn RFC9293:3.10.7.3-syn-sent-synack-fin RFC5961:4.2-syn-in-window-challenge.
    pub drops_syn_fin: bool,

    // ---- Keep-alive ----
    /// Whether every connection is probed when it is idle, though its user has not asked for it.
    ///
    /// Departs: RFC9293:MUST-25.
    pub keep_alive_always: bool,
    /// How long a connection is idle before it is probed, where its user asked for that: two hours or more.
    ///
    /// Chooses: RFC 9293 §3.8.4 MUST-28.
    pub keep_alive_idle: Duration,
    /// The time between two probes.
    ///
    /// Chooses: RFC9293:MAY-5.
    pub keep_alive_interval: Duration,
    /// How many unanswered probes in a row end the connection.
    ///
    /// Chooses: RFC 9293 §3.8.4 MUST-29.
    pub keep_alive_probes: u8,

    // ---- Errors from the path ----
    /// Whether an ICMP error is believed only if the sequence number it quotes is outstanding.
    ///
    /// Chooses: RFC5927:4.1-sequence-check RFC5927:4.1-sequence-check-syn.
    pub icmp_sequence_check: bool,
    /// Whether a hard ICMP error spares a synchronized connection.
    ///
    /// Chooses: RFC5927:5.2-hard-as-soft-when-synchronized RFC9293:SHLD-26.
    pub hard_errors_spare_synchronized: bool,

    // ---- Below, above and before TCP ----
    /// Text on a SYN.
    pub fast_open: FastOpen,
    /// TCP inside UDP.
    pub tunnel: Tunnel,
    /// IP, ICMP and UDP.
    pub internet: Internet,
    /// The socket layer.
    pub sockets: Sockets,
}

impl Default for Policy {
    /// The `rfc` profile.
    fn default() -> Self {
        Self {
            receive_buffer: 65_535,
            largest_receive_buffer: 65_535,
            syn_window_of_segments: false,
            window_opens_slowly: false,
            initial_receive_window: None,
            send_buffer: 65_536,
            largest_send_buffer: None,
            least_send_mss: 1,
            most_announced_mss: None,
            announces_asked_mss: true,
            mss_always: true,
            timestamps: true,
            window_scale: true,
            selective_acknowledgments: true,
            syn_options: [
                SynOption::MaximumSegmentSize,
                SynOption::SackPermitted,
                SynOption::Timestamps,
                SynOption::WindowScale,
            ],
            timestamp_tick: Duration::from_millis(1),
            timestamps_required: true,
            timestamp_lifetime: Duration::from_secs(24 * 24 * 60 * 60),
            reset_timestamps: true,
            initial_rto: Duration::from_secs(1),
            least_rto: Duration::from_secs(1),
            rto_slop: Duration::ZERO,
            most_rto: Duration::from_secs(60),
            clock_granularity: Duration::from_millis(1),
            rto_after_syn_loss: Duration::from_secs(3),
            even_syns: 0,
            resends_segments: false,
            r1: Limit::Retransmissions(3),
            r2: Limit::Overdue(Duration::from_secs(300)),
            syn_r2: Limit::Overdue(Duration::from_secs(180)),
            limits_in_time: false,
            patience_from_resend: false,
            syn_ack_r2: Limit::Overdue(Duration::from_secs(180)),
            user_timeout_option: None,
            initial_window: InitialWindow::Rfc6928,
            syn_losses_that_count: 2,
            window_counts_segments: false,
            slow_start_growth: 1,
            initial_threshold: u32::MAX,
            restart_after_idle: true,
            grows_only_if_used: false,
            duplicate_acks: 3,
            duplicate_sack: true,
            limited_transmit: true,
            new_reno: true,
            gentle_exit: true,
            ecn: Ecn::Accepts,
            delayed_ack: Some(Duration::from_millis(200)),
            segments_per_ack: 2,
            quick_acks: 0,
            delays_ack_of_fin: false,
            nagle: true,
            nagle_waits_for_small: false,
            announces_all_room: false,
            override_timeout: Duration::from_millis(200),
            least_probe_interval: Duration::ZERO,
            most_probe_interval: Duration::from_secs(60),
            probes_with_text: true,
            blind_reset_protection: true,
            blind_syn_protection: true,
            blind_data_protection: true,
            challenge_throttle: Some(Throttle { count: 10, interval: Duration::from_secs(5) }),
            unacceptable_throttle: None,
            one_throttle: false,
            syn_ack_again: false,
            msl: Duration::from_secs(120),
            time_wait_ignores_reset: false,
            time_wait_reopens: true,
            time_wait_answers_text: false,
            reset_on_lost_data: true,
            late_text_has_no_connection: false,
            failure_keeps_received: false,
            fin_wait_2: None,
            hides: Hides::Nothing,
            drops_syn_fin: false,
            keep_alive_always: false,
            keep_alive_idle: Duration::from_secs(2 * 60 * 60),
            keep_alive_interval: Duration::from_secs(75),
            keep_alive_probes: 9,
            icmp_sequence_check: true,
            hard_errors_spare_synchronized: true,
            fast_open: FastOpen::default(),
            tunnel: Tunnel::default(),
            internet: Internet::default(),
            sockets: Sockets::default(),
        }
    }
}
