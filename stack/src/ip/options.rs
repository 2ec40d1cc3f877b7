//! The options of an IPv4 header.
//!
//! Spec: RFC 791 §3.1.
use bytes::Bytes;

/// The list ends here; what follows is padding.
pub(crate) const END: u8 = 0;
const NO_OPERATION: u8 = 1;
/// Set in the kind of an option that every fragment carries.
const COPIED: u8 = 0x80;

/// The octets of the first option in `rest`; `None` at the end of the list, and an error if its length lies.
const fn first(rest: &[u8]) -> Result<Option<usize>, ()> {
    match *rest {
        [] | [END, ..] => Ok(None),
        [NO_OPERATION, ..] => Ok(Some(1)),
        [_, length, ..] if length >= 2 && length as usize <= rest.len() => Ok(Some(length as usize)),
        _ => Err(()),
    }
}

/// Where the first option stands whose length lies.
pub(crate) fn fault(options: &[u8]) -> Option<u32> {
    let mut at = 0;
    loop {
        match first(options.get(at..).unwrap_or_default()) {
            Ok(Some(length)) => at += length,
            Ok(None) => return None,
            Err(()) => return Some(at as u32),
        }
    }
}

/// Those of `options` that fragments other than the first carry too, padded.
///
/// Spec: RFC 791 §3.1.
pub(crate) fn copied(options: &Bytes) -> Bytes {
    let (mut rest, mut kept) = (options.as_ref(), Vec::new());
    while let Ok(Some(length)) = first(rest) {
        let (option, behind) = rest.split_at(length);
        if option.first().is_some_and(|kind| kind & COPIED != 0) {
            kept.extend_from_slice(option);
        }
        rest = behind;
    }
    kept.resize(kept.len().next_multiple_of(4), END);
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_lie_are_found() {
        for (options, at) in [
            (&[][..], None),
            (&[1, 1, 7, 3, 4, 0], None),
            (&[0, 7, 0], None), // what follows the end is no option
            (&[1, 7], Some(1)),
            (&[7, 1, 0, 0], Some(0)),
            (&[7, 3, 4, 148, 9, 0], Some(3)),
        ] {
            assert_eq!(fault(options), at, "{options:?}");
        }
    }

    /// A record route stays with the first fragment, a router alert goes with each. RFC 791 §3.1, RFC 2113 §2.1.
    #[test]
    fn fragments_carry_what_is_to_be_copied() {
        let options = Bytes::from_static(&[7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0]);
        assert_eq!(copied(&options).as_ref(), [148, 4, 0, 0]);
        assert_eq!(copied(&options.slice(..7)).as_ref(), [0; 0]);
    }
}
