//! Verdicts follow from runs, levels and capabilities; runs are real ones of the suite's own scripts.
use super::*;
use crate::runner::{RunOptions, Variant, Verdict as Ended};
use crate::strength;
use crate::suite;
use crate::target::{Reference, Target};

fn requirement(id: &str) -> &'static Requirement {
    Catalogue::embedded().find(id).into_iter().next().unwrap_or_else(|| panic!("{id}"))
}

fn entry(name: &str) -> &'static Entry {
    suite::scripts().iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name}"))
}

/// The script, run against a reference that is broken so, or sound.
fn ran(name: &str, breakage: Option<&str>) -> Ran {
    let options = RunOptions { variant: Variant::Ipv4, ..RunOptions::default() };
    let mut sound = Reference::new();
    let breakages = strength::breakages();
    let broken = breakage.map(|wanted| {
        let found = breakages.iter().find(|breakage| breakage.name == wanted);
        found.unwrap_or_else(|| panic!("{wanted}")).of(Box::new(Reference::new()))
    });
    match broken {
        Some(mut broken) => entry(name).run(&mut broken, &options),
        None => entry(name).run(&mut sound, &options),
    }
}

fn column(runs: Vec<Ran>, departures: &str) -> Column {
    Column {
        target: "mine".to_owned(),
        capabilities: Reference::new().capabilities().to_vec(),
        departures: Departures::read("mine", departures).expect("reads"),
        runs,
        refusals: Vec::new(),
    }
}

fn today() -> Day {
    "2026-06-01".parse().expect("a day")
}

fn cell_of(id: &str, column: Column) -> Cell {
    Matrix::of(&[requirement(id)], &[column], today()).rows.remove(0).cells.remove(0)
}

#[test]
fn a_level_decides_what_a_failed_check_means() {
    let deaf = Some("sends everything again after three tenths of a second");
    let floor = cell_of("RFC6298:2.4-floor", column(vec![ran("rto/floor.pkt", deaf)], ""));
    assert_eq!(floor.verdict, Verdict::Warn);
    let sound = cell_of("RFC6298:2.4-floor", column(vec![ran("rto/floor.pkt", None)], ""));
    assert_eq!(sound.verdict, Verdict::Pass);
    let early = cell_of("RFC6298:5-never-early", column(vec![ran("rto/never-early.pkt", deaf)], ""));
    assert_eq!(early.verdict, Verdict::Fail);
}

#[test]
fn a_may_passes_and_says_which_way() {
    let id = "RFC9293:MAY-1";
    let taken = cell_of(id, column(vec![ran("close/unread-data.pkt", None)], ""));
    assert_eq!((taken.verdict, taken.choice), (Verdict::Pass, Some(true)));
    let silent = Some("forgets to say that text was lost");
    let left = cell_of(id, column(vec![ran("close/unread-data.pkt", silent)], ""));
    assert_eq!((left.verdict, left.choice), (Verdict::Pass, Some(false)));
}

#[test]
fn what_nothing_checks_says_why() {
    let mut without = column(Vec::new(), "");
    without.capabilities.retain(|&capability| capability != Capability::Sack);
    let sack = Catalogue::embedded().rows().find(|row| row.area == "sack").expect("a row");
    let rows = [requirement("RFC9293:MUST-13"), requirement("RFC9293:MUST-9"), sack];
    let matrix = Matrix::of(&rows, &[without], today());
    let verdicts: Vec<Verdict> = matrix.rows.iter().map(|row| row.cells[0].verdict).collect();
    assert_eq!(verdicts, [Verdict::Untested, Verdict::NotObservable, Verdict::NotApplicable]);
    assert_eq!(matrix.rows[2].cells[0].lacks, Some(Capability::Sack));
}

#[test]
fn a_known_departure_excuses_and_a_stale_one_does_not() {
    let known = "[[departure]]\nrequirement = \"RFC6298:5-never-early\"\nsentence = \"Hasty.\"\nexpires = \"2026-12-31\"\n";
    let broken =
        || vec![ran("rto/never-early.pkt", Some("sends everything again after three tenths of a second"))];
    let rows = [requirement("RFC6298:5-never-early")];
    let matrix = |runs, departures: &str| Matrix::of(&rows, &[column(runs, departures)], today());
    assert!(matrix(broken(), "").is_bad());
    assert!(!matrix(broken(), known).is_bad());
    assert!(matrix(broken(), &known.replace("2026-12", "2026-01")).is_bad());
    let passes = matrix(vec![ran("rto/never-early.pkt", None)], known);
    assert!(passes.is_bad());
    assert_eq!(passes.stale, ["departures/mine.toml: RFC6298:5-never-early is pass now"]);
}

#[test]
fn every_format_says_the_same() {
    let broken =
        vec![ran("rto/never-early.pkt", Some("sends everything again after three tenths of a second"))];
    let rows = [requirement("RFC6298:5-never-early"), requirement("RFC9293:MUST-9")];
    let matrix = Matrix::of(&rows, &[column(broken, "")], today());
    let json: Vec<String> = lines(&matrix).map(|line| line["verdict"].to_string()).collect();
    assert_eq!(json, ["\"fail\"", "\"not-observable\""]);
    let tap = tap(&matrix);
    assert!(tap.contains("not ok 1 - RFC6298:5-never-early mine"), "{tap}");
    assert!(tap.contains("ok 2 - RFC9293:MUST-9 mine # SKIP not-observable"), "{tap}");
    let junit = junit(&matrix);
    assert!(junit.contains("failures=\"1\""), "{junit}");
    let page = html(&matrix);
    assert!(page.contains("<td class=\"cell fail\">fail"), "{page}");
    let mut people = Vec::new();
    terminal(&matrix, Style { colors: false, in_full: true, width: 100 }, &mut people).expect("writes");
    let people = String::from_utf8(people).expect("text");
    assert!(people.contains("5-never-early") && people.contains("fail"), "{people}");
    let row = people.lines().find(|line| line.starts_with("    5-never-early")).expect("a row");
    assert_eq!(row.chars().count(), 100, "{row}");
    assert!(!people.contains('\x1b'));
}

/// What a target is called, how it explains itself and what it departs from come from outside.
#[test]
fn nothing_from_outside_escapes() {
    const SAID: &str = "</p><script>\\\"&'</script>\x1b[2J\u{9b}\u{202e}";
    let id = "RFC6298:5-never-early";
    let mut column = column(vec![ran("rto/never-early.pkt", None)], "");
    SAID.clone_into(&mut column.target);
    let columns = [column.clone(), column];
    let mut matrix = Matrix::of(&[requirement(id)], &columns, today());
    let cell = &mut matrix.rows[0].cells[0];
    cell.known = Some(Known { requirement: id.to_owned(), sentence: SAID.to_owned(), expires: today() });
    for (verdict, reason) in [(Ended::Pass, None), (Ended::Fail, Some(SAID.to_owned()))] {
        cell.checks[0].verdict = verdict;
        cell.checks[0].reason = reason;
        let again = cell.checks[0].clone();
        cell.checks.push(again);
    }
    cell.checks[0].script = SAID.to_owned();
    matrix.stale.push(SAID.to_owned());
    let mut people = Vec::new();
    terminal(&matrix, Style { colors: false, in_full: true, width: 100 }, &mut people).expect("writes");
    for (format, shown) in [("html", html(&matrix)), ("terminal", String::from_utf8(people).expect("text"))] {
        let acts =
            shown.chars().find(|&letter| letter != '\n' && (letter.is_control() || letter == '\u{202e}'));
        assert_eq!(acts, None, "{format}: {shown}");
        assert!(format == "terminal" || !shown.contains("<script"), "{shown}");
    }
}

#[test]
fn what_a_stack_need_not_have_spares_it_the_rows() {
    let without = |lacking: Capability, script: &str, id: &str| {
        let mut column = column(vec![ran(script, None)], "");
        column.capabilities.retain(|&capability| capability != lacking);
        let cell = cell_of(id, column);
        (cell.verdict, cell.lacks)
    };
    // By the RFC that the row is of, and by what the scripts that prove it need.
    for (lacking, script, id) in [
        (
            Capability::BlindAttackMitigation,
            "reset/inside-window-established.pkt",
            "RFC5961:3.2-rst-in-window-challenge",
        ),
        (Capability::HalfDuplexClose, "close/unread-data.pkt", "RFC9293:SHLD-3"),
    ] {
        assert_eq!(without(lacking, script, id), (Verdict::NotApplicable, Some(lacking)), "{id}");
        assert_eq!(without(Capability::Md5, script, id), (Verdict::Pass, None), "{id}");
    }
    // What binds every stack is not spared.
    let established = "RFC9293:3.10.7.4-syn-established";
    assert_eq!(
        without(Capability::BlindAttackMitigation, "syn/answered.pkt", established),
        (Verdict::Pass, None)
    );
}

/// The script passes, and the oracle saw more than it asks.
#[cfg(feature = "smoltcp")]
#[test]
fn what_the_oracle_refuses_is_a_check_that_failed() {
    use crate::target::Smoltcp;
    let script = "timestamps/checked-on-arrival-only.pkt";
    let ran = entry(script).run(&mut Smoltcp::new(), &RunOptions::default());
    assert_eq!(ran.report.verdict(), runner::Verdict::Pass);
    let column = Column::new(&Smoltcp::new(), Departures::default(), vec![ran]);
    let cell = cell_of("RFC7323:4.3-ts-recent-rule", column);
    assert_eq!(cell.verdict, Verdict::Fail);
    let reason = cell.checks.first().and_then(|check| check.reason.as_deref()).unwrap_or_default();
    assert!(reason.starts_with("the oracle refuses 192.168.0.1:8080 > 192.0.2.1:49153"), "{reason}");
}
