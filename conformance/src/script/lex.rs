//! Characters to tokens: the longest match wins, and among equals the first of the rules below.
//!
//! The quirks are the language's own, not ours: a string ends at the *last* quote it can reach, a comment does not end
//! at `**/`, nor code at `}}%`, and a carriage return is not a blank.
mod address;

use super::diagnostic::Fault;
use super::span::Span;

/// A piece of a script.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token<'s> {
    /// What kind of piece.
    pub(super) kind: Kind,
    /// Whether nothing stands before it on its line.
    pub(super) first: bool,
    /// Its text; of a string, a command or code what stands between the delimiters.
    pub(super) text: &'s str,
    /// Where it stands, delimiters included.
    pub(super) span: Span,
}

/// The kinds of token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Letters, digits and underscores; and the keywords that hold a `-` or a `#`.
    Word,
    /// `...`
    Ellipsis,
    /// `--name`; the text is without its dashes.
    Option,
    /// `-1.5`, `.5`; not `5.`
    Float,
    /// `-12`
    Integer,
    /// `0x1f`
    Hex,
    /// `"..."`
    Text,
    /// `` `...` ``
    Command,
    /// `%{ ... }%`
    Code,
    /// `1.2.3.4`, digits unchecked
    Ipv4,
    /// `fd00::1`
    Ipv6,
    /// Any other character.
    Symbol(char),
}

/// A comment, which is no token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Comment {
    /// From its `//` or `/*` to its last character (the newline is not part of it).
    pub(super) span: Span,
    /// Whether only blanks stand before it on its line.
    pub(super) first: bool,
}

/// What the characters came to.
#[derive(Debug, Default)]
pub(super) struct Lexed<'s> {
    /// The tokens, in order.
    pub(super) tokens: Vec<Token<'s>>,
    /// The comments, in order.
    pub(super) comments: Vec<Comment>,
    /// What could not be read, and where.
    pub(super) faults: Vec<(Fault, Span)>,
}

/// Splits a script. Never fails; what cannot be read is reported and left out.
pub(super) fn lex(source: &str) -> Lexed<'_> {
    let mut lexer =
        Lexer { source, octets: source.as_bytes(), at: 0, line: 1, fresh: true, out: Lexed::default() };
    // About one token in four octets; one allocation instead of a dozen.
    lexer.out.tokens.reserve(source.len() / 4);
    while lexer.step() {}
    lexer.out
}

struct Lexer<'s> {
    source: &'s str,
    octets: &'s [u8],
    at: usize,
    line: u32,
    /// Whether nothing has stood on this line yet.
    fresh: bool,
    out: Lexed<'s>,
}

impl<'s> Lexer<'s> {
    /// Reads one blank, comment or token; whether there was one.
    fn step(&mut self) -> bool {
        let Some(octet) = self.peek(0) else { return false };
        match octet {
            b' ' | b'\t' | b'\n' => self.blank(),
            b'\r' => self.carriage_return(),
            b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'"' => self.quoted(b'"', Kind::Text),
            b'`' => self.quoted(b'`', Kind::Command),
            b'%' if self.peek(1) == Some(b'{') => self.code(),
            _ => self.plain(octet),
        }
        true
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.octets.get(self.at.saturating_add(ahead)).copied()
    }

    /// The octets from `start` on for which `keep` holds.
    fn run(&self, start: usize, keep: impl Fn(u8) -> bool) -> usize {
        self.octets.get(start..).unwrap_or_default().iter().take_while(|&&octet| keep(octet)).count()
    }

    fn text(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or_default()
    }

    fn span(&self, length: usize) -> Span {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: place(self.at), end: place(self.at.saturating_add(length)), line: self.line }
    }

    fn push(&mut self, kind: Kind, text: &'s str, length: usize) {
        let token = Token { kind, first: self.fresh, text, span: self.span(length) };
        self.out.tokens.push(token);
        self.advance(length);
    }

    fn fault(&mut self, fault: Fault, length: usize) {
        let span = self.span(length);
        self.out.faults.push((fault, span));
    }

    /// Moves over a token, counting the lines in it.
    fn advance(&mut self, length: usize) {
        let end = self.at.saturating_add(length).min(self.octets.len());
        let passed = self.octets.get(self.at..end).unwrap_or_default();
        self.line +=
            u32::try_from(passed.iter().filter(|&&octet| octet == b'\n').count()).unwrap_or_default();
        self.at = end;
        self.fresh = false;
    }

    fn blank(&mut self) {
        if self.peek(0) == Some(b'\n') {
            self.line += 1;
            self.fresh = true;
        }
        self.at += 1;
    }

    /// Not a blank in this language. One report is enough for a file of DOS lines.
    fn carriage_return(&mut self) {
        if !self.out.faults.iter().any(|(fault, _)| matches!(fault, Fault::CarriageReturn)) {
            self.fault(Fault::CarriageReturn, 1);
        }
        self.at += 1;
    }

    fn line_comment(&mut self) {
        let length = self.run(self.at, |octet| octet != b'\n');
        let span = self.span(length);
        self.out.comments.push(Comment { span, first: self.fresh });
        self.at += length;
        if self.at == self.octets.len() {
            self.out.faults.push((Fault::CommentWithoutNewline, span));
        }
    }

    /// Inside, a `*` takes the next character with it unless that is the slash.
    fn block_comment(&mut self) {
        let inner = self.at + 2;
        let first_close = self.text(inner, self.octets.len()).find("*/");
        let (length, closed) = match self.swallowing(inner, b'*', b'/') {
            Some(end) => (end - self.at, true),
            None => (self.octets.len() - self.at, false),
        };
        if !closed {
            self.fault(Fault::EndlessComment { starred: first_close.is_some() }, 2);
            // Go on where a reader would believe it ends, or on the next line.
            let resume = first_close.map_or_else(|| self.run(self.at, |octet| octet != b'\n'), |at| at + 4);
            self.advance(resume);
            return;
        }
        if first_close.is_some_and(|at| at + 4 < length) {
            self.fault(Fault::StarredComment, length);
        }
        let (span, first) = (self.span(length), self.fresh);
        self.out.comments.push(Comment { span, first });
        self.advance(length);
        // A comment does not make what follows it any less the first on its line.
        self.fresh = first;
    }

    /// The end of a run closed by `last`, `closer`, in which `last` swallows its follower.
    fn swallowing(&self, start: usize, last: u8, closer: u8) -> Option<usize> {
        let mut at = start;
        loop {
            at += self.run(at, |octet| octet != last);
            match self.octets.get(at + 1) {
                Some(&octet) if octet == closer => return Some(at + 2),
                Some(_) => at += 2,
                None => return None,
            }
        }
    }

    /// A quote behind a backslash ends the string only if there is no later one that could.
    fn quoted(&mut self, quote: u8, kind: Kind) {
        let (mut end, mut at) = (None, self.at + 1);
        loop {
            at += self.run(at, |octet| octet != quote);
            if at >= self.octets.len() {
                break;
            }
            end = Some(at);
            if self.octets.get(at - 1) != Some(&b'\\') {
                break;
            }
            at += 1;
        }
        if let Some(end) = end {
            self.push(kind, self.text(self.at + 1, end), end + 1 - self.at);
        } else {
            let rest = self.run(self.at, |octet| octet != b'\n');
            let fault = if kind == Kind::Text { Fault::EndlessText } else { Fault::EndlessCommand };
            self.fault(fault, 1);
            self.push(kind, self.text(self.at + 1, self.at + rest), rest.max(1));
        }
    }

    fn code(&mut self) {
        let inner = self.at + 2;
        if let Some(end) = self.swallowing(inner, b'}', b'%') {
            let text = self.text(inner, end - 2).trim_matches([' ', '\t']);
            self.push(Kind::Code, text, end - self.at);
        } else {
            let braces = self.text(inner, self.octets.len()).contains("}%");
            self.fault(Fault::EndlessCode { braces }, 2);
            // What follows cannot be told from code: one report, and no echo of it.
            let rest = self.octets.len() - self.at;
            self.push(Kind::Code, "", rest);
        }
    }

    /// The rules that compete by length.
    fn plain(&mut self, octet: u8) {
        let at = self.at;
        let address = address::ipv6(self.octets.get(at..).unwrap_or_default());
        if address > 0 {
            return self.push(Kind::Ipv6, self.text(at, at + address), address);
        }
        if octet == b'.' && self.text(at, at + 3) == "..." {
            return self.push(Kind::Ellipsis, "...", 3);
        }
        if octet == b'-' && self.peek(1) == Some(b'-') {
            let name = self.run(at + 2, is_word);
            if name > 0 {
                return self.push(Kind::Option, self.text(at + 2, at + 2 + name), name + 2);
            }
        }
        if octet == b'-' || octet == b'.' || octet.is_ascii_digit() {
            let (kind, length) = self.numeric(octet);
            if length > 0 {
                return self.push(kind, self.text(at, at + length), length);
            }
        }
        match self.word() {
            0 => self.symbol(),
            length => self.push(Kind::Word, self.text(at, at + length), length),
        }
    }

    /// The longest of a number, an IPv4 address and a word that begins like one; length 0 if there is none.
    fn numeric(&self, octet: u8) -> (Kind, usize) {
        let at = self.at;
        let sign = usize::from(octet == b'-');
        let whole = self.run(at + sign, |octet| octet.is_ascii_digit());
        let dot = at + sign + whole;
        let fraction = if self.octets.get(dot) == Some(&b'.') {
            self.run(dot + 1, |octet| octet.is_ascii_digit())
        } else {
            0
        };
        let word = if sign == 0 { self.word() } else { 0 };
        if fraction > 0 {
            let four = if sign == 0 { address::ipv4(self.octets.get(at..).unwrap_or_default()) } else { 0 };
            return if four > 0 { (Kind::Ipv4, four) } else { (Kind::Float, dot + 1 + fraction - at) };
        }
        if whole > 0 && word <= whole {
            return (Kind::Integer, sign + whole);
        }
        let digits = self.text(at, at + word).strip_prefix("0x").unwrap_or_default();
        let hex = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_hexdigit());
        (if hex { Kind::Hex } else { Kind::Word }, word)
    }

    /// The length of the word here; keywords that hold a `-` or a `#` are one word.
    fn word(&self) -> usize {
        let at = self.at;
        let length = self.run(at, is_word);
        let end = at + length;
        let joined = match (self.text(at, end), self.octets.get(end)) {
            ("sequence", Some(b'#')) => 1,
            ("gen" | "exp" | "EXP" | "voice", Some(b'-')) => match self.run(end + 1, is_word) {
                0 => 0,
                rest => 1 + rest,
            },
            _ => 0,
        };
        length + joined
    }

    fn symbol(&mut self) {
        let Some(symbol) = self.text(self.at, self.octets.len()).chars().next() else {
            // Not at a character: cannot be, but must not loop.
            self.at += 1;
            return;
        };
        let length = symbol.len_utf8();
        self.push(Kind::Symbol(symbol), self.text(self.at, self.at + length), length);
    }
}

/// Whether an octet may be part of a word.
pub(super) const fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}
