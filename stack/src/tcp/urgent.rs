//! Urgent data: how far ahead it ends.
//!
//! Spec: RFC 9293 §3.8.5.
use stackdrill_wire::Seq;

use crate::tcp::receive::ReceiveSpace;

/// The peer's urgent pointer names `up`, the number after its last urgent octet; whether the user is to be told.
/// A pointer that does not move forward, or into what was read already, is no news.
///
/// Spec: RFC9293:MUST-32a RFC9293:MUST-32b RFC9293:3.8.5-robust-to-bad-pointer RFC9293:MUST-62 RFC9293:MUST-30
/// RFC9293:3.10.7.4-urg-no-repeat-signal.
pub(crate) fn note(receive: &mut ReceiveSpace, up: Seq) -> bool {
    let news = up.after(receive.read()) && receive.up.is_none_or(|known| up.after(known));
    if news {
        receive.up = Some(up);
    }
    news
}

/// The urgent pointer of a segment at `seq`, if urgent data of ours ends beyond it. One that is too far to express is
/// cut down.
///
/// Spec: RFC9293:MUST-62 RFC9293:3.10.2-send-urgent RFC7323:A-urgent-overflow RFC9293:MUST-30.
pub(crate) fn pointer(up: Option<Seq>, seq: Seq) -> Option<u16> {
    up.filter(|up| up.after(seq)).map(|up| u16::try_from(up.since(seq)).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves: RFC9293:MUST-32a RFC9293:MUST-32b RFC9293:3.10.7.4-urg-no-repeat-signal.
    #[test]
    fn only_a_pointer_that_moves_forward_is_news() {
        let mut receive = ReceiveSpace::new(1000);
        receive.synchronize(Seq(u32::MAX), 0);
        for (up, news) in [(0, false), (5, true), (5, false), (3, false), (9, true), (u32::MAX - 9, false)] {
            assert_eq!(note(&mut receive, Seq(up)), news, "pointer {up}");
        }
        assert_eq!(receive.urgent(), Some(9));
    }

    /// Proves: RFC9293:MUST-62 RFC7323:A-urgent-overflow.
    #[test]
    fn the_pointer_counts_from_the_segment() {
        for (up, seq, expected) in [
            (None, 1, None),
            (Some(11), 1, Some(10)),
            (Some(11), 11, None),
            (Some(11), 12, None),
            (Some(70_001), 1, Some(u16::MAX)),
            (Some(2), u32::MAX, Some(3)),
        ] {
            assert_eq!(pointer(up.map(Seq), Seq(seq)), expected);
        }
    }
}
