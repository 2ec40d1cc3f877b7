//! JUnit's XML, as CI systems read it.
use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Timed;
use crate::runner::Verdict;

/// Writes all runs as one JUnit report. What is unsupported is skipped, an error of the script's is an error.
///
/// # Errors
/// Those of `out`.
pub fn junit(runs: &[Timed], out: &mut impl Write) -> io::Result<()> {
    let mut suite = TestSuite::new("stackdrill");
    for run in runs {
        let mut case = TestCase::new(run.name(), status(run));
        case.set_classname(run.report.target.as_str()).set_time(Duration::from_micros(run.wall_us));
        if !run.report.printed.is_empty() {
            case.set_system_out(run.report.printed.as_str());
        }
        suite.add_test_case(case);
    }
    let mut report = Report::new("stackdrill");
    report.add_test_suite(suite);
    report.serialize(out).map_err(io::Error::other)
}

fn status(run: &Timed) -> TestCaseStatus {
    let mut status = match run.report.verdict() {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail | Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Unsupported => TestCaseStatus::skipped(),
    };
    let reason = run.report.reason().unwrap_or_default();
    let line = run.report.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    status.set_message(format!("{line}{reason}")).set_type(run.report.verdict().name());
    status
}
