//! TCP segments and their options.
use stackdrill_wire::Flags;
use winnow::Parser;
use winnow::combinator::{delimited, opt, preceded, repeat, separated, separated_pair};
use winnow::stream::Stream;

use super::packet::{after, maybe_ports, u16_of, u32_of, udp_encapsulation};
use super::token::{
    Input, Read, Wanted, decimal, integer, lit, next_but, next_is, number, reject, spanned, token, unkept,
};
use crate::script::diagnostic::Fault;
use crate::script::dialect::Dialect;
use crate::script::lex::{Kind, Token};
use crate::script::span::{Span, Spanned};
use crate::script::tree::{
    AccEcn, AccEcnOrder, AccEcnSpelling, Blob, FlagsSpec, Md5, Number, OptionSpec, OptionsSpec, ResetCause,
    Sack, Sequence, TcpOption, TcpSpec,
};

/// `tcp`, but for the IP header around it.
pub(super) fn segment(input: &mut Input<'_>) -> Read<TcpSpec> {
    let (mut tcp, span) = spanned(input, |input| {
        let psp = psp(input)?;
        let ports = maybe_ports(input)?;
        let marks = marks(input)?;
        let sequence = sequence(input)?;
        // Only now is it sure that those were flags.
        let flags = flags(&marks, input);
        Ok(TcpSpec {
            psp,
            ports,
            flags,
            sequence,
            ack: field(input, "ack", "an acknowledgment number", u32::MAX)?,
            window: field(input, "win", "a window", 0xffff)?,
            urgent: field(input, "urg", "an urgent pointer", 0xffff)?,
            options: options(input)?,
            reset_cause: reset_cause(input)?,
            udp_encapsulation: udp_encapsulation(input)?,
            span: Span::default(),
        })
    })?;
    tcp.span = span;
    Ok(tcp)
}

/// `'encap' 'psp' 'spi' int`
fn psp(input: &mut Input<'_>) -> Read<Option<u32>> {
    let start = (lit("encap"), lit("psp"), lit("spi"));
    if !next_is(input, "encap") {
        return Ok(None);
    }
    let (spi, span) = spanned(input, |input| {
        preceded(start, integer("an index", 0, 0xffff_ffff).map(u32_of)).parse_next(input)
    })?;
    input.state.only(Dialect::Google, "PSP", span);
    Ok(Some(spi))
}

/// A named number, perhaps.
fn field(
    input: &mut Input<'_>,
    name: &'static str,
    what: &'static str,
    high: u32,
) -> Read<Option<Spanned<Number>>> {
    let value = |input: &mut Input<'_>| {
        let (value, span) = spanned(input, |input| number(what, high).parse_next(input))?;
        Ok(Spanned::new(value, span))
    };
    if opt(lit(name)).parse_next(input)?.is_some() { value(input).map(Some) } else { Ok(None) }
}

/// The tokens that make up the flags.
fn marks<'s>(input: &mut Input<'s>) -> Read<Vec<Token<'s>>> {
    const WANTED: Wanted = Wanted::Class("flags (such as `S.`, `P.`, `.` or `-`)");
    if next_is(input, "-") {
        return Ok(vec![lit("-").parse_next(input)?]);
    }
    let mark = token(WANTED, |token| match token.kind {
        Kind::Word => true,
        Kind::Float => token.text.len() == 2 && token.text.starts_with('.'),
        Kind::Symbol(symbol) => symbol == '.' || symbol == '?',
        _ => false,
    });
    // Nine flags, each with its `?`, and the dot apart: more is no set of flags, and would take its time.
    repeat(1..=32, mark).parse_next(input)
}

/// What the flags come to; `?` makes the one before it optional.
fn flags(marks: &[Token<'_>], input: &mut Input<'_>) -> FlagsSpec {
    let span = marks.iter().map(|mark| mark.span).reduce(Span::to).unwrap_or_default();
    let mut spec = FlagsSpec { set: Flags::NONE, optional: Flags::NONE, ace: None, span };
    let mut last = Flags::NONE;
    let mut words = 0;
    for mark in marks {
        words += usize::from(mark.kind == Kind::Word && !marks.iter().any(|mark| mark.text == "?"));
        if mark.text == "?" {
            if last == Flags::NONE || ace_said(marks, mark) {
                input.state.fault(Fault::FlagLetter { letter: '?' }, mark.span);
            }
            spec.optional |= last;
            spec.set = spec.set.without(last);
            continue;
        }
        if mark.kind == Kind::Symbol('-') {
            continue;
        }
        for letter in mark.text.chars() {
            last = flag(letter, mark.span, &mut spec, input);
            spec.set |= last;
        }
    }
    if words > 1 {
        input.state.only(Dialect::Bsd, "a flag behind the dot", span);
    }
    if spec.ace.is_some() && letters_of_ecn(marks) {
        input.state.fault(Fault::AceTwice { how: "by letter and by digit" }, span);
    }
    // A flag both set and optional is optional.
    spec.set = spec.set.without(spec.optional);
    spec
}

/// Whether a mark stands right behind an ACE digit, which is one number and cannot be left open.
fn ace_said(marks: &[Token<'_>], mark: &Token<'_>) -> bool {
    let before = marks.iter().take_while(|other| other.span.start < mark.span.start).last();
    before.is_some_and(|before| before.text.ends_with(|last: char| last.is_ascii_digit()))
}

fn letters_of_ecn(marks: &[Token<'_>]) -> bool {
    marks.iter().any(|mark| mark.text.contains(['E', 'W', 'A']))
}

/// The flags that a letter or an ACE digit stands for.
fn flag(letter: char, span: Span, spec: &mut FlagsSpec, input: &mut Input<'_>) -> Flags {
    if let Some(&(_, flag)) = FLAGS.iter().find(|row| row.0 == letter) {
        return flag;
    }
    let Some(digit) = letter.to_digit(8).and_then(|digit| u8::try_from(digit).ok()) else {
        input.state.fault(Fault::FlagLetter { letter }, span);
        return Flags::NONE;
    };
    if spec.ace.replace(digit).is_some() {
        input.state.fault(Fault::AceTwice { how: "two digits" }, span);
    }
    // ECE, CWR and AE from the lowest bit up. RFC 9768 §3.2.1.
    Flags(u16::from(digit) << 6)
}

/// The letters of the flags, in the order in which they are printed.
pub(in crate::script) const FLAGS: &[(char, Flags)] = &[
    ('F', Flags::FIN),
    ('S', Flags::SYN),
    ('R', Flags::RST),
    ('P', Flags::PSH),
    ('U', Flags::URG),
    ('E', Flags::ECE),
    ('W', Flags::CWR),
    ('A', Flags::AE),
    ('.', Flags::ACK),
];

/// `seq = n ':' n '(' n ')' [ '!' ] | '...' '(' n ')'`
pub(super) fn sequence(input: &mut Input<'_>) -> Read<Sequence> {
    let (mut sequence, span) = spanned(input, |input| {
        let start = number("a sequence number", u32::MAX).parse_next(input)?;
        let ignored = start == Number::Unjudged && next_is(input, "(");
        let end = if ignored {
            Number::Unjudged
        } else {
            preceded(lit(":"), number("the number behind the last octet", u32::MAX)).parse_next(input)?
        };
        let length = delimited(lit("("), number("a length", 0xffff), lit(")")).parse_next(input)?;
        let absolute = next_is(input, "!");
        if absolute {
            input.next_token();
        }
        Ok(Sequence { start, end, length, absolute, ignored, span: Span::default() })
    })?;
    sequence.span = span;
    if sequence.absolute {
        input.state.only(Dialect::Bsd, "`!` behind a sequence number", span);
    }
    Ok(sequence)
}

/// `'[' 'code' INTEGER ',' 'pen' INTEGER ']'`
fn reset_cause(input: &mut Input<'_>) -> Read<Option<ResetCause>> {
    if !next_is(input, "[") {
        return Ok(None);
    }
    let ((code, enterprise), span) = spanned(input, |input| {
        let code = preceded(lit("code"), decimal("a code", 0, 0xffff).map(u16_of));
        let pair = separated_pair(code, lit(","), after("pen", "an enterprise number"));
        delimited(lit("["), pair, lit("]")).parse_next(input)
    })?;
    input.state.only(Dialect::Bsd, "a reset cause", span);
    Ok(Some(ResetCause { code, enterprise }))
}

/// `'<' '...' { ',' option } '>' | '<' option { ',' option } '>' | '<' hex '>'`
fn options(input: &mut Input<'_>) -> Read<OptionsSpec> {
    if opt(lit("<")).parse_next(input)?.is_none() {
        return Ok(OptionsSpec::None);
    }
    let options = if next_is(input, "...") {
        input.next_token();
        let among: Vec<OptionSpec> = repeat(0.., preceded(lit(","), option)).parse_next(input)?;
        if among.is_empty() { OptionsSpec::Any } else { OptionsSpec::Among(among) }
    } else if let Some(token) = raw(input) {
        let data = blob(&token, input);
        input.next_token();
        input.state.only(Dialect::Bsd, "a list of raw octets", token.span);
        OptionsSpec::Raw(Spanned::new(data, token.span))
    } else {
        let unknown = input.state.faults.len();
        let list = separated(1.., option, lit(",")).parse_next(input)?;
        let unknown = input
            .state
            .faults
            .iter()
            .skip(unknown)
            .any(|(fault, _)| matches!(fault, Fault::Unexpected { .. }));
        // How long an unknown option is nobody can say: nothing more is said of such a list.
        if unknown { OptionsSpec::None } else { OptionsSpec::List(list) }
    };
    lit(">").parse_next(input)?;
    Ok(options)
}

/// A lone word of hexadecimal digits between the angle brackets.
fn raw<'s>(input: &Input<'s>) -> Option<Token<'s>> {
    let token = next_but(input, 0)?;
    let closed = next_but(input, 1)?.text == ">";
    let digits = token.text.bytes().all(|octet| octet.is_ascii_hexdigit());
    (closed && digits && matches!(token.kind, Kind::Word | Kind::Integer)).then_some(token)
}

/// One TCP option.
fn option(input: &mut Input<'_>) -> Read<OptionSpec> {
    let (option, span) = spanned(input, |input| {
        let name =
            token(Wanted::Class("a TCP option"), |token| token.kind == Kind::Word).parse_next(input)?;
        match name.text {
            "nop" => Ok(TcpOption::NoOperation),
            "eol" => Ok(TcpOption::EndOfList),
            "sackOK" => Ok(TcpOption::SackPermitted),
            "mss" => number("an MSS", 0xffff).map(TcpOption::MaximumSegmentSize).parse_next(input),
            "wscale" => number("a shift count", 0xff).map(TcpOption::WindowScale).parse_next(input),
            "sack" => repeat(1.., sack).map(TcpOption::Sack).parse_next(input),
            "TS" => timestamps(input),
            "md5" => md5(input),
            "FO" => Ok(TcpOption::FastOpen(maybe_blob(input))),
            "FOEXP" => {
                input.state.only(Dialect::Google, "`FOEXP`", name.span);
                Ok(TcpOption::FastOpenExperimental(maybe_blob(input)))
            }
            "EXP-FO" | "exp-FO" => {
                input.state.only(Dialect::Bsd, "`EXP-FO`", name.span);
                Ok(TcpOption::FastOpenExperimental(maybe_blob(input)))
            }
            "ECN" => accurate_ecn(input, name.span),
            text => counters(text, name.span, input)
                .or_else(|| numbered(text, name.span, input))
                .unwrap_or_else(|| unknown(input, &name)),
        }
    })?;
    Ok(Spanned::new(option, span))
}

/// Not an option after all: the place to complain about is the name.
fn unknown(input: &mut Input<'_>, name: &Token<'_>) -> Read<TcpOption> {
    let names = OPTIONS.iter().copied();
    let near = crate::script::diagnostic::nearest(name.text, names);
    let help = near.map_or_else(
        || format!("options are {}", OPTIONS.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let (wanted, found) = ("a TCP option".to_owned(), crate::script::hints::describe(name));
    input.state.fault(Fault::Unexpected { wanted, found, help: Some(help) }, name.span);
    // Skip what it may carry, so that the options behind it are read as well.
    while input.peek_token().is_some_and(|token| {
        matches!(token.kind, Kind::Word | Kind::Integer | Kind::Hex | Kind::Float | Kind::Symbol(':'))
            && !token.first
    }) {
        input.next_token();
    }
    Ok(TcpOption::NoOperation)
}

/// The options that both dialects spell alike, for a hint.
const OPTIONS: &[&str] = &["nop", "eol", "mss", "wscale", "sackOK", "sack", "TS", "md5", "FO"];

/// `INTEGER ':' INTEGER`
fn sack(input: &mut Input<'_>) -> Read<Sack> {
    let edge = || number("a SACK edge", u32::MAX);
    let (left, right) = separated_pair(edge(), lit(":"), edge()).parse_next(input)?;
    Ok(Sack { left, right })
}

/// `'TS' 'val' n 'ecr' n [ '!' ]`
fn timestamps(input: &mut Input<'_>) -> Read<TcpOption> {
    let stamp = || number("a timestamp", u32::MAX);
    let value = preceded(lit("val"), stamp()).parse_next(input)?;
    let echo = preceded(lit("ecr"), stamp()).parse_next(input)?;
    let mark = opt(lit("!")).parse_next(input)?;
    if let Some(mark) = mark {
        input.state.only(Dialect::Bsd, "`!` behind an echo", mark.span);
    }
    Ok(TcpOption::Timestamps { value, echo, absolute: mark.is_some() })
}

/// `'md5' ( hex | 'valid' )`
fn md5(input: &mut Input<'_>) -> Read<TcpOption> {
    if next_is(input, "valid") {
        let mark = lit("valid").parse_next(input)?;
        input.state.only(Dialect::Bsd, "`md5 valid`", mark.span);
        return Ok(TcpOption::Md5(Md5::Computed));
    }
    let digest = token(Wanted::Class("a digest in hexadecimal"), is_blob).parse_next(input)?;
    let octets = blob(&digest, input);
    if octets.len() > 16 {
        input.state.fault(Fault::Digest { octets: octets.len() }, digest.span);
    }
    Ok(TcpOption::Md5(Md5::Digest(octets)))
}

/// `'ECN' ( 'e0b' n [ 'ceb' n [ 'e1b' n ] ] | 'e1b' n [ 'ceb' n [ 'e0b' n ] ] )`
fn accurate_ecn(input: &mut Input<'_>, span: Span) -> Read<TcpOption> {
    input.state.only(Dialect::Google, "`ECN`", span);
    let (order, names) = match next_but(input, 0).map_or("", |token| token.text) {
        "e1b" => (AccEcnOrder::Ect1First, ["e1b", "ceb", "e0b"]),
        "e0b" => (AccEcnOrder::Ect0First, ["e0b", "ceb", "e1b"]),
        _ => return reject(input, Wanted::Class("`e0b` or `e1b`")),
    };
    let counters = each(names, input)?;
    Ok(TcpOption::AccEcn(AccEcn { order, spelling: AccEcnSpelling::Google, counters }))
}

/// `'AccECN0' [ 'ee0b' n [ 'eceb' n [ 'ee1b' n ] ] ]` and its three sisters.
fn counters(name: &str, span: Span, input: &mut Input<'_>) -> Option<Read<TcpOption>> {
    let (spelling, rest) = name
        .strip_prefix("exp-")
        .map_or((AccEcnSpelling::Bsd, name), |rest| (AccEcnSpelling::BsdExperimental, rest));
    let (order, names) = match rest {
        "AccECN0" => (AccEcnOrder::Ect0First, ["ee0b", "eceb", "ee1b"]),
        "AccECN1" => (AccEcnOrder::Ect1First, ["ee1b", "eceb", "ee0b"]),
        _ => return None,
    };
    input.state.only(Dialect::Bsd, "this spelling of an AccECN option", span);
    Some(each(names, input).map(|counters| TcpOption::AccEcn(AccEcn { order, spelling, counters })))
}

/// The counters in their order, as many as there are.
fn each(names: [&'static str; 3], input: &mut Input<'_>) -> Read<Vec<u32>> {
    let mut counters = Vec::new();
    for name in names {
        if opt(lit(name)).parse_next(input)?.is_none() {
            break;
        }
        counters.push(decimal("a 24-bit counter", 0, 0xff_ffff).map(u32_of).parse_next(input)?);
    }
    Ok(counters)
}

/// `'gen-'K [ hex ]`, `'exp-tarr' [ n ]`, `'exp-'X [ hex ]`
fn numbered(name: &str, span: Span, input: &mut Input<'_>) -> Option<Read<TcpOption>> {
    let option = if let Some(kind) = name.strip_prefix("gen-") {
        let kind = kind.parse().ok()?;
        TcpOption::Generic { kind, data: maybe_blob(input) }
    } else if name == "exp-tarr" {
        let some = next_but(input, 0).is_some_and(|token| token.kind == Kind::Integer);
        let rate = || decimal("an ACK rate", 0, 0x7f).map(|rate| u8::try_from(rate).unwrap_or(u8::MAX));
        match some.then(|| rate().parse_next(input)).transpose() {
            Ok(rate) => TcpOption::AckRate(rate),
            Err(rejected) => return Some(Err(rejected)),
        }
    } else {
        let id = u16::from_str_radix(name.strip_prefix("exp-")?, 16).ok()?;
        TcpOption::Experimental { id, data: maybe_blob(input) }
    };
    input.state.only(Dialect::Bsd, "this option", span);
    Some(Ok(option))
}

const fn is_blob(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Word | Kind::Integer)
}

/// The octets of the next token, if it spells some.
fn maybe_blob(input: &mut Input<'_>) -> Blob {
    let token = next_but(input, 0).filter(is_blob);
    let octets = token.map(|token| blob(&token, input));
    if octets.is_some() {
        input.next_token();
    }
    octets.unwrap_or_default()
}

/// The octets that a token spells in hexadecimal.
fn blob(token: &Token<'_>, input: &mut Input<'_>) -> Blob {
    if let Some(found) = token.text.chars().find(|digit| !digit.is_ascii_hexdigit()) {
        input.state.fault(Fault::NotHexadecimal { found }, token.span);
        return Blob::default();
    }
    if !token.text.len().is_multiple_of(2) {
        input.state.fault(Fault::OddDigits { digits: token.text.len() }, token.span);
    }
    unkept(token, input);
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = token.text.as_bytes().chunks_exact(2);
    pairs
        .filter_map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}
