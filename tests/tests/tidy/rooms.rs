//! Every requirement that can be observed has a room in the reference that cites it.
use std::collections::BTreeSet;

use stackdrill::requirement::citation::{Cited, Kind};
use stackdrill::requirement::{Catalogue, Observable, Requirement};

use super::{Complaints, lists, none, rust};

/// Areas of algorithms that the reference has not, or not yet whole.
const LATER: [&str; 3] = ["cubic", "rack-tlp", "sack"];

/// Algorithms that a stack may have and the reference has not: their requirements bind whoever has them.
const NOT_BUILT: [(u16, &str); 8] = [
    (4821, "path MTU discovery by probing"),
    (5682, "F-RTO"),
    (6675, "loss recovery by selective acknowledgments"),
    (6937, "proportional rate reduction, the older"),
    (8985, "RACK-TLP"),
    (9406, "HyStart++"),
    (9768, "more accurate ECN"),
    (9937, "proportional rate reduction"),
];

/// Requirements that bind who has a feature, or leave a choice, and why the reference has it not.
const DECLINED: &[(&str, &str)] = &[
    ("RFC9293:MAY-6", "no peer is known that answers a keep-alive only if it carries an octet"),
    ("RFC9293:3.10.1-open-listen-active", "a listening socket cannot connect: POSIX has no such call"),
    ("RFC9293:3.5.2-resetter-time-wait", "3.10.5 moves who resets to CLOSED, and so does the reference"),
    ("RFC9293:3.6.1-time-wait-old-duplicate-syn", "the numbers that let a SYN in rule out that it is old"),
    ("RFC9293:3.7.2-plpmtud-recommended", "path MTU discovery by probing is not built; ICMP is listened to"),
    ("RFC9293:MAY-10", "a MAY: TCP sends no IP options"),
    ("RFC9293:MAY-11", "a MAY: TCP sends no IP options"),
    (
        "RFC9293:MUST-51",
        "binds who offers source routes; routers drop them (RFC 7126 4.3), and TCP sends none",
    ),
    ("RFC9293:MUST-52", "no source routes: see MUST-51"),
    ("RFC9293:MUST-53", "no source routes: see MUST-51"),
    ("RFC9293:SHLD-24", "no source routes: see MUST-51"),
    ("RFC9293:3.9.2.1-checksum-end-addresses", "no source routes: see MUST-51"),
    ("RFC1122:3.2.1.8-one-source-route", "the user's own options are sent as they are, one list a socket"),
    ("RFC1122:3.3.5-source-route-forwarding-off", "nothing is forwarded"),
    ("RFC9293:MAY-14", "a MAY: sockets have no flush call"),
    ("RFC9293:MAY-15", "a MAY: sockets have no push flag; the end of every call pushes"),
    ("RFC9293:MAY-17", "a MAY: sockets do not show a received push"),
    ("RFC9293:3.9.1.3-push-returns-partial", "received pushes are not shown: see MAY-17"),
    ("RFC9293:3.9.1.1-passive-specified-remote", "sockets cannot listen to one peer alone"),
    (
        "RFC9293:3.9.1.2-send-timeout",
        "sockets have no timeout with a send; TCP_USER_TIMEOUT sets the connection's",
    ),
    ("RFC9293:3.10.1-open-no-permission", "a host in memory has one user, who may use everything"),
    (
        "RFC9293:3.10.1-open-diffserv-or-security-denied",
        "a host in memory has one user, who may use everything",
    ),
    ("RFC1122:3.2.2.2-redirect-followed", "a host in memory has one link and no first hop to change"),
    ("RFC1122:3.2.2.8-timestamp", "binds who answers timestamp requests: nobody does here"),
    ("RFC1122:3.3.3-small-packets-off-link", "path MTU discovery supersedes it"),
    ("RFC1122:3.3.6-link-broadcast-unicast-ip", "link addresses are not seen here"),
    ("RFC5461:4.1-soft-error-aborts-connect", "a MAY against RFC9293:MUST-56: the strict rule is kept"),
    ("RFC5461:4.2-abort-after-repeats", "a MAY against RFC9293:MUST-56: the strict rule is kept"),
    ("RFC9293:3.10.7.2-listen-security", "no connection has a compartment"),
    ("RFC9293:3.10.7.3-syn-sent-security", "no connection has a compartment"),
    ("RFC9293:3.10.7.4-security-syn-received", "no connection has a compartment"),
    ("RFC9293:3.10.7.4-security-synchronized", "no connection has a compartment"),
    ("RFC5927:7.2-claimed-mtu-larger-than-sent", "what is outstanding is checked instead: RFC 5927 4.1"),
    ("RFC5927:7.2-progress-cancels-ptb", "what is outstanding is checked instead: RFC 5927 4.1"),
    ("RFC6298:5-clear-estimates", "a MAY: the estimate is kept, and the next sample corrects it"),
    ("RFC6582:4-dupack-heuristics", "a MAY: nothing but recover decides"),
    ("RFC6928:2-restart-fallback", "the restart window stays the initial one"),
];

/// What the rooms of the reference cite other than to prove it.
fn cited() -> BTreeSet<String> {
    let mut cited = BTreeSet::new();
    for source in rust().iter().filter(|source| source.path.starts_with("stack/")) {
        for (_, citation) in lists(&source.text).filter(|(_, citation)| citation.kind != Kind::Proves) {
            for one in citation.cited {
                match one {
                    Cited::Requirement(id) => drop(cited.insert(id)),
                    // A place may name a label: RFC 9293 §3.8.4 MUST-28.
                    Cited::Place(rfc, place) => cited.extend(
                        place
                            .split(' ')
                            .filter(|word| word.contains('-'))
                            .map(|word| format!("RFC{rfc}:{word}")),
                    ),
                }
            }
        }
    }
    cited
}

fn in_question(row: &Requirement) -> bool {
    !LATER.contains(&row.area.as_str())
        && matches!(row.observable, Observable::Wire | Observable::SocketApi)
        && !NOT_BUILT.iter().any(|&(rfc, _)| rfc == row.rfc)
}

#[test]
fn every_observable_requirement_has_a_room() {
    let cited = cited();
    let mut complaints: Complaints = Vec::new();
    let mut rows = 0;
    for row in Catalogue::embedded().rows().filter(|row| in_question(row)) {
        rows += 1;
        let has_room = cited.iter().any(|id| row.is_meant_by(id));
        let declined = DECLINED.iter().any(|(id, _)| *id == row.id);
        match (has_room, declined) {
            (false, false) => complaints.push(format!("no room cites {}: {}", row.id, row.text)),
            (true, true) => complaints.push(format!("{} is declined, and yet cited", row.id)),
            (true, false) | (false, true) => {}
        }
    }
    println!("{rows} requirements, {} of them declined", DECLINED.len());
    none(&complaints);
}

#[test]
fn what_is_declined_is_in_question() {
    let rows: Vec<_> = Catalogue::embedded().rows().filter(|row| in_question(row)).collect();
    let strangers = DECLINED.iter().filter(|(id, _)| !rows.iter().any(|row| row.id == *id));
    none(&strangers.map(|(id, _)| format!("{id} is not in question")).collect::<Complaints>());
}
