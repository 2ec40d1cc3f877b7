//! The language on one page, and a function a rule below and in the files beside: `packet`, `tcp`, `icmp`, `call`.
//!
//! A word between quotes stands for itself, `[ ]` is what may be left out, `{ }` what may come again. `G` and `B` mark
//! what only Google's or only the BSD dialect has, `+` what only we have.
//!
//! ```text
//! script    = { option } [ command ] event { event } [ command ]
//! option    = '--'name [ '=' ( INTEGER | WORD | STRING | IPV4 | IPV6 | WORD '=' definition ) ]
//! definition= WORD | STRING | command | INTEGER (B) | HEX (B)
//! event     = when ( packet | silence | call | command | code )
//! when      = secs | '+' secs | '*' | secs '~' secs | '+' secs '~' '+' secs
//! secs      = FLOAT | INTEGER
//! command   = '`' ... '`'
//! code      = '%{' ... '}%'
//! silence + = '>' '!' [ '+' ] secs
//!
//! packet    = '<' one | '>' [ '?' ] one { '|' one }                                        `?` and `|` are +
//! one       = { encap } [ ip_info ] ( tcp | udp | icmp | udplite | sctp )
//! encap     = 'ipv4' [ ip_info ] IPV4 '>' IPV4 ':' | 'ipv6' [ ip_info ] IPV6 '>' IPV6 ':'
//!           | ( 'gre' | 'GREv0' (G) ) [ [ ',' ] gre ] ':' | 'mpls' mpls { mpls } ':'
//! gre     G = ( 'flags' | 'Flags' ) ( '[' gre_flag { ',' gre_flag } ']' | int ) [ ',' ] 'sum' int [ ',' ] 'off' int
//!             [ ',' ] 'key' [ '=' ] int [ ',' ] 'seq' int
//! gre_flag  = 'none' | 'checksum' 'present' | 'key' 'present' | 'sequence#' 'present'
//! mpls      = '(' 'label' INTEGER ',' 'tc' INTEGER ',' [ '[' 'S' ']' ',' ] 'ttl' INTEGER ')'
//! ip_info   = '(' info { ',' info } ')' | '[' info { ',' info } ']'     G: one, or one of the TOS octet and a flowlabel
//! info      = [ 'ecn' (B) ] ( 'noecn' | 'ect0' | 'ect1' | 'ce' | 'ect01' ) | 'tos' HEX | 'class' HEX (B)
//!           | 'dscp' ( HEX | name ) (B) | 'flowlabel' HEX | 'ttl' INTEGER | 'hlim' INTEGER (B)
//!
//! tcp       = [ 'encap' 'psp' 'spi' int (G) ] [ ports ] flags seq [ 'ack' n ] [ 'win' n ] [ 'urg' n ] [ options ]
//!             [ '[' 'code' INTEGER ',' 'pen' INTEGER ']' (B) ] [ in_udp (B) ]
//! ports     = INTEGER '>' INTEGER
//! flags     = '-' | letters [ '.' ] | [ letters ] '.'digit | '.' | letters '.' letters (B)    `?` behind one is +
//! seq       = n ':' n '(' n ')' [ '!' (B) ] | '...' '(' n ')' (B)
//! n         = INTEGER | INTEGER '~' INTEGER (+) | '...' (+)
//! options   = '<' '...' [ { ',' opt } (+) ] '>' | '<' opt { ',' opt } '>' | '<' hex '>' (B)
//! opt       = 'nop' | 'eol' | 'mss' n | 'wscale' n | 'sackOK' | 'sack' n ':' n { n ':' n }
//!           | 'TS' 'val' n 'ecr' n [ '!' (B) ] | 'md5' ( hex | 'valid' (B) ) | 'FO' [ hex ] | 'FOEXP' [ hex ] (G)
//!           | ( 'EXP-FO' | 'exp-FO' ) [ hex ] (B) | counters | 'gen-'K [ hex ] (B) | 'exp-'X [ hex ] (B)
//!           | 'exp-tarr' [ INTEGER ] (B)
//! counters  = 'ECN' ( 'e0b' c [ 'ceb' c [ 'e1b' c ] ] | 'e1b' c [ 'ceb' c [ 'e0b' c ] ] ) (G)
//!           | [ 'exp-' ] 'AccECN0' [ 'ee0b' c [ 'eceb' c [ 'ee1b' c ] ] ] (B)
//!           | [ 'exp-' ] 'AccECN1' [ 'ee1b' c [ 'eceb' c [ 'ee0b' c ] ] ] (B)
//! in_udp  B = '/' 'udp' '(' ports ')'
//!
//! udp       = 'udp' [ ports ] '(' n ')'
//! udplite B = 'udplite' [ ports ] '(' INTEGER ',' INTEGER ')'
//! sctp    B = 'sctp' ...                                          kept as it stands, up to the next time on a new line
//! icmp      = 'icmp' WORD [ WORD ] [ 'mtu' INTEGER ] [ 'id' INTEGER ] [ '[' echoed ']' ]
//! echoed    = seq [ in_udp (B) ] | 'udp' '(' n ')' | 'raw' '(' n ')' (G) | 'udplite' '(' n ',' n ')' (B)
//!           | 'sctp' '(' n ')' [ in_udp ] (B)
//!
//! call      = [ '...' secs ] WORD '(' [ expr { ',' expr } ] ')' '=' expr [ WORD note ] [ note ]
//! note      = '(' WORD { WORD } ')'
//! expr      = term { '|' term } | WORD '=' expr (G)
//! term      = '...' | int | WORD | STRING { STRING (G) } | STRING '...' | apply '(' expr ')'
//!           | '[' [ expr { ',' expr } ] ']' | '{' '...' ',' expr '}' | '{' field { ',' field } '}'
//!           | '{' expr { ',' expr } '}' | '{' mpls { mpls } '}' (G) | '{' gre '}' (G)
//! field     = WORD [ '(' expr ')' ] '=' expr
//! apply     = 'htons' | 'htonl' (B) | 'inet_addr' | 'inet6_addr' (G)
//! int       = INTEGER | HEX          hex = WORD | INTEGER, an even number of hexadecimal digits
//! ```
//!
//! What a token is, `lex` says; which words a symbol replaces and what `#ifdef` skips, `symbols`; what no script may
//! say although the grammar lets it, `check`.
//!
//! A token decides what comes next, so nothing is read twice; where nothing fits, the farthest place reached says
//! what was wanted. An event that cannot be read is left out, and reading goes on at the next line that looks like
//! the start of one.
mod call;
mod icmp;
mod packet;
mod tcp;
mod token;

pub(super) use token::Wanted;

pub(super) use packet::{DSCP, ECN};
pub(super) use tcp::FLAGS;

use std::collections::BTreeMap;

use winnow::Parser;
use winnow::combinator::{opt, preceded};
use winnow::stream::{Stateful, Stream, TokenSlice};

use self::token::{Input, Read, State, kind, lit, next_but, next_is, reject, spanned, unexpected, value};
use super::diagnostic::Fault;
use super::dialect::Dialect;
use super::lex::{Kind, Token};
use super::span::{Span, Spanned};
use super::symbols::{self, Symbols};
use super::tree::{Code, Command, Definition, Event, EventKind, OptionValue, Script, ScriptOption, When};

/// What reading the tokens gives: the script, and what is wrong with it.
pub(super) fn script(
    mut tokens: Vec<Token<'_>>,
    defines: &BTreeMap<String, String>,
    dialect: Dialect,
) -> (Script, Vec<(Fault, Span)>) {
    let mut faults = Vec::new();
    let asked = symbols::choose(&mut tokens, defines, dialect, &mut faults);
    let (options, read) = options(&tokens, dialect, &mut faults);
    let symbols = Symbols::new(&options, defines, dialect);
    let mut rest = tokens.split_off(read.min(tokens.len()));
    let used = symbols.substitute(&mut rest, dialect, &mut faults);
    let unused = options.iter().filter_map(|option| match &option.value {
        Some(OptionValue::Define(name, _)) if !used.contains(&**name) && !asked.contains(&**name) => {
            Some(Spanned::new(name.clone(), option.span))
        }
        _ => None,
    });
    let unused = unused.collect();
    let script = Script { options, unused, dialect, ..Script::default() };
    (events(script, &rest, &mut faults), faults)
}

/// The options at the start, and how many tokens they take.
fn options(
    tokens: &[Token<'_>],
    dialect: Dialect,
    faults: &mut Vec<(Fault, Span)>,
) -> (Vec<ScriptOption>, usize) {
    let mut input = Stateful { input: TokenSlice::new(tokens), state: State::new(dialect) };
    let mut options = Vec::new();
    while next_but(&input, 0).is_some_and(|token| token.kind == Kind::Option) {
        input.state.begin(input.len());
        // What follows an option is another, a command, or the time of the first event.
        let read = option.parse_next(&mut input);
        let follows =
            next_but(&input, 0).is_none_or(|token| token.kind == Kind::Option || starts_event(&token));
        match read {
            Ok(option) if follows => options.push(option),
            Ok(_) => {
                let _ = reject::<()>(&mut input, AFTER_OPTION);
                recover(&mut input, tokens);
            }
            Err(_) => recover(&mut input, tokens),
        }
    }
    faults.append(&mut input.state.faults);
    (options, tokens.len() - input.len())
}

/// What may follow an option of the script.
pub(super) const AFTER_OPTION: Wanted = Wanted::Class("another option or an event");

/// `option = '--'name [ '=' value ]`
fn option(input: &mut Input<'_>) -> Read<ScriptOption> {
    let ((name, value), span) = spanned(input, |input| {
        let name = kind(Kind::Option, "an option").parse_next(input)?;
        let valued = opt(lit("=")).parse_next(input)?.is_some();
        Ok((name, if valued { Some(option_value(input)?) } else { None }))
    })?;
    let option = ScriptOption { name: Spanned::new(name.text.into(), name.span), value, span };
    let dialect = input.state.dialect;
    if let Some(fault) = super::options::fault(&option, dialect) {
        input.state.fault(fault, span);
    }
    Ok(option)
}

/// `value = integer | word | string | address | word '=' ( word | string | command | integer )`
fn option_value(input: &mut Input<'_>) -> Read<OptionValue> {
    let mut token = token::token(Wanted::Class("a value"), |token| {
        matches!(token.kind, Kind::Integer | Kind::Word | Kind::Text | Kind::Ipv4 | Kind::Ipv6)
    });
    let token = token.parse_next(input)?;
    Ok(match token.kind {
        Kind::Integer => OptionValue::Integer(value(&token)),
        Kind::Text => OptionValue::Text(token.text.into()),
        Kind::Word if next_is(input, "=") => {
            let definition = preceded(lit("="), definition).parse_next(input)?;
            OptionValue::Define(token.text.into(), definition)
        }
        _ => OptionValue::Word(token.text.into()),
    })
}

fn definition(input: &mut Input<'_>) -> Read<Definition> {
    let mut token = token::token(Wanted::Class("a word, a string or a command"), |token| {
        matches!(token.kind, Kind::Integer | Kind::Hex | Kind::Word | Kind::Text | Kind::Command)
    });
    let token = token.parse_next(input)?;
    Ok(match token.kind {
        Kind::Integer | Kind::Hex => {
            input.state.only(Dialect::Bsd, "a symbol that stands for a bare number", token.span);
            Definition::Integer(value(&token), token.kind == Kind::Hex)
        }
        Kind::Text => Definition::Text(token.text.into()),
        Kind::Command => Definition::Command(token.text.into()),
        _ => Definition::Word(token.text.into()),
    })
}

/// The commands around the events, and the events.
fn events(mut script: Script, tokens: &[Token<'_>], faults: &mut Vec<(Fault, Span)>) -> Script {
    let mut input = Stateful { input: TokenSlice::new(tokens), state: State::new(script.dialect) };
    script.init = opt(command).parse_next(&mut input).unwrap_or_default();
    while !input.is_empty() {
        if next_but(&input, 0).is_some_and(|token| token.kind == Kind::Command) {
            untimed(&mut script, &mut input);
            continue;
        }
        let left = input.len();
        input.state.begin(left);
        match event(&mut input) {
            Ok(event) => script.events.push(event),
            Err(_) => {
                // Something on the line of the event before, which is none the wiser for being read that far.
                if input.state.farthest() == left && next_but(&input, 0).is_some_and(|token| !token.first) {
                    let _ = script.events.pop();
                }
                recover(&mut input, tokens);
            }
        }
    }
    faults.append(&mut input.state.faults);
    if script.events.is_empty() && faults.is_empty() {
        faults.push((Fault::NoEvent, tokens.last().map_or(Span::default(), |token| token.span)));
    }
    script
}

/// A command without a time: the last thing in a script, or a mistake.
fn untimed(script: &mut Script, input: &mut Input<'_>) {
    let Ok(cleanup) = command(input) else { return };
    if !input.is_empty() || script.events.is_empty() {
        input.state.fault(Fault::UntimedCommand, cleanup.span);
    } else {
        script.cleanup = Some(cleanup);
    }
}

/// Reports what was wanted, and moves to the next line that looks like the start of something.
fn recover(input: &mut Input<'_>, tokens: &[Token<'_>]) {
    let (fault, span) = unexpected(input, tokens);
    input.state.fault(fault, span);
    let start = tokens.len() - input.len();
    let farthest = tokens.len().saturating_sub(input.state.farthest().min(tokens.len()));
    // Somewhere behind where this began, else nothing would ever change.
    let from = farthest.max(start + 1);
    let next = tokens
        .iter()
        .enumerate()
        .skip(from)
        .find(|(_, token)| token.first && (starts_event(token) || token.kind == Kind::Option));
    let left = next.map_or(0, |(at, _)| tokens.len() - at);
    while input.len() > left {
        input.next_token();
    }
}

fn starts_event(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Integer | Kind::Float | Kind::Command | Kind::Symbol('+' | '*'))
}

/// `command = '`'...'`'`
fn command(input: &mut Input<'_>) -> Read<Command> {
    let token = kind(Kind::Command, "a command").parse_next(input)?;
    Ok(Command { text: token.text.into(), span: token.span })
}

/// `event = when ( packet | silence | call | command | code )`
fn event(input: &mut Input<'_>) -> Read<Event> {
    let ((when, kind), span) = spanned(input, |input| {
        let (when, span) = spanned(input, when)?;
        Ok((Spanned::new(when, span), event_kind(input)?))
    })?;
    Ok(Event { when, kind, span })
}

fn event_kind(input: &mut Input<'_>) -> Read<EventKind> {
    let Some(next) = next_but(input, 0) else { return reject(input, Wanted::Class("what happens then")) };
    match next.kind {
        Kind::Symbol('<') => packet::inbound.map(EventKind::Packet).parse_next(input),
        Kind::Symbol('>') if next_but(input, 1).is_some_and(|token| token.text == "!") => {
            silence.map(EventKind::Silence).parse_next(input)
        }
        Kind::Symbol('>') => packet::outbound.map(EventKind::Packet).parse_next(input),
        Kind::Command => command.map(EventKind::Command).parse_next(input),
        Kind::Code => code.map(EventKind::Code).parse_next(input),
        Kind::Word | Kind::Ellipsis => call::call.map(EventKind::Call).parse_next(input),
        Kind::Option
        | Kind::Float
        | Kind::Integer
        | Kind::Hex
        | Kind::Text
        | Kind::Ipv4
        | Kind::Ipv6
        | Kind::Symbol(_) => reject(input, Wanted::Class("a packet, a call, a command or code")),
    }
}

/// `code = '%{' ... '}%'`
fn code(input: &mut Input<'_>) -> Read<Code> {
    let token = kind(Kind::Code, "code").parse_next(input)?;
    Ok(Code { text: token.text.into(), span: token.span })
}

/// `silence = '>' '!' [ '+' ] secs`
fn silence(input: &mut Input<'_>) -> Read<Spanned<i64>> {
    let (duration, span) = spanned(input, |input| {
        (lit(">"), lit("!"), opt(lit("+"))).parse_next(input)?;
        seconds(input)
    })?;
    Ok(Spanned::new(duration, span))
}

/// `when = secs | '+' secs | '*' | secs '~' secs | '+' secs '~' '+' secs`
fn when(input: &mut Input<'_>) -> Read<When> {
    let (when, span) = spanned(input, |input| {
        if next_is(input, "*") {
            input.next_token();
            return Ok(When::Any);
        }
        if opt(lit("+")).parse_next(input)?.is_some() {
            let start = seconds(input)?;
            let end = opt(preceded((lit("~"), lit("+")), seconds)).parse_next(input)?;
            return Ok(end.map_or(When::After(start), |end| When::AfterBetween(start, end)));
        }
        let start = seconds(input)?;
        let end = opt(preceded(lit("~"), seconds)).parse_next(input)?;
        Ok(end.map_or(When::At(start), |end| When::Between(start, end)))
    })?;
    if let When::Between(start, end) | When::AfterBetween(start, end) = when
        && end < start
    {
        let (start, end) = (super::print::seconds(start), super::print::seconds(end));
        input.state.fault(Fault::Backwards { what: "the time", start, end }, span);
    }
    Ok(when)
}

/// What an event begins with, and what a call returns at.
pub(super) const TIME: Wanted = Wanted::Class("a time in seconds");

/// `secs = float | integer`, in microseconds; fractions of one are cut off.
fn seconds(input: &mut Input<'_>) -> Read<i64> {
    let mut token = token::token(TIME, |token| matches!(token.kind, Kind::Float | Kind::Integer));
    let token = token.parse_next(input)?;
    let micros = microseconds(token.text);
    let negative = token.text.starts_with('-') && micros != Some(0);
    let fits = micros.filter(|_| !negative);
    if negative {
        input.state.fault(Fault::NegativeTime, token.span);
    } else if fits.is_none() {
        let (what, value) = ("a time", token.text.to_owned());
        input.state.fault(Fault::OutOfRange { what, value, low: 0, high: i64::MAX / 1_000_000 }, token.span);
    }
    Ok(fits.unwrap_or_default())
}

/// Exact where a double is not, so that a time printed and read again is the same.
///
/// The tools read the fraction through a double: the two differ by at most 1 us.
fn microseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let six = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = six.fold(0, |sum, digit| sum * 10 + i64::from(digit.saturating_sub(b'0')));
    whole.checked_mul(1_000_000)?.checked_add(micros)
}
