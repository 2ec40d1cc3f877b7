//! Statements and expressions, in Python's order of precedence.
use super::lex::{Placed, Token, tokens};
use super::tree::{Binary, Comparison, Expression, Function, Piece, Statement, StatementKind, Unary};
use super::value::Value;
use super::{Failure, MOST_NESTING, Snippet};

const STATEMENTS: [&str; 18] = [
    "for", "while", "def", "class", "import", "from", "return", "try", "with", "raise", "del", "global",
    "nonlocal", "break", "continue", "async", "yield", "match",
];
const WORDS: [&str; 3] = ["lambda", "await", "except"];

/// The binary operators, loosest first: each row binds tighter than the one before.
const LEVELS: [&[(&str, Binary)]; 6] = [
    &[("|", Binary::Or)],
    &[("^", Binary::Xor)],
    &[("&", Binary::And)],
    &[("<<", Binary::ShiftLeft), (">>", Binary::ShiftRight)],
    &[("+", Binary::Add), ("-", Binary::Subtract)],
    &[("*", Binary::Multiply), ("/", Binary::Divide), ("//", Binary::FloorDivide), ("%", Binary::Modulo)],
];
const AUGMENTED: [(&str, Binary); 12] = [
    ("+=", Binary::Add),
    ("-=", Binary::Subtract),
    ("*=", Binary::Multiply),
    ("/=", Binary::Divide),
    ("//=", Binary::FloorDivide),
    ("%=", Binary::Modulo),
    ("**=", Binary::Power),
    ("&=", Binary::And),
    ("|=", Binary::Or),
    ("^=", Binary::Xor),
    ("<<=", Binary::ShiftLeft),
    (">>=", Binary::ShiftRight),
];
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
];

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

/// The statements of one snippet.
pub(super) fn program(snippet: Snippet<'_>) -> Result<Vec<Statement>, Failure> {
    let tokens = tokens(snippet.text, snippet.line)?;
    let mut parser = Parser { text: snippet.text, tokens, at: 0, depth: 0 };
    let mut statements = Vec::new();
    while !parser.is(&Token::End) {
        parser.statement(&mut statements)?;
    }
    Ok(statements)
}

/// The one expression that `text`, a field of an f-string, holds.
fn field(text: &str, line: u32, depth: usize) -> Result<Expression, Failure> {
    let tokens = tokens(text.trim(), line)?;
    let mut parser = Parser { text, tokens, at: 0, depth };
    let value = parser.expression()?;
    if parser.is(&Token::NewLine) { Ok(value) } else { Err(parser.unexpected()) }
}

impl Parser<'_> {
    fn peek(&self) -> &Placed {
        // The list is never empty and `advance` never passes its end.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn is(&self, token: &Token) -> bool {
        self.peek().token == *token
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().token.clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn takes(&mut self, operator: &'static str) -> bool {
        let found = self.is(&Token::Operator(operator));
        if found {
            self.advance();
        }
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(&self.peek().token, Token::Name(name) if name == word);
        if found {
            self.advance();
        }
        found
    }

    fn expects(&mut self, operator: &'static str) -> Result<(), Failure> {
        if self.takes(operator) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Failure {
        let line = self.peek().line;
        let unsupported = |construct: String| Failure::Unsupported { line, construct };
        match &self.peek().token {
            Token::Operator(".") => unsupported("an attribute".to_owned()),
            Token::Operator("[") => unsupported("a subscript".to_owned()),
            Token::Operator("{") => unsupported("a dictionary or set".to_owned()),
            Token::Operator(":=") => unsupported("an assignment expression".to_owned()),
            Token::Name(word) if STATEMENTS.contains(&word.as_str()) || WORDS.contains(&word.as_str()) => {
                unsupported(format!("`{word}`"))
            }
            Token::Name(word) => Failure::Syntax { line, what: format!("unexpected `{word}`") },
            Token::Operator(operator) => Failure::Syntax { line, what: format!("unexpected `{operator}`") },
            Token::NewLine | Token::End => {
                Failure::Syntax { line, what: "unexpected end of line".to_owned() }
            }
            Token::Indent | Token::Dedent => Failure::Syntax { line, what: "unexpected indent".to_owned() },
            Token::Integer(_) | Token::Float(_) | Token::Text(_) | Token::Formatted(_) => {
                Failure::Syntax { line, what: "unexpected literal".to_owned() }
            }
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.depth == MOST_NESTING {
            let what = format!("nested more than {MOST_NESTING} deep");
            return Err(Failure::Syntax { line: self.peek().line, what });
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, into: &mut Vec<Statement>) -> Result<(), Failure> {
        if self.is(&Token::NewLine) {
            self.advance();
            return Ok(());
        }
        let line = self.peek().line;
        if self.takes_word("if") {
            let kind = self.nested(Self::branches)?;
            into.push(Statement { line, kind });
            return Ok(());
        }
        self.simple_statements(into)
    }

    fn simple_statements(&mut self, into: &mut Vec<Statement>) -> Result<(), Failure> {
        loop {
            let line = self.peek().line;
            let kind = self.simple()?;
            into.push(Statement { line, kind });
            let more = self.takes(";");
            if self.is(&Token::NewLine) {
                self.advance();
                return Ok(());
            }
            if !more {
                return Err(self.unexpected());
            }
        }
    }

    fn branches(&mut self) -> Result<StatementKind, Failure> {
        let mut branches = Vec::new();
        let condition = self.expression()?;
        branches.push((Some(condition), self.block()?));
        loop {
            if self.takes_word("elif") {
                let condition = self.expression()?;
                branches.push((Some(condition), self.block()?));
            } else if self.takes_word("else") {
                branches.push((None, self.block()?));
                return Ok(StatementKind::If(branches));
            } else {
                return Ok(StatementKind::If(branches));
            }
        }
    }

    fn block(&mut self) -> Result<Vec<Statement>, Failure> {
        self.expects(":")?;
        let mut block = Vec::new();
        if !self.is(&Token::NewLine) {
            self.simple_statements(&mut block)?;
            return Ok(block);
        }
        while self.is(&Token::NewLine) {
            self.advance();
        }
        if !self.is(&Token::Indent) {
            let what = "expected an indented block".to_owned();
            return Err(Failure::Syntax { line: self.peek().line, what });
        }
        self.advance();
        while !self.is(&Token::Dedent) && !self.is(&Token::End) {
            self.statement(&mut block)?;
        }
        self.advance();
        Ok(block)
    }

    fn simple(&mut self) -> Result<StatementKind, Failure> {
        if self.takes_word("pass") {
            return Ok(StatementKind::Pass);
        }
        if self.takes_word("assert") {
            return self.assertion();
        }
        let Token::Name(name) = self.peek().token.clone() else {
            return Ok(StatementKind::Evaluate(self.tuple()?));
        };
        if STATEMENTS.contains(&name.as_str()) {
            return Err(self.unexpected());
        }
        let next = self.tokens.get(self.at + 1).map(|placed| placed.token.clone());
        if let Some(&(_, operator)) =
            AUGMENTED.iter().find(|(spelling, _)| next == Some(Token::Operator(spelling)))
        {
            self.advance();
            self.advance();
            return Ok(StatementKind::Augment { name, operator, value: self.tuple()? });
        }
        if next == Some(Token::Operator("=")) {
            self.assignment()
        } else {
            self.tuple().map(StatementKind::Evaluate)
        }
    }

    fn assertion(&mut self) -> Result<StatementKind, Failure> {
        let start = self.peek().start;
        let condition = self.expression()?;
        let end =
            self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(start, |last| last.end);
        let message = if self.takes(",") { Some(self.expression()?) } else { None };
        let text =
            self.text.get(start..end).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(StatementKind::Assert { condition, message, text })
    }

    fn assignment(&mut self) -> Result<StatementKind, Failure> {
        let mut names = Vec::new();
        loop {
            let next = self.tokens.get(self.at + 1).map(|placed| &placed.token);
            match (&self.peek().token, next) {
                (Token::Name(name), Some(Token::Operator("="))) => names.push(name.clone()),
                _ => return Ok(StatementKind::Assign { names, value: self.tuple()? }),
            }
            self.advance();
            self.advance();
        }
    }

    /// Expressions with commas between them are a tuple.
    fn tuple(&mut self) -> Result<Expression, Failure> {
        let first = self.expression()?;
        if !self.is(&Token::Operator(",")) {
            return Ok(first);
        }
        let mut members = vec![first];
        while self.takes(",") {
            if matches!(self.peek().token, Token::NewLine | Token::End | Token::Operator(")" | ";")) {
                break;
            }
            members.push(self.expression()?);
        }
        Ok(Expression::Tuple(members))
    }

    fn expression(&mut self) -> Result<Expression, Failure> {
        self.nested(|parser| {
            let then = parser.or()?;
            if !parser.takes_word("if") {
                return Ok(then);
            }
            let condition = Box::new(parser.or()?);
            if !parser.takes_word("else") {
                return Err(parser.unexpected());
            }
            let otherwise = Box::new(parser.expression()?);
            Ok(Expression::Choice { condition, then: Box::new(then), otherwise })
        })
    }

    fn or(&mut self) -> Result<Expression, Failure> {
        let mut operands = vec![self.and()?];
        while self.takes_word("or") {
            operands.push(self.and()?);
        }
        Ok(if operands.len() == 1 { operands.remove(0) } else { Expression::Or(operands) })
    }

    fn and(&mut self) -> Result<Expression, Failure> {
        let mut operands = vec![self.not()?];
        while self.takes_word("and") {
            operands.push(self.not()?);
        }
        Ok(if operands.len() == 1 { operands.remove(0) } else { Expression::And(operands) })
    }

    fn not(&mut self) -> Result<Expression, Failure> {
        if self.takes_word("not") {
            return self.nested(|parser| Ok(Expression::Unary(Unary::Not, Box::new(parser.not()?))));
        }
        let first = self.binary(0)?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.comparison()? {
            rest.push((comparison, self.binary(0)?));
        }
        Ok(if rest.is_empty() { first } else { Expression::Compare(Box::new(first), rest) })
    }

    fn comparison(&mut self) -> Result<Option<Comparison>, Failure> {
        if let Some(&(_, comparison)) =
            COMPARISONS.iter().find(|(spelling, _)| self.is(&Token::Operator(spelling)))
        {
            self.advance();
            return Ok(Some(comparison));
        }
        if self.takes_word("in") {
            return Ok(Some(Comparison::In));
        }
        if self.takes_word("is") {
            return Ok(Some(if self.takes_word("not") { Comparison::IsNot } else { Comparison::Is }));
        }
        if !self.takes_word("not") {
            return Ok(None);
        }
        if self.takes_word("in") { Ok(Some(Comparison::NotIn)) } else { Err(self.unexpected()) }
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Failure> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        let mut operands = 1;
        while let Some(&(_, operator)) =
            operators.iter().find(|(spelling, _)| self.is(&Token::Operator(spelling)))
        {
            self.advance();
            operands += 1;
            if operands > MOST_NESTING {
                let what = format!("more than {MOST_NESTING} operands in a row");
                return Err(Failure::Syntax { line: self.peek().line, what });
            }
            left = Expression::Binary(operator, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, Failure> {
        for (spelling, operator) in [("-", Unary::Minus), ("+", Unary::Plus), ("~", Unary::Invert)] {
            if self.takes(spelling) {
                return self.nested(|parser| Ok(Expression::Unary(operator, Box::new(parser.unary()?))));
            }
        }
        let base = self.atom()?;
        if !self.takes("**") {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        Ok(Expression::Binary(Binary::Power, Box::new(base), Box::new(exponent)))
    }

    fn atom(&mut self) -> Result<Expression, Failure> {
        let line = self.peek().line;
        let atom = match self.peek().token.clone() {
            Token::Integer(value) => Expression::Literal(Value::Integer(value)),
            Token::Float(value) => Expression::Literal(Value::Float(value)),
            Token::Text(_) | Token::Formatted(_) => return self.strings(line),
            Token::Operator(open @ ("(" | "[")) => {
                self.advance();
                return self.nested(|parser| parser.bracketed(open));
            }
            Token::Name(name) => return self.name(name),
            Token::Operator(_) | Token::NewLine | Token::Indent | Token::Dedent | Token::End => {
                return Err(self.unexpected());
            }
        };
        self.advance();
        self.no_trailer(atom)
    }

    /// Attributes and subscripts are Python, but not understood here.
    fn no_trailer(&self, atom: Expression) -> Result<Expression, Failure> {
        if matches!(self.peek().token, Token::Operator("." | "[")) {
            Err(self.unexpected())
        } else {
            Ok(atom)
        }
    }

    fn bracketed(&mut self, open: &str) -> Result<Expression, Failure> {
        let close = if open == "(" { ")" } else { "]" };
        let mut members = Vec::new();
        let mut commas = 0;
        while !self.takes(close) {
            members.push(self.expression()?);
            if self.takes(",") {
                commas += 1;
            } else if !self.is(&Token::Operator(close)) {
                return Err(self.unexpected());
            }
        }
        let single = members.len() == 1 && commas == 0;
        let value = match open {
            "(" if single => members.remove(0),
            "(" => Expression::Tuple(members),
            _ => Expression::List(members),
        };
        self.no_trailer(value)
    }

    fn name(&mut self, name: String) -> Result<Expression, Failure> {
        if STATEMENTS.contains(&name.as_str()) || WORDS.contains(&name.as_str()) {
            return Err(self.unexpected());
        }
        let line = self.peek().line;
        self.advance();
        if self.takes("(") {
            let Some(function) = Function::named(&name) else {
                return Err(Failure::Unsupported { line, construct: format!("the function {name}()") });
            };
            let arguments = self.nested(Self::arguments)?;
            return self.no_trailer(Expression::Call { function, arguments });
        }
        self.no_trailer(match name.as_str() {
            "True" => Expression::Literal(Value::Boolean(true)),
            "False" => Expression::Literal(Value::Boolean(false)),
            "None" => Expression::Literal(Value::None),
            _ => Expression::Name(name),
        })
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, Failure> {
        let mut arguments = Vec::new();
        while !self.takes(")") {
            arguments.push(self.expression()?);
            if self.is(&Token::Operator("=")) {
                let construct = "a keyword argument".to_owned();
                return Err(Failure::Unsupported { line: self.peek().line, construct });
            }
            if !self.takes(",") && !self.is(&Token::Operator(")")) {
                return Err(self.unexpected());
            }
        }
        Ok(arguments)
    }

    /// Neighbouring strings are one.
    fn strings(&mut self, line: u32) -> Result<Expression, Failure> {
        let mut pieces = Vec::new();
        loop {
            match self.peek().token.clone() {
                Token::Text(text) => pieces.push(Piece::Text(text)),
                Token::Formatted(text) => self.pieces(&text, line, &mut pieces)?,
                _ => break,
            }
            self.advance();
        }
        let atom = match pieces.as_slice() {
            [Piece::Text(text)] => Expression::Literal(Value::Text(text.clone())),
            _ => Expression::Formatted(pieces),
        };
        self.no_trailer(atom)
    }

    /// The text and the fields of an f-string.
    fn pieces(&mut self, text: &str, line: u32, into: &mut Vec<Piece>) -> Result<(), Failure> {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '{' | '}' if rest.starts_with(c) => {
                    plain.push(c);
                    rest = &rest[1..];
                }
                '{' => {
                    into.push(Piece::Text(std::mem::take(&mut plain)));
                    let Some(end) = rest.find('}') else {
                        return Err(Failure::Syntax { line, what: "f-string: expecting '}'".to_owned() });
                    };
                    let depth = self.depth + 1;
                    self.nested(|_| field_piece(&rest[..end], line, depth, into))?;
                    rest = &rest[end + 1..];
                }
                '}' => {
                    let what = "f-string: single '}' is not allowed".to_owned();
                    return Err(Failure::Syntax { line, what });
                }
                _ => plain.push(c),
            }
        }
        into.push(Piece::Text(plain));
        Ok(())
    }
}

/// `value`, `value=`, `value!r`, `value:spec`.
fn field_piece(text: &str, line: u32, depth: usize, into: &mut Vec<Piece>) -> Result<(), Failure> {
    let (text, spec) = text.split_once(':').unwrap_or((text, ""));
    let (text, repr) = match text.strip_suffix("!r") {
        Some(before) => (before, true),
        None => (text.strip_suffix("!s").unwrap_or(text), false),
    };
    let shown = text.trim_end().strip_suffix('=').filter(|before| !before.ends_with(['=', '!', '<', '>']));
    let (text, repr) = match shown {
        Some(before) => {
            into.push(Piece::Text(text.to_owned()));
            (before, repr || spec.is_empty())
        }
        None => (text, repr),
    };
    into.push(Piece::Field { value: field(text, line, depth)?, repr, spec: spec.to_owned() });
    Ok(())
}
