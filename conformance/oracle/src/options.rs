//! The options of one segment, read once for all rules.
use stackdrill_wire::option::{SackBlocks, kind};
use stackdrill_wire::{Options, TcpOption};

/// What the options of a segment say. Where an option stands twice, its first reading counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) mss: Option<u16>,
    pub(crate) shift: Option<u8>,
    pub(crate) sack_permitted: bool,
    pub(crate) sack: Option<SackBlocks>,
    /// An option of SACK's kind holds no whole number of blocks, or more than four.
    pub(crate) broken_sack: bool,
    /// `(TSval, TSecr)`.
    pub(crate) stamps: Option<(u32, u32)>,
    pub(crate) fast_open: bool,
    pub(crate) md5: bool,
    /// A length lies: below two, or past the end of the header.
    pub(crate) lies: bool,
    /// An octet after the end of the list is not zero.
    pub(crate) dirty: bool,
    /// Octets of the header that the options take.
    pub(crate) octets: u16,
}

impl Parsed {
    pub(crate) fn of(options: &Options) -> Self {
        let octets = options.octets();
        let mut parsed = Self { octets: u16::try_from(octets.len()).unwrap_or(u16::MAX), ..Self::default() };
        if octets.is_empty() {
            return parsed;
        }
        for option in options {
            match option {
                Ok(option) => parsed.note(option),
                Err(_) => parsed.lies = true,
            }
        }
        parsed.dirty = after_end(octets).iter().any(|octet| *octet != 0);
        parsed
    }

    fn note(&mut self, option: TcpOption<'_>) {
        match option {
            TcpOption::MaximumSegmentSize(mss) => self.mss = self.mss.or(Some(mss)),
            TcpOption::WindowScale(shift) => self.shift = self.shift.or(Some(shift)),
            TcpOption::SackPermitted => self.sack_permitted = true,
            TcpOption::Sack(blocks) => self.sack = self.sack.or(Some(blocks)),
            TcpOption::Unknown { kind: kind::SACK, .. } => self.broken_sack = true,
            TcpOption::Timestamps { value, echo } => self.stamps = self.stamps.or(Some((value, echo))),
            TcpOption::Md5(_) => self.md5 = true,
            TcpOption::FastOpen(_) | TcpOption::FastOpenExperimental(_) => self.fast_open = true,
            TcpOption::EndOfList
            | TcpOption::NoOperation
            | TcpOption::UserTimeout { .. }
            | TcpOption::AccEcn { .. }
            | TcpOption::Unknown { .. } => {}
        }
    }
}

/// The octets behind the End of Option List; none if the list has no end or a length lies.
fn after_end(octets: &[u8]) -> &[u8] {
    let mut rest = octets;
    loop {
        match rest {
            [0, padding @ ..] => return padding,
            [1, more @ ..] => rest = more,
            [_, length, ..] if *length >= 2 => rest = rest.get(usize::from(*length)..).unwrap_or_default(),
            _ => return &[],
        }
    }
}
