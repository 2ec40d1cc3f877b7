//! What would mend a fault.
use super::Fault;

/// The hint for a fault, if one is known.
pub(super) fn of(fault: &Fault) -> Option<String> {
    named(fault).or_else(|| fixed(fault).map(str::to_owned))
}

/// Hints that name what the author may have meant.
fn named(fault: &Fault) -> Option<String> {
    match fault {
        Fault::Unexpected { help, .. } => help.clone(),
        Fault::OtherDialect { dialect, .. } => Some(format!("read the script with `--dialect {dialect}`")),
        Fault::ErrnoWithoutNote { errno } => {
            Some(format!("write what it means between parentheses: `{errno} (any words)`"))
        }
        Fault::End { past: true, .. } => Some(
            "packetdrill wants no segment past 4294967295: choose another initial sequence number".to_owned(),
        ),
        Fault::End { sum, .. } => Some(format!(
            "write `{sum}` before the parenthesis; the length counts octets of text, not SYN or FIN"
        )),
        Fault::UnknownOption { near: Some(near), .. } => Some(format!("did you mean `--{near}`?")),
        Fault::IcmpType { near: Some(near), .. } | Fault::IcmpCode { near: Some(near), .. } => {
            Some(format!("did you mean `{near}`?"))
        }
        Fault::UnknownRequirement { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
        Fault::OptionsUnaligned { octets } => {
            let short = 4 - octets % 4;
            let nops = vec!["nop"; short].join(",");
            Some(format!("add {short} octet{}: `{nops}`", if short == 1 { "" } else { "s" }))
        }
        _ => None,
    }
}

/// Hints that are the same every time.
fn fixed(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::CarriageReturn => "the file has DOS line ends: convert it to newlines alone",
        Fault::CommentWithoutNewline => "packetdrill refuses such a file: end it with a newline",
        Fault::EndlessComment { starred: true } | Fault::StarredComment => {
            "write ` */`: of two stars before the slash, the first takes the second with it"
        }
        Fault::EndlessComment { starred: false } => "close it with `*/`",
        Fault::EndlessText => "close it with `\"`",
        Fault::EndlessCommand => "close it with a backquote",
        Fault::EndlessCode { braces: true } => {
            "write `} }%`: in `}}%` the first brace takes the second with it"
        }
        Fault::EndlessCode { braces: false } => "close it with `}%`",
        Fault::NotUtf8 { .. } => "save the file as UTF-8",
        Fault::NoEvent => "for example: `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3`",
        Fault::UntimedCommand => {
            "write `+0` before it; only the first and the last command of a script go without a time"
        }
        Fault::MtuMissing { .. } => "write `mtu 1280` behind the type",
        Fault::MissingWindow => "add `win 65535` behind `ack`; only expected segments may leave it out",
        Fault::FlagLetter { .. } => "flags are F S R P . U E W A, an ACE digit 0 to 7, or `-` for none",
        Fault::OddDigits { .. } => "two digits make an octet: is there one too few?",
        Fault::TimeOfAction { .. } => {
            "say when to act: `0.1` (script time) or `+0.1` (after the event before)"
        }
        Fault::SymbolForOctets { .. } => {
            "write the digits; in Google's dialect a symbol may stand for octets that are no decimal number"
        }
        Fault::FirstTime => "write `0` or `+0`",
        Fault::Keyword { .. } => "choose another spelling if packetdrill is to read the script",
        Fault::ExpectsNothing => "add a line such as `+0 > . 1:1(0) ack 1`",
        Fault::Overconstrained { .. } => "leave it open, or say for whom it holds: `// Profile: linux`",
        Fault::DepartsWithoutReason => "write the reason behind the ids",
        Fault::EcnOnUdp => "leave out the bits",
        _ => return None,
    })
}

/// The name nearest to what was written, if it is near enough for a slip of the hand.
pub(in crate::script) fn nearest<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let slips = if written.len() < 5 { 2 } else { 4 };
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(written.len()) * 2 <= slips)
        .map(|name| (if is_swap(written, name) { 2 } else { distance(written, name) }, name))
        .filter(|&(slip, _)| slip <= slips)
        .min()
        .map(|(_, name)| name)
}

/// Whether two words differ by two neighbouring letters in each other's place.
fn is_swap(left: &str, right: &str) -> bool {
    let differ = |at: &usize| left.as_bytes().get(*at) != right.as_bytes().get(*at);
    let places: Vec<usize> = (0..left.len().max(right.len())).filter(differ).take(3).collect();
    let letter = |text: &str, at: usize| text.as_bytes().get(at).copied();
    match places.as_slice() {
        &[one, other] => {
            one + 1 == other
                && letter(left, one) == letter(right, other)
                && letter(left, other) == letter(right, one)
        }
        _ => false,
    }
}

/// Edits between two short words: letters put in, left out or changed count two, a letter's case counts one.
fn distance(left: &str, right: &str) -> usize {
    // A long word is no slip of a short one; bounding the work bounds the time of any input.
    if left.len() > 64 || right.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).map(|at| at * 2).collect();
    for (at, letter) in left.bytes().enumerate() {
        let mut corner = at * 2;
        let mut before = corner + 2;
        for (cell, other) in row.iter_mut().skip(1).zip(right.bytes()) {
            let cost = usize::from(letter != other) + usize::from(!letter.eq_ignore_ascii_case(&other));
            let changed = corner + cost;
            corner = *cell;
            before = changed.min(corner + 2).min(before + 2);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = (at + 1) * 2;
        }
    }
    row.last().copied().unwrap_or_default()
}
