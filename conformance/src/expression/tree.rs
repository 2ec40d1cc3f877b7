//! What a snippet says, as a tree.
use super::value::Value;

/// A statement and the line of the script that it stands on.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) line: u32,
    pub(super) kind: StatementKind,
}

#[derive(Clone, Debug)]
pub(super) enum StatementKind {
    Assert {
        condition: Expression,
        message: Option<Expression>,
        text: String,
    },
    /// `a = b = value`.
    Assign {
        names: Vec<String>,
        value: Expression,
    },
    Augment {
        name: String,
        operator: Binary,
        value: Expression,
    },
    /// Each condition with its block; the last condition may be absent: `else`.
    If(Vec<(Option<Expression>, Vec<Statement>)>),
    Evaluate(Expression),
    Pass,
}

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Literal(Value),
    Name(String),
    Tuple(Vec<Expression>),
    List(Vec<Expression>),
    /// The pieces of an f-string.
    Formatted(Vec<Piece>),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
    /// `a < b <= c`: each operand is evaluated once, and no further than the first that fails.
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Choice {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    Call {
        function: Function,
        arguments: Vec<Expression>,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(String),
    /// `{value!r:spec}`, or `{value=}` with the text before the value.
    Field {
        value: Expression,
        repr: bool,
        spec: String,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
    Invert,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Function {
    Abs,
    Bool,
    Float,
    Int,
    Len,
    Max,
    Min,
    Print,
    Round,
    Str,
    Sum,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "abs" => Self::Abs,
            "bool" => Self::Bool,
            "float" => Self::Float,
            "int" => Self::Int,
            "len" => Self::Len,
            "max" => Self::Max,
            "min" => Self::Min,
            "print" => Self::Print,
            "round" => Self::Round,
            "str" => Self::Str,
            "sum" => Self::Sum,
            _ => return None,
        })
    }
}
