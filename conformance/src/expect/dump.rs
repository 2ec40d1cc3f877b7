//! Packets in one line, as packetdrill prints them: flags, `seq:end(length)`, `ack`, `win`, options.
use std::fmt;

use stackdrill_wire::Flags;

use super::layers::shown;
use super::{Body, Seen, SeenSegment};
use crate::script::{
    Dialect, OptionsSpec, PacketSpec, Ports, TcpOption, print_encapsulation, print_option, print_packet,
};

/// Something that is shown as a line of packetdrill's output, in Google's dialect unless another is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Dump<'a> {
    /// A packet of the script.
    Spec(&'a PacketSpec),
    /// A packet that was seen.
    Seen(&'a Seen),
}

impl Dump<'_> {
    /// The line as a script of that dialect has it.
    #[must_use]
    pub const fn under(self, dialect: Dialect) -> impl fmt::Display {
        Line { dump: self, dialect }
    }
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.under(Dialect::Google).fmt(f)
    }
}

/// A line in a dialect.
struct Line<'a> {
    dump: Dump<'a>,
    dialect: Dialect,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dump {
            Dump::Spec(spec) => f.write_str(&print_packet(spec, self.dialect)),
            Dump::Seen(seen) => {
                for outer in &seen.outer {
                    write!(f, "{} ", print_encapsulation(&shown(outer)))?;
                }
                match &seen.body {
                    Body::Tcp(segment) => seen_segment(f, segment, self.dialect)?,
                    Body::Udp { length, .. } => write!(f, "udp ({length})")?,
                    Body::Icmp { kind, code } => {
                        write!(f, "icmpv{} type_{kind} code_{code}", seen.version())?;
                    }
                }
                match seen.udp {
                    Some(Ports { source, destination }) => write!(f, "/udp({source} > {destination})"),
                    None => Ok(()),
                }
            }
        }
    }
}

fn seen_segment(f: &mut fmt::Formatter<'_>, seen: &SeenSegment, dialect: Dialect) -> fmt::Result {
    let end = seen.seq.wrapping_add(seen.length);
    write!(f, "{} {}:{end}({})", seen.flags, seen.seq, seen.length)?;
    if seen.flags.has(Flags::ACK) {
        write!(f, " ack {}", seen.ack)?;
    }
    write!(f, " win {}", seen.window)?;
    if seen.urgent != 0 {
        write!(f, " urg {}", seen.urgent)?;
    }
    if seen.options.is_empty() { Ok(()) } else { write!(f, " {}", options(&seen.options, dialect)) }
}

/// The options that the script wants.
pub(super) fn options_spec(spec: &OptionsSpec, dialect: Dialect) -> String {
    match spec {
        OptionsSpec::None => "none".to_owned(),
        OptionsSpec::Any => "<...>".to_owned(),
        OptionsSpec::List(list) => bracketed(list.iter().map(|option| &option.node), dialect),
        OptionsSpec::Among(list) => {
            let wanted = bracketed(list.iter().map(|option| &option.node), dialect);
            wanted.replacen('<', "<...,", 1)
        }
        OptionsSpec::Raw(octets) => {
            let hex: String = octets.node.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("<{hex}>")
        }
    }
}

/// The options that were seen.
pub(super) fn options(list: &[TcpOption], dialect: Dialect) -> String {
    if list.is_empty() { "none".to_owned() } else { bracketed(list.iter(), dialect) }
}

fn bracketed<'a>(list: impl Iterator<Item = &'a TcpOption>, dialect: Dialect) -> String {
    let texts: Vec<_> = list.map(|option| print_option(option, dialect)).collect();
    format!("<{}>", texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::options::read;

    #[test]
    fn what_was_seen_is_spelled_as_the_dialect_spells_it() {
        let octets = [254, 4, 0xf9, 0x89, 172, 5, 0, 0, 7, 174, 2, 1];
        let seen = read(&stackdrill_wire::Options::from_octets(&octets).unwrap(), |edge| edge.0).unwrap();
        for (dialect, text) in [
            (Dialect::Google, "<FOEXP,ECN e0b 7,ECN,nop>"),
            (Dialect::Bsd, "<EXP-FO,AccECN0 ee0b 7,AccECN1,nop>"),
        ] {
            assert_eq!(options(&seen, dialect), text);
        }
    }
}
