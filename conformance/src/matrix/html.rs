//! The matrix as one page that needs nothing else.
use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::{Cell, Check, Matrix, Row, Verdict};
use crate::report::Escaped;
use crate::requirement::title;
use crate::runner::Verdict as Ended;

/// Colours follow the reader's own scheme; nothing is loaded from anywhere, and no script runs. The three buttons are
/// radio inputs whose state the style sheet looks at.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8883;--dim:#777;--pass:#197a35;--warn:#9a6700;--fail:#c21c2b;--bar:#8882}\
@media(prefers-color-scheme:dark){:root{--dim:#999;--pass:#57c46d;--warn:#d9a93a;--fail:#ff6b74}}\
body{font:15px/1.5 system-ui,sans-serif;max-width:78rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2.2rem 0 .4rem}\
table{border-collapse:collapse;width:100%;table-layout:fixed}th.id{width:19rem}th.level{width:7.5rem}\
th.cell{width:8rem}\
td,th{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line)}\
thead th{position:sticky;top:0;background:Canvas}\
td.id{font:.85em/1.8 ui-monospace,monospace;overflow-wrap:anywhere}td.level{white-space:nowrap;color:var(--dim);font-size:.9em}\
.pass{color:var(--pass)}.warn{color:var(--warn)}.known{color:var(--warn)}.fail{color:var(--fail);font-weight:600}\
.untested,.not-observable,.not-applicable{color:var(--dim)}\
.sums{width:auto;table-layout:auto;margin-bottom:1.2rem}.sums td,.sums th{padding-right:1.6rem}.sums td{font-variant-numeric:tabular-nums}\
details{font-size:.9em;margin:.1rem 0}summary{cursor:pointer;color:var(--dim)}\
details p{margin:.15rem 0 .15rem 1rem}\
.pick{position:absolute;opacity:0}.pick+label{border:1px solid var(--line);border-radius:.4rem;padding:.2rem .7rem;\
margin-right:.4rem;cursor:pointer}.pick:checked+label{background:var(--bar);font-weight:600}\
.pick:focus-visible+label{outline:2px solid}\
#tested:checked~main tr.quiet,#unmet:checked~main tr.quiet,#unmet:checked~main tr.met{display:none}\
#tested:checked~main section.quiet,#unmet:checked~main section.quiet,#unmet:checked~main section.met{display:none}";

/// The page, with everything that came from a script or a catalogue escaped.
#[must_use]
pub fn html(matrix: &Matrix) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write(matrix, &mut page);
    page
}

fn write(matrix: &Matrix, page: &mut String) -> fmt::Result {
    writeln!(page, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    writeln!(page, "<meta name=\"viewport\" content=\"width=device-width\">")?;
    writeln!(page, "<title>stackdrill: requirements</title><style>{STYLE}</style></head><body>")?;
    writeln!(page, "<h1>What the RFCs ask, and what was seen</h1>")?;
    sums(matrix, page)?;
    for stale in &matrix.stale {
        writeln!(page, "<p class=\"fail\">{}</p>", Escaped(stale))?;
    }
    for (id, label) in [("all", "all rows"), ("tested", "tested"), ("unmet", "not met")] {
        let checked = if id == "tested" { " checked" } else { "" };
        writeln!(page, "<input class=\"pick\" type=\"radio\" name=\"show\" id=\"{id}\"{checked}>")?;
        writeln!(page, "<label for=\"{id}\">{label}</label>")?;
    }
    writeln!(page, "<main>")?;
    for rows in matrix.rows.chunk_by(|a, b| a.requirement.rfc == b.requirement.rfc) {
        section(matrix, rows, page)?;
    }
    writeln!(page, "</main></body></html>")
}

/// How many rows have each verdict, a line a target.
fn sums(matrix: &Matrix, page: &mut String) -> fmt::Result {
    write!(page, "<table class=\"sums\"><tr><th>")?;
    for verdict in Verdict::ALL {
        write!(page, "<th class=\"{0}\">{0}", verdict.name())?;
    }
    writeln!(page, "<th>of the failures known</tr>")?;
    for (at, target) in matrix.targets.iter().enumerate() {
        let counts = matrix.count(at);
        write!(page, "<tr><th>{}", Escaped(target))?;
        for verdict in Verdict::ALL {
            write!(page, "<td>{}", counts.get(&verdict).copied().unwrap_or(0))?;
        }
        writeln!(page, "<td>{}</tr>", matrix.known(at))?;
    }
    writeln!(page, "</table>")
}

/// One RFC.
fn section(matrix: &Matrix, rows: &[Row], page: &mut String) -> fmt::Result {
    let Some(rfc) = rows.first().map(|row| row.requirement.rfc) else { return Ok(()) };
    let standing = rows.iter().map(standing).max().unwrap_or_default();
    writeln!(page, "<section class=\"{}\"><h2>RFC {rfc}: {}</h2>", standing.class(), Escaped(title(rfc)))?;
    write!(page, "<table><thead><tr><th class=\"id\">Requirement<th class=\"level\">Level")?;
    for target in &matrix.targets {
        write!(page, "<th class=\"cell\">{}", Escaped(target))?;
    }
    writeln!(page, "<th>What it asks</tr></thead>")?;
    rows.iter().try_for_each(|row| line(matrix, row, page))?;
    writeln!(page, "</table></section>")
}

/// How much a row has to say, from least to most.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
enum Standing {
    /// Nothing was tested.
    #[default]
    Quiet,
    /// It is met wherever it was tested.
    Met,
    /// It is not met somewhere, known or not.
    Unmet,
}

impl Standing {
    const fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Met => "met",
            Self::Unmet => "unmet",
        }
    }
}

fn standing(row: &Row) -> Standing {
    let of = |cell: &Cell| match cell.verdict {
        Verdict::Pass => Standing::Met,
        Verdict::Warn | Verdict::Fail => Standing::Unmet,
        Verdict::Untested | Verdict::NotObservable | Verdict::NotApplicable => Standing::Quiet,
    };
    row.cells.iter().map(of).max().unwrap_or_default()
}

fn line(matrix: &Matrix, row: &Row, page: &mut String) -> fmt::Result {
    let requirement = row.requirement;
    let name = requirement.id.split_once(':').map_or(requirement.id.as_str(), |(_, name)| name);
    let (id, class) = (Escaped(&requirement.id), standing(row).class());
    write!(page, "<tr id=\"{id}\" class=\"{class}\"><td class=\"id\">{}", Escaped(name))?;
    write!(page, "<td class=\"level\">{}", requirement.level.words())?;
    for cell in &row.cells {
        let word = match (cell.verdict, cell.choice) {
            (Verdict::Fail, _) if cell.known.is_some() => "known",
            (Verdict::Pass, Some(false)) => "pass: does not",
            (Verdict::Pass, Some(true)) => "pass: does",
            (verdict, _) => verdict.name(),
        };
        let class = if cell.known.is_some() { "known" } else { cell.verdict.name() };
        write!(page, "<td class=\"cell {class}\">{word}")?;
        if let Some(lacks) = cell.lacks {
            write!(page, "<br><small>no {lacks}</small>")?;
        }
    }
    write!(page, "<td>{}", Escaped(&requirement.text))?;
    for (cell, target) in row.cells.iter().zip(&matrix.targets) {
        if let Some(known) = &cell.known {
            let (target, sentence) = (Escaped(target), Escaped(&known.sentence));
            write!(page, "<br><small class=\"known\">{target}, until {}: {sentence}</small>", known.expires)?;
        }
    }
    checks(matrix, row, page)?;
    writeln!(page, "</tr>")
}

/// The runs that a row rests on: those that passed in a line a target, the others one by one.
fn checks(matrix: &Matrix, row: &Row, page: &mut String) -> fmt::Result {
    if row.cells.iter().all(|cell| cell.checks.is_empty()) {
        return Ok(());
    }
    write!(page, "<details><summary>checks</summary>")?;
    for (cell, target) in row.cells.iter().zip(&matrix.targets) {
        let (passed, other): (Vec<&Check>, Vec<&Check>) =
            cell.checks.iter().partition(|check| check.verdict == Ended::Pass);
        let scripts: BTreeSet<&str> = passed.iter().map(|check| check.script.as_str()).collect();
        if !scripts.is_empty() {
            let scripts = scripts.into_iter().collect::<Vec<_>>().join(", ");
            write!(
                page,
                "<p>{}: <span class=\"pass\">pass</span> {}</p>",
                Escaped(target),
                Escaped(&scripts)
            )?;
        }
        for check in other {
            let class = if check.verdict == Ended::Fail { "fail" } else { "untested" };
            let reason = check.reason.as_deref().unwrap_or_default();
            let said = format!("{} ({}) {reason}", check.script, check.variant);
            let (target, said) = (Escaped(target), Escaped(&said));
            write!(page, "<p>{target}: <span class=\"{class}\">{}</span> {said}</p>", check.verdict)?;
        }
    }
    write!(page, "</details>")
}
