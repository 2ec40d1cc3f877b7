//! Packets to try: lawful, unlikely, and nonsense that stays readable.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use proptest::prelude::*;
use stackdrill_wire::icmp::Message;
use stackdrill_wire::ip::{Extension, Ip, Ipv4, Ipv6, protocol};
use stackdrill_wire::{
    Checksum, Datagram, Flags, Options, Packet, SackBlocks, Segment, Seq, TcpOption, Transport,
};

/// One option, as values that own what they need.
#[derive(Clone, Debug)]
pub(crate) enum OptionGiven {
    Fixed(TcpOption<'static>),
    Md5(Vec<u8>),
    FastOpen(Vec<u8>),
    FastOpenExperimental(Vec<u8>),
    Unknown(u8, Vec<u8>),
}

impl OptionGiven {
    pub(crate) fn borrow(&self) -> TcpOption<'_> {
        match self {
            Self::Fixed(option) => *option,
            Self::Md5(digest) => TcpOption::Md5(digest),
            Self::FastOpen(cookie) => TcpOption::FastOpen(cookie),
            Self::FastOpenExperimental(cookie) => TcpOption::FastOpenExperimental(cookie),
            Self::Unknown(kind, data) => TcpOption::Unknown { kind: *kind, data },
        }
    }
}

fn some_octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=most)
}

pub(crate) fn option() -> impl Strategy<Value = OptionGiven> {
    let block = (any::<u32>(), any::<u32>()).prop_map(|(left, right)| (Seq(left), Seq(right)));
    let counter = 0_u32..1 << 24;
    prop_oneof![
        Just(OptionGiven::Fixed(TcpOption::NoOperation)),
        any::<u16>().prop_map(|size| OptionGiven::Fixed(TcpOption::MaximumSegmentSize(size))),
        any::<u8>().prop_map(|shift| OptionGiven::Fixed(TcpOption::WindowScale(shift))),
        Just(OptionGiven::Fixed(TcpOption::SackPermitted)),
        prop::collection::vec(block, 0..=4)
            .prop_map(|blocks| OptionGiven::Fixed(TcpOption::Sack(SackBlocks::new(&blocks)))),
        (any::<u32>(), any::<u32>())
            .prop_map(|(value, echo)| OptionGiven::Fixed(TcpOption::Timestamps { value, echo })),
        (any::<bool>(), 0_u16..0x8000)
            .prop_map(|(minutes, value)| OptionGiven::Fixed(TcpOption::UserTimeout { minutes, value })),
        (0_u8..2, prop::collection::vec(counter, 0..=3)).prop_map(|(order, counters)| {
            let mut counters = counters.into_iter();
            let counters = [(); 3].map(|()| counters.next());
            OptionGiven::Fixed(TcpOption::AccEcn { order, counters })
        }),
        some_octets(18).prop_map(OptionGiven::Md5),
        some_octets(16).prop_map(OptionGiven::FastOpen),
        some_octets(16).prop_map(OptionGiven::FastOpenExperimental),
        // Kind 2 with six octets of data is nobody's maximum segment size.
        (prop_oneof![Just(2_u8), 100..120_u8], prop::collection::vec(any::<u8>(), 6))
            .prop_map(|(kind, data)| OptionGiven::Unknown(kind, data)),
    ]
}

/// As many of some options as fit, padded; or octets with lengths that lie.
pub(crate) fn options() -> impl Strategy<Value = Options> {
    let sensible = (prop::collection::vec(option(), 0..5), 0_u8..2).prop_map(|(list, filler)| {
        let mut options = Options::EMPTY;
        for option in &list {
            options.push(option.borrow());
        }
        options.pad(filler);
        options
    });
    let nonsense = (0_usize..=10).prop_flat_map(|words| prop::collection::vec(any::<u8>(), words * 4));
    prop_oneof![3 => sensible, 1 => nonsense.prop_map(|octets| Options::from_octets(&octets).unwrap())]
}

/// Right, or a value that is most unlikely to be; the laws filter the coincidences out.
fn checksum() -> impl Strategy<Value = Checksum> {
    prop_oneof![3 => Just(Checksum::Right), 1 => any::<u16>().prop_map(Checksum::Literal)]
}

fn text() -> impl Strategy<Value = Bytes> {
    some_octets(100).prop_map(Bytes::from)
}

pub(crate) fn segment() -> impl Strategy<Value = Segment> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>());
    let fields = (0_u16..0x1000, any::<u16>(), any::<u16>());
    (numbers, fields, checksum(), options(), text()).prop_map(
        |((source, destination, seq, ack), (flags, window, urgent), checksum, options, text)| Segment {
            source,
            destination,
            seq: Seq(seq),
            ack: Seq(ack),
            flags: Flags(flags),
            window,
            urgent,
            checksum,
            data_offset: None,
            options,
            text,
        },
    )
}

fn udp() -> impl Strategy<Value = Datagram> {
    (any::<u16>(), any::<u16>(), checksum(), text()).prop_map(|(source, destination, checksum, data)| {
        Datagram { source, destination, length: None, checksum, data }
    })
}

fn message() -> impl Strategy<Value = Message> {
    let body = prop_oneof![text(), segment().prop_map(quoting)];
    (any::<u8>(), any::<u8>(), checksum(), any::<[u8; 4]>(), body)
        .prop_map(|(kind, code, checksum, rest, body)| Message { kind, code, checksum, rest, body })
}

fn quoting(segment: Segment) -> Bytes {
    Packet::tcp(IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST), segment)
        .to_bytes()
        .slice(..28)
}

fn extension() -> impl Strategy<Value = Extension> {
    let plain = prop_oneof![Just((0_u8, 8_usize)), Just((43, 8)), Just((60, 8)), Just((51, 4))];
    prop_oneof![
        (plain, 1_usize..4).prop_flat_map(|((kind, unit), units)| {
            // Authentication counts from two units of four up, the others from one of eight.
            let size = if unit == 4 { (units + 1) * 4 } else { units * 8 };
            prop::collection::vec(any::<u8>(), size - 2)
                .prop_map(move |body| Extension::Plain { kind, body: Bytes::from(body) })
        }),
        (0_u16..0x2000, any::<bool>(), any::<u32>()).prop_map(|(units, more, id)| Extension::Fragment {
            offset: units << 3,
            more,
            id
        }),
        // Whole, though it has the header: the rest of the walk is seen too.
        any::<u32>().prop_map(|id| Extension::Fragment { offset: 0, more: false, id }),
    ]
}

fn v4() -> impl Strategy<Value = Ipv4> {
    let piece = prop_oneof![3 => Just((false, 0_u16)), 1 => (any::<bool>(), 0_u16..0x2000)];
    let fields = (any::<u8>(), any::<u16>(), any::<[bool; 2]>(), any::<u8>());
    let options = (0_usize..=10).prop_flat_map(|words| prop::collection::vec(any::<u8>(), words * 4));
    (any::<[u32; 2]>(), fields, piece, checksum(), options).prop_map(
        |(
            [source, destination],
            (tos, id, [reserved, dont_fragment], ttl),
            (more, units),
            checksum,
            options,
        )| Ipv4 {
            tos,
            id,
            reserved,
            dont_fragment,
            more_fragments: more,
            offset: units << 3,
            ttl,
            checksum,
            options: Bytes::from(options),
            ..Ipv4::new(Ipv4Addr::from_bits(source), Ipv4Addr::from_bits(destination), 0)
        },
    )
}

fn v6() -> impl Strategy<Value = Ipv6> {
    let fields = (any::<u8>(), 0_u32..1 << 20, any::<u8>());
    (any::<[u128; 2]>(), fields, prop::collection::vec(extension(), 0..4)).prop_map(
        |([source, destination], (traffic_class, flow_label, hop_limit), mut extensions)| {
            // Behind a piece from the middle nothing can be read as a header.
            let piece = |e: &Extension| matches!(e, Extension::Fragment { offset, .. } if *offset != 0);
            if let Some(at) = extensions.iter().position(piece) {
                extensions.truncate(at + 1);
            }
            Ipv6 {
                traffic_class,
                flow_label,
                hop_limit,
                extensions,
                ..Ipv6::new(Ipv6Addr::from_bits(source), Ipv6Addr::from_bits(destination), 0)
            }
        },
    )
}

/// Any datagram; literal checksums that happen to be right are left out, for they read back as right.
pub(crate) fn datagram() -> impl Strategy<Value = Packet> {
    let ip = prop_oneof![v4().prop_map(Ip::V4), v6().prop_map(Ip::V6)];
    let transport = prop_oneof![
        4 => segment().prop_map(Transport::Tcp),
        2 => udp().prop_map(Transport::Udp),
        1 => message().prop_map(Transport::Icmp),
        1 => text().prop_map(Transport::Other),
    ];
    (ip, transport).prop_map(|(ip, transport)| fitted(ip, transport)).prop_filter(
        "right by chance",
        |packet| {
            let parsed = Packet::parse(&packet.to_bytes()).unwrap();
            same_checksum_kind(packet, &parsed)
        },
    )
}

fn same_checksum_kind(one: &Packet, two: &Packet) -> bool {
    let right = |packet: &Packet| {
        let ip = match &packet.ip {
            Ip::V4(ip) => ip.checksum.is_right(),
            Ip::V6(_) => true,
        };
        let transport = match &packet.transport {
            Transport::Tcp(segment) => segment.checksum.is_right(),
            Transport::Udp(datagram) => datagram.checksum.is_right(),
            Transport::Icmp(message) => message.checksum.is_right(),
            Transport::Other(_) => true,
        };
        (ip, transport)
    };
    // Only a literal that turned out right is a coincidence; the other way round would be a bug.
    let (said, read) = (right(one), right(two));
    (said.0 || !read.0) && (said.1 || !read.1)
}

/// The protocol number that goes with the payload; a fragment's payload is not read.
fn fitted(mut ip: Ip, transport: Transport) -> Packet {
    let number = match (&transport, &ip) {
        (Transport::Tcp(_), _) => protocol::TCP,
        (Transport::Udp(_), _) => protocol::UDP,
        (Transport::Icmp(_), Ip::V4(_)) => protocol::ICMP,
        (Transport::Icmp(_), Ip::V6(_)) => protocol::ICMPV6,
        (Transport::Other(_), _) => 253,
    };
    match &mut ip {
        Ip::V4(ip) => ip.protocol = number,
        Ip::V6(ip) => ip.protocol = number,
    }
    let packet = Packet { ip, transport };
    if !packet.ip.is_fragment() {
        return packet;
    }
    let octets = packet.to_bytes();
    let payload = octets.slice(packet.ip.octets()..);
    Packet { transport: Transport::Other(payload), ..packet }
}

/// Octets as a hostile link brings them: noise, or a datagram with some of its octets changed.
pub(crate) fn captured() -> impl Strategy<Value = Vec<u8>> {
    let altered = (datagram(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4))
        .prop_map(|(packet, changes)| {
            let mut octets = packet.to_bytes().to_vec();
            for (at, octet) in changes {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            octets
        });
    prop_oneof![1 => some_octets(200), 3 => altered]
}
