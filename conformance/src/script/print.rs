//! A tree as text, laid out in the columns people use. `parse(print(tree)) == tree`.
//!
//! A symbol has been replaced where the tree was made: it is printed as what it stands for.
pub(super) mod columns;
mod expression;
mod packet;

use columns::Row;

use super::dialect::Dialect;
use super::tags::Tags;
use super::tree::{
    Encapsulation, Event, EventKind, OptionValue, PacketSpec, Script, ScriptOption, TcpOption, When,
};

/// Prints a script.
#[must_use]
pub fn print(script: &Script) -> String {
    let mut rows: Vec<Row> = tags(&script.tags).map(Row::Text).collect();
    let gap = |rows: &mut Vec<Row>| {
        if !rows.is_empty() {
            rows.push(Row::Blank);
        }
    };
    if !script.options.is_empty() {
        gap(&mut rows);
        rows.extend(script.options.iter().map(|one| Row::Text(option(one))));
    }
    if let Some(init) = &script.init {
        gap(&mut rows);
        rows.push(Row::Text(format!("`{}`", init.text)));
    }
    gap(&mut rows);
    rows.extend(script.events.iter().map(|event| row(event, script.dialect)));
    if let Some(cleanup) = &script.cleanup {
        gap(&mut rows);
        rows.push(Row::Text(format!("`{}`", cleanup.text)));
    }
    columns::lay_out(&rows)
}

/// Prints one event, on one line unless a command, code or a string in it has several.
#[must_use]
pub fn print_event(event: &Event, dialect: Dialect) -> String {
    let mut text = columns::lay_out(&[row(event, dialect)]);
    text.truncate(text.trim_end().len());
    text
}

/// Prints one packet, without its direction.
#[must_use]
pub fn print_packet(packet: &PacketSpec, dialect: Dialect) -> String {
    packet::text(packet, dialect)
}

/// Prints one outer header, its colon included.
#[must_use]
pub fn print_encapsulation(header: &Encapsulation) -> String {
    packet::encapsulation(header)
}

/// Prints one TCP option.
#[must_use]
pub fn print_option(option: &TcpOption, dialect: Dialect) -> String {
    packet::tcp_option(option, dialect)
}

/// An event's cells: when, and what; a packet's parts are cells of their own.
pub(super) fn row(event: &Event, dialect: Dialect) -> Row {
    let mut cells = vec![when(event.when.node)];
    match &event.kind {
        EventKind::Packet(packets) => cells.extend(packet::cells(packets, dialect)),
        EventKind::Call(call) => cells.push(expression::call(call)),
        EventKind::Command(command) => cells.push(format!("`{}`", command.text)),
        EventKind::Code(code) => cells.push(format!("%{{ {} }}%", code.text)),
        EventKind::Silence(duration) => cells.push(format!(">! {}", seconds(duration.node))),
    }
    Row::Event { cells, comment: None }
}

fn when(when: When) -> String {
    match when {
        When::At(at) => seconds(at),
        When::After(after) => relative(after),
        When::Any => "*".to_owned(),
        When::Between(start, end) => format!("{}~{}", seconds(start), seconds(end)),
        When::AfterBetween(start, end) => format!("{}~{}", relative(start), relative(end)),
    }
}

/// `+.01`: people leave out the zero.
fn relative(micros: i64) -> String {
    let text = seconds(micros);
    match text.strip_prefix("0.") {
        Some(fraction) => format!("+.{fraction}"),
        None => format!("+{text}"),
    }
}

/// Microseconds as seconds, with as many digits as it takes.
pub(super) fn seconds(micros: i64) -> String {
    let (whole, fraction) = (micros / 1_000_000, micros % 1_000_000);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = format!("{:06}", fraction.unsigned_abs());
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// A script option.
pub(super) fn option(option: &ScriptOption) -> String {
    let name = &option.name.node;
    match &option.value {
        None => format!("--{name}"),
        Some(OptionValue::Text(text)) => format!("--{name}=\"{text}\""),
        Some(value) => format!("--{name}={}", value.text()),
    }
}

/// The comments that hold the tags.
fn tags(tags: &Tags) -> impl Iterator<Item = String> {
    let joined =
        |words: &[super::span::Word]| words.iter().map(|word| &*word.node).collect::<Vec<_>>().join(" ");
    let list = |name: &str, words: &[super::span::Word]| {
        (!words.is_empty()).then(|| format!("// {name}: {}", joined(words)))
    };
    let mut lines = Vec::from_iter(list("Proves", &tags.proves));
    lines.extend(list("Chooses", &tags.chooses));
    lines.extend(
        tags.departs.iter().map(|one| format!("// Departs: {} {}", joined(&one.citations), one.reason)),
    );
    lines.extend(list("Profile", &tags.profiles));
    lines.extend(list("Needs", &tags.needs));
    lines.into_iter()
}
