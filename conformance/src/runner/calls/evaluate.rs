//! Expressions become numbers when the call is made.
use crate::constants::Abi;
use crate::runner::{ScriptError, Stop};
use crate::script::{Argument, CallSpec, Dialect, Expression};

/// Evaluates the arguments of one call.
#[derive(Clone, Copy, Debug)]
pub(in crate::runner) struct Evaluator<'a> {
    pub(super) spec: &'a CallSpec,
    pub(super) abi: Abi,
    pub(super) dialect: Dialect,
}

impl<'a> Evaluator<'a> {
    /// An integer: a literal, a constant, or several joined by `|`.
    pub(super) fn integer(&self, argument: &Argument, wanted: &'static str) -> Result<i64, Stop> {
        match &argument.node {
            Expression::Integer(value) | Expression::Hex(value) => Ok(*value),
            Expression::Word(name) => self.abi.number(name).ok_or_else(|| {
                let error = ScriptError::UnknownSymbol { name: name.to_string(), abi: self.abi };
                Stop::Wrong(error, argument.span)
            }),
            Expression::Or(parts) => {
                parts.iter().try_fold(0, |all, part| Ok(all | self.integer(part, wanted)?))
            }
            Expression::Apply(name, number) if &*name.node == "htonl" => {
                Ok(self.int(number)?.cast_unsigned().to_be().into())
            }
            _ => Err(self.mistaken(argument, wanted)),
        }
    }

    /// An integer of 32 bits; those over `i32::MAX` wrap, as in C.
    pub(super) fn int(&self, argument: &Argument) -> Result<i32, Stop> {
        let value = self.integer(argument, "an integer")?;
        i32::try_from(value)
            .ok()
            .or_else(|| u32::try_from(value).ok().map(u32::cast_signed))
            .ok_or(Stop::Wrong(ScriptError::Range(value), argument.span))
    }

    /// A count of octets.
    pub(super) fn length(&self, argument: &Argument) -> Result<usize, Stop> {
        let value = self.int(argument)?;
        usize::try_from(value).map_err(|_| self.mistaken(argument, "a count of octets"))
    }

    /// `[n]`: an integer in and out.
    pub(super) fn boxed(&self, argument: &'a Argument) -> Result<&'a Argument, Stop> {
        match &argument.node {
            Expression::Array(elements) => match elements.as_slice() {
                [element] => Ok(element),
                _ => Err(self.mistaken(argument, "an integer in brackets")),
            },
            _ => Err(self.mistaken(argument, "an integer in brackets")),
        }
    }

    /// The argument, or what stands inside one, is of the wrong kind.
    pub(super) fn mistaken(&self, argument: &Argument, wanted: &'static str) -> Stop {
        let holds =
            |given: &Argument| given.span.start <= argument.span.start && argument.span.end <= given.span.end;
        let at = self.spec.arguments.iter().position(holds);
        let given = at.and_then(|at| self.spec.arguments.get(at));
        let whole = given.is_some_and(|given| given.span.start == argument.span.start);
        let (call, position) = (super::shown(self.spec), at.map_or(0, |at| at + 1));
        let part = if whole { "" } else { "a part of " };
        Stop::Wrong(ScriptError::Argument { call, position, part, wanted }, argument.span)
    }
}

/// The expected result, which is a literal.
pub(super) fn result(argument: &Argument) -> Result<i64, Stop> {
    let value = argument.node.integer().ok_or(Stop::Wrong(ScriptError::Result, argument.span))?;
    // A hexadecimal result over 31 bits is the negative number that C sees.
    Ok(u32::try_from(value).map_or(value, |value| i64::from(value.cast_signed())))
}
