//! A peer, a user, the path and time do this and that to one host.
use core::time::Duration;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;
use stackdrill::Profile;
use stackdrill::judge::ran;
use stackdrill::operation::{
    Complaint, Dress, Landmark, Offer, Opening, Operation, Place, Plan, Shape, User, Wait, Window, perform,
};
use stackdrill::runner::retell;
use stackdrill::target::Target;
use stackdrill::worlds::{ALPHABET, roots};
use stackdrill_oracle::Oracle;
use stackdrill_wire::Flags;

use crate::guarded::Guarded;
use crate::{Outcome, digest, wanted};

/// Carries out a plan, under each profile in turn.
pub(super) fn run(plan: &Plan, seed: u64) -> Outcome {
    let profile = Profile::ALL[(seed % 3) as usize];
    let mut target = Guarded::default();
    let Ok(story) = perform(&mut target, profile, plan) else { return Outcome::default() };
    if wanted().is_some() {
        eprintln!("{}", retell(&story.trace, target.abi(), "What happened"));
    }
    let judged = ran::connections(&story.trace, target.abi(), story.until, Duration::ZERO);
    let oracles: Vec<Oracle> = judged.into_iter().map(|(_, oracle)| oracle).collect();
    Outcome::judged(digest(&story.trace), &oracles, &target.departs())
}

/// Anything that octets can say, but no MSS so small that FreeBSD will not keep to it.
pub(super) fn wild(seed: u64) -> Plan {
    let mut dice = Pcg32::new(seed, 12);
    let mut octets = [0; 240];
    dice.fill_bytes(&mut octets);
    let mut plan = Plan::read(&octets);
    plan.offer.mss = plan.offer.mss.map(|mss| mss.max(536));
    plan
}

/// From a state on, mostly what keeps a connection alive.
pub(super) fn civil(seed: u64) -> Plan {
    let mut dice = Pcg32::new(seed, 13);
    let mut below = |limit: usize| dice.next_u32() as usize % limit;
    let roots = roots();
    let mut plan = roots[below(roots.len())].plan.clone();
    plan.offer = Offer {
        mss: [Some(1460), Some(536), None][below(3)],
        scale: [None, Some(0), Some(7)][below(3)],
        timestamps: below(2) == 0,
        sack: below(2) == 0,
    };
    for _ in 0..40 {
        let operation = match below(24) {
            0 => ALPHABET[below(ALPHABET.len())].1,
            1..6 => MORE[below(MORE.len())],
            6..10 => Operation::Wait(Wait::Micros([1_000, 40_000, 200_000, 500_000, 2_000_000][below(5)])),
            10..13 => Operation::User(User::Send([1, 100, 1460, 4000, 30_000][below(5)])),
            _ => calm(&mut below),
        };
        plan.operations.push(operation);
    }
    plan
}

/// Something that does not end a connection, nor begin one.
fn calm(below: &mut impl FnMut(usize) -> usize) -> Operation {
    let ends = |operation: Operation| match operation {
        Operation::Segment(shape) => shape.flags.any(Flags::SYN | Flags::FIN | Flags::RST),
        Operation::User(user) => !matches!(user, User::Send(_) | User::Receive(_) | User::Accept),
        Operation::Complaint(_) => true,
        Operation::Wait(_) => false,
    };
    loop {
        let operation = ALPHABET[below(ALPHABET.len())].1;
        if !ends(operation) {
            return operation;
        }
    }
}

/// A peer that takes in a bulk of text over a path that loses and delays.
pub(super) fn bulk(seed: u64) -> Plan {
    let mut dice = Pcg32::new(seed, 14);
    let mut below = |limit: usize| dice.next_u32() as usize % limit;
    let offer = Offer {
        mss: Some([1460, 536][below(2)]),
        scale: [None, Some(2)][below(2)],
        timestamps: below(2) == 0,
        sack: below(3) == 0,
    };
    let opening = [Opening::Accepted, Opening::Connected, Opening::Connecting][below(3)];
    let mut plan = Plan { opening, offer, iss: 1_000_000, operations: Vec::new() };
    // A round trip of up to three seconds, which is longer than a timeout before it is measured.
    let trip = Operation::Wait(Wait::Micros([20_000, 150_000, 700_000, 1_600_000, 2_900_000][below(5)]));
    if opening == Opening::Connecting {
        plan.operations.extend([trip, says(0x12, 0)]);
    }
    // A few never lose anything, and come to wide windows.
    let clean = below(5) == 0;
    for _ in 0..14 {
        if clean {
            plan.operations.extend([Operation::User(User::Send(60_000)), trip, offers(65_535)]);
            continue;
        }
        plan.operations.extend([Operation::User(User::Send([100, 1460, 30_000, 60_000][below(4)])), trip]);
        // What repeats an acknowledgment and is no duplicate for all that: it has text, or another window.
        let talks = Operation::Segment(Shape { flags: Flags(0x18), text: 100, ..NOTHING_NEW });
        let wider = |more: u16| {
            Operation::Segment(Shape { window: Window::Field(40_000 + 1000 * more), ..NOTHING_NEW })
        };
        match below(8) {
            0 => plan.operations.extend([trip, trip, Operation::Wait(Wait::Deadline)]),
            1 | 2 => (0..1 + below(5)).for_each(|_| plan.operations.push(Operation::Segment(NOTHING_NEW))),
            3 => (1..=4).for_each(|more| plan.operations.push(lists(1460, 1460 * more))),
            4 => plan.operations.push(Operation::Complaint(Complaint::TooBig([576, 1300][below(2)]))),
            5 => plan.operations.extend([talks; 4]),
            6 => plan.operations.extend((0..4).map(wider)),
            _ => {}
        }
        let octets = 1460 * (1 + below(6)) as u32;
        let news = [acknowledges(octets), offers(65_535), offers(60_000), says(0x18, 100)][below(4)];
        plan.operations.push(news);
    }
    // What then leaves, perhaps after a long pause, is too big, or nobody hears of it.
    plan.operations.push(offers(65_535));
    if below(2) == 0 {
        plan.operations.extend([Operation::Wait(Wait::Micros(1_000)), offers(65_535), trip, offers(65_535)]);
        plan.operations.push(Operation::Wait(Wait::Micros(60_000_000)));
    }
    plan.operations.push(Operation::User(User::Send(30_000)));
    if below(2) == 0 {
        plan.operations.push(Operation::Complaint(Complaint::TooBig([576, 1300][below(2)])));
    }
    plan
}

/// A peer that sends more than its reader keeps up with, in large pieces or in small ones, and now and then something
/// out of order.
pub(super) fn flood(seed: u64) -> Plan {
    let mut dice = Pcg32::new(seed, 15);
    let mut below = |limit: usize| dice.next_u32() as usize % limit;
    let offer =
        Offer { mss: Some(1460), scale: [None, Some(7)][below(2)], timestamps: below(2) == 0, sack: true };
    let opening = [Opening::Accepted, Opening::Connected][below(2)];
    let mut plan = Plan { opening, offer, iss: ISS, operations: Vec::new() };
    let large = below(3) > 0;
    let pause = Operation::Wait(Wait::Micros([1_000, 90_000, 150_000, 190_000][below(4)]));
    let beyond = Place { from: Landmark::Next, distance: 3000 };
    for _ in 0..60 {
        let octets = if large { 1460 } else { [1, 10, 100, 536][below(4)] };
        plan.operations.push(says(0x18, octets));
        match below(12) {
            0 | 1 => {
                let most = [1, 100, 700, 3000, 60_000][below(5)];
                plan.operations.push(Operation::User(User::Receive(most)));
            }
            2 => plan.operations.push(Operation::User(User::Send(100))),
            3 => plan.operations.push(Operation::Segment(Shape { seq: beyond, text: 100, ..PLAIN })),
            4 => plan.operations.push(Operation::Segment(NOTHING_NEW)),
            _ if large => {}
            _ => plan.operations.push(pause),
        }
    }
    for _ in 0..30 {
        plan.operations.push(Operation::User(User::Receive([1, 100, 700, 1500, 9000][below(5)])));
        plan.operations.extend([pause, says(0x18, [0, 1, 1460][below(3)])]);
    }
    plan
}

/// The peer's first number: its text crosses the end of the circle.
const ISS: u32 = 0xffff_ff80;

const PLAIN: Shape =
    Shape { ack: Place { from: Landmark::Next, distance: 0 }, flags: Flags(0x18), ..NOTHING_NEW };

const NOTHING_NEW: Shape = Shape {
    flags: Flags::ACK,
    seq: Place { from: Landmark::Next, distance: 0 },
    ack: Place { from: Landmark::Acknowledged, distance: 0 },
    window: Window::Same,
    text: 0,
    dress: Dress::Proper,
};

const fn acknowledges(octets: u32) -> Operation {
    let ack = Place { from: Landmark::Acknowledged, distance: octets };
    Operation::Segment(Shape { ack, ..NOTHING_NEW })
}

const fn offers(window: u16) -> Operation {
    let ack = Place { from: Landmark::Next, distance: 0 };
    Operation::Segment(Shape { ack, window: Window::Field(window), ..NOTHING_NEW })
}

const fn lists(left: u32, octets: u32) -> Operation {
    Operation::Segment(Shape { dress: Dress::Sack(left, octets), ..NOTHING_NEW })
}

const fn says(flags: u16, text: u16) -> Operation {
    let ack = Place { from: Landmark::Next, distance: 0 };
    Operation::Segment(Shape { flags: Flags(flags), ack, text, ..NOTHING_NEW })
}

/// What worlds are too small for: losses and their repair, small windows, urgent text, marks, old stamps.
const MORE: &[Operation] = &[
    Operation::Segment(NOTHING_NEW),
    Operation::Segment(NOTHING_NEW),
    Operation::Segment(NOTHING_NEW),
    acknowledges(1460),
    acknowledges(2920),
    acknowledges(536),
    offers(1),
    offers(100),
    offers(2000),
    offers(20_000),
    lists(1460, 1460),
    lists(1460, 2920),
    lists(1460, 4380),
    says(0x38, 10),
    says(0x50, 0),
    says(0x98, 100),
    Operation::Segment(Shape { dress: Dress::Stale(1), text: 10, ..PLAIN }),
    Operation::Segment(Shape { dress: Dress::Stale(30_000), text: 10, ..PLAIN }),
    Operation::Segment(Shape { dress: Dress::Bare, text: 10, ..PLAIN }),
    says(0x18, 1460),
    says(0x18, 1460),
];
