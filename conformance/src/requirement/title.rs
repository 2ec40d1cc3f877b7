//! What the RFCs are called.

/// A short title of an RFC that the catalogue covers; empty for another.
#[must_use]
pub const fn title(rfc: u16) -> &'static str {
    match rfc {
        768 => "User Datagram Protocol",
        791 => "Internet Protocol",
        792 => "Internet Control Message Protocol",
        1122 => "Requirements for Internet hosts",
        1191 => "Path MTU discovery",
        1337 => "TIME-WAIT assassination hazards",
        2018 => "Selective acknowledgment",
        2883 => "Duplicate SACK",
        3042 => "Limited transmit",
        3168 => "Explicit congestion notification",
        4443 => "ICMPv6",
        4821 => "Packetization layer path MTU discovery",
        5461 => "TCP's reaction to soft errors",
        5482 => "User timeout option",
        5681 => "Congestion control",
        5682 => "Forward RTO recovery",
        5722 => "Overlapping IPv6 fragments",
        5927 => "ICMP attacks against TCP",
        5961 => "Blind in-window attacks",
        6056 => "Port randomization",
        6191 => "TIME-WAIT reduction by timestamps",
        6298 => "Retransmission timer",
        6429 => "Zero-window persist state",
        6528 => "Sequence number attacks",
        6582 => "NewReno",
        6633 => "Deprecation of Source Quench",
        6675 => "SACK-based loss recovery",
        6691 => "TCP options and MSS",
        6864 => "The IPv4 identification field",
        6928 => "The initial window",
        6935 => "UDP checksums for tunnels",
        6936 => "Zero UDP checksums over IPv6",
        7323 => "Extensions for high performance",
        7413 => "Fast Open",
        8085 => "UDP usage guidelines",
        8200 => "Internet Protocol, version 6",
        8201 => "Path MTU discovery for IPv6",
        8985 => "RACK-TLP loss detection",
        9293 => "Transmission Control Protocol",
        9406 => "HyStart++",
        9438 => "CUBIC",
        9768 => "Accurate ECN",
        6937 | 9937 => "Proportional rate reduction",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::title;
    use crate::requirement::Catalogue;

    #[test]
    fn every_rfc_of_the_catalogue_has_a_title() {
        for rfc in Catalogue::embedded().rfcs() {
            assert!(!title(rfc).is_empty(), "RFC {rfc}");
        }
    }
}
