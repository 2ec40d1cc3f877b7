//! `sendmsg`: what one message asks for itself.
use super::*;
use crate::socket::{MessageOptions, OptionValue, SocketOption, stamping};

/// It holds for that message alone, by the version of IP that carries it.
///
/// Proves: RFC1122:4.1.4-ttl-tos-options.
#[test]
fn a_message_has_its_own_header() {
    let all = MessageOptions {
        type_of_service: Some(0x28),
        time_to_live: Some(9),
        traffic_class: Some(0x48),
        hop_limit: Some(7),
        stamping: None,
    };
    for (domain, peer, seen) in
        [(Domain::Inet, "10.0.0.2:9", (0x28, 9)), (Domain::Inet6, "[fd00::2]:9", (0x48, 7))]
    {
        let mut host = host(1);
        let fd = host.socket(domain, Kind::Datagram, NOW).done().unwrap();
        for (options, expected) in [(all, seen), (MessageOptions::NONE, (0, 64))] {
            let outcome = host.sendmsg(fd, (&Bytes::from("x"), PLAIN), Some(address(peer)), options, NOW);
            assert_eq!(outcome.done(), Some(1), "{peer}");
            let sent = Packet::parse(&host.departs().unwrap().octets).unwrap();
            assert_eq!((sent.ip.traffic_class(), sent.ip.hop_limit()), expected, "{peer}");
        }
    }
}

/// The message says which moments are told, the socket whether any is.
#[test]
fn a_message_has_its_own_stamps() {
    let mut host = host(1);
    let fd = host.socket(Domain::Inet, Kind::Datagram, NOW).done().unwrap();
    let queue = MessageFlags { error_queue: true, ..PLAIN };
    let told = |host: &mut Host| host.recv(fd, 9, queue, NOW).done().is_some();
    let send = |host: &mut Host, moments| {
        let options = MessageOptions { stamping: Some(moments), ..MessageOptions::NONE };
        let outcome = host.sendmsg(fd, (&Bytes::from("x"), PLAIN), Some(address("10.0.0.2:9")), options, NOW);
        outcome.errno()
    };
    assert_eq!(send(&mut host, stamping::REPORTED), Some(Errno::EINVAL), "that is no moment");
    assert_eq!(send(&mut host, stamping::SENT), None);
    assert!(!told(&mut host), "the socket does not want to know");
    let reported = OptionValue::Int(stamping::REPORTED | stamping::SENT);
    host.setsockopt(fd, SocketOption::Stamping, &reported, NOW).done().unwrap();
    assert_eq!(send(&mut host, 0), None);
    assert!(!told(&mut host), "this message asks for none");
    assert_eq!(send(&mut host, stamping::SENT), None);
    assert!(told(&mut host));
}
