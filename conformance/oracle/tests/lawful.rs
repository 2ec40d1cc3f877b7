//! Whole conversations that every conforming endpoint may have.
#[path = "support/trace.rs"]
mod trace;

use trace::{departed, exact, judged};

#[track_caller]
fn lawful(text: &str) {
    let oracle = judged(exact(), text);
    assert_eq!(departed(&oracle), Vec::<&str>::new(), "{:#?}", oracle.departures());
}

/// Proves: RFC9293:3.5-fig6-basic-handshake RFC9293:3.6-fig12-normal-close
#[test]
fn passive_open_text_and_close() {
    lawful(
        "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         < . 101 501
         seen ESTABLISHED
         < P. 101+10 501
         wait 200000
         > . 501 111
         send 20
         > P. 501+20 111
         < . 111 521
         < F. 111 521
         > . 521 112
         seen CLOSE-WAIT
         close
         > F. 521 112
         seen LAST-ACK
         < . 112 522
         seen CLOSED
         < . 112 522
         > R 522",
    );
}

/// Proves: RFC9293:3.6-fig13-simultaneous-close
#[test]
fn active_open_and_simultaneous_close() {
    lawful(
        "connect
         > S 500 mss=1000
         wait 1000000
         > S 500 mss=1000
         < S. 100 501 mss=1000
         > . 501 101
         close
         > F. 501 101
         seen FIN-WAIT-1
         < F. 101 501
         > . 502 102
         seen CLOSING
         < . 102 502
         seen TIME-WAIT
         < F. 101 502
         > . 502 102
         wait 60000000
         seen CLOSED",
    );
}

/// A SYN,ACK that nobody acknowledged is repeated, closed or not.
#[test]
fn a_closed_embryo_repeats_its_syn() {
    lawful(
        "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         close
         > F. 501 101
         wait 1000000
         > S. 500 101 mss=1000
         > F. 501 101
         < . 101 502
         seen FIN-WAIT-2",
    );
}

/// A reset below the window is dropped in silence even if more controls make the segment reach into it.
#[test]
fn a_reset_is_judged_by_its_first_number() {
    let begun = "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         < . 101 501
         < FSR. 100 501\n";
    lawful(&format!("{begun} seen ESTABLISHED\n send 10\n > P. 501+10 101"));
    lawful(&format!("{begun} seen CLOSED"));
}

/// Soft errors never end a synchronized connection, and may end an embryo.
#[test]
fn soft_errors_are_soft() {
    let open = "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         < . 101 501\n";
    lawful(&format!("{open} icmp soft\n seen ESTABLISHED"));
    let ended = judged(exact(), &format!("{open} icmp soft\n seen CLOSED"));
    assert_eq!(departed(&ended), ["RFC9293:3.10.7.4-ack-syn-received-good"]);
    lawful("connect\n > S 500\n icmp soft\n seen CLOSED");
}

/// Proves: RFC9293:3.5-fig7-simultaneous-open-crossing
#[test]
fn crossing_syns_open_at_either_step() {
    let crossed = "connect
         > S 500 mss=1000
         < S 100 mss=1000
         > S. 500 101 mss=1000
         < S. 100 501 mss=1000\n";
    lawful(&format!("{crossed} seen ESTABLISHED\n send 10\n > P. 501+10 101"));
    lawful(&format!("{crossed} > . 501 101\n seen SYN-RECEIVED\n < . 101 501\n seen ESTABLISHED"));
}

/// What a SYN offered may stand on its repetition with an ACK, though the SYN that crossed it has none of that.
///
/// Proves: RFC7323:2.2-wscale-on-syn-only RFC7323:3.2-ts-negotiation
#[test]
fn a_crossing_syn_keeps_its_offers() {
    lawful(
        "connect
         > S 500 mss=1000 ws=7 ts=1/0
         < S 100 mss=1000
         > S. 500 101 mss=1000 ws=7 ts=1/0
         < . 101 501
         seen ESTABLISHED",
    );
}

/// A FIN on a SYN is queued or left to be resent.
#[test]
fn a_fin_on_a_syn_waits_or_is_lost() {
    let active = "connect
         > S 500 mss=1000
         < FS. 100 501 mss=1000\n";
    lawful(&format!("{active} > . 501 102\n seen CLOSE-WAIT"));
    lawful(&format!(
        "{active} > . 501 101\n seen ESTABLISHED\n < F. 101 501\n > . 501 102\n seen CLOSE-WAIT"
    ));
    let passive = "listen
         < FS 100 mss=1000
         > S. 500 101 mss=1000
         < . 101 501\n";
    lawful(&format!("{passive} > . 501 102\n seen CLOSE-WAIT"));
    lawful(&format!("{passive} seen ESTABLISHED"));
}

/// A peer whose text contradicts its FIN is believed in either; text that merely lies behind the FIN is ignored.
#[test]
fn a_fin_among_contradictions() {
    let held = "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         < . 101 501
         < P. 111+30 501
         > . 501 101\n";
    // The FIN stands at 121, where text came first.
    lawful(&format!("{held} < F. 101+20 501\n > . 501 122\n seen CLOSE-WAIT"));
    lawful(&format!("{held} < F. 101+20 501\n > . 501 141\n seen ESTABLISHED"));
    // The FIN stands at 106, before the text.
    lawful(&format!("{held} < F. 101+5 501\n > . 501 107\n seen CLOSE-WAIT"));
    let ignored = judged(exact(), &format!("{held} < F. 101+5 501\n > . 501 106"));
    assert_eq!(departed(&ignored), ["RFC9293:3.1-ack-always-after-establishment"]);
}

/// A window that a mark has shrunk need not shrink for a loss of the same data, but for the loss of what was sent again.
///
/// Proves: RFC3168:6.1.2-once-per-rtt
#[test]
fn a_window_shrinks_once_for_marks_and_losses() {
    let begun = "listen
             < S 100 win=60000 mss=1000 bits=c0
             > S. 500 101 mss=1000 bits=40
             < . 101 501 win=60000
             send 60000
             > . 501+1000 101
             > . 1501+1000 101
             > . 2501+1000 101
             < . 101 501 win=60000 bits=40
             > . 501+1000 101
             wait 1000000
             > . 501+1000 101
             > . 1501+1000 101";
    lawful(begun);
    let again = format!("{begun}\n wait 2000000\n > . 501+1000 101\n > . 1501+1000 101");
    assert_eq!(departed(&judged(exact(), &again)), ["RFC5681:3.1-rto-loss-window"]);
    let unmarked = begun.replace("win=60000 bits=40", "win=60000");
    assert_eq!(departed(&judged(exact(), &unmarked)), ["RFC5681:3.1-rto-loss-window"]);
}

/// An answer to an acknowledgment from long ago counts for the limit of a second, though nothing obliged to it.
///
/// Proves: RFC5961:7-throttling
#[test]
fn what_answers_a_stale_acknowledgment_is_limited_too() {
    let opened = "listen
        < S 100 mss=1000
        > S. 500 101 mss=1000
        < . 101 501";
    lawful(&format!("{opened}\n < . 101 4000000000\n > . 501 101\n < R 110\n wait 900000"));
    let unlimited = judged(exact(), &format!("{opened}\n < R 110\n seen ESTABLISHED\n wait 900000"));
    assert_eq!(departed(&unlimited), ["RFC5961:3.2-rst-in-window-challenge"]);
}

/// Who times one segment at a time gives that up when anything is sent again: the timeout may then stay doubled, though
/// something that was sent once is acknowledged.
///
/// Proves: RFC6298:5-backoff-kept RFC6298:3-one-sample-per-rtt
#[test]
fn a_timeout_stays_doubled_until_a_round_trip_is_surely_measured() {
    let begun = "listen
        < S 100 mss=1000
        > S. 500 101 mss=1000
        wait 100000
        < . 101 501
        send 20
        > . 501+10 101
        > P. 511+10 101
        wait 1000000
        > . 501+10 101
        > P. 511+10 101
        wait 2000000
        > . 501+10 101
        > P. 511+10 101
        wait 3900000
        < . 101 501
        send 10
        > P. 521+10 101
        wait 100000
        > . 501+10 101
        wait 50000
        < . 101 531
        send 10
        > P. 531+10 101";
    lawful(&format!("{begun}\n wait 8000000\n > P. 531+10 101"));
    let measured = format!("{begun}\n wait 100000\n < . 101 541\n send 10\n > P. 541+10 101\n wait 8000000");
    assert_eq!(departed(&judged(exact(), &measured)), ["RFC9293:MUST-18"]);
}

/// An acknowledgment of something never sent says nothing of what was: that is still compared with what stood there.
///
/// Proves: RFC9293:3.10.7.4-ack-established-too-high
#[test]
fn an_acknowledgment_of_nothing_sent_is_not_believed() {
    let begun = "listen
        < S 100 mss=1000
        > S. 500 101 mss=1000
        < . 101 501
        send 10
        > P. 501+10 101
        < . 101 9000
        > . 511 101
        wait 1000000";
    lawful(&format!("{begun}\n > P. 501+10 101"));
    let altered = judged(exact(), &format!("{begun}\n > P. 501+10 101 fill=y"));
    assert_eq!(departed(&altered), ["RFC9293:3.10.8-retransmission-timeout"]);
}

/// The answer to an echo is said once, and a second echo of the same window asks for none.
///
/// Proves: RFC3168:6.1.2-cwr-on-first-new-data RFC3168:6.1.2-once-per-rtt
#[test]
fn an_echo_is_answered_once_a_window() {
    lawful(
        "listen
         < S 100 win=60000 mss=1000 bits=c0
         > S. 500 101 mss=1000 bits=40
         < . 101 501 win=60000
         send 60000
         > . 501+1000 101
         > . 1501+1000 101
         > . 2501+1000 101
         > . 3501+1000 101
         > . 4501+1000 101
         < . 101 1501 win=60000 bits=40
         > . 5501+1000 101 bits=80
         < . 101 2501 win=60000 bits=40
         > . 6501+1000 101",
    );
}

/// A user who wants to hear of no connection without text makes its handshake's end count for nothing, for a while.
///
/// Proves: RFC9293:3.10.7.4-ack-syn-received-good RFC9293:3.10.7.4-syn-established
#[test]
fn a_deferred_end_of_the_handshake() {
    let opening = "listen
         < S 100 win=1000 mss=1000
         > S. 500 101 mss=1000
         wait 100000
         ";
    lawful(&format!(
        "{opening} <? . 101 501\n wait 900000\n > S. 500 101 mss=1000\n < . 101 501\n seen ESTABLISHED"
    ));
    lawful(&format!("{opening} <? . 101 501\n seen ESTABLISHED\n send 20\n > P. 501+20 101"));
    let again = format!("{opening} < . 101 501\n wait 900000\n > S. 500 101 mss=1000");
    assert_eq!(departed(&judged(exact(), &again)), ["RFC9293:3.10.7.4-syn-established"]);
}

/// What repeats an acknowledgment while nothing is outstanding is no duplicate (RFC 5681 §2): of a loss after it only the
/// timer tells.
#[test]
fn an_idle_acknowledgment_is_no_duplicate() {
    let trace =
        "listen\n < S 100 win=60000 mss=1000\n > S. 500 101 mss=1000\n wait 100000\n < . 101 501 win=60000
        < . 101 501 win=60000\n < . 101 501 win=60000\n < . 101 501 win=60000\n send 4000
        > . 501+1000 101\n > . 1501+1000 101\n > . 2501+1000 101\n > P. 3501+1000 101\n wait 1000000
        > . 501+1000 101";
    lawful(trace);
    let oracle = judged(exact(), trace);
    assert!(oracle.warnings().is_empty(), "{:?}", oracle.warnings());
}

/// A timeout may be capped at a minute, however long a round trip takes.
///
/// Proves: RFC6298:2.5-ceiling
#[test]
fn a_round_trip_longer_than_any_timeout() {
    lawful(
        "connect
         > S 500 mss=1000
         wait 1000000
         > S 500 mss=1000
         < S. 100 501 win=60000 mss=1000
         > . 501 101
         send 2000
         > . 501+1000 101
         > P. 1501+1000 101
         wait 3000000
         > . 501+1000 101
         wait 6000000
         > . 501+1000 101
         wait 12000000
         > . 501+1000 101
         wait 24000000
         > . 501+1000 101
         wait 48000000
         > . 501+1000 101
         < . 101 2501 win=60000
         send 1000
         > P. 2501+1000 101
         wait 60000000
         > P. 2501+1000 101",
    );
}
