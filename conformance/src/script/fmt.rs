//! A script in the layout people use, its comments and blank lines kept.
//!
//! Meaning is never touched: what printing could change (a symbol, a call over several lines, a comment inside an
//! event) stays as its author wrote it, and a result that would not read back as the same script is not given.
use super::lex::{self, Comment, Kind, Lexed};
use super::print::columns::{self, Row};
use super::print::{option, row};
use super::span::Span;
use super::tree::{Event, EventKind, OptionValue, Script};
use super::{ParseOptions, Parsed, parse};

/// Lays a script out anew. Nothing, if it has errors: those come first.
#[must_use]
pub fn format(parsed: &Parsed, options: &ParseOptions) -> Option<String> {
    if !parsed.is_ok() {
        return None;
    }
    let script = &parsed.script;
    let source = script.source.text();
    let lexed = lex::lex(source);
    let pieces = pieces(script, source, &lexed);
    let laid_out = columns::lay_out(&rows(pieces, source));
    let same_dialect = ParseOptions { dialect: Some(script.dialect), ..options.clone() };
    let again = parse(&laid_out, &same_dialect);
    // Should a layout ever change what a script says, its author's own stands.
    Some(if again.script == *script { laid_out } else { source.to_owned() })
}

/// Something of the script, and where it stood.
struct Piece {
    span: Span,
    row: Row,
    /// A comment that follows what stands before it on the line.
    trailing: bool,
}

/// Options, commands, events and comments, in the order of the source.
fn pieces(script: &Script, source: &str, lexed: &Lexed<'_>) -> Vec<Piece> {
    let conditional = conditional(lexed);
    let symbols = symbols(script, lexed);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |span: Span, row: Row| pieces.push(Piece { span, row, trailing: false });
    for one in &script.options {
        push(one.span, Row::Text(option(one)));
    }
    for command in script.init.iter().chain(&script.cleanup) {
        push(command.span, Row::Text(format!("`{}`", command.text)));
    }
    for event in &script.events {
        push(event.span, event_row(event, script, source, lexed, &symbols));
    }
    for &span in &conditional {
        push(span, Row::Text(span.text(source).to_owned()));
    }
    let inside = |span: Span, outer: &Span| outer.start <= span.start && span.end <= outer.end;
    // What stands between `#ifdef` and `#endif` is one piece, and comments in events are part of them.
    let held: Vec<Span> =
        script.events.iter().map(|event| event.span).chain(conditional.iter().copied()).collect();
    pieces.retain(|piece| {
        !conditional.iter().any(|outer| inside(piece.span, outer) && piece.span.start != outer.start)
    });
    let free = lexed.comments.iter().filter(|comment| !held.iter().any(|outer| inside(comment.span, outer)));
    pieces.extend(free.map(|comment| comment_piece(comment, source)));
    pieces.sort_by_key(|piece| piece.span.start);
    pieces
}

fn comment_piece(comment: &Comment, source: &str) -> Piece {
    let text = comment.span.text(source).trim_end().to_owned();
    Piece { span: comment.span, row: Row::Text(text), trailing: !comment.first }
}

/// An event's row, or its own words if laying it out would lose some.
fn event_row(event: &Event, script: &Script, source: &str, lexed: &Lexed<'_>, symbols: &[Span]) -> Row {
    let text = event.span.text(source);
    let within = |span: Span| event.span.start <= span.start && span.end <= event.span.end;
    let commented = lexed.comments.iter().any(|comment| within(comment.span));
    let symbol = symbols.iter().any(|&span| within(span));
    let long_call = matches!(event.kind, EventKind::Call(_)) && text.contains('\n');
    if commented || symbol || long_call {
        let time = event.when.span.text(source);
        let rest = text.get(time.len()..).unwrap_or_default().trim_start();
        let rest = rest.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        return Row::Event { cells: vec![time.to_owned(), rest], comment: None };
    }
    row(event, script.dialect)
}

/// The words of the source that are symbols.
fn symbols(script: &Script, lexed: &Lexed<'_>) -> Vec<Span> {
    let names: Vec<&str> = script
        .options
        .iter()
        .filter_map(|option| match &option.value {
            Some(OptionValue::Define(name, _)) => Some(&**name),
            _ => None,
        })
        .collect();
    let words = lexed.tokens.iter().filter(|token| token.kind == Kind::Word && names.contains(&token.text));
    words.map(|token| token.span).collect()
}

/// From each `#ifdef` to its `#endif`.
fn conditional(lexed: &Lexed<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut open: Option<Span> = None;
    for pair in lexed.tokens.windows(2) {
        let [mark, name] = pair else { continue };
        match (mark.kind, name.text) {
            (Kind::Symbol('#'), "ifdef") => open = open.or(Some(mark.span)),
            (Kind::Symbol('#'), "endif") => spans.extend(open.take().map(|start| start.to(name.span))),
            _ => {}
        }
    }
    spans
}

/// The rows, with one blank line where there was one or more.
fn rows(pieces: Vec<Piece>, source: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut end = 0;
    for piece in pieces {
        let between = source.get(end..piece.span.start as usize).unwrap_or_default();
        let blank = between.bytes().filter(|&octet| octet == b'\n').count() > 1;
        end = end.max(piece.span.end as usize);
        if blank && !rows.is_empty() {
            rows.push(Row::Blank);
        }
        match (piece.trailing, piece.row, rows.last_mut()) {
            (true, Row::Text(text), Some(Row::Event { comment, .. })) => join(comment, text),
            (true, Row::Text(text), Some(Row::Text(before))) => {
                before.push_str("  ");
                before.push_str(&text);
            }
            (_, row, _) => rows.push(row),
        }
    }
    rows
}

/// A second comment behind the same event.
fn join(comment: &mut Option<String>, text: String) {
    match comment {
        Some(before) => {
            before.push(' ');
            before.push_str(&text);
        }
        None => *comment = Some(text),
    }
}
