use super::{Watched, ladder, window};
use crate::runner::{RunOptions, RunReport, run_script};
use crate::script::{self, ParseOptions, Script};
use crate::target;

const OPEN: &str = "\
+0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0   bind(3, ..., ...) = 0
+0   listen(3, 1) = 0
+0   < S  0:0(0) win 65535 <mss 1000>
+0   > S. 0:0(0) ack 1 <...> // <&\"
+.1  < .  1:1(0) ack 1 win 65535
+0   accept(3, ..., ...) = 4
";

fn run(more: &str) -> (Script, RunReport, Watched) {
    let parsed = script::parse(&format!("{OPEN}{more}"), &ParseOptions::default());
    let mut target = Watched::new(target::named("reference").unwrap());
    let report = run_script(&parsed.script, &mut target, &RunOptions::default());
    (parsed.script, report, target)
}

fn count(picture: &str, what: &str) -> usize {
    picture.matches(what).count()
}

#[test]
fn each_packet_is_an_arrow_and_a_lost_one_a_cross() {
    let (script, report, _) = run(
        "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1 // lost\n+1 > P. 1:1001(1000) ack 1\n",
    );
    let picture = ladder(&script, &report);
    assert_eq!(report.reason(), None);
    assert_eq!(count(&picture, "class=\"arrow\""), 4, "three of the handshake, and what was sent again");
    assert_eq!(count(&picture, "class=\"lost\""), 3, "a line and the two of a cross");
}

#[test]
fn a_comment_is_shown_and_means_only_itself() {
    let (script, report, _) = run("");
    let picture = ladder(&script, &report);
    assert!(picture.contains("&lt;&amp;&quot;</text>"), "{picture}");
}

/// A comment cannot leave its place in a picture, nor act on it.
#[test]
fn nothing_from_a_script_escapes() {
    let (script, report, _) = run("+0 < . 1:1(0) ack 1 win 9 // </text><script>\x1b[2J\u{202e}\u{9b}\n");
    let picture = ladder(&script, &report);
    assert!(picture.contains("&lt;script&gt;"), "{picture}");
    assert!(!picture.contains("<script"), "{picture}");
    let acts =
        picture.chars().find(|&letter| letter != '\n' && (letter.is_control() || letter == '\u{202e}'));
    assert_eq!(acts, None, "{picture}");
}

#[test]
fn both_ends_show_their_states() {
    let (script, report, _) = run("");
    let picture = ladder(&script, &report);
    for (state, times) in [("SYN-SENT", 1), ("SYN-RECEIVED", 1), ("ESTABLISHED", 2)] {
        assert_eq!(count(&picture, &format!(">{state}<")), times, "{state}");
    }
}

/// Each inbound event is drawn with its own comment, however many packets the stack sent meanwhile.
#[test]
fn comments_stay_with_their_packets() {
    let (script, report, _) =
        run("+0 < . 1:1(0) ack 1 win 9 // first\n+0 < . 1:1(0) ack 1 win 8 // second\n");
    let picture = ladder(&script, &report);
    let place = |what: &str| picture.find(what).unwrap_or_else(|| panic!("{what} is missing"));
    let order = [place("win 9"), place(">first<"), place("win 8"), place(">second<")];
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn a_window_is_drawn_only_where_there_is_one_to_see() {
    let (_, _, quiet) = run("");
    assert_eq!(window(quiet.samples()), Ok(None));
    let (_, _, busy) = run("+0 write(4, ..., 5000) = 5000\n+0 > . 1:1001(1000) ack 1\n");
    let drawn = window(busy.samples()).unwrap().expect("five segments in flight");
    assert!(drawn.contains("congestion window") && !drawn.contains("slow start threshold"), "{drawn}");
}
