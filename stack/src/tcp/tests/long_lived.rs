//! Connections that live long enough for every sequence number to come round again.
use stackdrill_wire::{Flags, Instant, Segment, TcpOption};

use super::bench::{ACK, Bench, ISS, S, SYN_ACK, birth, plain, segment};
use crate::Policy;
use crate::policy::Ecn;
use crate::tcp::{Birth, Connection, Context, Settings};

/// What the peer is given at once, in octets.
const CHUNK: u32 = 1 << 23;
const MSS: u16 = 65_000;
const HALF: u64 = 1 << 31;

/// A connection of large segments and windows, and how many octets the peer has acknowledged.
struct Long {
    bench: Bench,
    octets: u64,
}

impl Long {
    fn open() -> Self {
        let policy = Policy { window_scale: true, ecn: Ecn::Requests, send_buffer: 2 * CHUNK, ..plain() };
        let (now, mut said) = (Instant::from_micros(1_000_000), Vec::new());
        let birth = Birth { mtu: 65_535, ..birth() };
        let c = Connection::open(birth, Settings::new(&policy), &mut Context::new(now, &policy, &mut said));
        let mut bench = Bench { c, now, policy, said };
        let mut answer = segment(SYN_ACK | Flags::ECE, 0, 1, 0);
        answer.options.push(TcpOption::MaximumSegmentSize(MSS));
        answer.options.push(TcpOption::WindowScale(14));
        bench.hears(&answer);
        bench.said.clear();
        Self { bench, octets: 0 }
    }

    /// The peer's ACK of all that it has.
    fn ack(&self, flags: Flags) -> Segment {
        Segment { ack: ISS + 1 + self.octets as u32, ..segment(flags, 1, 0, 0) }
    }

    /// Sends until the peer has acknowledged `octets`.
    fn reach(&mut self, octets: u64) {
        while self.octets < octets {
            let chunk = (octets - self.octets).min(CHUNK.into());
            self.bench.send(chunk as usize);
            let aim = self.octets + chunk;
            while self.octets < aim {
                let sent: usize = self.bench.segments().iter().map(|segment| segment.text.len()).sum();
                assert!(sent > 0, "nothing is sent after {} octets", self.octets);
                self.octets += sent as u64;
                let ack = self.ack(ACK);
                self.bench.hears(&ack);
            }
        }
        self.bench.said.clear();
    }

    /// Twenty segments go out, none of which is acknowledged yet.
    fn twenty_out(&mut self) {
        self.bench.send(20 * usize::from(MSS));
        assert_eq!(self.bench.segments().len(), 20);
    }
}

/// What is remembered of the last loss, and of the last marks, ages with the numbers that it is kept in.
///
/// Proves: RFC9293:3.4-send-wraps-modulo RFC5681:3.2-fast-retransmit RFC3168:6.1.2-ece-response.
#[test]
fn losses_and_marks_are_heard_after_half_of_all_numbers() {
    for marked in [false, true] {
        let mut long = Long::open();
        long.reach(HALF + u64::from(CHUNK));
        long.twenty_out();
        let before = long.bench.status().congestion_window;
        match marked {
            true => {
                long.octets += u64::from(MSS);
                let echo = long.ack(ACK | Flags::ECE);
                long.bench.hears(&echo);
            }
            false => (0..3).for_each(|_| {
                let duplicate = long.ack(ACK);
                long.bench.hears(&duplicate);
            }),
        }
        assert_eq!(long.bench.segments().len(), usize::from(!marked), "marked {marked}: sent again");
        let after = long.bench.status().congestion_window;
        assert!(after <= before / 2 + 3 * u32::from(MSS), "marked {marked}: {before} octets, then {after}");
    }
}

/// Proves: RFC9293:3.4-send-wraps-modulo RFC6298:5.4-retransmit-earliest.
#[test]
fn text_that_has_the_number_of_the_syn_is_text() {
    let mut long = Long::open();
    long.reach((1 << 32) - 1);
    long.bench.send(10);
    let first = long.bench.segments();
    long.bench.wait(S);
    assert_eq!(long.bench.segments(), first, "the same again, a segment of text");
    assert_eq!((first[0].seq, first[0].text.len(), first[0].has(Flags::SYN)), (ISS, 10, false));
}
