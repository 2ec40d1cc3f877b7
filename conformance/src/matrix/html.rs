//! The matrix as one page that needs nothing else.
use std::fmt::{self, Write};

use super::{Cell, Matrix, Row};
use crate::report::Escaped;
use crate::requirement::title;

/// Colours follow the reader's own scheme; nothing is loaded from anywhere.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}\
table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #8883}\
td.id{font-family:ui-monospace,monospace;font-size:.85em;white-space:nowrap}\
.pass{color:#197a35}.warn{color:#9a6700}.fail{color:#c21c2b;font-weight:600}\
.untested,.not-observable,.not-applicable{color:#777}\
details{font-size:.9em}summary{cursor:pointer;color:#777}\
@media(prefers-color-scheme:dark){.pass{color:#57c46d}.warn{color:#d9a93a}.fail{color:#ff6b74}}";

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
    for (at, target) in matrix.targets.iter().enumerate() {
        write!(page, "<p><b>{}</b>:", Escaped(target))?;
        for (verdict, number) in matrix.count(at) {
            write!(page, " <span class=\"{0}\">{number} {0}</span>", verdict.name())?;
        }
        writeln!(page, "</p>")?;
    }
    for stale in &matrix.stale {
        writeln!(page, "<p class=\"fail\">{}</p>", Escaped(stale))?;
    }
    let mut rfc = 0;
    for row in &matrix.rows {
        if row.requirement.rfc != rfc {
            if rfc != 0 {
                writeln!(page, "</table>")?;
            }
            rfc = row.requirement.rfc;
            head(matrix, rfc, page)?;
        }
        line(row, page)?;
    }
    writeln!(page, "</table></body></html>")
}

fn head(matrix: &Matrix, rfc: u16, page: &mut String) -> fmt::Result {
    writeln!(page, "<h2>RFC {rfc}: {}</h2><table><tr><th>Requirement<th>Level", Escaped(title(rfc)))?;
    for target in &matrix.targets {
        write!(page, "<th>{}", Escaped(target))?;
    }
    writeln!(page, "<th>What it asks</tr>")
}

fn line(row: &Row, page: &mut String) -> fmt::Result {
    let requirement = row.requirement;
    write!(page, "<tr><td class=\"id\">{}<td>{}", Escaped(&requirement.id), requirement.level.words())?;
    for cell in &row.cells {
        write!(page, "<td class=\"{0}\">{0}", cell.verdict.name())?;
        if let Some(lacks) = cell.lacks {
            write!(page, " (no {})", lacks.name())?;
        }
        if let Some(known) = &cell.known {
            write!(page, " (known: {})", Escaped(&known.sentence))?;
        }
    }
    write!(page, "<td>{}", Escaped(&requirement.text))?;
    let checks: Vec<&Cell> = row.cells.iter().filter(|cell| !cell.checks.is_empty()).collect();
    if !checks.is_empty() {
        write!(page, "<details><summary>checks</summary>")?;
        for check in checks.iter().flat_map(|cell| &cell.checks) {
            let reason = check.reason.as_deref().unwrap_or_default();
            let said = format!("{} ({}): {} {reason}", check.script, check.variant, check.verdict);
            write!(page, "<div>{}</div>", Escaped(&said))?;
        }
        write!(page, "</details>")?;
    }
    writeln!(page, "</tr>")
}
