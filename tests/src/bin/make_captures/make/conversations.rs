//! The conversations: what each shows, what the path does to it, what the two actors do.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown};
use std::thread::sleep;
use std::time::Duration;

use anyhow::ensure;

use super::acts::{
    REQUEST, answer, exchange, fetch, meet_only, open_crossing, refused, serve_40k, serve_60k, take_upload,
    unreachable, upload,
};
use super::file::{Format, LinkType};
use super::recipe::{Class, Fate, Fault, Recipe, Towards};
use super::scene::{PORT, Scene, abort, hear, hear_out, keep_alive, say};

const MS: Duration = Duration::from_millis(1);

/// The two ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// It connects.
    Client,
    /// It is connected to.
    Server,
}

/// What one actor does.
pub(crate) type Act = fn(&Scene<'_>) -> anyhow::Result<()>;

/// A conversation.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    /// Its name, which the file bears.
    pub(crate) name: &'static str,
    /// What a reader will find in the capture.
    pub(crate) shows: &'static str,
    /// The addresses of client and server.
    pub(crate) addresses: [IpAddr; 2],
    /// The end at which the capture is made.
    pub(crate) near: End,
    /// The congestion control, if not the host's own choice.
    pub(crate) congestion: Option<&'static str>,
    /// What the path does.
    pub(crate) recipe: Recipe,
    /// What the client does.
    pub(crate) client: Act,
    /// What the server does.
    pub(crate) server: Act,
    /// The file's format.
    pub(crate) format: Format,
    /// The file's link type.
    pub(crate) link: LinkType,
}

impl Conversation {
    fn new(name: &'static str, shows: &'static str, client: Act, server: Act) -> Self {
        Self {
            name,
            shows,
            addresses: [Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::new(192, 0, 2, 2).into()],
            near: End::Client,
            congestion: None,
            recipe: Recipe { delay: 5 * MS, faults: Vec::new() },
            client,
            server,
            format: Format::Next,
            link: LinkType::Ethernet,
        }
    }

    fn ipv6(mut self) -> Self {
        let address = |host| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host).into();
        self.addresses = [address(1), address(2)];
        self
    }

    fn near_server(mut self) -> Self {
        self.near = End::Server;
        self
    }

    /// Loss recovery is plainest with the congestion control that the RFCs describe.
    fn reno(mut self) -> Self {
        self.congestion = Some("reno");
        self
    }

    fn delay(mut self, delay: Duration) -> Self {
        self.recipe.delay = delay;
        self
    }

    fn fault(mut self, towards: Towards, class: Class, which: (u32, u32), fate: Fate) -> Self {
        self.recipe.faults.push(Fault { towards, class, which: which.0..=which.1, fate });
        self
    }

    fn filed(mut self, format: Format, link: LinkType) -> Self {
        (self.format, self.link) = (format, link);
        self
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Conversation> {
    [transfers(), losses(), closes(), refusals()].concat()
}

fn transfers() -> Vec<Conversation> {
    vec![
        Conversation::new(
            "plain-transfer",
            "a request, 60,000 octets in answer, a close from the server",
            fetch,
            serve_60k,
        ),
        Conversation::new(
            "plain-upload",
            "40,000 octets from the client, seen where they were sent",
            upload,
            take_upload,
        )
        .filed(Format::Micros, LinkType::Ethernet),
        Conversation::new("ipv6-transfer", "a transfer over IPv6", fetch, serve_40k)
            .ipv6()
            .near_server()
            .filed(Format::Nanos, LinkType::Ethernet),
        Conversation::new("reorder", "one segment overtaken by those behind it", fetch, serve_40k)
            .fault(Towards::Client, Class::Data, (5, 5), Fate::Late(2 * MS))
            .filed(Format::Next, LinkType::Raw),
        Conversation::new(
            "duplicate",
            "one segment that arrives twice, and the D-SACK that says so",
            fetch,
            serve_40k,
        )
        .fault(Towards::Client, Class::Data, (5, 5), Fate::Twice)
        .filed(Format::Micros, LinkType::Cooked),
        Conversation::new(
            "zero-window",
            "a receiver who does not read: a full window, probes of it, its reopening",
            |scene| {
                let stream = scene.connect()?;
                say(&stream, 40_000)?;
                stream.shutdown(Shutdown::Write)?;
                hear_out(&stream)
            },
            |scene| {
                let stream = scene.accept_with(Some(6_000))?;
                sleep(1_500 * MS);
                hear_out(&stream)
            },
        ),
        Conversation::new(
            "keep-alive",
            "an idle connection, probed after a second and again after two",
            |scene| {
                let stream = scene.connect()?;
                keep_alive(&stream)?;
                say(&stream, REQUEST)?;
                hear(&stream, REQUEST)?;
                sleep(2_500 * MS);
                Ok(())
            },
            |scene| {
                let stream = scene.accept()?;
                hear(&stream, REQUEST)?;
                say(&stream, REQUEST)?;
                hear_out(&stream)
            },
        )
        .filed(Format::Nanos, LinkType::Raw),
    ]
}

fn losses() -> Vec<Conversation> {
    vec![
        Conversation::new(
            "fast-retransmit",
            "one lost segment, repaired by fast retransmit; seen by the sender",
            fetch,
            serve_40k,
        )
        .reno()
        .near_server()
        .fault(Towards::Client, Class::Data, (6, 6), Fate::Lose),
        Conversation::new(
            "fast-retransmit-far",
            "one lost segment, repaired by fast retransmit; seen by the receiver",
            fetch,
            serve_40k,
        )
        .reno()
        .fault(Towards::Client, Class::Data, (6, 6), Fate::Lose)
        .filed(Format::Micros, LinkType::Raw),
        Conversation::new(
            "timeout",
            "a lone segment lost three times: a probe, then timeouts that back off",
            exchange,
            answer,
        )
        .reno()
        .fault(Towards::Server, Class::Data, (2, 4), Fate::Lose)
        .filed(Format::Nanos, LinkType::Ethernet),
        Conversation::new("syn-lost", "a SYN sent again after a second", exchange, answer)
            .fault(Towards::Server, Class::Syn, (1, 1), Fate::Lose)
            .filed(Format::Next, LinkType::Cooked),
        Conversation::new("syn-ack-lost", "a SYN,ACK lost on its way, seen by the server", exchange, answer)
            .near_server()
            .fault(Towards::Client, Class::Syn, (1, 1), Fate::Lose),
    ]
}

fn closes() -> Vec<Conversation> {
    vec![
        Conversation::new(
            "half-close",
            "a client that closes first and still receives 30,000 octets",
            |scene| {
                let stream = scene.connect()?;
                say(&stream, 2_000)?;
                stream.shutdown(Shutdown::Write)?;
                hear_out(&stream)
            },
            |scene| {
                let stream = scene.accept()?;
                hear_out(&stream)?;
                sleep(50 * MS);
                say(&stream, 30_000)
            },
        )
        .near_server(),
        Conversation::new(
            "simultaneous-close",
            "two FINs that cross",
            |scene| {
                let stream = scene.connect()?;
                say(&stream, REQUEST)?;
                hear(&stream, REQUEST)?;
                scene.meet()
            },
            |scene| {
                let stream = scene.accept()?;
                hear(&stream, REQUEST)?;
                say(&stream, REQUEST)?;
                sleep(100 * MS);
                scene.meet()
            },
        )
        .delay(20 * MS),
        Conversation::new("simultaneous-open", "two SYNs that cross", open_crossing, open_crossing)
            .delay(20 * MS)
            .near_server(),
        Conversation::new(
            "abort",
            "a client that resets in the middle",
            |scene| {
                let stream = scene.connect()?;
                say(&stream, REQUEST)?;
                hear(&stream, REQUEST)?;
                abort(stream)
            },
            |scene| {
                let stream = scene.accept()?;
                hear(&stream, REQUEST)?;
                say(&stream, REQUEST)?;
                ensure!(hear_out(&stream).is_err(), "no reset came");
                Ok(())
            },
        )
        .near_server()
        .filed(Format::Micros, LinkType::Ethernet),
        Conversation::new(
            "close-unread",
            "a server that closes with data unread: a reset, not a FIN",
            |scene| {
                let stream = scene.connect()?;
                say(&stream, 3_000)?;
                ensure!(hear_out(&stream).is_err(), "no reset came");
                Ok(())
            },
            |scene| {
                let stream = scene.accept()?;
                hear(&stream, 1_000)?;
                sleep(50 * MS);
                Ok(())
            },
        ),
    ]
}

fn refusals() -> Vec<Conversation> {
    vec![
        Conversation::new("connection-refused", "a SYN to a port where nobody listens", refused, meet_only)
            .filed(Format::Micros, LinkType::Ethernet),
        Conversation::new(
            "ipv6-connection-refused",
            "the same over IPv6, seen by the server",
            refused,
            meet_only,
        )
        .ipv6()
        .near_server(),
        Conversation::new(
            "udp-exchange",
            "three datagrams and their answers",
            |scene| {
                scene.meet()?;
                let socket = scene.datagrams(0)?;
                socket.connect((scene.there, PORT))?;
                for size in [1, 100, 1_400] {
                    socket.send(&vec![b'q'; size])?;
                    socket.recv(&mut [0; 2_000])?;
                }
                Ok(())
            },
            |scene| {
                let socket = scene.datagrams(PORT)?;
                scene.meet()?;
                for _ in 0..3 {
                    let (length, from) = socket.recv_from(&mut [0; 2_000])?;
                    socket.send_to(&vec![b'a'; length], from)?;
                }
                Ok(())
            },
        )
        .filed(Format::Next, LinkType::Raw),
        Conversation::new(
            "udp-port-unreachable",
            "a datagram to a closed port, and the ICMP message that says so",
            unreachable,
            meet_only,
        )
        .filed(Format::Nanos, LinkType::Cooked),
        Conversation::new(
            "ipv6-udp-port-unreachable",
            "the same with ICMPv6, seen by the server",
            unreachable,
            meet_only,
        )
        .ipv6()
        .near_server(),
    ]
}
