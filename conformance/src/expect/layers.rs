//! The headers around a packet, and what the script says of the IP headers.
use stackdrill_wire::ip::Ip;
use stackdrill_wire::{Gre, Outer};

use super::{Differences, Seen};
use crate::script::{
    Ecn, Encapsulation, Gre as GreFields, GreFlags, IpInfo, IpItem, MplsEntry, PacketSpec,
    print_encapsulation,
};

/// The Type of Service or Traffic Class octet that a header of the script's has.
///
/// Spec: RFC 3168 §5.
pub(crate) fn octet(info: &IpInfo) -> u8 {
    info.items.iter().fold(0, |octet, item| match item.node {
        IpItem::Ecn(Ecn::Ect1) => octet | 1,
        IpItem::Ecn(Ecn::Ect0) => octet | 2,
        IpItem::Ecn(Ecn::CongestionExperienced) => octet | 3,
        IpItem::Tos(octet) | IpItem::Class(octet) => octet,
        IpItem::Dscp(dscp) => octet | dscp << 2,
        IpItem::Ecn(Ecn::NotCapable | Ecn::EctEither)
        | IpItem::Ttl(_)
        | IpItem::HopLimit(_)
        | IpItem::FlowLabel(_) => octet,
    })
}

/// An outer header as the script would write it.
pub(super) fn shown(outer: &Outer) -> Encapsulation {
    match outer {
        Outer::Ip(Ip::V4(ip)) => {
            Encapsulation::Ipv4 { info: IpInfo::default(), source: ip.source, destination: ip.destination }
        }
        Outer::Ip(Ip::V6(ip)) => {
            Encapsulation::Ipv6 { info: IpInfo::default(), source: ip.source, destination: ip.destination }
        }
        Outer::Gre(gre) => Encapsulation::Gre((gre.flags != 0).then(|| named(gre))),
        Outer::Mpls(labels) => Encapsulation::Mpls(labels.iter().map(|&label| entry(label)).collect()),
    }
}

/// The words of a GRE header by their names.
fn named(gre: &Gre) -> GreFields {
    let mut words = gre.words.iter().copied();
    let mut word = |flag| if gre.flags & flag == 0 { 0 } else { words.next().unwrap_or_default() };
    let first = word(Gre::CHECKSUM);
    let [_, _, high, low] = first.to_be_bytes();
    GreFields {
        flags: GreFlags(gre.flags),
        checksum: (first >> 16) as u16,
        offset: u16::from_be_bytes([high, low]),
        key: word(Gre::KEY),
        sequence: word(Gre::SEQUENCE),
    }
}

/// The words that a header of the script has on the wire: the first ones in the order checksum with offset, key,
/// sequence number, as many as its flags announce.
pub(crate) fn gre(fields: Option<&GreFields>) -> Gre {
    let Some(fields) = fields else { return Gre::default() };
    let first = u32::from(fields.checksum) << 16 | u32::from(fields.offset);
    let words = [first, fields.key, fields.sequence];
    let announced = Gre::announced(fields.flags.0);
    Gre { flags: fields.flags.0, protocol: 0, words: words.into_iter().take(announced).collect() }
}

/// An entry of a label stack.
///
/// Spec: RFC 3032 §2.1.
pub(crate) fn label(entry: &MplsEntry) -> u32 {
    entry.label << 12
        | u32::from(entry.traffic_class) << 9
        | u32::from(entry.bottom) << 8
        | u32::from(entry.ttl)
}

fn entry(label: u32) -> MplsEntry {
    let [.., class, ttl] = label.to_be_bytes();
    MplsEntry { label: label >> 12, traffic_class: class >> 1 & 7, bottom: class & 1 != 0, ttl }
}

impl Differences {
    /// Every header, from the outermost in. What is looked at of the Type of Service octets is what the innermost
    /// header's words ask for; each header's own octet is then the one to have.
    pub(super) fn layers(&mut self, spec: &PacketSpec, seen: &Seen) {
        let alike = |(wanted, outer): (&Encapsulation, &Outer)| {
            matches!(
                (wanted, outer),
                (Encapsulation::Ipv4 { .. }, Outer::Ip(Ip::V4(_)))
                    | (Encapsulation::Ipv6 { .. }, Outer::Ip(Ip::V6(_)))
                    | (Encapsulation::Gre(_), Outer::Gre(_))
                    | (Encapsulation::Mpls(_), Outer::Mpls(_))
            )
        };
        let same = spec.encapsulation.len() == seen.outer.len()
            && spec.encapsulation.iter().zip(&seen.outer).all(alike);
        if !same {
            let wanted = spec.encapsulation.iter().map(print_encapsulation);
            let outer = seen.outer.iter().map(|outer| print_encapsulation(&shown(outer)));
            self.add("outer headers", listed(wanted), listed(outer));
        }
        for (wanted, outer) in spec.encapsulation.iter().zip(&seen.outer).filter(|_| same) {
            match (wanted, outer) {
                (Encapsulation::Ipv4 { info, .. } | Encapsulation::Ipv6 { info, .. }, Outer::Ip(ip)) => {
                    self.class(&spec.ip, info, ["outer ECN", "outer TOS", "outer DSCP"], ip.traffic_class());
                    self.hops(info, "outer TTL", ip.hop_limit());
                    self.header_length("outer IP header length", ip);
                }
                (Encapsulation::Gre(fields), Outer::Gre(outer)) => {
                    let wanted = gre(fields.as_ref());
                    let equal = (wanted.flags, &wanted.words) == (outer.flags, &outer.words);
                    self.require("GRE header", equal, || {
                        (
                            print_encapsulation(&Encapsulation::Gre(*fields)),
                            print_encapsulation(&shown(&Outer::Gre(outer.clone()))),
                        )
                    });
                }
                (Encapsulation::Mpls(entries), Outer::Mpls(labels)) => {
                    let equal = entries.iter().map(label).eq(labels.iter().copied());
                    self.require("MPLS labels", equal, || {
                        (print_encapsulation(wanted), print_encapsulation(&shown(outer)))
                    });
                }
                _ => {}
            }
        }
        self.class(&spec.ip, &spec.ip, ["ECN", "TOS", "DSCP"], seen.ip.traffic_class());
        self.hops(&spec.ip, "TTL", seen.ip.hop_limit());
        self.header_length("IP header length", &seen.ip);
    }

    /// What `mode` asks for of an octet, which is to be that of `info`.
    fn class(&mut self, mode: &IpInfo, info: &IpInfo, names: [&'static str; 3], seen: u8) {
        let [ecn, tos, dscp] = names;
        let wanted = octet(info);
        match mode.ecn() {
            None => {}
            Some(Ecn::EctEither) => {
                let either = matches!(seen & 3, 1 | 2);
                self.require(ecn, either, || ("ECT(0) or ECT(1)".into(), (seen & 3).to_string()));
            }
            Some(_) => self.equal(ecn, wanted & 3, seen & 3),
        }
        if mode.tos().is_some() {
            self.require(tos, wanted == seen, || (format!("{wanted:#04x}"), format!("{seen:#04x}")));
        }
        if mode.dscp().is_some() {
            self.equal(dscp, wanted >> 2, seen >> 2);
        }
    }

    /// 255 is how packetdrill says "not judged"; so is, as a Hop Limit, 0.
    fn hops(&mut self, info: &IpInfo, name: &'static str, seen: u8) {
        let judged = info.items.iter().find_map(|item| match item.node {
            IpItem::Ttl(ttl) => Some(ttl),
            IpItem::HopLimit(hops) => Some(hops).filter(|&hops| hops != 0),
            IpItem::Ecn(_) | IpItem::Tos(_) | IpItem::Class(_) | IpItem::Dscp(_) | IpItem::FlowLabel(_) => {
                None
            }
        });
        if let Some(ttl) = judged.filter(|&ttl| ttl != 255) {
            self.equal(name, ttl, seen);
        }
    }

    /// Scripts have no words for IPv4 options, so that there are none.
    fn header_length(&mut self, name: &'static str, seen: &Ip) {
        if let Ip::V4(ip) = seen {
            self.equal(name, stackdrill_wire::ip::Ipv4::HEADER, ip.octets());
        }
    }
}

fn listed(headers: impl Iterator<Item = String>) -> String {
    let all: Vec<_> = headers.collect();
    if all.is_empty() { "none".to_owned() } else { all.join(" ") }
}
