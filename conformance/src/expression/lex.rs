//! Words, numbers, strings and the shape that indentation gives.
use super::Failure;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Integer(i128),
    Float(f64),
    Text(String),
    /// An f-string's raw contents, escapes already applied outside its fields.
    Formatted(String),
    Operator(&'static str),
    NewLine,
    Indent,
    Dedent,
    End,
}

/// A token, the line of the script it stands on, and where its text lies in the snippet, in octets.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: u32,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Longest first, so that `**=` is not `**` and `=`.
const OPERATORS: [&str; 39] = [
    "**=", "//=", ">>=", "<<=", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**",
    "//", "<<", ">>", ":=", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "(", ")", "[", "]",
    ",", ":",
];
/// Characters that begin Python not understood here, or end a statement.
const REST: [&str; 6] = [";", ".", "{", "}", "@", "\\"];

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    indents: Vec<usize>,
    brackets: usize,
    tokens: Vec<Placed>,
}

/// The tokens of a snippet that starts on `line`, closed by [`Token::End`].
pub(super) fn tokens(text: &str, line: u32) -> Result<Vec<Placed>, Failure> {
    let mut lexer = Lexer { text, at: 0, line, indents: vec![0], brackets: 0, tokens: Vec::new() };
    lexer.indentation()?;
    while lexer.at < text.len() {
        lexer.next()?;
    }
    lexer.push(Token::NewLine, text.len());
    for _ in 1..lexer.indents.len() {
        lexer.push(Token::Dedent, text.len());
    }
    lexer.push(Token::End, text.len());
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token, start: usize) {
        self.tokens.push(Placed { token, line: self.line, start, end: self.at });
    }

    fn syntax(&self, what: impl Into<String>) -> Failure {
        Failure::Syntax { line: self.line, what: what.into() }
    }

    fn next(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(()) };
        match first {
            '\n' => self.new_line(),
            ' ' | '\t' | '\r' => {
                self.at += 1;
                Ok(())
            }
            '#' => {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                Ok(())
            }
            '\\' if self.rest().starts_with("\\\n") => {
                self.at += 2;
                self.line += 1;
                Ok(())
            }
            '0'..='9' => self.number(),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            '\'' | '"' => self.string(start, false, false),
            c if c == '_' || c.is_alphabetic() => self.word(),
            _ => self.operator(),
        }
    }

    fn new_line(&mut self) -> Result<(), Failure> {
        let start = self.at;
        if self.brackets == 0 {
            self.push(Token::NewLine, start);
        }
        self.at += 1;
        self.line += 1;
        if self.brackets == 0 { self.indentation() } else { Ok(()) }
    }

    /// At the start of a line: blank lines and comments do not count.
    fn indentation(&mut self) -> Result<(), Failure> {
        let rest = self.rest();
        let width = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[width..].starts_with(['\n', '#', '\r']) || rest.len() == width {
            return Ok(());
        }
        self.at += width;
        let current = self.indents.last().copied().unwrap_or(0);
        if width > current {
            self.indents.push(width);
            self.push(Token::Indent, self.at);
        }
        while width < self.indents.last().copied().unwrap_or(0) {
            self.indents.pop();
            self.push(Token::Dedent, self.at);
        }
        if self.indents.last().copied().unwrap_or(0) == width {
            Ok(())
        } else {
            Err(self.syntax("unindent does not match any outer indentation level"))
        }
    }

    fn number(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let radix = match self.rest().get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            Some(_) | None => 10,
        };
        let digits: String = if radix == 10 {
            self.rest().chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_')).collect()
        } else {
            self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        };
        self.at += digits.len();
        let mut text = digits.replace('_', "");
        if radix == 10 && self.rest().starts_with(['e', 'E']) {
            text.push_str(&self.exponent());
        }
        let token = if radix != 10 {
            i128::from_str_radix(&text[2..], radix).ok().map(Token::Integer)
        } else if text.contains(['.', 'e', 'E']) {
            text.parse().ok().map(Token::Float)
        } else {
            text.parse().ok().map(Token::Integer)
        };
        let token = token.ok_or_else(|| self.syntax(format!("{digits} is not a number")))?;
        self.push(token, start);
        Ok(())
    }

    fn exponent(&mut self) -> String {
        let rest = self.rest();
        let sign = usize::from(rest[1..].starts_with(['+', '-']));
        let digits = rest[1 + sign..].chars().take_while(char::is_ascii_digit).count();
        let taken = rest[..1 + sign + digits].to_owned();
        self.at += taken.len();
        taken
    }

    fn word(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let word: String = self.rest().chars().take_while(|c| *c == '_' || c.is_alphanumeric()).collect();
        self.at += word.len();
        if word.len() <= 2 && self.rest().starts_with(['\'', '"']) {
            let prefix = word.to_ascii_lowercase();
            return match prefix.as_str() {
                "r" => self.string(start, true, false),
                "f" => self.string(start, false, true),
                "rf" | "fr" => self.string(start, true, true),
                "u" => self.string(start, false, false),
                _ => Err(Failure::Unsupported { line: self.line, construct: format!("a {word}'' literal") }),
            };
        }
        self.push(Token::Name(word), start);
        Ok(())
    }

    fn string(&mut self, start: usize, raw: bool, formatted: bool) -> Result<(), Failure> {
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(*quote));
        let quote = quote.unwrap_or("'");
        self.at += quote.len();
        let mut text = String::new();
        let opened = self.line;
        loop {
            if self.rest().starts_with(quote) {
                self.at += quote.len();
                break;
            }
            let Some(c) = self.rest().chars().next() else {
                return Err(Failure::Syntax { line: opened, what: "unterminated string".to_owned() });
            };
            if c == '\n' && quote.len() == 1 {
                return Err(self.syntax("unterminated string"));
            }
            self.line += u32::from(c == '\n');
            self.at += c.len_utf8();
            if c == '\\' && !raw { self.escape(&mut text)? } else { text.push(c) }
        }
        self.push(if formatted { Token::Formatted(text) } else { Token::Text(text) }, start);
        Ok(())
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Failure> {
        let Some(c) = self.rest().chars().next() else { return Ok(()) };
        self.at += c.len_utf8();
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            '\\' | '\'' | '"' => text.push(c),
            '\n' => self.line += 1,
            _ => {
                let construct = format!("the escape \\{}", c.escape_debug());
                return Err(Failure::Unsupported { line: self.line, construct });
            }
        }
        Ok(())
    }

    fn operator(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let found = OPERATORS.into_iter().chain(REST).find(|operator| self.rest().starts_with(*operator));
        let Some(operator) = found else {
            let c = self.rest().chars().next().unwrap_or(' ');
            return Err(self.syntax(format!("unexpected character {}", c.escape_debug())));
        };
        match operator {
            "(" | "[" => self.brackets += 1,
            ")" | "]" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.at += operator.len();
        self.push(Token::Operator(operator), start);
        Ok(())
    }
}
