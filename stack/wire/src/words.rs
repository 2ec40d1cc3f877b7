//! Segments and options in the words that scripts and tcpdump use.
use core::fmt;

use crate::{Flags, Malformed, Options, Segment, TcpOption};

impl Segment {
    /// The segment as scripts write it, with a text `length` octets long: that of a segment whose text was not
    /// kept, say.
    pub fn words(&self, length: usize) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            let end = self.seq + length as u32;
            write!(f, "{} {}:{end}({length})", self.flags, self.seq)?;
            if self.has(Flags::ACK) || self.ack.0 != 0 {
                write!(f, " ack {}", self.ack)?;
            }
            write!(f, " win {}", self.window)?;
            if self.has(Flags::URG) || self.urgent != 0 {
                write!(f, " urg {}", self.urgent)?;
            }
            if !self.options.is_empty() {
                write!(f, " <{}>", self.options)?;
            }
            Ok(())
        })
    }
}

impl fmt::Display for Segment {
    /// As scripts write it: `P. 1:11(10) ack 1 win 257 <nop,nop,TS val 1 ecr 2>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words(self.text.len()).fmt(f)
    }
}

impl fmt::Display for Options {
    /// As scripts write them between the angle brackets. Padding behind the end of the list is a row of `eol`;
    /// octets that are no options stand in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let mut walk = self.iter();
        for option in walk.by_ref() {
            f.write_str(comma)?;
            match option {
                Ok(option) => option.fmt(f)?,
                Err(Malformed::OptionLength { at, .. }) => {
                    return hex(f, "0x", self.octets().get(at..).unwrap_or(&[]));
                }
                Err(other) => return other.fmt(f),
            }
            comma = ",";
        }
        let padding = walk.padding();
        if padding.iter().all(|octet| *octet == 0) {
            return padding.iter().try_for_each(|_| f.write_str(",eol"));
        }
        f.write_str(comma)?;
        hex(f, "0x", padding)
    }
}

impl fmt::Display for TcpOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfList => f.write_str("eol"),
            Self::NoOperation => f.write_str("nop"),
            Self::MaximumSegmentSize(size) => write!(f, "mss {size}"),
            Self::WindowScale(shift) => write!(f, "wscale {shift}"),
            Self::SackPermitted => f.write_str("sackOK"),
            Self::Sack(blocks) => {
                f.write_str("sack")?;
                blocks.as_slice().iter().try_for_each(|(left, right)| write!(f, " {left}:{right}"))
            }
            Self::Timestamps { value, echo } => write!(f, "TS val {value} ecr {echo}"),
            Self::Md5(digest) => hex(f, "md5 ", digest),
            Self::UserTimeout { minutes, value } => {
                let granularity = if *minutes { 0x8000 } else { 0 };
                write!(f, "gen-{} {:04x}", self.kind(), granularity | value)
            }
            Self::FastOpen([]) => f.write_str("FO"),
            Self::FastOpen(cookie) => hex(f, "FO ", cookie),
            Self::FastOpenExperimental([]) => f.write_str("FOEXP"),
            Self::FastOpenExperimental(cookie) => hex(f, "FOEXP ", cookie),
            Self::AccEcn { order, counters } => {
                let names = if *order == 0 { ["e0b", "ceb", "e1b"] } else { ["e1b", "ceb", "e0b"] };
                f.write_str("ECN")?;
                let present = counters.iter().map_while(|counter| *counter);
                names.iter().zip(present).try_for_each(|(name, counter)| write!(f, " {name} {counter}"))
            }
            Self::Unknown { kind, data: [] } => write!(f, "gen-{kind}"),
            Self::Unknown { kind, data } => {
                write!(f, "gen-{kind} ")?;
                hex(f, "", data)
            }
        }
    }
}

fn hex(f: &mut fmt::Formatter<'_>, before: &str, octets: &[u8]) -> fmt::Result {
    f.write_str(before)?;
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}
