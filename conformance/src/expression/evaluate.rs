//! Running a program: names, operators, functions.
use std::collections::BTreeMap;

use super::tree::{Binary, Comparison, Expression, Function, Piece, Statement, StatementKind, Unary};
use super::value::{Number, Value};
use super::{Failure, MOST_TEXT, Snippet, format, parse};

/// The one namespace of a script, and what it printed.
#[derive(Debug, Default)]
pub(super) struct Machine {
    names: BTreeMap<String, Value>,
    pub(super) printed: String,
    line: u32,
    /// Names whose values come from variables that the target does not show, and from which.
    missing: BTreeMap<String, String>,
    /// The first of those that this statement has read.
    missed: Option<String>,
    /// The first of those that decided which statements run.
    decided: Option<String>,
}

impl Machine {
    /// Reads every snippet, then runs each with what was sampled for it.
    pub(super) fn program<'a>(
        &mut self,
        snippets: impl IntoIterator<Item = Snippet<'a>>,
    ) -> Result<(), Failure> {
        let read = snippets
            .into_iter()
            .map(|snippet| parse::program(snippet).map(|statements| (snippet, statements)))
            .collect::<Result<Vec<_>, _>>()?;
        read.iter().try_for_each(|(snippet, statements)| {
            self.sample(snippet);
            self.run(statements)
        })
    }

    /// Binds what was sampled when a snippet's event came due.
    fn sample(&mut self, snippet: &Snippet<'_>) {
        self.missed = None;
        for (name, value) in snippet.variables {
            self.bind(name, Value::Integer(i128::from(*value)));
        }
        self.bind("_file", Value::Text(snippet.file.into()));
        self.bind("_line", Value::Integer(i128::from(snippet.line)));
        for name in snippet.missing {
            self.bind(name, Value::Integer(0));
            self.missing.insert((*name).to_owned(), (*name).to_owned());
        }
    }

    fn bind(&mut self, name: &str, value: Value) {
        match &self.missed {
            Some(variable) => drop(self.missing.insert(name.to_owned(), variable.clone())),
            None => drop(self.missing.remove(name)),
        }
        self.names.insert(name.to_owned(), value);
    }

    pub(super) fn run(&mut self, statements: &[Statement]) -> Result<(), Failure> {
        for statement in statements {
            self.line = statement.line;
            self.missed = self.decided.clone();
            match &statement.kind {
                StatementKind::Pass => {}
                StatementKind::Evaluate(expression) => {
                    self.value(expression)?;
                }
                StatementKind::Assert { condition, message, text } => {
                    self.assert(condition, message.as_ref(), text)?;
                }
                StatementKind::Assign { names, value } => {
                    let value = self.value(value)?;
                    for name in names {
                        self.bind(name, value.clone());
                    }
                }
                StatementKind::Augment { name, operator, value } => {
                    let left = self.name(name)?;
                    let right = self.value(value)?;
                    let value = self.binary(*operator, &left, &right)?;
                    self.bind(name, value);
                }
                StatementKind::If(branches) => self.branch(branches)?,
            }
        }
        Ok(())
    }

    fn branch(&mut self, branches: &[(Option<Expression>, Vec<Statement>)]) -> Result<(), Failure> {
        for (condition, block) in branches {
            let taken = match condition {
                Some(condition) => self.value(condition)?.truth(),
                None => true,
            };
            self.decided = self.decided.take().or_else(|| self.missed.clone());
            if taken {
                return self.run(block);
            }
        }
        Ok(())
    }

    fn assert(
        &mut self,
        condition: &Expression,
        message: Option<&Expression>,
        text: &str,
    ) -> Result<(), Failure> {
        if self.value(condition)?.truth() {
            return Ok(());
        }
        if let Some(variable) = self.missed.clone() {
            return Err(Failure::Missing { line: self.line, variable });
        }
        let message = message.map(|message| self.value(message)).transpose()?;
        let mut names = Vec::new();
        mentioned(condition, &mut names);
        let shown =
            names.iter().filter_map(|name| Some(format!("{name} = {}", self.names.get(*name)?.repr())));
        Err(Failure::Assertion {
            line: self.line,
            text: text.to_owned(),
            names: shown.collect::<Vec<_>>().join(", "),
            message: message.map_or_else(String::new, |message| message.to_string()),
        })
    }

    fn raised(&self, what: impl Into<String>) -> Failure {
        Failure::Raised { line: self.line, what: what.into() }
    }

    fn unsupported(&self, construct: impl Into<String>) -> Failure {
        Failure::Unsupported { line: self.line, construct: construct.into() }
    }

    fn name(&mut self, name: &str) -> Result<Value, Failure> {
        self.missed = self.missed.take().or_else(|| self.missing.get(name).cloned());
        self.names.get(name).cloned().ok_or_else(|| self.raised(format!("name '{name}' is not defined")))
    }

    fn text(&self, text: String) -> Result<Value, Failure> {
        if text.len() > MOST_TEXT {
            return Err(self.unsupported(format!("a text of {} octets", text.len())));
        }
        Ok(Value::Text(text))
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, Failure> {
        match expression {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Name(name) => self.name(name),
            Expression::Tuple(members) => self.values(members).map(Value::Tuple),
            Expression::List(members) => self.values(members).map(Value::List),
            Expression::Formatted(pieces) => self.formatted(pieces),
            Expression::Unary(operator, operand) => {
                let operand = self.value(operand)?;
                self.unary(*operator, &operand)
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.binary(*operator, &left, &right)
            }
            Expression::Compare(first, rest) => self.compare(first, rest),
            Expression::And(operands) => self.first(operands, false),
            Expression::Or(operands) => self.first(operands, true),
            Expression::Choice { condition, then, otherwise } => {
                let taken = if self.value(condition)?.truth() { then } else { otherwise };
                self.value(taken)
            }
            Expression::Call { function, arguments } => {
                let arguments = self.values(arguments)?;
                self.call(*function, &arguments)
            }
        }
    }

    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Failure> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    /// `and` stops at the first false value, `or` at the first true one; either gives that value.
    fn first(&mut self, operands: &[Expression], stop: bool) -> Result<Value, Failure> {
        let mut last = Value::None;
        for operand in operands {
            last = self.value(operand)?;
            if last.truth() == stop {
                break;
            }
        }
        Ok(last)
    }

    fn formatted(&mut self, pieces: &[Piece]) -> Result<Value, Failure> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field { value, repr, spec } => {
                    let value = self.value(value)?;
                    let value = if *repr { Value::Text(value.repr()) } else { value };
                    out.push_str(
                        &format::formatted(&value, spec).map_err(|refused| self.unsupported(refused))?,
                    );
                }
            }
        }
        self.text(out)
    }

    fn compare(&mut self, first: &Expression, rest: &[(Comparison, Expression)]) -> Result<Value, Failure> {
        let mut left = self.value(first)?;
        for (comparison, right) in rest {
            let right = self.value(right)?;
            if !self.holds(*comparison, &left, &right)? {
                return Ok(Value::Boolean(false));
            }
            left = right;
        }
        Ok(Value::Boolean(true))
    }

    fn holds(&self, comparison: Comparison, left: &Value, right: &Value) -> Result<bool, Failure> {
        let ordered = |wanted: fn(core::cmp::Ordering) -> bool| match left.order(right) {
            Some(order) => Ok(wanted(order)),
            None if left.number().is_some() && right.number().is_some() => Ok(false), // a NaN
            None => Err(self.raised(format!(
                "'{}' and '{}' have no order between them",
                left.type_name(),
                right.type_name()
            ))),
        };
        match comparison {
            Comparison::Equal | Comparison::Is => Ok(left.equals(right)),
            Comparison::NotEqual | Comparison::IsNot => Ok(!left.equals(right)),
            Comparison::Less => ordered(core::cmp::Ordering::is_lt),
            Comparison::LessOrEqual => ordered(core::cmp::Ordering::is_le),
            Comparison::Greater => ordered(core::cmp::Ordering::is_gt),
            Comparison::GreaterOrEqual => ordered(core::cmp::Ordering::is_ge),
            Comparison::In => self.contains(right, left),
            Comparison::NotIn => Ok(!self.contains(right, left)?),
        }
    }

    fn contains(&self, whole: &Value, part: &Value) -> Result<bool, Failure> {
        match (whole, part) {
            (Value::Tuple(members) | Value::List(members), _) => {
                Ok(members.iter().any(|member| member.equals(part)))
            }
            (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
            _ => Err(self.raised(format!("'in' cannot look into '{}'", whole.type_name()))),
        }
    }

    fn unary(&self, operator: Unary, operand: &Value) -> Result<Value, Failure> {
        if operator == Unary::Not {
            return Ok(Value::Boolean(!operand.truth()));
        }
        let too_large = || self.unsupported("integers of more than 127 bits");
        match (operator, operand.number()) {
            (Unary::Plus, Some(Number::Integer(value))) => Ok(Value::Integer(value)),
            (Unary::Minus, Some(Number::Integer(value))) => {
                value.checked_neg().map(Value::Integer).ok_or_else(too_large)
            }
            (Unary::Invert, Some(Number::Integer(value))) => Ok(Value::Integer(!value)),
            (Unary::Plus, Some(Number::Float(value))) => Ok(Value::Float(value)),
            (Unary::Minus, Some(Number::Float(value))) => Ok(Value::Float(-value)),
            _ => Err(self.raised(format!("bad operand type '{}' for a unary operator", operand.type_name()))),
        }
    }

    fn binary(&self, operator: Binary, left: &Value, right: &Value) -> Result<Value, Failure> {
        match (operator, left, right) {
            (Binary::Add, Value::Text(a), Value::Text(b)) => return self.text(format!("{a}{b}")),
            (Binary::Modulo, Value::Text(template), values) => {
                let text = format::percent(template, values).map_err(|refused| self.raised(refused))?;
                return self.text(text);
            }
            (Binary::Multiply, Value::Text(text), Value::Integer(count)) => {
                let count = usize::try_from(*count).unwrap_or(0);
                if text.len().saturating_mul(count) > MOST_TEXT {
                    return Err(self.unsupported(format!("a text of more than {MOST_TEXT} octets")));
                }
                return self.text(text.repeat(count));
            }
            _ => {}
        }
        match (left.number(), right.number()) {
            (Some(Number::Integer(a)), Some(Number::Integer(b))) => self.integers(operator, a, b),
            (Some(a), Some(b)) => self.floats(operator, a.float(), b.float()),
            _ => Err(self.raised(format!(
                "unsupported operand types: '{}' and '{}'",
                left.type_name(),
                right.type_name()
            ))),
        }
    }

    fn integers(&self, operator: Binary, a: i128, b: i128) -> Result<Value, Failure> {
        let zero = matches!(operator, Binary::Divide | Binary::FloorDivide | Binary::Modulo) && b == 0;
        if zero {
            return Err(self.raised("division by zero"));
        }
        if matches!(operator, Binary::ShiftLeft | Binary::ShiftRight) && b < 0 {
            return Err(self.raised("negative shift count"));
        }
        let small = u32::try_from(b).ok();
        let value = match operator {
            Binary::Divide => return Ok(Value::Float(a as f64 / b as f64)),
            Binary::Power if b < 0 => return self.floats(operator, a as f64, b as f64),
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::FloorDivide => {
                a.checked_div_euclid(b).map(|q| if b < 0 && a.rem_euclid(b) != 0 { q - 1 } else { q })
            }
            Binary::Modulo => a.checked_rem_euclid(b).map(|r| if b < 0 && r != 0 { r + b } else { r }),
            Binary::Power => small.and_then(|b| a.checked_pow(b)),
            Binary::And => Some(a & b),
            Binary::Or => Some(a | b),
            Binary::Xor => Some(a ^ b),
            Binary::ShiftLeft => small.filter(|b| *b < 127).and_then(|b| a.checked_mul(1 << b)),
            Binary::ShiftRight => Some(a >> small.unwrap_or(127).min(127)),
        };
        value.map(Value::Integer).ok_or_else(|| self.unsupported("integers of more than 127 bits"))
    }

    fn floats(&self, operator: Binary, a: f64, b: f64) -> Result<Value, Failure> {
        let divides = matches!(operator, Binary::Divide | Binary::FloorDivide | Binary::Modulo);
        if b == 0.0 && divides || operator == Binary::Power && a == 0.0 && b < 0.0 {
            return Err(self.raised("float division by zero"));
        }
        let value = match operator {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide => a / b,
            Binary::FloorDivide => (a / b).floor(),
            Binary::Modulo => a - b * (a / b).floor(),
            Binary::Power if a < 0.0 && b.fract() != 0.0 => return Err(self.unsupported("complex numbers")),
            Binary::Power => a.powf(b),
            Binary::And | Binary::Or | Binary::Xor | Binary::ShiftLeft | Binary::ShiftRight => {
                return Err(self.raised("unsupported operand type 'float' for a bit operator"));
            }
        };
        Ok(Value::Float(value))
    }

    fn call(&mut self, function: Function, arguments: &[Value]) -> Result<Value, Failure> {
        match (function, arguments) {
            (Function::Print, values) => {
                let words: Vec<_> = values.iter().map(Value::to_string).collect();
                let line = words.join(" ");
                if self.printed.len() + line.len() >= MOST_TEXT {
                    return Err(self.unsupported(format!("printing more than {MOST_TEXT} octets")));
                }
                self.printed.push_str(&line);
                self.printed.push('\n');
                Ok(Value::None)
            }
            (Function::Str, [value]) => self.text(value.to_string()),
            (Function::Bool, [value]) => Ok(Value::Boolean(value.truth())),
            (Function::Len, [Value::Text(text)]) => Ok(Value::Integer(text.chars().count() as i128)),
            (Function::Len, [Value::Tuple(members) | Value::List(members)]) => {
                Ok(Value::Integer(members.len() as i128))
            }
            (Function::Abs, [value])
                if value.order(&Value::Integer(0)).is_some_and(core::cmp::Ordering::is_lt) =>
            {
                self.unary(Unary::Minus, value)
            }
            (Function::Abs, [value]) => self.unary(Unary::Plus, value),
            (Function::Int, [value]) => self.int(value),
            (Function::Float, [value]) => self.float(value),
            (Function::Round, [value]) => match value.number() {
                Some(Number::Float(value)) => self.int(&Value::Float(value.round_ties_even())),
                Some(Number::Integer(value)) => Ok(Value::Integer(value)),
                None => Err(self.raised(format!("'{}' cannot be rounded", value.type_name()))),
            },
            (Function::Sum, [Value::Tuple(members) | Value::List(members)]) => members
                .iter()
                .try_fold(Value::Integer(0), |sum, member| self.binary(Binary::Add, &sum, member)),
            (Function::Max | Function::Min, [Value::Tuple(members) | Value::List(members)]) => {
                self.extreme(function, members)
            }
            (Function::Max | Function::Min, members) => self.extreme(function, members),
            _ => Err(self.unsupported(format!("this way of calling {function:?}()").to_lowercase())),
        }
    }

    fn extreme(&self, function: Function, members: &[Value]) -> Result<Value, Failure> {
        let Some((first, rest)) = members.split_first() else {
            return Err(self.raised("max() and min() need at least one value"));
        };
        let mut best = first;
        for member in rest {
            let comparison = if function == Function::Max { Comparison::Greater } else { Comparison::Less };
            if self.holds(comparison, member, best)? {
                best = member;
            }
        }
        Ok(best.clone())
    }

    fn int(&self, value: &Value) -> Result<Value, Failure> {
        match (value, value.number()) {
            (_, Some(Number::Integer(value))) => Ok(Value::Integer(value)),
            (_, Some(Number::Float(value))) if value.abs() < 1e36 => {
                Ok(Value::Integer(value.trunc() as i128))
            }
            (Value::Text(text), _) => {
                let read = text.trim().replace('_', "").parse().map(Value::Integer);
                read.map_err(|_| self.raised(format!("invalid literal for int(): {}", value.repr())))
            }
            _ => Err(self.raised(format!("int() cannot take {}", value.repr()))),
        }
    }

    fn float(&self, value: &Value) -> Result<Value, Failure> {
        match (value, value.number()) {
            (_, Some(number)) => Ok(Value::Float(number.float())),
            (Value::Text(text), _) => {
                let read = text.trim().parse().map(Value::Float);
                read.map_err(|_| self.raised(format!("could not convert string to float: {}", value.repr())))
            }
            _ => Err(self.raised(format!("float() cannot take '{}'", value.type_name()))),
        }
    }
}

/// The names in an expression, each once, in the order they stand.
fn mentioned<'a>(expression: &'a Expression, names: &mut Vec<&'a str>) {
    match expression {
        Expression::Name(name) => {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        Expression::Literal(_) | Expression::Formatted(_) => {}
        Expression::Tuple(members)
        | Expression::List(members)
        | Expression::And(members)
        | Expression::Or(members) => {
            members.iter().for_each(|member| mentioned(member, names));
        }
        Expression::Unary(_, operand) => mentioned(operand, names),
        Expression::Binary(_, left, right) => {
            mentioned(left, names);
            mentioned(right, names);
        }
        Expression::Compare(first, rest) => {
            mentioned(first, names);
            rest.iter().for_each(|(_, operand)| mentioned(operand, names));
        }
        Expression::Choice { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|part| mentioned(part, names));
        }
        Expression::Call { arguments, .. } => {
            arguments.iter().for_each(|argument| mentioned(argument, names));
        }
    }
}
