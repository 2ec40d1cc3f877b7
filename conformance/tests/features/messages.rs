//! What packetdrill says when a script does not pass, and what we say in its place to those who call us as they
//! called it: the same line, and below it what it does not know.
use stackdrill::report::{packetdrill, packetdrill_faults};
use stackdrill::run_script;
use stackdrill::runner::RunOptions;
use stackdrill::script::{ParseOptions, parse};
use stackdrill::target::Reference;

use super::OPENINGS;

/// A situation, a script that is in it, and the lines that say so.
type Row = (&'static str, &'static str, &'static [&'static str]);

const ROWS: &[Row] = &[
    ("nothing wrong", "{established}+0 close(4) = 0", &[]),
    (
        "syntax",
        "{established}+0 < . 1:1(0) akc 1 win 9",
        &["a.pkt:8: parse error at 'akc': syntax error", "    hint: did you mean `ack`?"],
    ),
    (
        "semantic",
        "{established}+0 < . 1:2(0) ack 1 win 9",
        &["a.pkt:8: semantic error: the sequence numbers do not add up: 1 + 0 is 1, not 2"],
    ),
    (
        "a keyword among words",
        "{established}+0 close(4) = 0 (id of it)",
        &["a.pkt:8: parse error at 'id': syntax error"],
    ),
    ("the keyword that may begin a note", "{established}+0 close(4) = 0 (flags of it)", &[]),
    (
        "a keyword among octets",
        "{listening}+0 < S 0:0(0) win 9 <FO fd,nop>",
        &["a.pkt:5: parse error at 'fd': syntax error"],
    ),
    (
        "a field of a packet",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n* > . 1:1(0) ack 12",
        &[
            "a.pkt:9: error handling packet: live packet field tcp_ack_seq: expected: 12 (0xc) vs actual: 11 (0xb)",
            "script packet:  0.000000 . 1:1(0) ack 12",
            "actual packet:  0.200000 . 1:1(0) ack 11 win 65525",
            "    state: ESTABLISHED",
            "    last reason: RFC 9293 §3.8.6.3 MUST-40",
            "    hint: off by one: SYN and FIN each take a sequence number",
        ],
    ),
    (
        "a packet that is only warned about",
        "--non_fatal=packet\n{established}+0 < P. 1:11(10) ack 1 win 9\n* > . 1:1(0) ack 12",
        &[
            "a.pkt:10: warning handling packet: live packet field tcp_ack_seq: expected: 12 (0xc) vs actual: 11 (0xb)",
        ],
    ),
    (
        "a flag",
        "{established}+0 write(4, ..., 5) = 5\n+0 > FR?. 1:6(5) ack 1",
        &["a.pkt:9: error handling packet: live packet field tcp_fin: expected: 1 (0x1) vs actual: 0 (0x0)"],
    ),
    (
        "the TTL",
        "{established}+0 write(4, ..., 5) = 5\n+0 > [ttl 9] P. 1:6(5) ack 1",
        &["a.pkt:9: error handling packet: live packet field ttl: expected: 9 (0x9) vs actual: 64 (0x40)"],
    ),
    (
        "the length",
        "{established}+0 write(4, ..., 5) = 5\n+0 > P. 1:5(4) ack 1",
        &["a.pkt:9: error handling packet: live packet payload: expected 4 bytes vs actual 5 bytes"],
    ),
    (
        "options",
        "{established}+0 write(4, ..., 5) = 5\n+0 > P. 1:6(5) ack 1 <nop,nop,sackOK>",
        &[
            "a.pkt:9: error handling packet: bad value outbound TCP option: expected <nop,nop,sackOK> vs actual none",
        ],
    ),
    (
        "no packet",
        "{established}+0 > . 1:1(0) ack 1",
        &["a.pkt:8: error handling packet: Timed out waiting for packet"],
    ),
    (
        "a packet at the wrong time",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n+.1 > . 1:1(0) ack 11",
        &[
            "a.pkt:9: error handling packet: timing error: expected outbound packet at 0.100000 sec but happened at 0.200000 sec; tolerance 0.012500 sec",
        ],
    ),
    (
        "a packet outside its range",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n+0~+.1 > . 1:1(0) ack 11",
        &[
            "timing error: expected outbound packet in relative time range +0.000000~+0.100000 sec but happened at +0.200000 sec; tolerance 0.004000 sec",
        ],
    ),
    (
        "a packet outside its range by the script's clock",
        "{established}+.1 < P. 1:11(10) ack 1 win 9\n.1~.2 > . 1:1(0) ack 11",
        &[
            "timing error: expected outbound packet in time range 0.100000~0.200000 sec but happened at 0.300000 sec; tolerance 0.004000 sec",
        ],
    ),
    (
        "the BSD tool's clock, of which it does not say what it tolerates",
        "{established}#ifdef FreeBSD\n#endif\n+0 < P. 1:11(10) ack 1 win 9\n+.1 > . 1:1(0) ack 11",
        &["timing error: expected outbound packet at 0.100000 sec but happened at 0.200000 sec\n"],
    ),
    (
        "a call that returns at the wrong time",
        "{established}+0...0.1 read(4, ..., 5) = 5\n+.2 < P. 1:11(10) ack 1 win 9",
        &[
            "a.pkt:8: runtime error in read call: timing error: expected system call return at 0.100000 sec but happened at 0.200000 sec",
        ],
    ),
    (
        "an event that came too late",
        "{established}+0 < P. 1:11(10) ack 1 win 9\n* > . 1:1(0) ack 11\n.1 close(4) = 0",
        &[
            "a.pkt:10: runtime error in close call: timing error: expected system call at 0.100000 sec but happened at 0.200000 sec",
        ],
    ),
    (
        "the second event of a line",
        "{established}+0 close(4) = 0 +0 > P. 1:1(0) ack 1",
        &["a.pkt:8: error handling packet: live packet field tcp_fin"],
    ),
    (
        "the result of a call",
        "{established}+0 write(4, ..., 5) = 6",
        &["a.pkt:8: runtime error in write call: write returned 5, not 6"],
    ),
    (
        "the errno of a call",
        "{established}+0 recv(4, ..., 5, MSG_DONTWAIT) = -1 EPIPE (no)",
        &["a.pkt:8: runtime error in recv call: recv set errno to EAGAIN, not EPIPE"],
    ),
    (
        "a call that does not exist",
        "{established}+0 frobnicate(4) = 0",
        &["a.pkt:8: runtime error in frobnicate call: there is no system call named `frobnicate`"],
    ),
    (
        "a command",
        "{established}+0 `teapot --hot`",
        &["a.pkt:8: error executing `teapot --hot`: the command `teapot` is not supported"],
    ),
    (
        "a command that goes wrong",
        "{established}+0 `false`",
        &["a.pkt:8: error executing `false`: ended with status 1"],
    ),
    (
        "the command before",
        "`false`\n{established}",
        &["a.pkt: error executing init command `false`: ended with status 1"],
    ),
    (
        "the command behind",
        "`true`\n{established}`false`",
        &["a.pkt: error executing cleanup command `false`: ended with status 1"],
    ),
    ("code", "{established}+0 %{ assert tcpi_unacked == 9 }%", &["a.pkt: error executing code: line 8: "]),
];

/// What is said of a script.
fn said(text: &str) -> String {
    let mut text = format!("{text}\n");
    for (name, opening) in OPENINGS {
        text = text.replace(name, opening);
    }
    let parsed = parse(&text, &ParseOptions { name: "a.pkt".to_owned(), ..ParseOptions::default() });
    if parsed.diagnostics.iter().any(|one| one.fault.is_refused()) {
        return packetdrill_faults(&parsed.diagnostics);
    }
    let report = run_script(&parsed.script, &mut Reference::new(), &RunOptions::default());
    packetdrill(&parsed.script, &report)
}

#[test]
fn messages_have_packetdrills_shape() {
    for (situation, text, lines) in ROWS {
        let said = said(text);
        for line in *lines {
            assert!(said.contains(line), "{situation}: wanted\n{line}\nsaid\n{said}");
        }
        assert_eq!(said.is_empty(), lines.is_empty(), "{situation}: {said}");
    }
}
