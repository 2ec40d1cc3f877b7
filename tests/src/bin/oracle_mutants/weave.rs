//! Many mutants in one source file: each function that has some chooses its body by number.
use std::ops::Range;

use super::list::{Mutant, Place};

/// A file with its mutants woven in, and the lines of each.
#[derive(Debug)]
pub(crate) struct Woven {
    pub(crate) text: String,
    /// Counted from 1, with the mutant's number.
    pub(crate) lines: Vec<(Range<usize>, u32)>,
}

/// What the woven stack asks. A mutant may turn in a circle without end: it runs dry and panics, which the oracle hears as
/// the silence that it is.
pub(crate) const SWITCH: &str = "
/// Which mutant is to act.
pub mod mutant {
    use std::cell::Cell;
    use std::sync::LazyLock;
    static NUMBER: LazyLock<u32> =
        LazyLock::new(|| std::env::var(\"STACKDRILL_MUTANT\").ok().and_then(|word| word.parse().ok()).unwrap_or(0));
    thread_local! { static TANK: Cell<u32> = const { Cell::new(u32::MAX) }; }
    pub(crate) fn number() -> u32 {
        let left = TANK.get();
        if left == 0 { panic!(\"no end\") }
        TANK.set(left - 1);
        *NUMBER
    }
    /// A call begins.
    pub fn fill() { TANK.set(10_000_000) }
}
";

/// The file that fills the tank where there is one, and what it says there.
pub(crate) const FUEL: (&str, &str) =
    ("tests/src/bin/oracle_alone/fuel.rs", "pub(crate) fn fill() { stackdrill_stack::mutant::fill() }\n");

/// Weaves a file's mutants in. Those that are in no function, or in one inside another, are left out; so are those of
/// a function that returns `impl Trait`, for two bodies would be two types.
pub(crate) fn weave(source: &str, mutants: &[&Mutant]) -> Woven {
    let mut functions: Vec<(Range<usize>, Vec<&Mutant>)> = Vec::new();
    for mutant in mutants {
        let Some(body) = body(source, mutant) else { continue };
        match functions.iter_mut().find(|(other, _)| *other == body) {
            Some((_, inside)) => inside.push(mutant),
            None => functions.push((body, vec![mutant])),
        }
    }
    functions.sort_by_key(|(body, _)| body.start);
    let (mut text, mut lines, mut done) = (String::new(), Vec::new(), 0);
    for (body, inside) in functions.into_iter() {
        if body.start < done {
            continue;
        }
        text.push_str(&source[done..body.start]);
        text.push_str("{ match crate::mutant::number() {\n");
        for mutant in inside {
            let first = text.lines().count() + 1;
            let at = offset(source, mutant.span.start)..offset(source, mutant.span.end);
            let (before, after) = (&source[body.start..at.start], &source[at.end..body.end]);
            let broken = counted(&format!("{before} {} {after}", mutant.replacement));
            text.push_str(&format!("{} => {broken}\n", mutant.number));
            lines.push((first..text.lines().count() + 1, mutant.number));
        }
        text.push_str(&format!("_ => {}\n}} }}", &source[body.clone()]));
        done = body.end;
    }
    text.push_str(&source[done..]);
    // A body that asks which mutant acts is no constant's.
    Woven { text: text.replace("const fn ", "fn "), lines }
}

/// A body whose loops ask for fuel each time round. Comments may be changed too, which does no harm.
fn counted(body: &str) -> String {
    let body = body.replace("while ", "while { crate::mutant::number(); true } && ");
    body.replace("loop {", "loop { crate::mutant::number();")
}

/// The body of the mutant's function, braces included.
fn body(source: &str, mutant: &Mutant) -> Option<Range<usize>> {
    let span = mutant.function.as_ref()?.span;
    let (start, end) = (offset(source, span.start), offset(source, span.end));
    let mut at = start;
    for line in source[start..end].split_inclusive('\n') {
        let words = line.trim_start();
        if !words.starts_with("//") && !words.starts_with("#[") {
            break;
        }
        at += line.len();
    }
    let mut depth = 0_i32;
    for (index, character) in source[at..end].char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => {
                let opaque = source[at..at + index].contains("-> impl ");
                return (!opaque).then_some(at + index..end);
            }
            _ => {}
        }
    }
    None
}

/// Where a place is in the text, in octets.
fn offset(source: &str, place: Place) -> usize {
    let line_start: usize = source.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let line = &source[line_start..];
    line.char_indices().nth(place.column - 1).map_or(source.len(), |(index, _)| line_start + index)
}
