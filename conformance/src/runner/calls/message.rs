//! Messages: iovecs, message headers, and control messages as a script writes and judges them.
use super::evaluate::Evaluator;
use super::{arguments, output};
use crate::runner::{Reason, Run, Stop};
use crate::script::{Argument, CallSpec, Expression};
use crate::target::{Control, ControlData, ExtendedError, Message, Statistic};

/// What a script says of a message header beside its data.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    flags: Option<i32>,
    /// The octets for control messages, if the script says (BSD dialect).
    room: Option<usize>,
    control: Vec<ExpectedControl<'a>>,
}

/// A control message that is expected.
#[derive(Debug)]
struct ExpectedControl<'a> {
    span: &'a Argument,
    /// In octets, its header included (BSD dialect).
    length: Option<i64>,
    level: i32,
    kind: i32,
    data: ExpectedData,
}

/// What it is to say; `None` is not judged.
#[derive(Debug)]
enum ExpectedData {
    Number(i64),
    /// Microseconds of script time.
    Stamp(Option<i64>),
    Error([Option<i64>; 6]),
    Statistics(Vec<(i64, Option<i64>)>),
    Octets(bytes::Bytes),
}

/// The octets of a list of iovecs.
pub(super) fn vector_length(with: Evaluator<'_>, vector: &Argument, count: &Argument) -> Result<usize, Stop> {
    let Expression::Array(elements) = &vector.node else {
        return Err(with.mistaken(vector, "a list of iovecs"));
    };
    if with.length(count)? != elements.len() {
        return Err(with.mistaken(count, "the number of iovecs"));
    }
    elements.iter().try_fold(0_usize, |all, element| Ok(all.saturating_add(piece_length(with, element)?)))
}

fn piece_length(with: Evaluator<'_>, piece: &Argument) -> Result<usize, Stop> {
    match &piece.node {
        Expression::IoVec(length) => with.length(length),
        node => match node.field("iov_len") {
            Some(field) => with.length(&field.value),
            None => Err(with.mistaken(piece, "an iovec")),
        },
    }
}

/// The octets of a message header's iovecs.
pub(super) fn message_length(with: Evaluator<'_>, message: &Argument) -> Result<usize, Stop> {
    let vector = message.node.field("msg_iov").map(|field| (&field.size, &field.value));
    let Some((size, Argument { node: Expression::Array(pieces), .. })) = vector else {
        return Err(with.mistaken(message, "a message header with msg_iov"));
    };
    if let Some(size) = size
        && with.length(size)? != pieces.len()
    {
        return Err(with.mistaken(message, "a message header with as many iovecs as it says"));
    }
    pieces.iter().try_fold(0_usize, |all, piece| Ok(all.saturating_add(piece_length(with, piece)?)))
}

/// The control messages that go with the data. A message to send has no flags of its own.
pub(super) fn to_send(with: Evaluator<'_>, message: &Argument) -> Result<Vec<Control>, Stop> {
    let header = expected(with, message)?;
    if header.flags.is_some_and(|flags| flags != 0) {
        return Err(with.mistaken(message, "a message header with msg_flags=0"));
    }
    let control = |control: &ExpectedControl<'_>| {
        let data = match &control.data {
            ExpectedData::Number(value) => ControlData::Number { value: *value, width: 4 },
            ExpectedData::Octets(octets) => ControlData::Octets(octets.clone()),
            ExpectedData::Stamp(_) | ExpectedData::Error(_) | ExpectedData::Statistics(_) => {
                return Err(
                    with.mistaken(control.span, "a control message that can be sent: a number or a string")
                );
            }
        };
        Ok(Control { level: control.level, kind: control.kind, data })
    };
    header.control.iter().map(control).collect()
}

/// What a message header expects.
pub(super) fn expected<'a>(with: Evaluator<'a>, message: &'a Argument) -> Result<Expected<'a>, Stop> {
    let flags = message.node.field("msg_flags").map(|field| with.int(&field.value)).transpose()?;
    let control = message.node.field("msg_control");
    let room = control.and_then(|field| field.size.as_deref()).map(|size| with.length(size)).transpose()?;
    let control = match control.map(|field| &field.value) {
        None => Vec::new(),
        Some(Argument { node: Expression::Array(list), .. }) => {
            list.iter().map(|control| expected_control(with, control)).collect::<Result<_, _>>()?
        }
        Some(other) => return Err(with.mistaken(other, "a list of control messages")),
    };
    Ok(Expected { flags, room, control })
}

fn expected_control<'a>(with: Evaluator<'a>, control: &'a Argument) -> Result<ExpectedControl<'a>, Stop> {
    let field = |name| {
        control
            .node
            .field(name)
            .map(|field| &field.value)
            .ok_or_else(|| with.mistaken(control, "a control message"))
    };
    let length = control.node.field("cmsg_len").map(|field| unless_open(with, &field.value)).transpose()?;
    let (level, kind) = (with.int(field("cmsg_level")?)?, with.int(field("cmsg_type")?)?);
    let data = expected_data(with, field("cmsg_data")?)?;
    Ok(ExpectedControl { span: control, length: length.flatten(), level, kind, data })
}

/// An integer, or `...`, which is not judged.
fn unless_open(with: Evaluator<'_>, argument: &Argument) -> Result<Option<i64>, Stop> {
    match argument.node {
        Expression::Ellipsis => Ok(None),
        _ => with.integer(argument, "an integer").map(Some),
    }
}

fn expected_data(with: Evaluator<'_>, data: &Argument) -> Result<ExpectedData, Stop> {
    let unless_open = |argument: &Argument| unless_open(with, argument);
    if let (Some(seconds), Some(nanos)) = (data.node.field("scm_sec"), data.node.field("scm_nsec")) {
        let (seconds, nanos) = (unless_open(&seconds.value)?, unless_open(&nanos.value)?);
        let micros = seconds.unwrap_or(0).saturating_mul(1_000_000).saturating_add(nanos.unwrap_or(0) / 1000);
        return Ok(ExpectedData::Stamp(Some(micros).filter(|micros| *micros != 0)));
    }
    if data.node.field("ee_errno").is_some() {
        let mut fields = [None; 6];
        let names = ["ee_errno", "ee_origin", "ee_type", "ee_code", "ee_info", "ee_data"];
        for (place, name) in fields.iter_mut().zip(names) {
            let field = data.node.field(name).ok_or_else(|| with.mistaken(data, "an extended error"))?;
            *place = unless_open(&field.value)?;
        }
        return Ok(ExpectedData::Error(fields));
    }
    match &data.node {
        Expression::Struct(fields) => {
            let attribute = |field: &crate::script::Field| {
                let kind = with.abi.number(&field.name.node);
                let kind = kind.filter(|_| field.name.node.starts_with("TCP_NLA_"));
                Ok((kind.ok_or_else(|| with.mistaken(data, "control data"))?, unless_open(&field.value)?))
            };
            Ok(ExpectedData::Statistics(fields.iter().map(attribute).collect::<Result<_, Stop>>()?))
        }
        Expression::List(elements) => {
            let attribute = |element: &Argument| match &element.node {
                Expression::Assign(name, value) => {
                    let kind = with.abi.number(&name.node);
                    Ok((kind.ok_or_else(|| with.mistaken(data, "control data"))?, unless_open(value)?))
                }
                _ => Err(with.mistaken(data, "control data")),
            };
            Ok(ExpectedData::Statistics(elements.iter().map(attribute).collect::<Result<_, Stop>>()?))
        }
        Expression::Text(_) | Expression::TextAndMore(_) => {
            Ok(ExpectedData::Octets(arguments::text(with, data)?))
        }
        _ => Ok(ExpectedData::Number(with.integer(data, "an integer")?)),
    }
}

impl Expected<'_> {
    /// What the call is given room for, in octets: as much as the script says, or as the expected control messages
    /// take, so that one too many shows in the flags.
    pub(super) fn room(&self, with: Evaluator<'_>) -> usize {
        let taken = || self.control.iter().map(|control| control.model(with).space()).sum();
        self.room.unwrap_or_else(taken)
    }

    /// Holds what was received against it.
    pub(super) fn judge(&self, run: &Run<'_>, spec: &CallSpec, seen: &Message) -> Result<(), Stop> {
        if let Some(flags) = self.flags {
            let hex = |flags: i32| format!("{flags:#x}");
            output::equal(spec, "message flags", &hex(flags), &hex(seen.flags))?;
        }
        output::equal(spec, "control messages", &self.control.len(), &seen.control.len())?;
        self.control
            .iter()
            .zip(&seen.control)
            .try_for_each(|(expected, seen)| expected.judge(run, spec, seen))
    }
}

impl ExpectedControl<'_> {
    /// A control message of the same size.
    fn model(&self, with: Evaluator<'_>) -> Control {
        let is = |name| with.abi.number(name) == Some(self.level.into());
        let data = match &self.data {
            ExpectedData::Number(value) => ControlData::Number { value: *value, width: 4 },
            ExpectedData::Stamp(_) => ControlData::Stamp(stackdrill_wire::Instant::ZERO),
            ExpectedData::Error(_) => {
                let address = if is("IPPROTO_IPV6") { 28 } else { 16 };
                ControlData::Error { error: ExtendedError::default(), address }
            }
            ExpectedData::Statistics(all) => ControlData::Statistics(
                all.iter()
                    .map(|&(kind, _)| Statistic { kind, value: 0, width: Statistic::width_of(kind) })
                    .collect(),
            ),
            ExpectedData::Octets(octets) => ControlData::Octets(octets.clone()),
        };
        Control { level: self.level, kind: self.kind, data }
    }

    fn judge(&self, run: &Run<'_>, spec: &CallSpec, seen: &Control) -> Result<(), Stop> {
        if let Some(length) = self.length {
            output::equal(spec, "cmsg_len", &length, &i64::try_from(seen.length()).unwrap_or(i64::MAX))?;
        }
        output::equal(spec, "cmsg_level", &self.level, &seen.level)?;
        output::equal(spec, "cmsg_type", &self.kind, &seen.kind)?;
        match (&self.data, &seen.data) {
            (ExpectedData::Number(expected), ControlData::Number { value, .. }) => {
                output::equal(spec, "cmsg_data", expected, value)
            }
            (ExpectedData::Stamp(expected), ControlData::Stamp(at)) => {
                let at = crate::runner::script_time(*at);
                match expected {
                    Some(expected) if (at - expected).abs() > run.configuration.tolerance.micros => {
                        let reason = Reason::Output {
                            call: super::shown(spec),
                            what: "a time stamp of microsecond",
                            expected: expected.to_string(),
                            seen: at.to_string(),
                        };
                        Err(Stop::failed(reason, self.span.span))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            (ExpectedData::Error(fields), ControlData::Error { error, .. }) => {
                let seen = [error.errno, error.origin, error.kind, error.code, error.info, error.data];
                let names = ["ee_errno", "ee_origin", "ee_type", "ee_code", "ee_info", "ee_data"];
                for ((name, expected), seen) in names.into_iter().zip(fields).zip(seen) {
                    if let Some(expected) = expected {
                        output::equal(spec, name, expected, &seen)?;
                    }
                }
                Ok(())
            }
            (ExpectedData::Statistics(expected), ControlData::Statistics(seen)) => {
                judge_statistics(run, spec, expected, seen)
            }
            (ExpectedData::Octets(expected), ControlData::Octets(seen)) => output::equal(
                spec,
                "cmsg_data",
                &expected.escape_ascii().to_string(),
                &seen.escape_ascii().to_string(),
            ),
            (expected, seen) => output::equal(spec, "control data:", &expected.name(), &kind_of(seen)),
        }
    }
}

impl ExpectedData {
    const fn name(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Stamp(_) => "a time stamp",
            Self::Error(_) => "an extended error",
            Self::Statistics(_) => "statistics",
            Self::Octets(_) => "octets",
        }
    }
}

const fn kind_of(data: &ControlData) -> &'static str {
    match data {
        ControlData::Number { .. } => "a number",
        ControlData::Stamp(_) => "a time stamp",
        ControlData::Error { .. } => "an extended error",
        ControlData::Statistics(_) => "statistics",
        ControlData::Octets(_) => "octets",
    }
}

/// Attribute by attribute, in order; times within the tolerance, and 0 exactly.
fn judge_statistics(
    run: &Run<'_>,
    spec: &CallSpec,
    expected: &[(i64, Option<i64>)],
    seen: &[Statistic],
) -> Result<(), Stop> {
    output::equal(spec, "statistics", &expected.len(), &seen.len())?;
    for (&(kind, expected), seen) in expected.iter().zip(seen) {
        output::equal(spec, "an attribute of type", &kind, &seen.kind)?;
        let Some(expected) = expected else { continue };
        // Busy time, and the two times within it.
        let tolerance =
            if (1..=3).contains(&kind) && expected != 0 { run.configuration.tolerance.micros } else { 0 };
        if (expected - seen.value).abs() > tolerance {
            output::equal(spec, "an attribute", &expected, &seen.value)?;
        }
    }
    Ok(())
}
