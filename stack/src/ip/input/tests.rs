use super::*;

fn interface() -> Interface {
    Interface { addresses: vec!["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()], mtu: 1500 }
}

fn ip(source: &str, destination: &str) -> Ip {
    Ip::new(source.parse().unwrap(), destination.parse().unwrap(), 17)
}

/// Proves: RFC1122:3.2.1.3-not-for-us, RFC1122:3.2.1.3-invalid-source, RFC1122:3.3.6-broadcast-recognized,
/// RFC9293:MUST-63.
#[test]
fn addresses_decide_first() {
    for (source, destination, admitted) in [
        ("10.0.0.2", "10.0.0.1", Ok(Reach::Unicast)),
        ("fd00::2", "fd00::1", Ok(Reach::Unicast)),
        ("10.0.0.2", "10.0.0.3", Err(Refusal::NotForUs)),
        ("fd00::2", "fd00::3", Err(Refusal::NotForUs)),
        ("10.0.0.2", "255.255.255.255", Ok(Reach::Many)),
        ("10.0.0.2", "224.0.0.1", Ok(Reach::Many)),
        ("10.0.0.2", "224.0.0.9", Err(Refusal::NotForUs)),
        ("fd00::2", "ff02::1", Ok(Reach::Many)),
        ("224.0.0.1", "10.0.0.1", Err(Refusal::InvalidSource)),
        ("255.255.255.255", "10.0.0.1", Err(Refusal::InvalidSource)),
        ("0.0.0.0", "10.0.0.1", Err(Refusal::InvalidSource)),
        ("127.0.0.1", "10.0.0.1", Err(Refusal::InvalidSource)),
        ("::", "fd00::1", Err(Refusal::InvalidSource)),
        ("::1", "fd00::1", Err(Refusal::InvalidSource)),
        ("ff02::1", "fd00::1", Err(Refusal::InvalidSource)),
        ("::ffff:10.0.0.2", "fd00::1", Err(Refusal::InvalidSource)),
    ] {
        assert_eq!(admit(&ip(source, destination), &interface()), admitted, "{source} > {destination}");
    }
}

/// Proves: RFC1122:3.2.1.2-header-checksum.
#[test]
fn a_wrong_header_checksum_ends_it() {
    let mut ip = ip("10.0.0.2", "10.0.0.1");
    let Ip::V4(v4) = &mut ip else { unreachable!("both addresses are IPv4") };
    v4.checksum = Checksum::Literal(7);
    assert_eq!(admit(&ip, &interface()), Err(Refusal::HeaderChecksum));
}

/// Proves: RFC1122:3.2.1.8-bad-option-length, RFC1122:3.2.1.8-unknown-option-ignored.
#[test]
fn ipv4_options_are_walked_not_believed() {
    for (options, refused) in [
        (&[0, 0, 0, 0][..], None),
        (&[1, 1, 1, 0], None),
        (&[0x99, 4, 0, 0], None),
        (&[0x99, 4, 0, 0, 1, 0x99, 3, 0], None),
        (&[0x99, 0, 0, 0], Some(21)),
        (&[0x99, 1, 0, 0], Some(21)),
        (&[1, 0x99, 9, 0], Some(22)),
        (&[1, 1, 1, 0x99], Some(24)),
    ] {
        let mut ip = ip("10.0.0.2", "10.0.0.1");
        let Ip::V4(v4) = &mut ip else { unreachable!("both addresses are IPv4") };
        v4.options = Bytes::from(options);
        let refusal = refused.map(|pointer| Refusal::Header(Some(Fault::Header { pointer })));
        assert_eq!(admit(&ip, &interface()).err(), refusal, "{options:?}");
    }
}

/// Proves: RFC8200:4.2-option-action-bits, RFC8200:4.4-unknown-routing-type, RFC8200:4-misplaced-hop-by-hop,
/// RFC8200:4.1-any-order.
#[test]
fn extension_headers_follow_their_own_rules() {
    let plain = |kind, body: &'static [u8]| Extension::Plain { kind, body: Bytes::from_static(body) };
    let fine: &'static [u8] = &[1, 4, 0, 0, 0, 0];
    for (extensions, refused) in [
        (vec![plain(0, fine), plain(60, fine)], None),
        (vec![plain(60, fine), plain(60, fine), plain(43, &[9, 0, 0, 0, 0, 0])], None),
        (vec![plain(60, fine), plain(0, fine)], Some(Some(Fault::NextHeader { pointer: 40 }))),
        (vec![plain(60, &[0x3e, 4, 0, 0, 0, 0])], None),
        (vec![plain(60, &[0x7e, 4, 0, 0, 0, 0])], Some(None)),
        (vec![plain(60, &[0xbe, 4, 0, 0, 0, 0])], Some(Some(Fault::Option { pointer: 42 }))),
        (vec![plain(60, &[0, 0xfe, 3, 0, 0, 0])], Some(Some(Fault::Option { pointer: 43 }))),
        (vec![plain(60, &[0x3e, 9, 0, 0, 0, 0])], Some(Some(Fault::Header { pointer: 43 }))),
        (vec![plain(60, fine), plain(43, &[9, 1, 0, 0, 0, 0])], Some(Some(Fault::Header { pointer: 50 }))),
    ] {
        let mut ip = ip("fd00::2", "fd00::1");
        let Ip::V6(v6) = &mut ip else { unreachable!("both addresses are IPv6") };
        v6.extensions.clone_from(&extensions);
        assert_eq!(admit(&ip, &interface()).err(), refused.map(Refusal::Header), "{extensions:?}");
    }
}
