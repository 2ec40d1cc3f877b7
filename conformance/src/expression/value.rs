//! Python's values, as far as scripts use them.
use core::cmp::Ordering;
use std::fmt;

/// A value. Integers are exact; an operation that would leave their range is an error, never a wrong answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Tuple(Vec<Value>),
    List(Vec<Value>),
}

/// A number, with booleans as 0 and 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl Value {
    /// What `bool()` says.
    pub(super) fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Boolean(value) => *value,
            Self::Integer(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Tuple(members) | Self::List(members) => !members.is_empty(),
        }
    }

    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Boolean(value) => Some(Number::Integer(i128::from(*value))),
            Self::Integer(value) => Some(Number::Integer(*value)),
            Self::Float(value) => Some(Number::Float(*value)),
            Self::None | Self::Text(_) | Self::Tuple(_) | Self::List(_) => None,
        }
    }

    /// What Python calls the type.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Boolean(_) => "bool",
            Self::Integer(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
        }
    }

    /// `==`: numbers by value, other kinds only among themselves.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple(a), Self::Tuple(b)) | (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::None, Self::None) => true,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// `<` and its kin; `None` where Python raises `TypeError`, or one side is not a number.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Tuple(a), Self::Tuple(b)) | (Self::List(a), Self::List(b)) => {
                let differs = a.iter().zip(b).find(|(a, b)| !a.equals(b));
                differs.map_or_else(|| Some(a.len().cmp(&b.len())), |(a, b)| a.order(b))
            }
            _ => match (self.number()?, other.number()?) {
                (Number::Integer(a), Number::Integer(b)) => Some(a.cmp(&b)),
                (a, b) => a.float().partial_cmp(&b.float()),
            },
        }
    }

    /// What `repr()` says.
    pub(super) fn repr(&self) -> String {
        match self {
            Self::Text(text) => {
                let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
                let escaped: String = text.chars().map(|c| escape(c, quote)).collect();
                format!("{quote}{escaped}{quote}")
            }
            Self::Tuple(members) => {
                format!("({}{})", joined(members), if members.len() == 1 { "," } else { "" })
            }
            Self::List(members) => format!("[{}]", joined(members)),
            Self::None | Self::Boolean(_) | Self::Integer(_) | Self::Float(_) => self.to_string(),
        }
    }
}

fn joined(members: &[Value]) -> String {
    members.iter().map(Value::repr).collect::<Vec<_>>().join(", ")
}

fn escape(c: char, quote: char) -> String {
    if c == quote || c == '\\' || c.is_control() { c.escape_default().to_string() } else { c.to_string() }
}

impl fmt::Display for Value {
    /// What `str()` says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Boolean(true) => f.write_str("True"),
            Self::Boolean(false) => f.write_str("False"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&float(*value)),
            Self::Text(text) => f.write_str(text),
            Self::Tuple(_) | Self::List(_) => f.write_str(&self.repr()),
        }
    }
}

/// The shortest text that reads back as the same float, with Python's choice of exponents.
fn float(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string().to_lowercase();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}
