//! For each rule a trace that it accepts, and the same trace altered, which departs with exactly the rule's id.
#[path = "support/trace.rs"]
mod trace;

use stackdrill_oracle::{Endpoint, Level, Oracle, udp};
use stackdrill_wire::{Checksum, Datagram, Instant};
use trace::{departed, exact, judged, tuple};

const PASSIVE: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n";
const SYN_SENT: &str = "connect\n > S 500 mss=1000\n";
const OPEN: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n";
const FIN_WAIT_1: &str =
    "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n close\n > F. 501 101\n";
const FIN_WAIT_2: &str =
    "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n close\n > F. 501 101\n < . 101 502\n";
const CLOSING: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n close\n > F. 501 101\n < F. 101 501\n > . 502 102\n";
const TIME_WAIT: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n close\n > F. 501 101\n < F. 101 502\n > . 502 102\n";
const CLOSE_WAIT: &str =
    "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n < F. 101 501\n > . 501 102\n";
const LAST_ACK: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n < F. 101 501\n > . 501 102\n close\n > F. 501 102\n";
const STAMPED: &str = "listen\n < S 100 ts=10/0\n > S. 500 101 ts=50/10\n < . 101 501 ts=11/50\n";
const SACKED: &str = "listen\n < S 100 sackok\n > S. 500 101 sackok\n < . 101 501\n < P. 111+10 501\n > . 501 101 sack=111-121\n";
const PACED: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n wait 100000\n < . 101 501\n send 10\n > P. 501+10 101\n";
const PACED_SACK: &str = "listen\n < S 100 mss=1000 sackok\n > S. 500 101 mss=1000 sackok\n wait 100000\n < . 101 501\n send 10\n > P. 501+10 101\n";
const WIDE: &str =
    "listen\n < S 100 win=60000 mss=1000\n > S. 500 101 mss=1000\n < . 101 501 win=60000\n send 60000\n";
const WIDE_PACED: &str = "listen\n < S 100 win=60000 mss=1000\n > S. 500 101 mss=1000\n wait 100000\n < . 101 501 win=60000\n send 60000\n";
/// A path takes six hundred octets, and a thousand were sent again twice since that was said.
const TOO_BIG: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501\n send 1000\n > P. 501+1000 101\n toobig 600 501\n wait 1000000\n > P. 501+1000 101\n wait 2000000\n > P. 501+1000 101\n";
/// Ten segments of a thousand octets.
const TEN: &str = "> . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > . 3501+1000 101\n > . 4501+1000 101\n > . 5501+1000 101\n > . 6501+1000 101\n > . 7501+1000 101\n > . 8501+1000 101\n > . 9501+1000 101\n";
const TWO_DUPLICATES: &str = "< . 101 501 win=60000\n < . 101 501 win=60000\n";
/// A round trip was measured; five segments, and the first is missing.
const THREE_DUPLICATES: &str = "listen\n < S 100 win=60000 mss=1000\n > S. 500 101 mss=1000\n wait 100000\n < . 101 501 win=60000\n send 60000\n > . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > . 3501+1000 101\n > . 4501+1000 101\n wait 100000\n < . 101 501 win=60000\n < . 101 501 win=60000\n < . 101 501 win=60000\n";
/// Twelve segments were acknowledged; after a pause of ten seconds ten more are in flight.
const RESTARTED: &str = "listen\n < S 100 win=60000 mss=1000\n > S. 500 101 mss=1000\n wait 100000\n < . 101 501 win=60000\n send 12000\n > . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > . 3501+1000 101\n > . 4501+1000 101\n > . 5501+1000 101\n > . 6501+1000 101\n > . 7501+1000 101\n > . 8501+1000 101\n > . 9501+1000 101\n wait 100000\n < . 101 10501 win=60000\n > . 10501+1000 101\n > P. 11501+1000 101\n wait 100000\n < . 101 12501 win=60000\n wait 10000000\n send 20000\n > . 12501+1000 101\n > . 13501+1000 101\n > . 14501+1000 101\n > . 15501+1000 101\n > . 16501+1000 101\n > . 17501+1000 101\n > . 18501+1000 101\n > . 19501+1000 101\n > . 20501+1000 101\n > . 21501+1000 101\n";
/// SACK is agreed; six of ten segments were acknowledged, so many more left, and the sender rests.
const RESTED: &str = "listen\n < S 100 win=60000 mss=1000 sackok\n > S. 500 101 mss=1000 sackok\n wait 100000\n < . 101 501 win=60000\n send 60000\n > . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > . 3501+1000 101\n > . 4501+1000 101\n > . 5501+1000 101\n > . 6501+1000 101\n > . 7501+1000 101\n > . 8501+1000 101\n > . 9501+1000 101\n wait 60000\n < . 101 6501 win=60000\n > . 10501+1000 101\n > . 11501+1000 101\n > . 12501+1000 101\n > . 13501+1000 101\n > . 14501+1000 101\n > . 15501+1000 101\n wait 50000\n";
/// Three probes of a shut window were answered.
const PROBED: &str = "listen\n < S 100 mss=1000\n > S. 500 101 mss=1000\n < . 101 501 win=0\n send 10\n wait 1000000\n > P. 501+10 101\n < . 101 501 win=0\n wait 2000000\n > P. 501+10 101\n < . 101 501 win=0\n wait 4000000\n > P. 501+10 101\n < . 101 501 win=0\n";
/// Five segments, and nothing for a round trip.
const FIVE: &str = "> . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > . 3501+1000 101\n > . 4501+1000 101\n wait 100000\n";
const REPAIRED: &str = "< . 101 501 win=60000\n < . 101 501 win=60000\n < . 101 501 win=60000\n > . 501+1000 101\n > . 5501+1000 101\n > . 6501+1000 101\n > . 7501+1000 101\n";
/// ECN is agreed.
const MARKS: &str = "listen\n < S 100 win=60000 mss=1000 bits=c0\n > S. 500 101 mss=1000 bits=40\n < . 101 501 win=60000\n send 60000\n";
/// One acknowledged, and four more: thirteen in flight.
const FOUR_MORE: &str = "< . 101 1501 win=60000\n > . 10501+1000 101\n > . 11501+1000 101\n > . 12501+1000 101\n > . 13501+1000 101\n";

/// Requirement, how the conversation begins, how it goes on lawfully, and how it departs.
const RULES: &[(&str, &str, &str, &str)] = &[
    // Headers and options.
    ("RFC9293:MUST-2", OPEN, "> . 501 101", "> . 501 101 sum=bad"),
    ("RFC9293:3.1-reserved-bits-sent-zero", OPEN, "> . 501 101 bits=100", "> . 501 101 bits=200"),
    ("RFC9293:MUST-68", OPEN, "> . 501 101 opt=01010101", "> . 501 101 opt=fe000000"),
    ("RFC9293:MUST-69", OPEN, "> . 501 101 opt=01000000", "> . 501 101 opt=01000100"),
    ("RFC9293:MUST-65", OPEN, "> . 501 101", "> . 501 101 mss=1000"),
    ("RFC9293:3.1-ack-always-after-establishment", OPEN, "send 10\n > P. 501+10 101", "send 10\n > P 501+10"),
    ("RFC9293:MUST-38", OPEN, "send 100\n > P. 501+100 101", "send 100\n > . 501+1 101"),
    (
        "RFC9293:3.5.2-no-reset-when-unsure",
        OPEN,
        "< P. 101+10 501\n > . 501 111\n receive 5\n release\n > R 501",
        "< P. 101+10 501\n > . 501 111\n receive 10\n release\n > R 501",
    ),
    (
        "RFC9293:3.10.1-open-closed-active",
        SYN_SENT,
        "< R. 0 501\n connect\n > S 900 mss=1000",
        "< R. 0 501\n > S 500 mss=1000",
    ),
    ("RFC7323:2.2-wscale-on-syn-only", "listen\n < S 100\n", "> S. 500 101", "> S. 500 101 ws=7"),
    ("RFC7323:2.3-shift-limit-14", "connect\n", "> S 500 ws=14", "> S 500 ws=15"),
    ("RFC7323:3.2-ts-negotiation", "listen\n < S 100\n", "> S. 500 101", "> S. 500 101 ts=1/0"),
    ("RFC7323:3.2-ts-on-every-segment", STAMPED, "> . 501 101 ts=51/11", "> . 501 101"),
    ("RFC7323:5.4-clock-rate", STAMPED, "> . 501 101 ts=50/11", "> . 501 101 ts=49/11"),
    (
        "RFC7323:5.4-clock-rate",
        STAMPED,
        "wait 4000000\n > . 501 101 ts=54/11",
        "wait 4000000\n > . 501 101 ts=50/11",
    ),
    ("RFC7323:4.3-ts-recent-rule", STAMPED, "> . 501 101 ts=51/11", "> . 501 101 ts=51/12"),
    (
        "RFC7323:5.3-paws-r1",
        STAMPED,
        "< P. 101+10 501 ts=9/50\n > . 501 101 ts=51/11\n wait 1",
        "< P. 101+10 501 ts=9/50\n wait 1",
    ),
    ("RFC2018:2-sack-permitted-only-on-syn", OPEN, "> . 501 101", "> . 501 101 sackok"),
    ("RFC2018:4-only-if-permitted", OPEN, "> . 501 101", "< P. 111+10 501\n > . 501 101 sack=111-121"),
    ("RFC2018:3-block-format", SACKED, "> . 501 101 sack=111-121", "> . 501 101 opt=0503010101010101"),
    (
        "RFC2018:3-blocks-isolated",
        SACKED,
        "< P. 131+10 501\n > . 501 101 sack=131-141,111-121",
        "< P. 121+10 501\n > . 501 101 sack=121-131,111-121",
    ),
    ("RFC2018:8-reneging-receiver", SACKED, "> . 501 101 sack=111-121", "> . 501 101 sack=111-122"),
    (
        "RFC2018:4-first-block-latest",
        SACKED,
        "< P. 131+10 501\n > . 501 101 sack=131-141,111-121",
        "< P. 131+10 501\n > . 501 101 sack=111-121,131-141",
    ),
    (
        "RFC2883:4-first-block-dsack",
        SACKED,
        "< P. 111+10 501\n > . 501 101 sack=111-121,111-121",
        "> . 501 101 sack=111-121,111-121",
    ),
    (
        "RFC3042:2-sack-needs-news",
        RESTED,
        "< . 101 6501 win=60000\n < . 101 7501 win=60000\n > . 16501+1000 101",
        "< . 101 6501 win=60000\n > . 16501+1000 101",
    ),
    (
        "RFC5681:4.2-one-ack-per-segment",
        OPEN,
        "< P. 101+10 501\n > . 501 111",
        "> . 501 101\n > . 501 101\n > . 501 101",
    ),
    (
        "RFC9293:3.10.4-close-established",
        OPEN,
        "close\n wait 50000\n > F. 501 101",
        "close\n wait 150000\n > F. 501 101",
    ),
    (
        "RFC6298:5.7-syn-timeout-3s",
        "connect\n > S 500\n wait 1000000\n > S 500\n < S. 100 501\n > . 501 101\n send 10\n > P. 501+10 101\n",
        "wait 3000000\n > P. 501+10 101",
        "wait 2000000\n > P. 501+10 101",
    ),
    (
        "RFC9293:MUST-37",
        PROBED,
        "wait 2000000\n > P. 501+10 101\n wait 2000000\n > P. 501+10 101\n wait 4000000\n > P. 501+10 101\n wait 8000000\n seen CLOSED",
        "seen CLOSED",
    ),
    // Keep-alives.
    (
        "RFC9293:MUST-25",
        OPEN,
        "keepalive 100\n wait 100000000\n > . 500 101",
        "keepalive off\n wait 100000000\n > . 500 101",
    ),
    (
        "RFC9293:MUST-26",
        OPEN,
        "keepalive 100\n wait 50000000\n < P. 101+10 501\n > . 501 111\n wait 100000000\n > . 500 111",
        "keepalive 100\n wait 50000000\n < P. 101+10 501\n > . 501 111\n wait 50000000\n > . 500 111",
    ),
    (
        "RFC9293:MUST-27",
        OPEN,
        "keepalive 100\n wait 100000000\n > . 500 101\n wait 300000000",
        "keepalive 100\n wait 108000000",
    ),
    (
        "RFC9293:MUST-27",
        OPEN,
        "keepalive 100\n send 10\n > P. 501+10 101\n < . 101 511\n wait 200000000\n > . 510 101",
        "keepalive 100\n send 10\n > P. 501+10 101\n < . 101 511\n wait 208000000",
    ),
    (
        "RFC9293:MUST-28",
        OPEN,
        "keepalive on\n wait 7200000000\n > . 500 101",
        "keepalive on\n wait 100000000\n > . 500 101",
    ),
    // Opening.
    ("RFC9293:3.10.2-send-closed", "", "wait 1", "> . 501 101"),
    ("RFC9293:3.10.1-open-closed-passive", "listen\n", "connect\n > S 500", "> S 500"),
    ("RFC9293:3.10.1-open-closed-active", SYN_SENT, "wait 1000000\n > S 500", "wait 1000000\n > S 501"),
    ("RFC9293:3.10.7.2-listen-syn", "listen\n < S 100\n", "> S. 500 101", "> S. 500 100"),
    ("RFC9293:3.10.7.3-syn-sent-syn-only", SYN_SENT, "< S 100\n > S. 500 101", "< S 100\n > S. 600 101"),
    (
        "RFC9293:3.6.1-time-wait-new-isn-higher",
        TIME_WAIT,
        "< S 9000\n seen SYN-RECEIVED\n > S. 700 9001",
        "< S 9000\n seen SYN-RECEIVED\n > S. 400 9001",
    ),
    ("RFC9293:3.10.2-send-syn-sent", SYN_SENT, "send 10", "send 10\n > P. 501+10 101"),
    ("RFC9293:3.10.2-send-syn-received", PASSIVE, "send 10", "send 10\n > P. 501+10 101"),
    ("RFC9293:3.10.7.4-syn-established", OPEN, "> . 501 101", "> S. 500 101"),
    ("RFC9293:3.10.7.3-syn-sent-ack-too-low", SYN_SENT, "< . 7 500\n > R 500\n wait 1", "< . 7 500\n wait 1"),
    (
        "RFC9293:3.10.7.3-syn-sent-ack-too-high",
        SYN_SENT,
        "< . 7 502\n > R 502\n wait 1",
        "< . 7 502\n wait 1",
    ),
    (
        "RFC9293:3.10.7.3-syn-sent-rst-acceptable-ack",
        SYN_SENT,
        "< R. 0 501\n seen CLOSED",
        "< R. 0 501\n seen SYN-SENT",
    ),
    ("RFC9293:3.10.7.3-syn-sent-rst-no-ack", SYN_SENT, "< R 7\n seen SYN-SENT", "< R 7\n seen CLOSED"),
    (
        "RFC9293:3.10.7.3-syn-sent-synack",
        SYN_SENT,
        "< S. 100 501\n wait 499999\n > . 501 101",
        "< S. 100 501\n wait 500000",
    ),
    // Resets.
    ("RFC9293:3.5.2-no-reset-for-reset", "", "< R 500", "< R. 100 500\n > R 500"),
    ("RFC9293:3.10.7.1-closed-ack-set", "", "< . 100 500\n > R 500", "< . 100 500\n > R 501"),
    ("RFC9293:3.10.7.1-closed-length-counts", "", "< S 100+10\n > R. 0 111", "< S 100+10\n > R. 0 101"),
    ("RFC9293:3.10.7.2-listen-ack", "listen\n", "< . 100 500\n > R 500", "< . 100 500\n > R 501"),
    ("RFC9293:3.10.7.2-listen-other", "listen\n", "< - 100+10", "< - 100+10\n > R. 0 110"),
    ("RFC9293:3.5.2-no-reset-when-unsure", OPEN, "abort\n > R. 501 101", "< P. 9000+1 501\n > R 501"),
    ("RFC9293:3.10.5-abort-syn-received", PASSIVE, "abort\n > R. 501 101", "abort\n > R. 502 101"),
    ("RFC9293:3.10.5-abort-established", OPEN, "abort\n > R. 501 101", "abort\n > R. 502 101"),
    ("RFC9293:3.10.5-abort-fin-wait-1", FIN_WAIT_1, "abort\n > R. 502 101", "abort\n wait 1"),
    ("RFC9293:3.10.5-abort-fin-wait-2", FIN_WAIT_2, "abort\n > R. 502 101", "abort\n > R. 503 101"),
    ("RFC9293:3.10.5-abort-close-wait", CLOSE_WAIT, "abort\n > R. 501 102", "abort\n > R. 502 102"),
    ("RFC9293:3.10.5-abort-syn-sent", SYN_SENT, "abort\n seen CLOSED", "abort\n seen SYN-SENT"),
    ("RFC9293:3.10.5-abort-late-states", CLOSING, "abort\n seen CLOSED", "abort\n seen CLOSING"),
    ("RFC9293:3.10.5-abort-listen", "listen\n", "abort\n seen CLOSED", "abort\n seen LISTEN"),
    (
        "RFC9293:3.10.8-user-timeout",
        SYN_SENT,
        "> S 500\n > S 500\n > S 500\n seen CLOSED",
        "> S 500\n > S 500\n > S 500\n seen CLOSED\n > . 501 1",
    ),
    ("RFC9293:SHLD-26", OPEN, "icmp hard\n seen CLOSED", "icmp hard\n seen CLOSED\n > . 501 101"),
    // Numbers.
    ("RFC9293:3.4-cumulative-ack", OPEN, "< P. 101+10 501\n > . 501 111", "< P. 101+10 501\n > . 501 112"),
    ("RFC9293:3.9.1.2-sends-in-order", OPEN, "send 10\n > P. 501+10 101", "send 10\n > P. 502+10 101"),
    ("RFC9293:3.10.7.4-text-established", OPEN, "> . 501 101", "> . 502 101"),
    (
        "RFC9293:3.10.8-retransmission-timeout",
        OPEN,
        "send 10\n > P. 501+10 101\n wait 1000000\n > P. 501+10 101",
        "send 10\n > P. 501+10 101\n wait 1000000\n > P. 501+10 101 fill=y",
    ),
    (
        "RFC9293:3.10.7.4-ack-established-new",
        OPEN,
        "send 20\n > . 501+10 101\n > P. 511+10 101\n < . 101 520\n wait 1000000\n > P. 511+10 101",
        "send 20\n > . 501+10 101\n > P. 511+10 101\n < . 101 520\n wait 1000000\n > . 501+10 101",
    ),
    (
        "RFC9293:MUST-26",
        OPEN,
        "send 10\n > P. 501+10 101\n < . 101 511\n > . 510 101",
        "send 10\n > P. 501+10 101\n > . 500 101",
    ),
    // Windows and sizes.
    (
        "RFC9293:3.8.6-new-data-inside-window",
        "listen\n < S 100 win=20 mss=1000\n > S. 500 101\n < . 101 501 win=20\n",
        "send 40\n > P. 501+20 101",
        "send 40\n > P. 501+21 101",
    ),
    (
        "RFC9293:MUST-39",
        OPEN,
        "> . 501 101\n < P. 101+996 501\n > . 501 1097 win=4\n receive 600\n > . 501 1097 win=604",
        "> . 501 101\n < P. 101+996 501\n > . 501 1097 win=4\n receive 600\n > . 501 1097 win=5",
    ),
    (
        "RFC1191:3-reduce-on-too-big",
        TOO_BIG,
        "wait 4000000\n > P. 501+580 101",
        "wait 4000000\n > P. 501+581 101",
    ),
    ("RFC9293:MUST-16", OPEN, "send 2000\n > P. 501+1000 101", "send 2000\n > P. 501+997 101 opt=01010101"),
    (
        "RFC9293:MUST-15a",
        "listen\n < S 100\n > S. 500 101\n < . 101 501\n",
        "send 900\n > P. 501+536 101",
        "send 900\n > P. 501+537 101",
    ),
    // Acknowledgments that are owed.
    ("RFC9293:MUST-40", OPEN, "< P. 101+10 501\n wait 499999\n > . 501 111", "< P. 101+10 501\n wait 500000"),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-established",
        OPEN,
        "< P. 9000+1 501\n > . 501 101\n wait 1",
        "< P. 9000+1 501\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-1",
        FIN_WAIT_1,
        "< P. 9000+1 501\n > . 502 101\n wait 1",
        "< P. 9000+1 501\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-fin-wait-2",
        FIN_WAIT_2,
        "< P. 9000+1 502\n > . 502 101\n wait 1",
        "< P. 9000+1 502\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-close-wait",
        CLOSE_WAIT,
        "< P. 9000+1 501\n > . 501 102\n wait 1",
        "< P. 9000+1 501\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-closing",
        CLOSING,
        "< P. 9000+1 501\n > . 502 102\n wait 1",
        "< P. 9000+1 501\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-last-ack",
        LAST_ACK,
        "< P. 9000+1 501\n > . 502 102\n wait 1",
        "< P. 9000+1 501\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-time-wait",
        TIME_WAIT,
        "< F. 101 502\n > . 502 102\n wait 1",
        "< F. 101 502\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-seq-unacceptable-rst-silent",
        OPEN,
        "< R 9000\n seen ESTABLISHED",
        "< R 9000\n seen CLOSED",
    ),
    (
        "RFC9293:3.10.7.4-ack-established-too-high",
        OPEN,
        "< . 101 502\n > . 501 101\n wait 1",
        "< . 101 502\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-ack-too-high-fin-wait-1",
        FIN_WAIT_1,
        "< . 101 503\n > . 502 101\n wait 1",
        "< . 101 503\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-ack-too-high-fin-wait-2",
        FIN_WAIT_2,
        "< . 101 503\n > . 502 101\n wait 1",
        "< . 101 503\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-ack-too-high-close-wait",
        CLOSE_WAIT,
        "< . 102 502\n > . 501 102\n wait 1",
        "< . 102 502\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-ack-too-high-closing",
        CLOSING,
        "< . 102 503\n > . 502 102\n wait 1",
        "< . 102 503\n wait 1",
    ),
    (
        "RFC9293:3.5.2-group3-last-ack-bad-ack",
        LAST_ACK,
        "< . 102 503\n > . 502 102\n wait 1",
        "< . 102 503\n wait 1",
    ),
    (
        "RFC9293:3.5.2-group3-time-wait-bad-ack",
        TIME_WAIT,
        "< . 102 503\n > . 502 102\n wait 1",
        "< . 102 503\n wait 1",
    ),
    (
        "RFC9293:3.10.7.4-ack-syn-received-bad",
        PASSIVE,
        "< . 101 777\n > R 777\n wait 1",
        "< . 101 777\n wait 1",
    ),
    (
        "RFC5961:3.2-rst-in-window-challenge",
        OPEN,
        "< R 110\n > . 501 101\n wait 1",
        "< R 110\n seen ESTABLISHED\n wait 1",
    ),
    ("RFC5961:4.2-syn-in-window-challenge", OPEN, "< S 110\n > . 501 101\n wait 1", "< S 110\n wait 1"),
    // States.
    (
        "RFC9293:3.10.7.4-ack-syn-received-good",
        PASSIVE,
        "< . 101 501\n seen ESTABLISHED",
        "< . 101 501\n seen SYN-RECEIVED",
    ),
    (
        "RFC9293:3.10.7.4-syn-syn-received-passive",
        PASSIVE,
        "< S 110\n seen LISTEN",
        "< S 110\n seen ESTABLISHED",
    ),
    (
        "RFC9293:3.10.7.4-rst-syn-received-passive",
        PASSIVE,
        "< R 101\n seen LISTEN",
        "< R 101\n seen SYN-RECEIVED",
    ),
    (
        "RFC9293:3.10.7.4-rst-syn-received-active",
        "connect\n > S 500\n < S 100\n > S. 500 101\n",
        "< R 101\n seen CLOSED",
        "< R 101\n seen SYN-RECEIVED",
    ),
    ("RFC9293:3.10.7.4-rst-established", OPEN, "< R 101\n seen CLOSED", "< R 101\n > . 501 101"),
    ("RFC9293:3.10.7.4-rst-fin-wait-1", FIN_WAIT_1, "< R 101\n seen CLOSED", "< R 101\n seen FIN-WAIT-1"),
    ("RFC9293:3.10.7.4-rst-fin-wait-2", FIN_WAIT_2, "< R 101\n seen CLOSED", "< R 101\n seen FIN-WAIT-2"),
    ("RFC9293:3.10.7.4-rst-close-wait", CLOSE_WAIT, "< R 102\n seen CLOSED", "< R 102\n seen CLOSE-WAIT"),
    ("RFC9293:3.10.7.4-rst-closing", CLOSING, "< R 102\n seen CLOSED", "< R 102\n seen CLOSING"),
    ("RFC9293:3.10.7.4-rst-last-ack", LAST_ACK, "< R 102\n seen CLOSED", "< R 102\n seen LAST-ACK"),
    ("RFC9293:3.10.7.4-rst-time-wait", TIME_WAIT, "< R 102\n seen TIME-WAIT", "< R 102\n seen ESTABLISHED"),
    (
        "RFC9293:3.10.7.4-fin-established",
        OPEN,
        "< F. 101 501\n > . 501 102\n seen CLOSE-WAIT",
        "< F. 101 501\n seen ESTABLISHED",
    ),
    (
        "RFC9293:3.10.7.4-fin-fin-wait-1-unacked",
        FIN_WAIT_1,
        "< F. 101 501\n > . 502 102\n wait 500000",
        "< F. 101 501\n wait 500000",
    ),
    (
        "RFC9293:3.10.7.4-fin-fin-wait-2",
        FIN_WAIT_2,
        "< F. 101 502\n > . 502 102\n wait 500000",
        "< F. 101 502\n wait 500000",
    ),
    (
        "RFC9293:3.10.7.4-ack-fin-wait-1-of-fin",
        FIN_WAIT_1,
        "< . 101 502\n seen FIN-WAIT-2",
        "< . 101 502\n seen FIN-WAIT-1",
    ),
    (
        "RFC9293:3.10.7.4-ack-closing-of-fin",
        CLOSING,
        "< . 102 502\n seen TIME-WAIT",
        "< . 102 502\n seen CLOSING",
    ),
    (
        "RFC9293:3.10.7.4-ack-last-ack-of-fin",
        LAST_ACK,
        "< . 102 502\n seen CLOSED",
        "< . 102 502\n > . 502 102",
    ),
    // Congestion notification: 40 is ECE, c0 that and CWR.
    ("RFC3168:6.1.1-ecn-setup-synack", "listen\n < S 100 bits=40\n", "> S. 500 101", "> S. 500 101 bits=40"),
    (
        "RFC3168:6.1.3-echo-until-cwr",
        MARKS,
        "< P. 101+10 501\n > . 501 111 bits=40\n < P. 111+10 501 bits=80\n > . 501 121",
        "< P. 101+10 501\n > . 501 111 bits=40\n < P. 111+10 501\n > . 501 121",
    ),
    // Timers.
    ("RFC6298:5-never-early", PACED_SACK, "wait 100000\n > P. 501+10 101", "wait 99999\n > P. 501+10 101"),
    ("RFC6298:2.2-first-sample", PACED, "wait 200000\n > P. 501+10 101", "wait 199999\n > P. 501+10 101"),
    (
        "RFC6298:5.5-double",
        PACED,
        "wait 1000000\n > P. 501+10 101\n wait 2000000\n > P. 501+10 101",
        "wait 1000000\n > P. 501+10 101\n wait 1500000\n > P. 501+10 101",
    ),
    (
        "RFC6298:2.3-later-samples",
        PACED,
        "wait 1500000\n > P. 501+10 101\n wait 100000\n < . 101 511\n send 10\n > P. 511+10 101\n wait 100000\n < . 101 521\n send 10\n > P. 521+10 101\n wait 1600000\n > P. 521+10 101",
        "wait 1500000\n > P. 501+10 101\n wait 100000\n < . 101 511\n send 10\n > P. 511+10 101\n wait 100000\n < . 101 521\n send 10\n > P. 521+10 101\n wait 3900000\n > P. 521+10 101",
    ),
    (
        "RFC6298:5.5-double-syn",
        SYN_SENT,
        "wait 1000000\n > S 500\n wait 2000000\n > S 500",
        "wait 1000000\n > S 500\n wait 1000000\n > S 500",
    ),
    ("RFC9293:MUST-18", PACED, "wait 4000000\n > P. 501+10 101", "wait 4000001"),
    (
        "RFC9293:MUST-36",
        OPEN,
        "< . 101 501 win=0\n send 10\n wait 120000000\n > P. 501+1 101",
        "< . 101 501 win=0\n send 10\n wait 120000001",
    ),
    // What the user gave.
    ("RFC9293:3.10.2-send-established", OPEN, "send 10\n > P. 501+10 101", "send 10\n > P. 501+11 101"),
    (
        "RFC9293:3.10.2-send-established",
        OPEN,
        "send 1000\n wait 100000\n > P. 501+1000 101",
        "send 1000\n wait 100001",
    ),
    (
        "RFC9293:3.10.3-receive-open-states",
        OPEN,
        "< P. 101+10 501\n > . 501 111\n receive 10",
        "< P. 101+10 501\n > . 501 111\n receive 11",
    ),
    (
        "RFC9293:3.10.3-receive-open-states",
        OPEN,
        "< . 101+10 501\n < P. 111+10 501\n > . 501 121\n receive 20\n receive nothing",
        "< . 101+10 501\n receive nothing\n < P. 111+10 501\n > . 501 121\n receive nothing",
    ),
    (
        "RFC9293:3.10.2-send-urgent",
        OPEN,
        "send urgent 10\n > PU. 501+10 101 urg=10",
        "send urgent 10\n > P. 501+10 101",
    ),
    ("RFC9293:3.10.2-send-urgent", OPEN, "send 10\n > P. 501+10 101", "send 10\n > PU. 501+10 101 urg=10"),
    (
        "RFC9293:MUST-62",
        OPEN,
        "send urgent 10\n > PU. 501+10 101 urg=9",
        "send urgent 10\n > PU. 501+10 101 urg=8",
    ),
    ("RFC9293:MUST-60", OPEN, "send 10\n wait 2000000\n > P. 501+10 101", "send 10\n wait 2000001"),
    ("RFC9293:MUST-61", OPEN, "send 10\n > P. 501+10 101", "send 10\n > . 501+10 101"),
    // Closing.
    ("RFC9293:3.6-own-fin-waits-for-user", CLOSE_WAIT, "close\n > F. 501 102", "> F. 501 102"),
    (
        "RFC9293:3.10.4-close-fin-wait",
        FIN_WAIT_1,
        "wait 1000000\n > F. 501 101",
        "wait 1000000\n > F. 502 101",
    ),
    ("RFC9293:3.10.2-send-after-close", FIN_WAIT_1, "> . 502 101", "> P. 502+10 101"),
    ("RFC9293:3.10.4-close-established", OPEN, "close\n seen FIN-WAIT-1", "close\n seen ESTABLISHED"),
    (
        "RFC9293:3.10.4-close-syn-received-idle",
        PASSIVE,
        "close\n > F. 501 101\n seen FIN-WAIT-1",
        "close\n > F. 501 101\n seen SYN-RECEIVED",
    ),
    ("RFC9293:3.10.4-close-close-wait", LAST_ACK, "seen LAST-ACK", "seen CLOSE-WAIT"),
    ("RFC9293:3.10.4-close-syn-sent", SYN_SENT, "close\n seen CLOSED", "close\n seen SYN-SENT"),
    ("RFC9293:3.10.4-close-listen", "listen\n", "close\n seen CLOSED", "close\n seen LISTEN"),
    ("RFC9293:MUST-13", TIME_WAIT, "seen TIME-WAIT", "seen CLOSED"),
    (
        "RFC9293:3.10.8-time-wait-timeout",
        TIME_WAIT,
        "wait 240000000\n seen CLOSED",
        "wait 240000000\n seen CLOSED\n > . 502 102",
    ),
];

/// Rules that need a long beginning: requirement, what is lawful, and what then departs.
const LONG: &[(&str, &[&str], &str)] = &[
    ("RFC5681:3.1-initial-window", &[WIDE, TEN], "> . 10501+1 101"),
    ("RFC5681:3.1-slow-start-growth", &[WIDE, TEN, FOUR_MORE], "> . 14501+4 101"),
    ("RFC5681:3-not-more-aggressive", &[WIDE_PACED, TEN, TWO_DUPLICATES], "> . 501+1000 101"),
    (
        "RFC3168:6.1.2-cwr-on-first-new-data",
        &[MARKS, TEN, "< . 101 1501 win=60000 bits=40\n"],
        "> . 10501+1000 101",
    ),
    (
        "RFC3042:2-window-limits",
        &[WIDE_PACED, FIVE, "< . 101 501 win=60000\n > . 5501+1000 101\n"],
        "> . 6501+1000 101",
    ),
    ("RFC5681:3.2-step2-ssthresh", &[WIDE_PACED, FIVE, REPAIRED], "> . 8501+1000 101"),
    (
        "RFC5681:3-not-more-aggressive",
        &[WIDE_PACED, TEN, TWO_DUPLICATES, "< P. 101+10 501 win=60000\n < . 111 501 win=59000\n"],
        "> . 501+1000 111",
    ),
    (
        "RFC5681:3.1-rto-loss-window",
        &[WIDE, "> . 501+1000 101\n wait 1000000\n > . 501+1000 101\n"],
        "> . 1501+1000 101",
    ),
];

/// SHOULDs: requirement, beginning, a trace that follows it, and one that does not and yet is lawful.
const WARNINGS: &[(&str, &str, &str, &str)] = &[
    ("RFC2018:4-sack-while-queue-has-gaps", SACKED, "> . 501 101 sack=111-121", "> . 501 101"),
    (
        "RFC5681:3.2-ack-gap-fill-now",
        SACKED,
        "< P. 101+10 501\n > . 501 121\n wait 1",
        "< P. 101+10 501\n wait 1",
    ),
    ("RFC3168:6.1.2-cwr-once", MARKS, "> . 501+1000 101", "> . 501+1000 101 bits=80"),
    ("RFC5681:3.2-fast-retransmit", THREE_DUPLICATES, "> . 501+1000 101", "wait 3000000\n > . 501+1000 101"),
    ("RFC5681:4.1-restart-window", RESTARTED, "wait 1", "> . 22501+1000 101"),
    ("RFC6298:2.1-initial-rto", SYN_SENT, "wait 1000000\n > S 500", "wait 100000\n > S 500"),
    (
        "RFC5681:3.2-ack-out-of-order-now",
        OPEN,
        "< P. 111+10 501\n > . 501 101\n wait 1",
        "< P. 111+10 501\n wait 1",
    ),
    (
        "RFC9293:SHLD-19",
        "listen\n < S 100 mss=1000\n > S. 500 101 mss=100\n < . 101 501\n < . 101+100 501\n < P. 201+100 501\n",
        "> . 501 301\n wait 1",
        "wait 1\n > . 501 301",
    ),
    ("RFC7323:3.2-tsecr-zero-without-ack", "connect\n", "> S 500 ts=1/0", "> S 500 ts=1/7"),
    ("RFC3168:6.1.1-unwilling-clears-flags", "connect\n", "> S 500 bits=c0", "> S 500 bits=40"),
    (
        "RFC9293:3.8.6.2.2-edge-held",
        "listen\n < S 100\n > S. 500 101\n < . 101 501\n > . 501 101\n < P. 101+1000 501\n > . 501 1101 win=0\n receive 1000\n",
        "> . 501 1101 win=1000",
        "> . 501 1101 win=0",
    ),
    ("RFC9293:SHLD-14", OPEN, "> . 501 101", "> . 501 101 win=999"),
    (
        "RFC9293:SHLD-15",
        "listen\n < S 100 mss=1000\n > S. 500 101\n < . 101 501\n send 100\n > P. 501+10 101\n < . 101 511 win=50\n",
        "> P. 511+50 101",
        "> P. 511+51 101",
    ),
];

#[test]
fn each_rule_accepts_a_trace_and_refuses_another_with_its_id() {
    let mut wrong = Vec::new();
    for (id, beginning, lawful, departing) in RULES {
        let accepted = judged(exact(), &format!("{beginning}{lawful}"));
        let refused = judged(exact(), &format!("{beginning}{departing}"));
        if !departed(&accepted).is_empty() {
            wrong.push(format!("{id} accepts: {:?} {}", departed(&accepted), accepted.departures()[0].what));
        }
        if departed(&refused) != [*id] {
            wrong.push(format!("{id} refuses: {:?}", departed(&refused)));
        }
    }
    for (id, lawful, departing) in LONG {
        let lawful = lawful.concat();
        assert_eq!(departed(&judged(exact(), &lawful)), Vec::<&str>::new(), "{id}");
        assert_eq!(departed(&judged(exact(), &format!("{lawful}{departing}"))), [*id]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The IPv6 rule needs an endpoint of its own.
#[test]
fn an_ipv6_peer_without_mss_is_sent_1220_octets_at_most() {
    let tuple = stackdrill_wire::Tuple {
        local: "[2001:db8::1]:80".parse().unwrap(),
        remote: "[2001:db8::2]:4000".parse().unwrap(),
    };
    let begun = "listen\n < S 100 win=9000\n > S. 500 101\n < . 101 501 win=9000\n send 2000\n";
    let accepted = judged(Endpoint::exact(tuple), &format!("{begun} > P. 501+1220 101"));
    assert_eq!(departed(&accepted), Vec::<&str>::new());
    let refused = judged(Endpoint::exact(tuple), &format!("{begun} > P. 501+1221 101"));
    assert_eq!(departed(&refused), ["RFC9293:MUST-15b"]);
}

/// Proves: RFC8201:4-reduce-on-ptb
#[test]
fn what_was_too_big_is_not_sent_again_and_again() {
    let tuple = stackdrill_wire::Tuple {
        local: "[2001:db8::1]:80".parse().unwrap(),
        remote: "[2001:db8::2]:4000".parse().unwrap(),
    };
    let goes_on = |between: &str, octets: u32| {
        let trace = format!("{TOO_BIG}{between}\n wait 4000000\n > P. 501+{octets} 101");
        departed(&judged(Endpoint::exact(tuple), &trace))
    };
    assert_eq!(goes_on("", 580), Vec::<&str>::new());
    assert_eq!(goes_on("", 581), ["RFC8201:4-reduce-on-ptb"]);
    assert_eq!(goes_on("maycut", 1000), Vec::<&str>::new(), "whoever lets routers cut may go on");
    let forged = TOO_BIG.replace("toobig 600 501", "toobig 600 9000");
    let forged = judged(Endpoint::exact(tuple), &format!("{forged} wait 4000000\n > P. 501+1000 101"));
    assert_eq!(departed(&forged), Vec::<&str>::new(), "nothing of that number was in flight");
}

#[test]
fn a_should_not_followed_warns_and_no_more() {
    for (id, beginning, followed, ignored) in WARNINGS {
        let warned = |trace: &str| {
            let oracle = judged(exact(), &format!("{beginning}{trace}"));
            assert_eq!(departed(&oracle), Vec::<&str>::new(), "{id}: {:#?}", oracle.departures());
            oracle.warnings().iter().any(|warning| warning.requirement == *id)
        };
        assert!(!warned(followed), "{id} is followed");
        assert!(warned(ignored), "{id} is not followed");
    }
}

/// Proves: RFC768:fields-checksum-sum RFC768:fields-length
#[test]
fn udp_is_judged_too() {
    let verdict = |datagram: Datagram| {
        let mut oracle = udp::Oracle::new(exact());
        oracle.observe(udp::Observation::Received(&Datagram::default()), Instant::ZERO);
        oracle.observe(udp::Observation::Sent(&datagram), Instant::ZERO);
        oracle.departures().iter().flat_map(|departure| departure.requirements.clone()).collect::<Vec<_>>()
    };
    assert_eq!(verdict(Datagram::default()), Vec::<&str>::new());
    assert_eq!(
        verdict(Datagram { checksum: Checksum::Literal(0), ..Datagram::default() }),
        Vec::<&str>::new()
    );
    let wrong = Datagram { checksum: Checksum::Literal(0xbad), ..Datagram::default() };
    assert_eq!(verdict(wrong), ["RFC768:fields-checksum-sum"]);
    let short = Datagram { length: Some(7), ..Datagram::default() };
    assert_eq!(verdict(short), ["RFC768:fields-length"]);
}

/// A rule nobody has seen refuse something is no rule yet.
#[test]
fn every_rule_is_in_a_table() {
    let elsewhere = [
        "RFC9293:MUST-15b",
        "RFC8201:4-reduce-on-ptb",
        "RFC768:fields-checksum-sum",
        "RFC768:fields-length",
        // What a host says beside its connections is in `host.rs`.
        "RFC1122:3.2.2-error-quotes-original",
        "RFC1122:3.2.2-no-error-about-error",
        "RFC1122:3.2.2-no-error-for-broadcast",
        "RFC1122:3.2.2-no-error-for-fragment",
        "RFC1122:3.2.2-no-error-for-nonunique-source",
        "RFC1122:3.2.2.6-echo-data",
        "RFC4443:2.4-quote-size",
        "RFC4443:2.4-no-error-cases",
        "RFC4443:4.2-echo-reply",
    ];
    for rule in Oracle::rules() {
        let warns = rule.level == Level::Should && WARNINGS.iter().any(|row| row.0 == rule.id);
        let refuses = RULES.iter().any(|row| row.0 == rule.id) || LONG.iter().any(|row| row.0 == rule.id);
        let tested = warns || refuses || elsewhere.contains(&rule.id);
        assert!(tested, "{} is not tested", rule.id);
    }
    assert_eq!(tuple().local.port(), 8080);
}
