//! Two lists of answers side by side.
use std::fmt;

use stackdrill_wire::{Flags, Segment, Seq};

/// The most differences of one side that are told.
const MOST_DIFFERENCES: usize = 100;
/// The most pairs that are compared to find the longest common part; longer lists are compared one by one.
const MOST_PAIRS: usize = 1 << 22;

/// A place where the answers differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The packet of the capture at which they do.
    pub packet: u64,
    /// What was captured, and what the target did instead.
    pub what: String,
}

/// What one packet says, in numbers that mean the same on either side.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Said {
    /// A segment, or several that continue one another: how a stream is cut is nobody's answer.
    Segment {
        /// All flags but PSH, which says nothing that the peer must heed.
        flags: Flags,
        /// Relative to the sender's ISS.
        seq: u32,
        /// Octets of text.
        length: u32,
        /// Relative to the receiver's ISS.
        ack: u32,
    },
    /// A UDP datagram of so many octets.
    Datagram(usize),
    /// An ICMP message.
    Icmp {
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
}

impl Said {
    /// A segment with `length` octets of text, relative to both initial sequence numbers.
    pub(super) fn segment(segment: &Segment, length: usize, iss: Seq, irs: Seq) -> Self {
        let flags = segment.flags.without(Flags::PSH);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let ack = if flags.has(Flags::ACK) { segment.ack - irs } else { 0 };
        Self::Segment { flags, seq: segment.seq - iss, length, ack }
    }

    /// Appends what follows to what was said, if it continues it.
    fn join(&mut self, next: &Self) -> bool {
        let (
            Self::Segment { flags, seq, length, ack },
            Self::Segment { flags: more, seq: at, length: octets, ack: same },
        ) = (self, next)
        else {
            return false;
        };
        let plain = *flags == Flags::ACK && (*more == Flags::ACK || *more == Flags::ACK | Flags::FIN);
        let continues = *length > 0 && *octets > 0 && seq.wrapping_add(*length) == *at && ack == same;
        if plain && continues {
            *flags = *more;
            *length += octets;
        }
        plain && continues
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment { flags, seq, length, ack } => {
                write!(f, "{flags} {seq}:{}({length})", seq.wrapping_add(*length))?;
                if flags.has(Flags::ACK) { write!(f, " ack {ack}") } else { Ok(()) }
            }
            Self::Datagram(octets) => write!(f, "udp ({octets})"),
            Self::Icmp { kind, code } => write!(f, "icmp type {kind} code {code}"),
        }
    }
}

/// A list of answers, with the packet at which each was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Vec<(u64, Said)>);

impl Answers {
    /// Appends an answer; one that continues the last becomes part of it.
    pub(super) fn push(&mut self, packet: u64, said: Said) {
        if let Some((_, last)) = self.0.last_mut()
            && last.join(&said)
        {
            return;
        }
        self.0.push((packet, said));
    }
}

/// Where `given` differs from `captured`; a difference in `given` alone stands at the packet that was last fed.
pub(super) fn differences(captured: &Answers, given: &Answers) -> Vec<Difference> {
    let (left, right) = (&captured.0, &given.0);
    let matched = shared(left, right);
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    for (x, y) in matched.into_iter().chain([(left.len(), right.len())]) {
        while i < x || j < y {
            let was = left.get(i).filter(|_| i < x);
            let is = right.get(j).filter(|_| j < y);
            found.extend(difference(was, is));
            (i, j) = ((i + 1).min(x), (j + 1).min(y));
        }
        (i, j) = (x + 1, y + 1);
    }
    found.truncate(MOST_DIFFERENCES);
    found
}

fn difference(was: Option<&(u64, Said)>, is: Option<&(u64, Said)>) -> Option<Difference> {
    let (packet, what) = match (was, is) {
        (Some((packet, was)), Some((_, is))) => (*packet, format!("captured {was}, the target sent {is}")),
        (Some((packet, was)), None) => (*packet, format!("captured {was}, which the target did not send")),
        (None, Some((packet, is))) => (*packet, format!("the target sent {is}, which was not captured")),
        (None, None) => return None,
    };
    Some(Difference { packet, what })
}

/// The pairs of a longest common part, in order.
fn shared(left: &[(u64, Said)], right: &[(u64, Said)]) -> Vec<(usize, usize)> {
    let equal = |i: usize, j: usize| {
        left.get(i).zip(right.get(j)).is_some_and(|((_, left), (_, right))| left == right)
    };
    if left.len().saturating_mul(right.len()) > MOST_PAIRS {
        return (0..left.len().min(right.len())).filter(|at| equal(*at, *at)).map(|at| (at, at)).collect();
    }
    // lengths[i][j]: the longest common part of left[i..] and right[j..].
    let width = right.len() + 1;
    let mut lengths = vec![0_u32; (left.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            lengths[at(i, j)] = if equal(i, j) {
                lengths[at(i + 1, j + 1)] + 1
            } else {
                lengths[at(i + 1, j)].max(lengths[at(i, j + 1)])
            };
        }
    }
    let (mut pairs, mut i, mut j) = (Vec::new(), 0, 0);
    while i < left.len() && j < right.len() {
        if equal(i, j) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[at(i + 1, j)] >= lengths[at(i, j + 1)] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(list: &[(u64, u32, u32)]) -> Answers {
        let mut answers = Answers::default();
        for &(packet, seq, length) in list {
            answers.push(packet, Said::Segment { flags: Flags::ACK, seq, length, ack: 1 });
        }
        answers
    }

    #[test]
    fn differences_stand_where_they_are() {
        for (captured, given, expected) in [
            (answers(&[(1, 1, 0)]), answers(&[(1, 1, 0)]), vec![]),
            // However a stream is cut.
            (answers(&[(1, 1, 2000)]), answers(&[(1, 1, 1000), (1, 1001, 1000)]), vec![]),
            (answers(&[(3, 1, 0), (4, 2, 0)]), answers(&[(4, 2, 0)]), vec![3]),
            (answers(&[(4, 2, 0)]), answers(&[(2, 1, 0), (4, 2, 0)]), vec![2]),
            (answers(&[(4, 2, 0), (9, 9, 0)]), answers(&[(4, 3, 0), (9, 9, 0)]), vec![4]),
        ] {
            let found: Vec<u64> = differences(&captured, &given).iter().map(|one| one.packet).collect();
            assert_eq!(found, expected, "{captured:?} {given:?}");
        }
    }
}
