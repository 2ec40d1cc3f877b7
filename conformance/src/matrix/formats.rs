//! The matrix for machines: JSON lines, TAP, JUnit.
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::{Cell, Matrix, Row, Verdict};

/// One object a requirement and target.
pub fn lines(matrix: &Matrix) -> impl Iterator<Item = Value> {
    matrix
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().zip(&matrix.targets).map(|(cell, target)| object(row, cell, target)))
}

fn object(row: &Row, cell: &Cell, target: &str) -> Value {
    let mut object = json!({
        "requirement": row.requirement.id,
        "level": row.requirement.level,
        "target": target,
        "verdict": cell.verdict,
        "checks": cell.checks,
    });
    if let Some(map) = object.as_object_mut() {
        if let Some(choice) = cell.choice {
            map.insert("choice".into(), json!(choice));
        }
        if let Some(lacks) = cell.lacks {
            map.insert("lacks".into(), json!(lacks.name()));
        }
        if let Some(known) = &cell.known {
            map.insert("departure".into(), json!(known));
        }
    }
    object
}

/// Test Anything Protocol, version 13: one line a requirement and target.
#[must_use]
pub fn tap(matrix: &Matrix) -> String {
    let total = matrix.rows.len() * matrix.targets.len();
    let mut text = format!("TAP version 13\n1..{total}\n");
    let cells =
        matrix.rows.iter().flat_map(|row| row.cells.iter().zip(&matrix.targets).map(move |cell| (row, cell)));
    for (number, (row, (cell, target))) in cells.enumerate() {
        let ok = if cell.verdict == Verdict::Fail { "not ok" } else { "ok" };
        let directive = match cell.verdict {
            Verdict::Fail if cell.known.is_some() => " # TODO known departure".to_owned(),
            Verdict::Pass | Verdict::Fail => String::new(),
            Verdict::Warn => " # warn".to_owned(),
            verdict => format!(" # SKIP {}", verdict.name()),
        };
        text.push_str(&format!("{ok} {} - {} {target}{directive}\n", number + 1, row.requirement.id));
        for reason in why(cell) {
            text.push_str(&format!("# {reason}\n"));
        }
    }
    text
}

/// Why the checks of these cells did not pass, a line each.
#[must_use]
pub fn reasons(cells: &[Cell]) -> String {
    cells.iter().flat_map(why).collect::<Vec<_>>().join("\n")
}

/// Why the checks of a cell did not pass.
fn why(cell: &Cell) -> impl Iterator<Item = String> {
    cell.checks.iter().filter_map(|check| {
        let reason = check.reason.as_ref()?;
        let line = check.line.map_or_else(String::new, |line| format!(":{line}"));
        Some(format!("{}{line} ({}): {reason}", check.script, check.variant))
    })
}

/// JUnit's XML: a suite a target, a case a requirement.
#[must_use]
pub fn junit(matrix: &Matrix) -> String {
    let mut report = Report::new("stackdrill check");
    for (at, target) in matrix.targets.iter().enumerate() {
        let mut suite = TestSuite::new(target.clone());
        for row in &matrix.rows {
            let Some(cell) = row.cells.get(at) else { continue };
            let mut case = TestCase::new(row.requirement.id.clone(), status(cell));
            case.set_classname(format!("RFC {}.{}", row.requirement.rfc, row.requirement.area));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().unwrap_or_default()
}

fn status(cell: &Cell) -> TestCaseStatus {
    match cell.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Fail if cell.known.is_none() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(reasons(std::slice::from_ref(cell)));
            status
        }
        Verdict::Fail | Verdict::Untested | Verdict::NotObservable | Verdict::NotApplicable => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(cell.verdict.name());
            status
        }
    }
}
